#include "grpc_paseto/core/paseto/paserk_password.h"

#include <utility>

#include "grpc_paseto/core/paseto/testing/fixed_randomness.h"

namespace paseto {

template <typename Key>
absl::StatusOr<std::string> PaserkPasswordWrap(const Key& key, absl::string_view password,
                                               const PaserkPasswordCost<Key>& cost) {
  return PbkwWrap(PaserkKind<Key>::kPasswordHeader, key.secret(), password, cost);
}

template <typename Key>
absl::StatusOr<Key> PaserkPasswordUnwrap(absl::string_view text, absl::string_view password) {
  absl::StatusOr<SecretBytes> ptk =
      PbkwUnwrap<PaserkPasswordCost<Key>>(PaserkKind<Key>::kPasswordHeader, Key::kSizeBytes, text, password);
  if (!ptk.ok()) return ptk.status();
  return Key::FromBytes(*std::move(ptk));  // what comes out has to be a key of the type
}

namespace testing_only {

template <typename Key>
absl::StatusOr<std::string> PaserkPasswordWrapWith(const Key& key, absl::string_view password,
                                                   const PaserkPasswordCost<Key>& cost, absl::string_view salt,
                                                   absl::string_view nonce) {
  return PbkwWrapWith(PaserkKind<Key>::kPasswordHeader, key.secret(), password, cost, salt, nonce);
}

}  // namespace testing_only

#define PASETO_INSTANTIATE(Key)                                                                 \
  template absl::StatusOr<std::string> PaserkPasswordWrap<Key>(const Key&, absl::string_view,   \
                                                               const PaserkPasswordCost<Key>&); \
  template absl::StatusOr<Key> PaserkPasswordUnwrap<Key>(absl::string_view, absl::string_view); \
  template absl::StatusOr<std::string> testing_only::PaserkPasswordWrapWith<Key>(               \
      const Key&, absl::string_view, const PaserkPasswordCost<Key>&, absl::string_view, absl::string_view)
PASETO_INSTANTIATE(V4LocalKey);
PASETO_INSTANTIATE(V4SecretKey);
PASETO_INSTANTIATE(V3LocalKey);
PASETO_INSTANTIATE(V3SecretKey);
#undef PASETO_INSTANTIATE

}  // namespace paseto
