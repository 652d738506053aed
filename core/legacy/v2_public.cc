#include "grpc_paseto/core/legacy/v2_public.h"

#include <sodium.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/paseto/check.h"
#include "grpc_paseto/core/paseto/format.h"
#include "grpc_paseto/core/paseto/pae.h"

namespace paseto {
namespace {

absl::Status WrongKeySizeError(absl::string_view which, size_t expected, size_t got) {
  return absl::InvalidArgumentError(absl::StrCat("v2 ", which, " key: expected ", expected, " bytes, got ", got));
}

const uint8_t* Bytes(absl::string_view text) { return reinterpret_cast<const uint8_t*>(text.data()); }

}  // namespace

absl::StatusOr<V2PublicKey> V2PublicKey::FromBytes(absl::string_view bytes) {
  if (bytes.size() != kSizeBytes) return WrongKeySizeError("public", kSizeBytes, bytes.size());
  return V2PublicKey(*V4PublicKey::FromBytes(bytes));
}

V2SecretKey V2SecretKey::Generate(LegacyWriting) { return V2SecretKey(V4SecretKey::Generate()); }

absl::StatusOr<V2SecretKey> V2SecretKey::FromBytes(SecretBytes bytes) {
  if (bytes.size() != kSizeBytes) return WrongKeySizeError("secret", kSizeBytes, bytes.size());
  absl::StatusOr<V4SecretKey> ed25519 = V4SecretKey::FromBytes(std::move(bytes));
  if (!ed25519.ok()) return absl::InvalidArgumentError("v2 secret key: the public half does not belong to the seed");
  return V2SecretKey(*std::move(ed25519));
}

absl::StatusOr<absl::string_view> V2PublicVerify(const V2PublicKey& key, const UntrustedToken& token) {
  // Points are validated on use, which is here.
  if (!key.is_valid_point()) {
    return absl::UnauthenticatedError("v2.public: the public key is no point of the curve's main subgroup");
  }
  // 1. The footer is authenticated below; what it has to be is the caller's concern.
  const absl::string_view f = token.untrusted_footer();
  // 2. The token begins with h.
  if (token.untrusted_kind() != kV2Public) {
    return absl::InvalidArgumentError(
        absl::StrCat("expected a v2.public token, got ", TokenKindName(token.untrusted_kind())));
  }
  const absl::string_view h = TokenHeader(kV2Public);
  // 3. s is the rightmost 64 bytes, m the rest.
  const absl::string_view body = token.untrusted_body();
  if (body.size() < crypto_sign_BYTES) return absl::InvalidArgumentError("v2.public: body shorter than a signature");
  const absl::string_view m = body.substr(0, body.size() - crypto_sign_BYTES);
  const absl::string_view s = body.substr(m.size());
  // 4. Pack h, m and f.
  const std::string m2 = Pae({h, m, f});
  // 5. Verify the signature.
  const int verified = crypto_sign_verify_detached(Bytes(s), Bytes(m2), m2.size(), Bytes(key.bytes()));
  // 6. The message, only if the signature is good.
  if (verified != 0) return absl::UnauthenticatedError("v2.public: the signature does not match the key and footer");
  return m;
}

std::string V2PublicSign(const V2SecretKey& key, absl::string_view message, absl::string_view footer, LegacyWriting) {
  const absl::Span<const uint8_t> sk = key.secret().Read(InsecureSecretAccess::Get());
  PASETO_CHECK(sk.size() == V2SecretKey::kSizeBytes);  // not moved from
  // 1. Set h.
  const absl::string_view h = TokenHeader(kV2Public);
  // 2. Pack h, m and f.
  const std::string m2 = Pae({h, message, footer});
  // 3. Sign m2.
  uint8_t sig[crypto_sign_BYTES];
  crypto_sign_detached(sig, nullptr, Bytes(m2), m2.size(), sk.data());
  // 4. h || base64url(m || sig), and the footer if there is one.
  return EncodeToken(kV2Public, absl::StrCat(message, absl::string_view(reinterpret_cast<char*>(sig), sizeof(sig))),
                     footer);
}

}  // namespace paseto
