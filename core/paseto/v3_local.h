// v3.local: AES-256-CTR and HMAC-SHA384 with keys from HKDF-SHA384 (PASETO Version 3, "Encrypt" and "Decrypt").
//
// Threads: keys are immutable; all functions may be called from several threads at once.
#ifndef GRPC_PASETO_CORE_PASETO_V3_LOCAL_H_
#define GRPC_PASETO_CORE_PASETO_V3_LOCAL_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "grpc_paseto/core/paseto/secret_bytes.h"
#include "grpc_paseto/core/paseto/untrusted_token.h"

namespace paseto {

class V3LocalKey {
 public:
  static constexpr size_t kSizeBytes = 32;
  static V3LocalKey Generate();
  // Errors: INVALID_ARGUMENT for another size.
  static absl::StatusOr<V3LocalKey> FromBytes(SecretBytes bytes);
  const SecretBytes& secret() const { return bytes_; }

 private:
  explicit V3LocalKey(SecretBytes bytes) : bytes_(std::move(bytes)) {}
  SecretBytes bytes_;
};

// The token text that hides `message`; its nonce comes from the system's random source.
std::string V3LocalSeal(const V3LocalKey& key, absl::string_view message, absl::string_view footer,
                        absl::string_view implicit_assertion);

// The message of `token` when its tag is good for `key` and `implicit_assertion`. The tag is compared, in constant
// time, before anything is decrypted. Errors: INVALID_ARGUMENT when the token is not v3.local or its body is too short;
// UNAUTHENTICATED when the tag differs.
absl::StatusOr<std::string> V3LocalOpen(const V3LocalKey& key, const UntrustedToken& token,
                                        absl::string_view implicit_assertion);

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_PASETO_V3_LOCAL_H_
