// v2.local: XChaCha20-Poly1305 whose nonce is a hash of the message (PASETO Version 2, "Encrypt" and "Decrypt").
//
// Deprecated: for tokens that others still send. There are no implicit assertions in this version.
//
// Threads: keys are immutable; all functions may be called from several threads at once.
#ifndef GRPC_PASETO_CORE_LEGACY_V2_LOCAL_H_
#define GRPC_PASETO_CORE_LEGACY_V2_LOCAL_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "grpc_paseto/core/legacy/legacy_writing.h"
#include "grpc_paseto/core/paseto/secret_bytes.h"
#include "grpc_paseto/core/paseto/untrusted_token.h"

namespace paseto {

class V2LocalKey {
 public:
  static constexpr size_t kSizeBytes = 32;
  static V2LocalKey Generate(LegacyWriting);
  // Errors: INVALID_ARGUMENT for another size.
  static absl::StatusOr<V2LocalKey> FromBytes(SecretBytes bytes);
  const SecretBytes& secret() const { return bytes_; }

 private:
  explicit V2LocalKey(SecretBytes bytes) : bytes_(std::move(bytes)) {}
  SecretBytes bytes_;
};

// The message of `token` when its tag is good for `key`; nothing is decrypted before. Errors: INVALID_ARGUMENT when the
// token is not v2.local or its body is too short; UNAUTHENTICATED when the tag differs.
absl::StatusOr<std::string> V2LocalOpen(const V2LocalKey& key, const UntrustedToken& token);

// The token text that hides `message`; its nonce comes from the system's random source and the message.
std::string V2LocalSeal(const V2LocalKey& key, absl::string_view message, absl::string_view footer, LegacyWriting);

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_LEGACY_V2_LOCAL_H_
