// Algorithm lucidity (PASETO "Algorithm Lucidity"): what must not compile. All of it is checked by the compiler.

#include <string>
#include <type_traits>

#include "absl/strings/string_view.h"
#include "grpc_paseto/core/paseto/paserk.h"
#include "grpc_paseto/core/paseto/v3_local.h"
#include "grpc_paseto/core/paseto/v3_public.h"
#include "grpc_paseto/core/paseto/v4_local.h"
#include "grpc_paseto/core/paseto/v4_public.h"
#include "gtest/gtest.h"

namespace paseto {
namespace {

template <typename Key>
concept Signs = requires(const Key& key) {
  V4PublicSign(key, "m", "f", "i");
};
template <typename Key>
concept Verifies = requires(const Key& key, const UntrustedToken& token) {
  V4PublicVerify(key, token, "i");
};
template <typename Key>
concept Seals = requires(const Key& key) {
  V4LocalSeal(key, "m", "f", "i");
};
template <typename Key>
concept Opens = requires(const Key& key, const UntrustedToken& token) {
  V4LocalOpen(key, token, "i");
};

static_assert(Signs<V4SecretKey> && !Signs<V4PublicKey> && !Signs<V4LocalKey>);
static_assert(Verifies<V4PublicKey> && !Verifies<V4SecretKey> && !Verifies<V4LocalKey>);
static_assert(Seals<V4LocalKey> && !Seals<V4PublicKey> && !Seals<V4SecretKey>);
static_assert(Opens<V4LocalKey> && !Opens<V4PublicKey> && !Opens<V4SecretKey>);

template <typename Key>
concept SignsV3 = requires(const Key& key) {
  V3PublicSign(key, "m", "f", "i");
};
template <typename Key>
concept VerifiesV3 = requires(const Key& key, const UntrustedToken& token) {
  V3PublicVerify(key, token, "i");
};
template <typename Key>
concept SealsV3 = requires(const Key& key) {
  V3LocalSeal(key, "m", "f", "i");
};
template <typename Key>
concept OpensV3 = requires(const Key& key, const UntrustedToken& token) {
  V3LocalOpen(key, token, "i");
};

template <typename Key>
constexpr bool kIsNoV4Key = !Signs<Key> && !Verifies<Key> && !Seals<Key> && !Opens<Key>;
template <typename Key>
constexpr bool kIsNoV3Key = !SignsV3<Key> && !VerifiesV3<Key> && !SealsV3<Key> && !OpensV3<Key>;
static_assert(SignsV3<V3SecretKey> && !SignsV3<V3PublicKey> && !SignsV3<V3LocalKey>);
static_assert(VerifiesV3<V3PublicKey> && !VerifiesV3<V3SecretKey> && !VerifiesV3<V3LocalKey>);
static_assert(SealsV3<V3LocalKey> && OpensV3<V3LocalKey> && !SealsV3<V3SecretKey> && !OpensV3<V3PublicKey>);
static_assert(kIsNoV4Key<V3LocalKey> && kIsNoV4Key<V3PublicKey> && kIsNoV4Key<V3SecretKey>);
static_assert(kIsNoV3Key<V4LocalKey> && kIsNoV3Key<V4PublicKey> && kIsNoV3Key<V4SecretKey>);

template <typename Raw>
constexpr bool kIsNoKey = !Signs<Raw> && !Verifies<Raw> && !Seals<Raw> && !Opens<Raw>;
static_assert(kIsNoV3Key<std::string> && kIsNoV3Key<absl::string_view> && kIsNoV3Key<SecretBytes>);
static_assert(kIsNoKey<std::string> && kIsNoKey<absl::string_view> && kIsNoKey<const char*> && kIsNoKey<SecretBytes>);

// No key turns into another one, and none comes into being without a check.
template <typename Key, typename From>
constexpr bool kMadeFrom = std::is_constructible_v<Key, From> || std::is_convertible_v<From, Key>;
static_assert(!kMadeFrom<V4LocalKey, V4PublicKey> && !kMadeFrom<V4LocalKey, V4SecretKey>);
static_assert(!kMadeFrom<V4SecretKey, V4PublicKey> && !kMadeFrom<V4SecretKey, V4LocalKey>);
static_assert(!kMadeFrom<V4PublicKey, V4LocalKey> && !kMadeFrom<V4PublicKey, V4SecretKey>);
static_assert(!kMadeFrom<V4LocalKey, V3LocalKey> && !kMadeFrom<V3LocalKey, V4LocalKey>);
static_assert(!kMadeFrom<V3SecretKey, SecretBytes> && !kMadeFrom<V3LocalKey, SecretBytes>);
static_assert(!kMadeFrom<V4LocalKey, SecretBytes> && !kMadeFrom<V4SecretKey, SecretBytes>);
static_assert(!kMadeFrom<V4PublicKey, std::string> && !kMadeFrom<V4LocalKey, std::string>);
static_assert(!std::is_default_constructible_v<V4PublicKey> && !std::is_default_constructible_v<V4SecretKey> &&
              !std::is_default_constructible_v<V4LocalKey>);

// The bytes of a public key are no argument for the factory of a local or secret one.
template <typename Key, typename From>
concept FromBytesAccepts = requires(From from) {
  Key::FromBytes(from);
};
static_assert(!FromBytesAccepts<V4LocalKey, absl::string_view> && !FromBytesAccepts<V4SecretKey, absl::string_view>);
static_assert(!FromBytesAccepts<V4LocalKey, std::string> && !FromBytesAccepts<V4LocalKey, V4PublicKey>);

// A text is no id before it was parsed, and secret keys cannot be written out without naming InsecureSecretAccess.
template <typename Key>
concept EncodesSilently = requires(const Key& key) {
  PaserkEncode(key);
};
static_assert(!kMadeFrom<KeyId, std::string> && !kMadeFrom<KeyId, const char*>);
static_assert(EncodesSilently<V4PublicKey> && !EncodesSilently<V4SecretKey> && !EncodesSilently<V4LocalKey>);

TEST(KeySeparationTest, Compiles) { SUCCEED(); }

}  // namespace
}  // namespace paseto
