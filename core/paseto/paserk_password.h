// PASERK types local-pw and secret-pw: keys under a password (PASERK "PBKW").
//
// Key is V4LocalKey or V4SecretKey (Argon2id) or V3LocalKey or V3SecretKey (PBKDF2). What a derivation costs and may
// cost at most is in paserk_pbkw.h.
#ifndef GRPC_PASETO_CORE_PASETO_PASERK_PASSWORD_H_
#define GRPC_PASETO_CORE_PASETO_PASERK_PASSWORD_H_

#include <string>
#include <type_traits>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "grpc_paseto/core/paseto/paserk_pbkw.h"
#include "grpc_paseto/core/paseto/paserk_suite.h"

namespace paseto {

template <typename Key>
using PaserkPasswordCost =
    std::conditional_t<std::is_same_v<typename PaserkKind<Key>::Suite, PaserkSuite4>, Argon2Cost, Pbkdf2Cost>;

// "k4.local-pw." and so on. Cost: a second or less with the default, and its memory.
// Errors: INVALID_ARGUMENT when the password is empty, or `cost` is zero somewhere (8 KiB of memory at least) or over
// its maximum; RESOURCE_EXHAUSTED when there is no memory.
template <typename Key>
absl::StatusOr<std::string> PaserkPasswordWrap(const Key& key, absl::string_view password,
                                               const PaserkPasswordCost<Key>& cost = {});

// The key in `text`: PaserkPasswordUnwrap<V4SecretKey>(text, password).
// Errors: INVALID_ARGUMENT when `text` is of another version, type or size, holds no such key, or wants a cost over the
// maximum; UNAUTHENTICATED when the tag differs; RESOURCE_EXHAUSTED when there is no memory.
template <typename Key>
absl::StatusOr<Key> PaserkPasswordUnwrap(absl::string_view text, absl::string_view password);

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_PASETO_PASERK_PASSWORD_H_
