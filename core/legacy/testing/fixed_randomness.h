// What grpc_paseto/core/paseto/testing/fixed_randomness.h is, for versions 2 and 1, and under the same rules.
#ifndef GRPC_PASETO_CORE_LEGACY_TESTING_FIXED_RANDOMNESS_H_
#define GRPC_PASETO_CORE_LEGACY_TESTING_FIXED_RANDOMNESS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "grpc_paseto/core/legacy/legacy_paserk_wrap.h"
#include "grpc_paseto/core/legacy/v1_local.h"
#include "grpc_paseto/core/legacy/v2_local.h"

namespace paseto {
namespace testing_only {

// V1LocalSeal with 32 given bytes in place of random ones.
std::string V1LocalSealWithRandom(const V1LocalKey& key, absl::string_view message, absl::string_view footer,
                                  absl::string_view random);

// V2LocalSeal with 24 given bytes in place of random ones.
std::string V2LocalSealWithRandom(const V2LocalKey& key, absl::string_view message, absl::string_view footer,
                                  absl::string_view random);

// LegacyPaserkWrap with a given nonce of 32 bytes, and LegacyPaserkPasswordWrap with given salt (16 bytes, version 1:
// 32) and nonce (24, version 1: 16).
template <typename Key>
std::string LegacyPaserkWrapWithNonce(const typename LegacyPaserk<Key>::WrappingKey& wrapping_key, const Key& key,
                                      absl::string_view nonce);
template <typename Key>
absl::StatusOr<std::string> LegacyPaserkPasswordWrapWith(const Key& key, absl::string_view password,
                                                         const typename LegacyPaserk<Key>::Cost& cost,
                                                         absl::string_view salt, absl::string_view nonce);

}  // namespace testing_only
}  // namespace paseto

#endif  // GRPC_PASETO_CORE_LEGACY_TESTING_FIXED_RANDOMNESS_H_
