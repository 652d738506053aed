// PASERK types local-wrap and secret-wrap with the wrapping protocol PIE (PASERK "Wrap", "PIE").
//
// A key is wrapped by a local key of its own version, which the types enforce. Key is V4LocalKey, V4SecretKey,
// V3LocalKey or V3SecretKey. A wrapped text is no secret for those who lack the wrapping key.
#ifndef GRPC_PASETO_CORE_PASETO_PASERK_WRAP_H_
#define GRPC_PASETO_CORE_PASETO_PASERK_WRAP_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "grpc_paseto/core/paseto/paserk_suite.h"

namespace paseto {

// "k4.local-wrap.pie." and so on.
template <typename Key>
std::string PaserkWrap(const typename PaserkKind<Key>::WrappingKey& wrapping_key, const Key& key);

// The key in `text`: PaserkUnwrap<V4SecretKey>(wrapping_key, text).
// Errors: INVALID_ARGUMENT when `text` is of another version, type or size, or holds no such key; UNAUTHENTICATED when
// the tag differs. The tag is compared, in constant time, before anything is decrypted.
template <typename Key>
absl::StatusOr<Key> PaserkUnwrap(const typename PaserkKind<Key>::WrappingKey& wrapping_key, absl::string_view text);

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_PASETO_PASERK_WRAP_H_
