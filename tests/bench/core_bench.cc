// What a token costs beside the raw primitives, in one run: the ratios are made from this program's output.
//
// Pairs share their bytes: the raw side works on exactly the message that the whole side signs or verifies.

#include <benchmark/benchmark.h>
#include <malloc.h>
#include <sched.h>
#include <sodium.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "grpc_paseto/core/paseto/pae.h"
#include "grpc_paseto/core/paseto/untrusted_token.h"
#include "grpc_paseto/core/token/key_set.h"
#include "grpc_paseto/core/token/revocation_set.h"
#include "grpc_paseto/core/token/signer.h"
#include "grpc_paseto/core/token/strict_json.h"
#include "grpc_paseto/core/token/validator.h"
#include "grpc_paseto/core/token/verified_token_cache.h"
#include "grpc_paseto/core/token/verifier.h"

namespace {
std::atomic<int64_t> allocations{0};
}  // namespace

// Counted, so that allocations per operation can be reported.
[[gnu::noinline]] void* operator new(size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, size_t) noexcept { std::free(memory); }

namespace paseto {
namespace {

constexpr TokenKind kAcceptAll[] = {kV4Public, kV4Local};
constexpr KeyUse kAccess[] = {KeyUse::kAccess};
constexpr VerifyOptions kOptions = {.accept = kAcceptAll, .uses = kAccess};

const absl::Time kNow = absl::FromUnixSeconds(1'790'000'000);

// One issuer with its keys, made once for the whole run.
struct World {
  V4SecretKey secret = V4SecretKey::Generate();
  V4LocalKey local = V4LocalKey::Generate();
  KeyRing ring;
  RevocationSet revocations;
  Validator validator;

  World() {
    const absl::Span<const uint8_t> bytes = secret.secret().Read(InsecureSecretAccess::Get());
    const absl::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    std::vector<Key> keys;
    keys.emplace_back(V4SecretKey::FromBytes(SecretBytes::CopyFrom(text)).value(), KeyAttributes{});
    keys.emplace_back(V4LocalKey::FromBytes(local.secret().Clone()).value(), KeyAttributes{});
    ring.Swap(KeySet::Create(std::move(keys)).value());
    validator.ExpectIssuer("https://id.shop")
        .ExpectAudience("shop")
        .ExpectType("access")
        .RequireAllScopes({"orders:read"});
  }
};

World& TheWorld() {
  static World* const world = new World;  // for the life of the process
  return *world;
}

TokenSpec Spec(TokenKind kind, int number) {
  TokenSpec spec{.kind = kind};
  spec.claims.issuer = "https://id.shop";
  spec.claims.subject = absl::StrCat("user-", number);
  spec.claims.audiences = {"shop"};
  spec.claims.issued_at = kNow;
  spec.claims.expires_at = kNow + absl::Minutes(10);
  spec.claims.token_id = TokenId("0b5c7d3e-6d0c-4f0e-9a53-3f6f1b0f7c11");
  spec.claims.type = "access";
  spec.claims.fresh = false;
  spec.claims.session_id = SessionId("0192f3a4-7c1e-7d42-8c11-1f2e3d4c5b6a");
  spec.claims.revision = 17;
  spec.claims.client_id = ClientId("web");
  spec.claims.scopes = {"orders:read", "orders:write"};
  return spec;
}

std::string MakeToken(TokenKind kind, int number = 0) {
  return SignToken(*TheWorld().ring.Current(), Spec(kind, number)).value();
}

const uint8_t* Bytes(absl::string_view text) { return reinterpret_cast<const uint8_t*>(text.data()); }

// What the signature of `token` is over, and the signature.
struct SignedParts {
  std::string message;
  std::string signature;
};

SignedParts Parts(const std::string& text) {
  const UntrustedToken token = UntrustedToken::Parse(text).value();
  const absl::string_view body = token.untrusted_body();
  const absl::string_view message = body.substr(0, body.size() - crypto_sign_BYTES);
  return {Pae({"v4.public.", message, token.untrusted_footer(), ""}), std::string(body.substr(message.size()))};
}

void RawVerify(benchmark::State& state) {
  const SignedParts parts = Parts(MakeToken(kV4Public));
  const V4PublicKey key = TheWorld().secret.public_key();
  for (auto _ : state) {
    benchmark::DoNotOptimize(crypto_sign_verify_detached(Bytes(parts.signature), Bytes(parts.message),
                                                         parts.message.size(), Bytes(key.bytes())));
  }
}
BENCHMARK(RawVerify);

void WholeVerify(benchmark::State& state) {
  const std::string text = MakeToken(kV4Public);
  const std::shared_ptr<const KeySet> keys = TheWorld().ring.Current();
  const int64_t before = allocations.load();
  for (auto _ : state) {
    const auto token = VerifyToken(*keys, text, kOptions);
    if (!token.ok() || !TheWorld().validator.Validate((*token)->claims(), kNow).ok()) state.SkipWithError("refused");
  }
  state.counters["allocations"] = double(allocations.load() - before) / double(state.iterations());
}
BENCHMARK(WholeVerify);

void RawSign(benchmark::State& state) {
  const SignedParts parts = Parts(MakeToken(kV4Public));
  const absl::Span<const uint8_t> key = TheWorld().secret.secret().Read(InsecureSecretAccess::Get());
  uint8_t signature[crypto_sign_BYTES];
  for (auto _ : state) {
    crypto_sign_detached(signature, nullptr, Bytes(parts.message), parts.message.size(), key.data());
    benchmark::DoNotOptimize(signature);
  }
}
BENCHMARK(RawSign);

void WholeSign(benchmark::State& state) {
  const std::shared_ptr<const KeySet> keys = TheWorld().ring.Current();
  const TokenSpec spec = Spec(kV4Public, 0);
  for (auto _ : state) benchmark::DoNotOptimize(SignToken(*keys, spec));
}
BENCHMARK(WholeSign);

// The primitives of an open on the same sizes: two derivations, the tag over the packed parts, the stream cipher.
void RawLocalOpen(benchmark::State& state) {
  const UntrustedToken token = UntrustedToken::Parse(MakeToken(kV4Local)).value();
  const absl::string_view body = token.untrusted_body();
  const absl::string_view nonce = body.substr(0, 32), cipher = body.substr(32, body.size() - 64);
  const std::string packed = Pae({"v4.local.", nonce, cipher, token.untrusted_footer(), ""});
  const std::string for_encryption = absl::StrCat("paseto-encryption-key", nonce);
  const std::string for_tag = absl::StrCat("paseto-auth-key-for-aead", nonce);
  const absl::Span<const uint8_t> key = TheWorld().local.secret().Read(InsecureSecretAccess::Get());
  std::string message(cipher.size(), '\0');
  uint8_t split[56], tag_key[32], tag[32];
  for (auto _ : state) {
    crypto_generichash(split, sizeof(split), Bytes(for_encryption), for_encryption.size(), key.data(), key.size());
    crypto_generichash(tag_key, sizeof(tag_key), Bytes(for_tag), for_tag.size(), key.data(), key.size());
    crypto_generichash(tag, sizeof(tag), Bytes(packed), packed.size(), tag_key, sizeof(tag_key));
    crypto_stream_xchacha20_xor(reinterpret_cast<uint8_t*>(message.data()), Bytes(cipher), cipher.size(), split + 32,
                                split);
    benchmark::DoNotOptimize(tag);
    benchmark::DoNotOptimize(message.data());
  }
}
BENCHMARK(RawLocalOpen);

void WholeLocalOpen(benchmark::State& state) {
  const std::string text = MakeToken(kV4Local);
  const std::shared_ptr<const KeySet> keys = TheWorld().ring.Current();
  for (auto _ : state) {
    const auto token = VerifyToken(*keys, text, kOptions);
    if (!token.ok() || !TheWorld().validator.Validate((*token)->claims(), kNow).ok()) state.SkipWithError("refused");
  }
}
BENCHMARK(WholeLocalOpen);

// A flood of distinct tokens through a full cache: every one is a miss, and evicts another.
void FloodVerify(benchmark::State& state) {
  constexpr int kKept = 1024, kTokens = 4096;
  VerifiedTokenCache cache({.max_entries = kKept});
  World& world = TheWorld();
  const Trust trust{&world.ring, &world.revocations};
  std::vector<std::string> texts;
  for (int i = 0; i < kTokens; ++i) texts.push_back(MakeToken(kV4Public, i));
  for (const std::string& text : texts) benchmark::DoNotOptimize(cache.Verify(trust, text, kOptions));
  size_t next = 0;
  for (auto _ : state) {
    const auto result = cache.Verify(trust, texts[next], kOptions);
    if (!result.ok() || result->was_cached || cache.size() > kKept) state.SkipWithError("cached or refused");
    if (++next == texts.size()) next = 0;
  }
}
BENCHMARK(FloodVerify);

// What a verifier's heap holds for each active revocation.
void RevocationMemory(benchmark::State& state) {
  constexpr int kRecords = 1'000'000;
  for (auto _ : state) {
    std::vector<Revocation> records(kRecords);
    for (int i = 0; i < kRecords; ++i) {
      records[i] = {RevocationKind::kToken, absl::StrFormat("0b5c7d3e-6d0c-4f0e-9a53-%012x", i), i + 1, kNow,
                    kNow + absl::Hours(1)};
    }
    const size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
    RevocationSet set;
    set.Replace(records);
    const size_t after = mallinfo2().uordblks + mallinfo2().hblkhd;
    if (set.size() != kRecords) state.SkipWithError("records are missing");
    state.counters["bytes_each"] = static_cast<double>(after - before) / kRecords;
  }
}
BENCHMARK(RevocationMemory)->Iterations(1);

// The JSON of a payload, by simdjson alone and by the rules of tokens.
std::string Payload() { return EncodeClaims(Spec(kV4Public, 0).claims).value(); }

void PlainJson(benchmark::State& state) {
  const simdjson::padded_string payload(Payload());
  simdjson::dom::parser parser;
  for (auto _ : state) benchmark::DoNotOptimize(parser.parse(payload));
}
BENCHMARK(PlainJson);

void StrictPayload(benchmark::State& state) {
  const std::string payload = Payload();
  constexpr JsonLimits kLimits{kMaxPayloadBytes, kMaxPayloadDepth, kMaxPayloadKeys};
  for (auto _ : state) benchmark::DoNotOptimize(StrictJson::Parse(payload, kLimits).ok());
}
BENCHMARK(StrictPayload);

// Keeps the calling thread on one of the first two processors while it lives: those of a machine that others use too
// differ, so a rate of two threads is compared with that of one thread on each.
class OnProcessor {
 public:
  explicit OnProcessor(int64_t number) {
    sched_getaffinity(0, sizeof(before_), &before_);
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(number % 2, &one);
    sched_setaffinity(0, sizeof(one), &one);
  }
  ~OnProcessor() { sched_setaffinity(0, sizeof(before_), &before_); }
  OnProcessor(const OnProcessor&) = delete;
  OnProcessor& operator=(const OnProcessor&) = delete;

 private:
  cpu_set_t before_;
};

// Rules, time and key state are evaluated each time; `tokens` distinct tokens per thread.
void CachedVerify(benchmark::State& state) {
  const OnProcessor on_processor(state.range(1) + state.thread_index());
  static VerifiedTokenCache* const cache = new VerifiedTokenCache({});  // for the life of the process
  World& world = TheWorld();
  const Trust trust{&world.ring, &world.revocations};
  const int tokens = static_cast<int>(state.range(0));
  const int first = tokens == 1 ? 0 : state.thread_index() * tokens;
  std::vector<std::string> texts;
  for (int i = 0; i < tokens; ++i) texts.push_back(MakeToken(kV4Public, first + i));
  for (const std::string& text : texts) benchmark::DoNotOptimize(cache->Verify(trust, text, kOptions));
  size_t next = 0;
  const int64_t before = allocations.load();
  for (auto _ : state) {
    const auto result = cache->Verify(trust, texts[next], kOptions);
    if (!result.ok() || !world.validator.Validate(result->token->claims(), kNow).ok()) state.SkipWithError("refused");
    if (++next == texts.size()) next = 0;
  }
  if (state.threads() == 1) {  // the count is of the whole process
    state.counters["allocations"] = double(allocations.load() - before) / double(state.iterations());
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(CachedVerify)
    ->ArgNames({"tokens", "processor"})
    ->ArgsProduct({{1, 256}, {0, 1}})
    ->Threads(1)
    ->Threads(2)
    ->UseRealTime();

// The same hash that the cache takes of a token, and nothing else: what two threads can scale to on this machine.
void HashLoop(benchmark::State& state) {
  const OnProcessor on_processor(state.range(0) + state.thread_index());
  const std::string text = MakeToken(kV4Public);
  uint8_t key[crypto_shorthash_siphashx24_KEYBYTES] = {1};
  uint8_t hash[crypto_shorthash_siphashx24_BYTES];
  for (auto _ : state) {
    crypto_shorthash_siphashx24(hash, Bytes(text), text.size(), key);
    benchmark::DoNotOptimize(hash);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(HashLoop)->ArgName("processor")->Arg(0)->Arg(1)->Threads(1)->Threads(2)->UseRealTime();

}  // namespace
}  // namespace paseto

BENCHMARK_MAIN();
