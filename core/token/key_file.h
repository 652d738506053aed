// The key file: the keys of one issuer as JSON text.
//
//   { "keys": [ { "paserk": "k4.secret....", "use": "access", "state": "active" },
//               { "paserk": "k4.local....",  "use": "refresh", "state": "active" } ] }
//
// The issuer's own file holds secrets; a verifier's file holds k4.public texts (and k4.local only where a method
// accepts v4.local). The same types of k3 may stand for v3. A foreign key, of other software, may also be a local or
// public text of k2 or k1, and may have these members, all optional:
//
//   "claims": ["scope"]        those of our own claims that are believed under it; default none
//   "integer_subject": true    sub may also be an integer from 0 to 2^53 - 1: the subject is its decimal text
//   "aliases": ["key-1"]       what its tokens may say as kid instead of the key's id (form: Key::CheckAttributes)
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
