// PASERK type seal: a local key encrypted to a public key (PASERK "PKE").
//
// Anyone can seal to a public key, so an unsealed key proves nothing about who made it.
#ifndef GRPC_PASETO_CORE_PASETO_PASERK_SEAL_H_
#define GRPC_PASETO_CORE_PASETO_PASERK_SEAL_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "grpc_paseto/core/paseto/v3_local.h"
#include "grpc_paseto/core/paseto/v3_public.h"
#include "grpc_paseto/core/paseto/v4_local.h"
#include "grpc_paseto/core/paseto/v4_public.h"

namespace paseto {

// "k4.seal." and "k3.seal.".
// Errors: INVALID_ARGUMENT when `recipient` is no point of the curve (or of its main subgroup).
absl::StatusOr<std::string> PaserkSeal(const V4PublicKey& recipient, const V4LocalKey& key);
absl::StatusOr<std::string> PaserkSeal(const V3PublicKey& recipient, const V3LocalKey& key);

// Errors: INVALID_ARGUMENT when `text` is of another version, type or size, or the secret key is out of range;
// UNAUTHENTICATED when the tag differs or the ephemeral key is no good point. The tag is compared, in constant time,
// before anything is decrypted.
absl::StatusOr<V4LocalKey> PaserkUnseal(const V4SecretKey& recipient, absl::string_view text);
absl::StatusOr<V3LocalKey> PaserkUnseal(const V3SecretKey& recipient, absl::string_view text);

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_PASETO_PASERK_SEAL_H_
