// PASERK of versions 2 and 1: the text forms and ids of keys (types local, secret, public, lid, sid, pid).
//
// As paserk.h for versions 4 and 3. Keys of version 1 are DER inside their texts: PKCS #1 and SubjectPublicKeyInfo.
#ifndef GRPC_PASETO_CORE_LEGACY_LEGACY_PASERK_H_
#define GRPC_PASETO_CORE_LEGACY_LEGACY_PASERK_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "grpc_paseto/core/legacy/v1_local.h"
#include "grpc_paseto/core/legacy/v1_public.h"
#include "grpc_paseto/core/legacy/v2_local.h"
#include "grpc_paseto/core/legacy/v2_public.h"
#include "grpc_paseto/core/paseto/paserk.h"

namespace paseto {

KeyId PaserkId(const V2LocalKey& key);   // k2.lid.
KeyId PaserkId(const V2SecretKey& key);  // k2.sid.
KeyId PaserkId(const V2PublicKey& key);  // k2.pid.
KeyId PaserkId(const V1LocalKey& key);   // k1.lid.
KeyId PaserkId(const V1SecretKey& key);  // k1.sid.
KeyId PaserkId(const V1PublicKey& key);  // k1.pid.

// Texts of secret keys are secret themselves, so they stay in guarded memory.
SecretBytes PaserkEncode(const V2LocalKey& key, InsecureSecretAccess);   // k2.local.
SecretBytes PaserkEncode(const V2SecretKey& key, InsecureSecretAccess);  // k2.secret.
std::string PaserkEncode(const V2PublicKey& key);                        // k2.public.
SecretBytes PaserkEncode(const V1LocalKey& key, InsecureSecretAccess);   // k1.local.
SecretBytes PaserkEncode(const V1SecretKey& key, InsecureSecretAccess);  // k1.secret.
std::string PaserkEncode(const V1PublicKey& key);                        // k1.public.

// Errors: INVALID_ARGUMENT, never with key bytes in it.
absl::StatusOr<V2LocalKey> ParsePaserkV2Local(absl::string_view text);
absl::StatusOr<V2SecretKey> ParsePaserkV2Secret(absl::string_view text);
absl::StatusOr<V2PublicKey> ParsePaserkV2Public(absl::string_view text);
absl::StatusOr<V1LocalKey> ParsePaserkV1Local(absl::string_view text);
absl::StatusOr<V1SecretKey> ParsePaserkV1Secret(absl::string_view text);
absl::StatusOr<V1PublicKey> ParsePaserkV1Public(absl::string_view text);

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_LEGACY_LEGACY_PASERK_H_
