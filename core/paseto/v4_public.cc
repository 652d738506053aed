#include "grpc_paseto/core/paseto/v4_public.h"

#include <sodium.h>

#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/paseto/check.h"
#include "grpc_paseto/core/paseto/format.h"
#include "grpc_paseto/core/paseto/pae.h"
#include "grpc_paseto/core/paseto/sodium_ready.h"

namespace paseto {
namespace {

static_assert(V4PublicKey::kSizeBytes == crypto_sign_PUBLICKEYBYTES);
static_assert(V4SecretKey::kSizeBytes == crypto_sign_SECRETKEYBYTES);

absl::Status WrongKeySizeError(absl::string_view which, size_t expected, size_t got) {
  return absl::InvalidArgumentError(absl::StrCat("v4 ", which, " key: expected ", expected, " bytes, got ", got));
}

absl::Status WrongSignatureError() {
  return absl::UnauthenticatedError("v4.public: the signature does not match the key, footer and implicit assertion");
}

const uint8_t* Bytes(absl::string_view text) { return reinterpret_cast<const uint8_t*>(text.data()); }

}  // namespace

absl::StatusOr<V4PublicKey> V4PublicKey::FromBytes(absl::string_view bytes) {
  if (bytes.size() != kSizeBytes) return WrongKeySizeError("public", kSizeBytes, bytes.size());
  EnsureSodiumReady();
  V4PublicKey key;
  std::memcpy(key.bytes_.data(), bytes.data(), kSizeBytes);
  key.is_valid_point_ = crypto_core_ed25519_is_valid_point(key.bytes_.data()) == 1;
  return key;
}

V4SecretKey V4SecretKey::Generate() {
  SecretBytes bytes = SecretBytes::Zeroed(kSizeBytes);
  uint8_t public_half[crypto_sign_PUBLICKEYBYTES];
  PASETO_CHECK(crypto_sign_keypair(public_half, bytes.Write(InsecureSecretAccess::Get()).data()) == 0);
  return V4SecretKey(std::move(bytes));
}

absl::StatusOr<V4SecretKey> V4SecretKey::FromBytes(SecretBytes bytes) {
  if (bytes.size() != kSizeBytes) return WrongKeySizeError("secret", kSizeBytes, bytes.size());
  SecretBytes derived = SecretBytes::Zeroed(kSizeBytes);
  uint8_t public_half[crypto_sign_PUBLICKEYBYTES];
  crypto_sign_seed_keypair(public_half, derived.Write(InsecureSecretAccess::Get()).data(),
                           bytes.Read(InsecureSecretAccess::Get()).data());
  if (!derived.Equals(bytes)) {
    return absl::InvalidArgumentError("v4 secret key: the public half does not belong to the seed");
  }
  return V4SecretKey(std::move(bytes));
}

V4PublicKey V4SecretKey::public_key() const {
  PASETO_CHECK(bytes_.size() == kSizeBytes);  // not moved from
  V4PublicKey key;
  std::memcpy(key.bytes_.data(), bytes_.Read(InsecureSecretAccess::Get()).data() + crypto_sign_SEEDBYTES,
              V4PublicKey::kSizeBytes);
  key.is_valid_point_ = true;  // a multiple of the base point, as Generate and FromBytes made sure
  return key;
}

std::string V4PublicSign(const V4SecretKey& key, absl::string_view message, absl::string_view footer,
                         absl::string_view implicit_assertion) {
  // 1. The key is for v4.public: its type says so. (It still has its bytes, too: it was not moved from.)
  const absl::Span<const uint8_t> sk = key.secret().Read(InsecureSecretAccess::Get());
  PASETO_CHECK(sk.size() == V4SecretKey::kSizeBytes);
  // 2. Set h.
  const absl::string_view h = TokenHeader(kV4Public);
  // 3. Pack h, m, f and i.
  const std::string m2 = Pae({h, message, footer, implicit_assertion});
  // 4. Sign m2.
  uint8_t sig[crypto_sign_BYTES];
  crypto_sign_detached(sig, nullptr, Bytes(m2), m2.size(), sk.data());
  // 5. h || base64url(m || sig), and the footer if there is one.
  const absl::string_view signature(reinterpret_cast<const char*>(sig), sizeof(sig));
  return EncodeToken(kV4Public, absl::StrCat(message, signature), footer);
}

absl::StatusOr<absl::string_view> V4PublicVerify(const V4PublicKey& key, const UntrustedToken& token,
                                                 absl::string_view implicit_assertion) {
  // 1. The key is for v4.public: its type says so. Points are validated on use, which is here.
  if (!key.is_valid_point()) {
    return absl::UnauthenticatedError("v4.public: the public key is no point of the curve's main subgroup");
  }
  // 2. The footer is authenticated below, in step 5; what it has to be is the caller's concern.
  const absl::string_view f = token.untrusted_footer();
  // 3. The token begins with h.
  if (token.untrusted_kind() != kV4Public) {
    return absl::InvalidArgumentError(
        absl::StrCat("expected a v4.public token, got ", TokenKindName(token.untrusted_kind())));
  }
  const absl::string_view h = TokenHeader(kV4Public);
  // 4. s is the rightmost 64 bytes, m the rest.
  const absl::string_view body = token.untrusted_body();
  if (body.size() < crypto_sign_BYTES) return absl::InvalidArgumentError("v4.public: body shorter than a signature");
  const absl::string_view m = body.substr(0, body.size() - crypto_sign_BYTES);
  const absl::string_view s = body.substr(m.size());
  // 5. Pack h, m, f and i.
  const std::string m2 = Pae({h, m, f, implicit_assertion});
  // 6. Verify the signature.
  const int verified = crypto_sign_verify_detached(Bytes(s), Bytes(m2), m2.size(), Bytes(key.bytes()));
  // 7. The message, only if the signature is good.
  if (verified != 0) return WrongSignatureError();
  return m;
}

}  // namespace paseto
