#include "grpc_paseto/core/paseto/paserk_wrap.h"

#include <utility>

#include "grpc_paseto/core/paseto/paserk_pie.h"
#include "grpc_paseto/core/paseto/testing/fixed_randomness.h"

namespace paseto {

// Lucidity: both keys are of one version, and a text is of one header for each type of key; the types say so.

template <typename Key>
std::string PaserkWrap(const typename PaserkKind<Key>::WrappingKey& wrapping_key, const Key& key) {
  return PieWrap<typename PaserkKind<Key>::Suite>(PaserkKind<Key>::kWrapHeader, wrapping_key.secret(), key.secret());
}

template <typename Key>
absl::StatusOr<Key> PaserkUnwrap(const typename PaserkKind<Key>::WrappingKey& wrapping_key, absl::string_view text) {
  absl::StatusOr<SecretBytes> ptk = PieUnwrap<typename PaserkKind<Key>::Suite>(
      PaserkKind<Key>::kWrapHeader, wrapping_key.secret(), Key::kSizeBytes, text);
  if (!ptk.ok()) return ptk.status();
  return Key::FromBytes(*std::move(ptk));  // what comes out has to be a key of the type
}

namespace testing_only {

template <typename Key>
std::string PaserkWrapWithNonce(const typename PaserkKind<Key>::WrappingKey& wrapping_key, const Key& key,
                                absl::string_view nonce) {
  return PieWrapWithNonce<typename PaserkKind<Key>::Suite>(PaserkKind<Key>::kWrapHeader, wrapping_key.secret(),
                                                           key.secret(), nonce);
}

}  // namespace testing_only

#define PASETO_INSTANTIATE(Wrapping, Key)                                             \
  template std::string PaserkWrap<Key>(const Wrapping&, const Key&);                  \
  template absl::StatusOr<Key> PaserkUnwrap<Key>(const Wrapping&, absl::string_view); \
  template std::string testing_only::PaserkWrapWithNonce<Key>(const Wrapping&, const Key&, absl::string_view)
PASETO_INSTANTIATE(V4LocalKey, V4LocalKey);
PASETO_INSTANTIATE(V4LocalKey, V4SecretKey);
PASETO_INSTANTIATE(V3LocalKey, V3LocalKey);
PASETO_INSTANTIATE(V3LocalKey, V3SecretKey);
#undef PASETO_INSTANTIATE

}  // namespace paseto
