// LegacyKey: a key of version 2 or 1 that reads tokens, whichever of the four it is.
//
// For who keeps keys of all versions together (core/token). It makes nothing, so it takes no LegacyWriting.
#ifndef GRPC_PASETO_CORE_LEGACY_LEGACY_KEY_H_
#define GRPC_PASETO_CORE_LEGACY_LEGACY_KEY_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/variant.h"
#include "grpc_paseto/core/legacy/legacy_paserk.h"
#include "grpc_paseto/core/paseto/format.h"
#include "grpc_paseto/core/paseto/untrusted_token.h"

namespace paseto {

using LegacyKey = absl::variant<V2PublicKey, V2LocalKey, V1PublicKey, V1LocalKey>;

TokenKind LegacyKeyKind(const LegacyKey& key);
KeyId LegacyKeyId(const LegacyKey& key);  // a pid or lid of k2 or k1

// The key in a k2.public, k2.local, k1.public or k1.local text.
// Errors: INVALID_ARGUMENT, never with key bytes in it, for any other text.
absl::StatusOr<LegacyKey> ParseLegacyKey(absl::string_view paserk);
SecretBytes LegacyKeyText(const LegacyKey& key, InsecureSecretAccess);
std::string LegacyPublicKeyText(const LegacyKey& key);  // empty for a local key

// The message of `token`, once genuine: a view into `token` or, for a local key, into `opened`.
// Errors: as V2PublicVerify and V2LocalOpen, or those of version 1.
absl::StatusOr<absl::string_view> LegacyOpen(const LegacyKey& key, const UntrustedToken& token, std::string* opened);

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_LEGACY_LEGACY_KEY_H_
