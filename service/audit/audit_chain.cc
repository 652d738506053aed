#include "grpc_paseto/service/audit/audit_chain.h"

#include <sodium.h>

#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace paseto::service {
namespace {

constexpr absl::string_view kStart = R"({"id":)";
constexpr absl::string_view kSeal = R"(,"chain":")";
constexpr absl::string_view kEnd = R"("})";
constexpr absl::string_view kMacLabel = "tokend audit head 1";
static_assert(kAuditChainBytes == crypto_hash_sha256_BYTES);
static_assert(kAuditKeyBytes >= crypto_generichash_KEYBYTES_MIN);

const unsigned char* Bytes(absl::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::string ChainAfter(absl::string_view chain, absl::string_view sealed) {
  crypto_hash_sha256_state state;
  crypto_hash_sha256_init(&state);
  crypto_hash_sha256_update(&state, Bytes(chain), chain.size());
  crypto_hash_sha256_update(&state, Bytes(sealed), sealed.size());
  std::string next(kAuditChainBytes, '\0');
  crypto_hash_sha256_final(&state, reinterpret_cast<unsigned char*>(next.data()));
  return next;
}

}  // namespace

std::string NextAuditLine(int64_t id, absl::string_view body, AuditHead& head) {
  std::string line = absl::StrCat(kStart, id, ",", body);
  head = {id, ChainAfter(head.chain, line)};
  absl::StrAppend(&line, kSeal, absl::BytesToHexString(head.chain), kEnd);
  return line;
}

absl::optional<AuditLine> ParseAuditLine(absl::string_view line) {
  constexpr size_t kSealBytes = kSeal.size() + 2 * kAuditChainBytes + kEnd.size();
  if (line.size() < kStart.size() + kSealBytes || line.substr(0, kStart.size()) != kStart) return absl::nullopt;
  const absl::string_view sealed = line.substr(0, line.size() - kSealBytes);
  const absl::string_view seal = line.substr(sealed.size());
  const absl::string_view hex = seal.substr(kSeal.size(), 2 * kAuditChainBytes);
  const size_t comma = sealed.find(',');
  AuditLine parsed;
  if (seal.substr(0, kSeal.size()) != kSeal || seal.substr(kSealBytes - kEnd.size()) != kEnd ||
      comma == absl::string_view::npos ||
      !absl::SimpleAtoi(sealed.substr(kStart.size(), comma - kStart.size()), &parsed.id)) {
    return absl::nullopt;
  }
  for (const char c : hex) {
    if (!absl::ascii_isxdigit(static_cast<unsigned char>(c))) return absl::nullopt;
  }
  parsed.body = sealed.substr(comma + 1);
  parsed.chain = absl::HexStringToBytes(hex);
  return parsed;
}

bool Follows(absl::string_view line, const AuditLine& parsed, AuditHead& head) {
  if (parsed.id <= head.id) return false;
  AuditHead next = head;
  if (NextAuditLine(parsed.id, parsed.body, next) != line) return false;
  head = next;
  return true;
}

std::string AuditMac(const AuditHead& head, absl::string_view key) {
  const std::string text = absl::StrCat(kMacLabel, " ", head.id, " ", head.chain);
  std::array<unsigned char, crypto_generichash_BYTES> mac;
  crypto_generichash(mac.data(), mac.size(), Bytes(text), text.size(), Bytes(key), key.size());
  return std::string(reinterpret_cast<const char*>(mac.data()), mac.size());
}

bool AuditMacMatches(const AuditHead& head, absl::string_view key, absl::string_view mac) {
  const std::string expected = AuditMac(head, key);
  return mac.size() == expected.size() && sodium_memcmp(mac.data(), expected.data(), expected.size()) == 0;
}

}  // namespace paseto::service
