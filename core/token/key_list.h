// A key list: the public keys of an issuer as PASERK texts, signed by one of them, to be handed on or pinned.
//
// It is a v4.public token of the type "keys" whose custom claims are a key file (key_file.h) of public keys. Its
// signature shows that whoever holds one of the keys vouches for the others: a verifier that trusts one key learns the
// rest.
#ifndef GRPC_PASETO_CORE_TOKEN_KEY_LIST_H_
#define GRPC_PASETO_CORE_TOKEN_KEY_LIST_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "grpc_paseto/core/token/key_set.h"

namespace paseto {

inline constexpr absl::string_view kKeyListType = "keys";

// The public halves of the keys that verify access tokens (announced, active and retired ones; no local keys).
std::vector<Key> PublishedKeys(const KeySet& keys);

// The list of PublishedKeys(keys), good from `now` for `lifetime`.
// Errors: FAILED_PRECONDITION without an active v4.public access key; INVALID_ARGUMENT when the list is longer than a
// token may be.
absl::StatusOr<std::string> SignKeyList(const KeySet& keys, absl::string_view issuer, absl::Time now,
                                        absl::Duration lifetime);

// The keys of a list of `issuer` that an access key in `trusted` has signed and that is in its time.
// Errors: UNAUTHENTICATED with a TokenError as VerifyToken and Validator give it; INVALID_ARGUMENT when what is signed
// is no list of public access keys.
absl::StatusOr<std::vector<Key>> ReadKeyList(const KeySet& trusted, absl::string_view text, absl::string_view issuer,
                                             absl::Time now);

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_TOKEN_KEY_LIST_H_
