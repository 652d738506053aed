// v1.public: RSASSA-PSS of 2048 bits with SHA-384 and MGF1-SHA384, over PAE(header, message, footer) (PASETO Version 1,
// "Sign" and "Verify").
//
// Deprecated: for tokens that others still send. There are no implicit assertions in this version. The specification
// fixes no salt length: any is read, 48 bytes are written.
//
// Threads: keys are immutable; all functions may be called from several threads at once.
#ifndef GRPC_PASETO_CORE_LEGACY_V1_PUBLIC_H_
#define GRPC_PASETO_CORE_LEGACY_V1_PUBLIC_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "grpc_paseto/core/legacy/legacy_writing.h"
#include "grpc_paseto/core/paseto/paserk_text.h"
#include "grpc_paseto/core/paseto/secret_bytes.h"
#include "grpc_paseto/core/paseto/untrusted_token.h"

struct evp_pkey_st;

namespace paseto {

// The DER of a key of 2048 bits: SubjectPublicKeyInfo is always as long; the numbers of PKCS #1 vary a little.
inline constexpr size_t kV1PublicDerBytes = 294;
inline constexpr PaserkSize kV1SecretDerBytes{1100, 1250};

// An RSA key of 2048 bits with the exponent 65537.
class V1PublicKey {
 public:
  // SubjectPublicKeyInfo, as DER or as PEM (pem_block.h).
  // Errors: INVALID_ARGUMENT, never with key text in it, for anything but such a key.
  static absl::StatusOr<V1PublicKey> FromDer(absl::string_view der);
  static absl::StatusOr<V1PublicKey> FromPem(absl::string_view pem);
  const std::string& der() const { return der_; }
  std::string pem() const;
  friend bool operator==(const V1PublicKey& a, const V1PublicKey& b) { return a.der_ == b.der_; }

 private:
  friend class V1SecretKey;
  friend absl::StatusOr<absl::string_view> V1PublicVerify(const V1PublicKey&, const UntrustedToken&);
  explicit V1PublicKey(std::shared_ptr<evp_pkey_st> key);
  std::shared_ptr<evp_pkey_st> key_;
  std::string der_;
};

class V1SecretKey {
 public:
  static V1SecretKey Generate(LegacyWriting);  // Cost: a tenth of a second or more
  // PKCS #1, as DER or as PEM; PKCS #8 too, as PEM.
  // Errors: INVALID_ARGUMENT, never with key text in it, for anything but such a key whose parts belong together.
  static absl::StatusOr<V1SecretKey> FromDer(const SecretBytes& der);
  static absl::StatusOr<V1SecretKey> FromPem(absl::string_view pem);

  V1PublicKey public_key() const { return V1PublicKey(pair_); }
  const SecretBytes& secret() const { return der_; }  // PKCS #1, as DER
  // PKCS #1, as PEM.
  SecretBytes pem(InsecureSecretAccess) const;

 private:
  friend std::string V1PublicSign(const V1SecretKey&, absl::string_view, absl::string_view, LegacyWriting);
  explicit V1SecretKey(std::shared_ptr<evp_pkey_st> pair);
  std::shared_ptr<evp_pkey_st> pair_;  // in OpenSSL's secure heap, as far as openssl_secure_heap.h says
  SecretBytes der_;
};

// The message of `token` when its signature is good for `key`. The view points into `token`.
// Errors: INVALID_ARGUMENT when the token is not v1.public or its body is too short; UNAUTHENTICATED when the signature
// does not match.
absl::StatusOr<absl::string_view> V1PublicVerify(const V1PublicKey& key, const UntrustedToken& token);

// The token text for `message`; `footer` travels in clear.
std::string V1PublicSign(const V1SecretKey& key, absl::string_view message, absl::string_view footer, LegacyWriting);

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_LEGACY_V1_PUBLIC_H_
