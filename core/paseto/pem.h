// Keys as PEM (RFC 7468): Ed25519 for version 4 and P-384 for version 3, PKCS #8 or SEC 1 for secret keys and
// SubjectPublicKeyInfo for public ones.
//
// Reading: one PEM block, nothing but white space around it, at most 8 KiB, without a passphrase. Points are validated:
// a key that comes out is a point of the curve (Ed25519: of its main subgroup), whatever form it had.
#ifndef GRPC_PASETO_CORE_PASETO_PEM_H_
#define GRPC_PASETO_CORE_PASETO_PEM_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "grpc_paseto/core/paseto/secret_bytes.h"
#include "grpc_paseto/core/paseto/v3_public.h"
#include "grpc_paseto/core/paseto/v4_public.h"

namespace paseto {

// Errors: INVALID_ARGUMENT, never with key text in it.
absl::StatusOr<V4SecretKey> ParsePemV4Secret(absl::string_view pem);
absl::StatusOr<V4PublicKey> ParsePemV4Public(absl::string_view pem);
absl::StatusOr<V3SecretKey> ParsePemV3Secret(absl::string_view pem);
absl::StatusOr<V3PublicKey> ParsePemV3Public(absl::string_view pem);

// PKCS #8 ("PRIVATE KEY") and SubjectPublicKeyInfo ("PUBLIC KEY").
// Errors: INVALID_ARGUMENT when a key of version 3 is out of range or off the curve.
SecretBytes PemEncode(const V4SecretKey& key, InsecureSecretAccess);
std::string PemEncode(const V4PublicKey& key);
absl::StatusOr<SecretBytes> PemEncode(const V3SecretKey& key, InsecureSecretAccess);
absl::StatusOr<std::string> PemEncode(const V3PublicKey& key);

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_PASETO_PEM_H_
