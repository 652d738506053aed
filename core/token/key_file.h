// The key file: the keys of one issuer as JSON text.
//
//   { "keys": [ { "paserk": "k4.secret....", "use": "access", "state": "active" },
//               { "paserk": "k4.local....",  "use": "refresh", "state": "active" } ] }
//
// The issuer's own file holds secrets; a verifier's file holds k4.public texts (and k4.local only where a method
// accepts v4.local). The same types of k3 may stand for v3. Optional per key: "claims", an array with the names of our
// own claims that are believed under a foreign key.
#ifndef GRPC_PASETO_CORE_TOKEN_KEY_FILE_H_
#define GRPC_PASETO_CORE_TOKEN_KEY_FILE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "grpc_paseto/core/paseto/secret_bytes.h"
#include "grpc_paseto/core/token/key.h"

namespace paseto {

// Errors: INVALID_ARGUMENT naming the entry (from 0) and the rule; unknown members are errors. Never with key text in
// it.
absl::StatusOr<std::vector<Key>> ParseKeyFile(absl::string_view json);

// The text of a key file with everything that `keys` hold, secrets included.
SecretBytes EncodeKeyFile(absl::Span<const Key> keys, InsecureSecretAccess);

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_TOKEN_KEY_FILE_H_
