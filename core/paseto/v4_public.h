// v4.public: Ed25519 over PAE(header, message, footer, implicit assertion) (PASETO Version 4, "Sign" and "Verify").
//
// Bytes in, bytes out: what the message means is core/token's concern. The key types are separate for each version and
// purpose (PASETO "Algorithm Lucidity"): no raw bytes are keys, a public key cannot act as a secret or a local one.
//
// Threads: keys are immutable; all functions may be called from several threads at once.
#ifndef GRPC_PASETO_CORE_PASETO_V4_PUBLIC_H_
#define GRPC_PASETO_CORE_PASETO_V4_PUBLIC_H_

#include <array>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "grpc_paseto/core/paseto/secret_bytes.h"
#include "grpc_paseto/core/paseto/untrusted_token.h"

namespace paseto {

class V4PublicKey {
 public:
  static constexpr size_t kSizeBytes = 32;
  // Any 32 bytes: those that are no point of the main subgroup are a key too, but one that verifies nothing.
  // Errors: INVALID_ARGUMENT for another size. Cost: about one verification.
  static absl::StatusOr<V4PublicKey> FromBytes(absl::string_view bytes);
  absl::string_view bytes() const { return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}; }
  // Whether the bytes are a canonical point of the main subgroup, which a key has to be for verification.
  bool is_valid_point() const { return is_valid_point_; }
  friend bool operator==(const V4PublicKey&, const V4PublicKey&) = default;

 private:
  friend class V4SecretKey;
  V4PublicKey() = default;
  std::array<uint8_t, kSizeBytes> bytes_;
  bool is_valid_point_ = false;
};

class V4SecretKey {
 public:
  static constexpr size_t kSizeBytes = 64;
  static V4SecretKey Generate();
  // `bytes` is seed || public half. The public half is derived again and compared: signing with a wrong one would give
  // the key away. Errors: INVALID_ARGUMENT for another size or a wrong public half.
  static absl::StatusOr<V4SecretKey> FromBytes(SecretBytes bytes);

  V4PublicKey public_key() const;
  const SecretBytes& secret() const { return bytes_; }

 private:
  explicit V4SecretKey(SecretBytes bytes) : bytes_(std::move(bytes)) {}
  SecretBytes bytes_;
};

// The token text for `message`; `footer` travels in clear, `implicit_assertion` not at all.
std::string V4PublicSign(const V4SecretKey& key, absl::string_view message, absl::string_view footer,
                         absl::string_view implicit_assertion);

// The message of `token` when its signature is good for `key` and `implicit_assertion`. The view points into `token`.
// Errors: INVALID_ARGUMENT when the token is not v4.public or its body is too short; UNAUTHENTICATED when the signature
// does not match or the key is not a point of the main subgroup.
absl::StatusOr<absl::string_view> V4PublicVerify(const V4PublicKey& key, const UntrustedToken& token,
                                                 absl::string_view implicit_assertion);

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_PASETO_V4_PUBLIC_H_
