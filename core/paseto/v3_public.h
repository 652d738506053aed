// v3.public: ECDSA over P-384 with SHA-384, of PAE(public key, header, message, footer, implicit assertion) (PASETO
// Version 3, "Sign" and "Verify").
//
// Public keys are compressed points of 49 bytes. Signatures are r || s; both halves of the range of s are accepted.
// Nonces of signatures are random: OpenSSL 3.0 has no deterministic ones.
//
// Threads: keys are immutable; all functions may be called from several threads at once.
#ifndef GRPC_PASETO_CORE_PASETO_V3_PUBLIC_H_
#define GRPC_PASETO_CORE_PASETO_V3_PUBLIC_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "grpc_paseto/core/paseto/secret_bytes.h"
#include "grpc_paseto/core/paseto/untrusted_token.h"

struct evp_pkey_st;

namespace paseto {

class V3PublicKey {
 public:
  static constexpr size_t kSizeBytes = 49;
  // Any 49 bytes: those that are no compressed point of the curve are a key too, but one that verifies nothing.
  // Errors: INVALID_ARGUMENT for another size.
  static absl::StatusOr<V3PublicKey> FromBytes(absl::string_view bytes);
  absl::string_view bytes() const { return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}; }
  // Whether the bytes are a compressed point of the curve, which a key has to be for verification.
  bool is_valid_point() const { return point_ != nullptr; }
  friend bool operator==(const V3PublicKey& a, const V3PublicKey& b) { return a.bytes_ == b.bytes_; }

 private:
  friend absl::StatusOr<absl::string_view> V3PublicVerify(const V3PublicKey&, const UntrustedToken&, absl::string_view);
  friend class V3KeyAgreement;  // of paserk_seal.cc
  friend class V3PemAccess;     // of pem.cc
  V3PublicKey() = default;
  std::array<uint8_t, kSizeBytes> bytes_;
  std::shared_ptr<evp_pkey_st> point_;  // null when the bytes are no point
};

class V3SecretKey {
 public:
  static constexpr size_t kSizeBytes = 48;
  static V3SecretKey Generate();
  // `bytes` is the scalar, big endian. One that is 0 or not below the order of the curve is a key too, but one that
  // signs nothing and has no public half. Errors: INVALID_ARGUMENT for another size.
  static absl::StatusOr<V3SecretKey> FromBytes(SecretBytes bytes);

  // Errors: INVALID_ARGUMENT when the scalar is out of range.
  absl::StatusOr<V3PublicKey> public_key() const;
  const SecretBytes& secret() const { return bytes_; }

 private:
  friend absl::StatusOr<std::string> V3PublicSign(const V3SecretKey&, absl::string_view, absl::string_view,
                                                  absl::string_view);
  friend class V3KeyAgreement;
  friend class V3PemAccess;
  explicit V3SecretKey(SecretBytes bytes) : bytes_(std::move(bytes)) {}
  SecretBytes bytes_;
  absl::optional<V3PublicKey> public_key_;
  std::shared_ptr<evp_pkey_st> pair_;  // in OpenSSL's secure heap; null when the scalar is out of range
};

// The token text for `message`; `footer` travels in clear, `implicit_assertion` not at all.
// Errors: INVALID_ARGUMENT when the scalar of `key` is out of range.
absl::StatusOr<std::string> V3PublicSign(const V3SecretKey& key, absl::string_view message, absl::string_view footer,
                                         absl::string_view implicit_assertion);

// The message of `token` when its signature is good for `key` and `implicit_assertion`. The view points into `token`.
// Errors: INVALID_ARGUMENT when the token is not v3.public or its body is too short; UNAUTHENTICATED when the signature
// does not match or the key is not a point of the curve.
absl::StatusOr<absl::string_view> V3PublicVerify(const V3PublicKey& key, const UntrustedToken& token,
                                                 absl::string_view implicit_assertion);

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_PASETO_V3_PUBLIC_H_
