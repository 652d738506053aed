#include "grpc_paseto/core/legacy/v2_local.h"

#include <sodium.h>

#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/legacy/testing/fixed_randomness.h"
#include "grpc_paseto/core/paseto/check.h"
#include "grpc_paseto/core/paseto/format.h"
#include "grpc_paseto/core/paseto/pae.h"

namespace paseto {
namespace {

constexpr size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
static_assert(V2LocalKey::kSizeBytes == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);

const uint8_t* Bytes(absl::string_view text) { return reinterpret_cast<const uint8_t*>(text.data()); }

const uint8_t* BytesOf(const V2LocalKey& key) {
  const absl::Span<const uint8_t> k = key.secret().Read(InsecureSecretAccess::Get());
  PASETO_CHECK(k.size() == V2LocalKey::kSizeBytes);  // not moved from
  return k.data();
}

}  // namespace

V2LocalKey V2LocalKey::Generate(LegacyWriting) { return V2LocalKey(SecretBytes::Random(kSizeBytes)); }

absl::StatusOr<V2LocalKey> V2LocalKey::FromBytes(SecretBytes bytes) {
  if (bytes.size() != kSizeBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("v2 local key: expected ", kSizeBytes, " bytes, got ", bytes.size()));
  }
  return V2LocalKey(std::move(bytes));
}

absl::StatusOr<std::string> V2LocalOpen(const V2LocalKey& key, const UntrustedToken& token) {
  // 1. The footer is authenticated below; what it has to be is the caller's concern.
  const absl::string_view f = token.untrusted_footer();
  // 2. The token begins with h.
  if (token.untrusted_kind() != kV2Local) {
    return absl::InvalidArgumentError(
        absl::StrCat("expected a v2.local token, got ", TokenKindName(token.untrusted_kind())));
  }
  const absl::string_view h = TokenHeader(kV2Local);
  // 3. n is the leftmost 24 bytes, c the rest, its tag included.
  const absl::string_view body = token.untrusted_body();
  if (body.size() < kNonceBytes + kTagBytes) {
    return absl::InvalidArgumentError("v2.local: body shorter than a nonce and a tag");
  }
  const absl::string_view n = body.substr(0, kNonceBytes);
  const absl::string_view c = body.substr(kNonceBytes);
  // 4. Pack h, n and f.
  const std::string pre_auth = Pae({h, n, f});
  // 5. Decrypt c; libsodium compares the tag first, in constant time.
  std::string p(c.size() - kTagBytes, '\0');
  const int opened =
      crypto_aead_xchacha20poly1305_ietf_decrypt(reinterpret_cast<uint8_t*>(p.data()), nullptr, nullptr, Bytes(c),
                                                 c.size(), Bytes(pre_auth), pre_auth.size(), Bytes(n), BytesOf(key));
  // 6. The message, only if that succeeded.
  if (opened != 0) return absl::UnauthenticatedError("v2.local: the tag does not match the key and footer");
  return p;
}

std::string V2LocalSeal(const V2LocalKey& key, absl::string_view message, absl::string_view footer, LegacyWriting) {
  // 2. 24 bytes from the system's random source. The other steps stand below.
  char random[kNonceBytes];
  randombytes_buf(random, sizeof(random));
  return testing_only::V2LocalSealWithRandom(key, message, footer, {random, sizeof(random)});
}

namespace testing_only {

std::string V2LocalSealWithRandom(const V2LocalKey& key, absl::string_view message, absl::string_view footer,
                                  absl::string_view random) {
  // 1. Set h.
  const absl::string_view h = TokenHeader(kV2Local);
  // 2. The random bytes are given.
  PASETO_CHECK(random.size() == kNonceBytes);
  // 3. n = BLAKE2b-24(message), keyed with them: a random source that fails does not reuse a nonce.
  std::string body(kNonceBytes + message.size() + kTagBytes, '\0');  // n || c
  uint8_t* n = reinterpret_cast<uint8_t*>(body.data());
  crypto_generichash(n, kNonceBytes, Bytes(message), message.size(), Bytes(random), random.size());
  // 4. Pack h, n and f.
  const std::string pre_auth = Pae({h, absl::string_view(body).substr(0, kNonceBytes), footer});
  // 5. Encrypt the message.
  crypto_aead_xchacha20poly1305_ietf_encrypt(n + kNonceBytes, nullptr, Bytes(message), message.size(), Bytes(pre_auth),
                                             pre_auth.size(), nullptr, n, BytesOf(key));
  // 6. h || base64url(n || c), and the footer if there is one.
  return EncodeToken(kV2Local, body, footer);
}

}  // namespace testing_only
}  // namespace paseto
