// Sealing and wrapping with given salts and nonces, which test vectors need.
//
// For tests alone, and for the files that call these with bytes from the system's random source: a nonce that comes
// twice under one key reveals messages and keys. It is not installed, and nothing else may include it (a test).
#ifndef GRPC_PASETO_CORE_PASETO_TESTING_FIXED_RANDOMNESS_H_
#define GRPC_PASETO_CORE_PASETO_TESTING_FIXED_RANDOMNESS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "grpc_paseto/core/paseto/paserk_password.h"
#include "grpc_paseto/core/paseto/paserk_pbkw.h"
#include "grpc_paseto/core/paseto/paserk_pie.h"
#include "grpc_paseto/core/paseto/paserk_wrap.h"
#include "grpc_paseto/core/paseto/v3_local.h"
#include "grpc_paseto/core/paseto/v4_local.h"

namespace paseto {
namespace testing_only {

// V4LocalSeal with a given nonce of 32 bytes.
std::string V4LocalSealWithNonce(const V4LocalKey& key, absl::string_view message, absl::string_view footer,
                                 absl::string_view implicit_assertion, absl::string_view nonce);

// V3LocalSeal with a given nonce of 32 bytes.
std::string V3LocalSealWithNonce(const V3LocalKey& key, absl::string_view message, absl::string_view footer,
                                 absl::string_view implicit_assertion, absl::string_view nonce);

// PieWrap with a given nonce of 32 bytes.
template <typename Suite>
std::string PieWrapWithNonce(absl::string_view h, const SecretBytes& wk, const SecretBytes& ptk,
                             absl::string_view nonce);

// PbkwWrap with given salt (16 bytes, PBKDF2: 32) and nonce (24, PBKDF2: 16).
template <typename Cost>
absl::StatusOr<std::string> PbkwWrapWith(absl::string_view h, const SecretBytes& ptk, absl::string_view password,
                                         const Cost& cost, absl::string_view salt, absl::string_view nonce);

// PaserkWrap with a given nonce of 32 bytes.
template <typename Key>
std::string PaserkWrapWithNonce(const typename PaserkKind<Key>::WrappingKey& wrapping_key, const Key& key,
                                absl::string_view nonce);

// PaserkPasswordWrap with given salt (16 bytes, version 3: 32) and nonce (24, version 3: 16).
template <typename Key>
absl::StatusOr<std::string> PaserkPasswordWrapWith(const Key& key, absl::string_view password,
                                                   const PaserkPasswordCost<Key>& cost, absl::string_view salt,
                                                   absl::string_view nonce);

}  // namespace testing_only
}  // namespace paseto

#endif  // GRPC_PASETO_CORE_PASETO_TESTING_FIXED_RANDOMNESS_H_
