// Every official case of the k1 and k2 types local-wrap, secret-wrap, local-pw, secret-pw and seal: unwrapped, and made
// again to the same text where the randomness can be given (seal: made anew and opened).

#include <string>
#include <type_traits>

#include "absl/status/statusor.h"
#include "absl/strings/strip.h"
#include "gmock/gmock.h"
#include "grpc_paseto/core/legacy/legacy_paserk_wrap.h"
#include "grpc_paseto/core/legacy/legacy_seal.h"
#include "grpc_paseto/core/legacy/testing/fixed_randomness.h"
#include "grpc_paseto/core/paseto/base64url.h"
#include "grpc_paseto/tests/conformance/vector_file.h"
#include "grpc_paseto/tests/support/status_matchers.h"
#include "gtest/gtest.h"

namespace paseto {
namespace {

using ::testing::Not;

// A key as the vectors write it: RSA keys as PEM without the end of its last line, others as bytes.
template <typename Key>
std::string BytesOf(const Key& key) {
  if constexpr (std::is_same_v<Key, V1SecretKey>) {
    const SecretBytes pem = key.pem(InsecureSecretAccess::Get());
    return std::string(absl::StripSuffix(pem.ReadText(InsecureSecretAccess::Get()), "\n"));
  } else {
    return std::string(key.secret().ReadText(InsecureSecretAccess::Get()));
  }
}

// What stands behind the last period.
std::string DataOf(const std::string& paserk) {
  return Base64UrlDecode(absl::string_view(paserk).substr(paserk.rfind('.') + 1)).value();
}

template <typename Key>
void ExpectWrap(const VectorCase& vector) {
  using WrappingKey = typename LegacyPaserk<Key>::WrappingKey;
  constexpr size_t kTagBytes = std::is_same_v<WrappingKey, V1LocalKey> ? 48 : 32;
  const absl::StatusOr<std::string> bytes = vector.Bytes("wrapping-key"), paserk = vector.Text("paserk");
  ASSERT_THAT(bytes, IsOk());
  ASSERT_THAT(paserk, IsOk());
  const WrappingKey wrapping_key = WrappingKey::FromBytes(SecretBytes::CopyFrom(*bytes)).value();
  const absl::StatusOr<Key> key = LegacyPaserkUnwrap<Key>(wrapping_key, *paserk);
  if (vector.expect_fail) {
    EXPECT_THAT(key, Not(IsOk()));
    return;
  }
  ASSERT_THAT(key, IsOk());
  EXPECT_THAT(vector.KeyBytes("unwrapped"), IsOkAndHolds(BytesOf(*key)));
  const std::string nonce = DataOf(*paserk).substr(kTagBytes, 32);
  EXPECT_EQ(testing_only::LegacyPaserkWrapWithNonce(wrapping_key, *key, nonce), *paserk);
}

uint32_t BigEndian32(const std::string& bytes, size_t at) {
  uint32_t value = 0;
  for (size_t i = at; i < at + 4; ++i) value = value << 8 | static_cast<uint8_t>(bytes[i]);
  return value;
}

template <typename Key>
void ExpectPassword(const VectorCase& vector) {
  const absl::StatusOr<std::string> password = vector.Text("password"), paserk = vector.Text("paserk");
  ASSERT_THAT(password, IsOk());
  ASSERT_THAT(paserk, IsOk());
  const absl::StatusOr<Key> key = LegacyPaserkPasswordUnwrap<Key>(*paserk, *password);
  if (vector.expect_fail) {
    EXPECT_THAT(key, Not(IsOk()));
    return;
  }
  ASSERT_THAT(key, IsOk());
  EXPECT_THAT(vector.KeyBytes("unwrapped"), IsOkAndHolds(BytesOf(*key)));
  const std::string data = DataOf(*paserk);
  if constexpr (std::is_same_v<typename LegacyPaserk<Key>::Cost, Argon2Cost>) {
    const Argon2Cost cost{BigEndian32(data, 20), BigEndian32(data, 24)};
    EXPECT_THAT(
        testing_only::LegacyPaserkPasswordWrapWith(*key, *password, cost, data.substr(0, 16), data.substr(32, 24)),
        IsOkAndHolds(*paserk));
  } else {
    const Pbkdf2Cost cost{BigEndian32(data, 32)};
    EXPECT_THAT(
        testing_only::LegacyPaserkPasswordWrapWith(*key, *password, cost, data.substr(0, 32), data.substr(36, 16)),
        IsOkAndHolds(*paserk));
  }
}

template <typename LocalKey, typename PublicKey, typename SecretKey>
void ExpectSeal(const VectorCase& vector, const absl::StatusOr<PublicKey>& recipient,
                const absl::StatusOr<SecretKey>& secret) {
  const absl::StatusOr<std::string> paserk = vector.Text("paserk");
  ASSERT_THAT(paserk, IsOk());
  if (vector.expect_fail) {
    if (!secret.ok()) return;  // the recipient's key is not even one of this version
    EXPECT_THAT(LegacyPaserkUnseal(*secret, *paserk), Not(IsOk()));
    return;
  }
  ASSERT_THAT(recipient, IsOk());
  ASSERT_THAT(secret, IsOk());
  const absl::StatusOr<LocalKey> key = LegacyPaserkUnseal(*secret, *paserk);
  ASSERT_THAT(key, IsOk());
  EXPECT_THAT(vector.Bytes("unsealed"), IsOkAndHolds(BytesOf(*key)));
  const absl::StatusOr<std::string> again = LegacyPaserkSeal(*recipient, *key, LegacyWriting::Allow());
  ASSERT_THAT(again, IsOk());
  const absl::StatusOr<LocalKey> opened = LegacyPaserkUnseal(*secret, *again);
  ASSERT_THAT(opened, IsOk());
  EXPECT_TRUE(opened->secret().Equals(key->secret()));
}

class K1LocalWrapTest : public VectorTest {};
class K1SecretWrapTest : public VectorTest {};
class K1LocalPasswordTest : public VectorTest {};
class K1SecretPasswordTest : public VectorTest {};
class K1SealTest : public VectorTest {};
class K2LocalWrapTest : public VectorTest {};
class K2SecretWrapTest : public VectorTest {};
class K2LocalPasswordTest : public VectorTest {};
class K2SecretPasswordTest : public VectorTest {};
class K2SealTest : public VectorTest {};

TEST_P(K1LocalWrapTest, Holds) { ExpectWrap<V1LocalKey>(GetParam()); }
TEST_P(K1SecretWrapTest, Holds) { ExpectWrap<V1SecretKey>(GetParam()); }
TEST_P(K1LocalPasswordTest, Holds) { ExpectPassword<V1LocalKey>(GetParam()); }
TEST_P(K1SecretPasswordTest, Holds) { ExpectPassword<V1SecretKey>(GetParam()); }
TEST_P(K1SealTest, Holds) {
  ExpectSeal<V1LocalKey>(GetParam(), V1SealingPublicKey::FromPem(GetParam().Text("sealing-public-key").value()),
                         V1SealingSecretKey::FromPem(GetParam().Text("sealing-secret-key").value()));
}
TEST_P(K2LocalWrapTest, Holds) { ExpectWrap<V2LocalKey>(GetParam()); }
TEST_P(K2SecretWrapTest, Holds) { ExpectWrap<V2SecretKey>(GetParam()); }
TEST_P(K2LocalPasswordTest, Holds) { ExpectPassword<V2LocalKey>(GetParam()); }
TEST_P(K2SecretPasswordTest, Holds) { ExpectPassword<V2SecretKey>(GetParam()); }
TEST_P(K2SealTest, Holds) {
  ExpectSeal<V2LocalKey>(GetParam(), V2PublicKey::FromBytes(GetParam().Bytes("sealing-public-key").value()),
                         V2SecretKey::FromBytes(SecretBytes::CopyFrom(GetParam().Bytes("sealing-secret-key").value())));
}

auto Vectors(const char* type) { return ::testing::ValuesIn(LoadVectors(std::string("PASERK/") + type + ".json")); }

INSTANTIATE_TEST_SUITE_P(Official, K1LocalWrapTest, Vectors("k1.local-wrap.pie"), VectorTestName);
INSTANTIATE_TEST_SUITE_P(Official, K1SecretWrapTest, Vectors("k1.secret-wrap.pie"), VectorTestName);
INSTANTIATE_TEST_SUITE_P(Official, K1LocalPasswordTest, Vectors("k1.local-pw"), VectorTestName);
INSTANTIATE_TEST_SUITE_P(Official, K1SecretPasswordTest, Vectors("k1.secret-pw"), VectorTestName);
INSTANTIATE_TEST_SUITE_P(Official, K1SealTest, Vectors("k1.seal"), VectorTestName);
INSTANTIATE_TEST_SUITE_P(Official, K2LocalWrapTest, Vectors("k2.local-wrap.pie"), VectorTestName);
INSTANTIATE_TEST_SUITE_P(Official, K2SecretWrapTest, Vectors("k2.secret-wrap.pie"), VectorTestName);
INSTANTIATE_TEST_SUITE_P(Official, K2LocalPasswordTest, Vectors("k2.local-pw"), VectorTestName);
INSTANTIATE_TEST_SUITE_P(Official, K2SecretPasswordTest, Vectors("k2.secret-pw"), VectorTestName);
INSTANTIATE_TEST_SUITE_P(Official, K2SealTest, Vectors("k2.seal"), VectorTestName);

}  // namespace
}  // namespace paseto
