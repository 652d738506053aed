#include "grpc_paseto/core/legacy/legacy_paserk_wrap.h"

#include <utility>

#include "absl/strings/strip.h"
#include "grpc_paseto/core/legacy/testing/fixed_randomness.h"
#include "grpc_paseto/core/paseto/paserk_pie.h"
#include "grpc_paseto/core/paseto/paserk_suite.h"
#include "grpc_paseto/core/paseto/testing/fixed_randomness.h"

namespace paseto {
namespace {

constexpr PaserkSize kV1SecretPemBytes{1600, 1750};

// What differs between the types: the headers, the sizes, and a key as it stands inside a text.
template <typename Key>
struct Type;

template <>
struct Type<V2LocalKey> {
  using Suite = PaserkSuite4;
  static constexpr absl::string_view kWrapHeader = "k2.local-wrap.pie.", kPasswordHeader = "k2.local-pw.";
};
template <>
struct Type<V2SecretKey> {
  using Suite = PaserkSuite4;
  static constexpr absl::string_view kWrapHeader = "k2.secret-wrap.pie.", kPasswordHeader = "k2.secret-pw.";
};
template <>
struct Type<V1LocalKey> {
  using Suite = PaserkSuite3;
  static constexpr absl::string_view kWrapHeader = "k1.local-wrap.pie.", kPasswordHeader = "k1.local-pw.";
};
template <>
struct Type<V1SecretKey> {
  using Suite = PaserkSuite3;
  static constexpr absl::string_view kWrapHeader = "k1.secret-wrap.pie.", kPasswordHeader = "k1.secret-pw.";
};

template <typename Key>
constexpr PaserkSize kWrappedBytes = Key::kSizeBytes;
template <>
constexpr PaserkSize kWrappedBytes<V1SecretKey> = kV1SecretDerBytes;
template <typename Key>
constexpr PaserkSize kPasswordBytes = Key::kSizeBytes;
template <>
constexpr PaserkSize kPasswordBytes<V1SecretKey> = kV1SecretPemBytes;

// What comes out of a text has to be a key of the type.
template <typename Key>
absl::StatusOr<Key> FromWrapped(SecretBytes ptk) {
  return Key::FromBytes(std::move(ptk));
}
template <>
absl::StatusOr<V1SecretKey> FromWrapped(SecretBytes ptk) {
  return V1SecretKey::FromDer(ptk);
}
template <typename Key>
absl::StatusOr<Key> FromPassword(SecretBytes ptk) {
  return Key::FromBytes(std::move(ptk));
}
template <>
absl::StatusOr<V1SecretKey> FromPassword(SecretBytes ptk) {
  return V1SecretKey::FromPem(ptk.ReadText(InsecureSecretAccess::Get()));
}

template <typename Key>
SecretBytes ForPassword(const Key& key) {
  return key.secret().Clone();
}
template <>
SecretBytes ForPassword(const V1SecretKey& key) {
  const SecretBytes pem = key.pem(InsecureSecretAccess::Get());
  return SecretBytes::CopyFrom(absl::StripSuffix(pem.ReadText(InsecureSecretAccess::Get()), "\n"));
}

}  // namespace

template <typename Key>
absl::StatusOr<Key> LegacyPaserkUnwrap(const typename LegacyPaserk<Key>::WrappingKey& wrapping_key,
                                       absl::string_view text) {
  absl::StatusOr<SecretBytes> ptk =
      PieUnwrap<typename Type<Key>::Suite>(Type<Key>::kWrapHeader, wrapping_key.secret(), kWrappedBytes<Key>, text);
  if (!ptk.ok()) return ptk.status();
  return FromWrapped<Key>(*std::move(ptk));
}

template <typename Key>
absl::StatusOr<Key> LegacyPaserkPasswordUnwrap(absl::string_view text, absl::string_view password) {
  absl::StatusOr<SecretBytes> ptk =
      PbkwUnwrap<typename LegacyPaserk<Key>::Cost>(Type<Key>::kPasswordHeader, kPasswordBytes<Key>, text, password);
  if (!ptk.ok()) return ptk.status();
  return FromPassword<Key>(*std::move(ptk));
}

template <typename Key>
std::string LegacyPaserkWrap(const typename LegacyPaserk<Key>::WrappingKey& wrapping_key, const Key& key,
                             LegacyWriting) {
  return PieWrap<typename Type<Key>::Suite>(Type<Key>::kWrapHeader, wrapping_key.secret(), key.secret());
}

template <typename Key>
absl::StatusOr<std::string> LegacyPaserkPasswordWrap(const Key& key, absl::string_view password,
                                                     const typename LegacyPaserk<Key>::Cost& cost, LegacyWriting) {
  return PbkwWrap(Type<Key>::kPasswordHeader, ForPassword(key), password, cost);
}

namespace testing_only {

template <typename Key>
std::string LegacyPaserkWrapWithNonce(const typename LegacyPaserk<Key>::WrappingKey& wrapping_key, const Key& key,
                                      absl::string_view nonce) {
  return PieWrapWithNonce<typename Type<Key>::Suite>(Type<Key>::kWrapHeader, wrapping_key.secret(), key.secret(),
                                                     nonce);
}

template <typename Key>
absl::StatusOr<std::string> LegacyPaserkPasswordWrapWith(const Key& key, absl::string_view password,
                                                         const typename LegacyPaserk<Key>::Cost& cost,
                                                         absl::string_view salt, absl::string_view nonce) {
  return PbkwWrapWith(Type<Key>::kPasswordHeader, ForPassword(key), password, cost, salt, nonce);
}

}  // namespace testing_only

#define PASETO_INSTANTIATE(Wrapping, Key)                                                                            \
  template absl::StatusOr<Key> LegacyPaserkUnwrap<Key>(const Wrapping&, absl::string_view);                          \
  template absl::StatusOr<Key> LegacyPaserkPasswordUnwrap<Key>(absl::string_view, absl::string_view);                \
  template std::string LegacyPaserkWrap<Key>(const Wrapping&, const Key&, LegacyWriting);                            \
  template absl::StatusOr<std::string> LegacyPaserkPasswordWrap<Key>(const Key&, absl::string_view,                  \
                                                                     const LegacyPaserk<Key>::Cost&, LegacyWriting); \
  template std::string testing_only::LegacyPaserkWrapWithNonce<Key>(const Wrapping&, const Key&, absl::string_view); \
  template absl::StatusOr<std::string> testing_only::LegacyPaserkPasswordWrapWith<Key>(                              \
      const Key&, absl::string_view, const LegacyPaserk<Key>::Cost&, absl::string_view, absl::string_view)
PASETO_INSTANTIATE(V2LocalKey, V2LocalKey);
PASETO_INSTANTIATE(V2LocalKey, V2SecretKey);
PASETO_INSTANTIATE(V1LocalKey, V1LocalKey);
PASETO_INSTANTIATE(V1LocalKey, V1SecretKey);
#undef PASETO_INSTANTIATE

}  // namespace paseto
