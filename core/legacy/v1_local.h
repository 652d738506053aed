// v1.local: AES-256-CTR and HMAC-SHA384 with keys from HKDF-SHA384 (PASETO Version 1, "Encrypt" and "Decrypt").
//
// Deprecated: for tokens that others still send. There are no implicit assertions in this version.
//
// Threads: keys are immutable; all functions may be called from several threads at once.
#ifndef GRPC_PASETO_CORE_LEGACY_V1_LOCAL_H_
#define GRPC_PASETO_CORE_LEGACY_V1_LOCAL_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "grpc_paseto/core/legacy/legacy_writing.h"
#include "grpc_paseto/core/paseto/secret_bytes.h"
#include "grpc_paseto/core/paseto/untrusted_token.h"

namespace paseto {

class V1LocalKey {
 public:
  static constexpr size_t kSizeBytes = 32;
  static V1LocalKey Generate(LegacyWriting);
  // Errors: INVALID_ARGUMENT for another size.
  static absl::StatusOr<V1LocalKey> FromBytes(SecretBytes bytes);
  const SecretBytes& secret() const { return bytes_; }

 private:
  explicit V1LocalKey(SecretBytes bytes) : bytes_(std::move(bytes)) {}
  SecretBytes bytes_;
};

// The message of `token` when its tag is good for `key`. The tag is compared, in constant time, before anything is
// decrypted. Errors: INVALID_ARGUMENT when the token is not v1.local or its body is too short; UNAUTHENTICATED when the
// tag differs.
absl::StatusOr<std::string> V1LocalOpen(const V1LocalKey& key, const UntrustedToken& token);

// The token text that hides `message`; its nonce comes from the system's random source and the message.
std::string V1LocalSeal(const V1LocalKey& key, absl::string_view message, absl::string_view footer, LegacyWriting);

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_LEGACY_V1_LOCAL_H_
