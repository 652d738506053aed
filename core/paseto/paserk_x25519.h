// PASERK's seal of versions 2 and 4 (PASERK "PKE"), on bytes: for the files that know a version's key types.
#ifndef GRPC_PASETO_CORE_PASETO_PASERK_X25519_H_
#define GRPC_PASETO_CORE_PASETO_PASERK_X25519_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "grpc_paseto/core/paseto/secret_bytes.h"

namespace paseto {

// The text, with the header `h`, of the local key `pdk` for the owner of a public key of Ed25519, 32 bytes.
// Errors: INVALID_ARGUMENT when it is no point of the curve's main subgroup.
absl::StatusOr<std::string> X25519Seal(absl::string_view h, absl::string_view ed25519, const SecretBytes& pdk);

// The bytes that were sealed to the secret key of Ed25519, seed || public half.
// Errors: INVALID_ARGUMENT when `text` is of another header or size; UNAUTHENTICATED when the tag differs or the
// ephemeral key is no good point.
absl::StatusOr<SecretBytes> X25519Unseal(absl::string_view h, const SecretBytes& ed25519, absl::string_view text);

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_PASETO_PASERK_X25519_H_
