#include "grpc_paseto/core/legacy/v1_public.h"

#include <openssl/rsa.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/legacy/rsa_pair.h"
#include "grpc_paseto/core/paseto/check.h"
#include "grpc_paseto/core/paseto/format.h"
#include "grpc_paseto/core/paseto/openssl_ptr.h"
#include "grpc_paseto/core/paseto/openssl_secure_heap.h"
#include "grpc_paseto/core/paseto/pae.h"
#include "grpc_paseto/core/paseto/pem_block.h"

namespace paseto {
namespace {

constexpr int kBits = 2048;
constexpr size_t kSignatureBytes = kBits / 8;

absl::Status WrongKeyError(absl::string_view which) {
  return absl::InvalidArgumentError(
      absl::StrCat("v1 ", which, " key: expected an RSA key of ", kBits, " bits with the exponent 65537"));
}

const uint8_t* Bytes(absl::string_view text) { return reinterpret_cast<const uint8_t*>(text.data()); }

// PSS, with SHA-384 as the hash of the mask, too.
void SetPss(EVP_PKEY_CTX* context, int salt_length) {
  PASETO_CHECK(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
               EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha384()) == 1 &&
               EVP_PKEY_CTX_set_rsa_pss_saltlen(context, salt_length) == 1);
}

}  // namespace

V1PublicKey::V1PublicKey(std::shared_ptr<evp_pkey_st> key) : key_(std::move(key)), der_(RsaPublicDer(key_.get())) {}

absl::StatusOr<V1PublicKey> V1PublicKey::FromDer(absl::string_view der) {
  std::shared_ptr<EVP_PKEY> key = RsaPublicFromDer(der, kBits);
  if (key == nullptr) return WrongKeyError("public");
  return V1PublicKey(std::move(key));
}

absl::StatusOr<V1PublicKey> V1PublicKey::FromPem(absl::string_view pem) {
  std::shared_ptr<EVP_PKEY> key = RsaPublicFromPem(pem, kBits);
  if (key == nullptr) return WrongKeyError("public");
  return V1PublicKey(std::move(key));
}

std::string V1PublicKey::pem() const { return WritePublicPem(key_.get()); }

V1SecretKey::V1SecretKey(std::shared_ptr<evp_pkey_st> pair) : pair_(std::move(pair)), der_(RsaSecretDer(pair_.get())) {}

V1SecretKey V1SecretKey::Generate(LegacyWriting) {
  EnsureOpenSslSecureHeap();
  EVP_PKEY* pair = EVP_RSA_gen(kBits);  // its exponent is 65537
  PASETO_CHECK(pair != nullptr);
  return V1SecretKey(std::shared_ptr<EVP_PKEY>(pair, EVP_PKEY_free));
}

absl::StatusOr<V1SecretKey> V1SecretKey::FromDer(const SecretBytes& der) {
  std::shared_ptr<EVP_PKEY> pair = RsaSecretFromDer(der.ReadText(InsecureSecretAccess::Get()), kBits);
  if (pair == nullptr) return WrongKeyError("secret");
  return V1SecretKey(std::move(pair));
}

absl::StatusOr<V1SecretKey> V1SecretKey::FromPem(absl::string_view pem) {
  std::shared_ptr<EVP_PKEY> pair = RsaSecretFromPem(pem, kBits);
  if (pair == nullptr) return WrongKeyError("secret");
  return V1SecretKey(std::move(pair));
}

SecretBytes V1SecretKey::pem(InsecureSecretAccess) const { return WriteTraditionalPem(pair_.get()); }

absl::StatusOr<absl::string_view> V1PublicVerify(const V1PublicKey& key, const UntrustedToken& token) {
  // 1. The key is for v1.public: its type says so.
  // 2. The footer is authenticated below; what it has to be is the caller's concern.
  const absl::string_view f = token.untrusted_footer();
  // 3. The token begins with h.
  if (token.untrusted_kind() != kV1Public) {
    return absl::InvalidArgumentError(
        absl::StrCat("expected a v1.public token, got ", TokenKindName(token.untrusted_kind())));
  }
  const absl::string_view h = TokenHeader(kV1Public);
  // 4. s is the rightmost 256 bytes, m the rest.
  const absl::string_view body = token.untrusted_body();
  if (body.size() < kSignatureBytes) return absl::InvalidArgumentError("v1.public: body shorter than a signature");
  const absl::string_view m = body.substr(0, body.size() - kSignatureBytes);
  const absl::string_view s = body.substr(m.size());
  // 5. Pack h, m and f.
  const std::string m2 = Pae({h, m, f});
  // 6. Verify the signature.
  const EvpMdCtxPtr context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* parameters = nullptr;  // the context's own
  PASETO_CHECK(EVP_DigestVerifyInit(context.get(), &parameters, EVP_sha384(), nullptr, key.key_.get()) == 1);
  SetPss(parameters, RSA_PSS_SALTLEN_AUTO);
  // 7. The message, only if the signature is good.
  if (EVP_DigestVerify(context.get(), Bytes(s), s.size(), Bytes(m2), m2.size()) != 1) {
    return absl::UnauthenticatedError("v1.public: the signature does not match the key and footer");
  }
  return m;
}

std::string V1PublicSign(const V1SecretKey& key, absl::string_view message, absl::string_view footer, LegacyWriting) {
  // 1. The key is for v1.public: its type says so. (It was not moved from, either.)
  PASETO_CHECK(key.pair_ != nullptr);
  // 2. Set h.
  const absl::string_view h = TokenHeader(kV1Public);
  // 3. Pack h, m and f.
  const std::string m2 = Pae({h, message, footer});
  // 4. Sign m2.
  const EvpMdCtxPtr context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* parameters = nullptr;  // the context's own
  PASETO_CHECK(EVP_DigestSignInit(context.get(), &parameters, EVP_sha384(), nullptr, key.pair_.get()) == 1);
  SetPss(parameters, RSA_PSS_SALTLEN_DIGEST);
  std::string sig(kSignatureBytes, '\0');
  size_t size = sig.size();
  PASETO_CHECK(EVP_DigestSign(context.get(), reinterpret_cast<uint8_t*>(sig.data()), &size, Bytes(m2), m2.size()) ==
                   1 &&
               size == kSignatureBytes);
  // 5. h || base64url(m || sig), and the footer if there is one.
  return EncodeToken(kV1Public, absl::StrCat(message, sig), footer);
}

}  // namespace paseto
