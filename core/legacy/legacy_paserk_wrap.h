// PASERK of versions 2 and 1: keys under keys (PIE) and under passwords (PBKW).
//
// As paserk_wrap.h and paserk_password.h for versions 4 and 3, with the bounds of paserk_pbkw.h. Key is V2LocalKey,
// V2SecretKey, V1LocalKey or V1SecretKey. A secret key of version 1 is DER under a key and PEM, both of them PKCS #1,
// under a password: the specification is silent, its vectors are so.
#ifndef GRPC_PASETO_CORE_LEGACY_LEGACY_PASERK_WRAP_H_
#define GRPC_PASETO_CORE_LEGACY_LEGACY_PASERK_WRAP_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "grpc_paseto/core/legacy/v1_local.h"
#include "grpc_paseto/core/legacy/v1_public.h"
#include "grpc_paseto/core/legacy/v2_local.h"
#include "grpc_paseto/core/legacy/v2_public.h"
#include "grpc_paseto/core/paseto/paserk_pbkw.h"

namespace paseto {

template <typename Key>
struct LegacyPaserk;
template <>
struct LegacyPaserk<V2LocalKey> {
  using WrappingKey = V2LocalKey;
  using Cost = Argon2Cost;
};
template <>
struct LegacyPaserk<V2SecretKey> : LegacyPaserk<V2LocalKey> {};
template <>
struct LegacyPaserk<V1LocalKey> {
  using WrappingKey = V1LocalKey;
  using Cost = Pbkdf2Cost;
};
template <>
struct LegacyPaserk<V1SecretKey> : LegacyPaserk<V1LocalKey> {};

// The key in `text`: LegacyPaserkUnwrap<V2SecretKey>(wrapping_key, text).
// Errors: INVALID_ARGUMENT when `text` is of another version, type or size, holds no such key, or wants a cost over the
// maximum; UNAUTHENTICATED when the tag differs; RESOURCE_EXHAUSTED when there is no memory for a password's key.
template <typename Key>
absl::StatusOr<Key> LegacyPaserkUnwrap(const typename LegacyPaserk<Key>::WrappingKey& wrapping_key,
                                       absl::string_view text);
template <typename Key>
absl::StatusOr<Key> LegacyPaserkPasswordUnwrap(absl::string_view text, absl::string_view password);

// "k2.local-wrap.pie.", "k2.local-pw." and so on.
// Errors: as PaserkPasswordWrap.
template <typename Key>
std::string LegacyPaserkWrap(const typename LegacyPaserk<Key>::WrappingKey& wrapping_key, const Key& key,
                             LegacyWriting);
template <typename Key>
absl::StatusOr<std::string> LegacyPaserkPasswordWrap(const Key& key, absl::string_view password,
                                                     const typename LegacyPaserk<Key>::Cost& cost, LegacyWriting);

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_LEGACY_LEGACY_PASERK_WRAP_H_
