// Every official case of the k3 and k4 types local-wrap, secret-wrap, local-pw, secret-pw and seal: unwrapped, and made
// again to the same text where the randomness can be given (seal: made anew and opened).

#include <string>
#include <type_traits>

#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "grpc_paseto/core/paseto/base64url.h"
#include "grpc_paseto/core/paseto/paserk_password.h"
#include "grpc_paseto/core/paseto/paserk_seal.h"
#include "grpc_paseto/core/paseto/paserk_wrap.h"
#include "grpc_paseto/core/paseto/pem.h"
#include "grpc_paseto/core/paseto/testing/fixed_randomness.h"
#include "grpc_paseto/tests/conformance/vector_file.h"
#include "grpc_paseto/tests/support/status_matchers.h"
#include "gtest/gtest.h"

namespace paseto {
namespace {

using ::testing::Not;

template <typename Key>
std::string BytesOf(const Key& key) {
  return std::string(key.secret().ReadText(InsecureSecretAccess::Get()));
}

// What stands behind the last period.
std::string DataOf(const std::string& paserk) {
  return Base64UrlDecode(absl::string_view(paserk).substr(paserk.rfind('.') + 1)).value();
}

template <typename Key>
void ExpectWrap(const VectorCase& vector) {
  using WrappingKey = typename PaserkKind<Key>::WrappingKey;
  const absl::StatusOr<std::string> bytes = vector.Bytes("wrapping-key"), paserk = vector.Text("paserk");
  ASSERT_THAT(bytes, IsOk());
  ASSERT_THAT(paserk, IsOk());
  const WrappingKey wrapping_key = WrappingKey::FromBytes(SecretBytes::CopyFrom(*bytes)).value();
  const absl::StatusOr<Key> key = PaserkUnwrap<Key>(wrapping_key, *paserk);
  if (vector.expect_fail) {
    EXPECT_THAT(key, Not(IsOk()));
    return;
  }
  ASSERT_THAT(key, IsOk());
  EXPECT_THAT(vector.Bytes("unwrapped"), IsOkAndHolds(BytesOf(*key)));
  const std::string nonce = DataOf(*paserk).substr(PaserkKind<Key>::Suite::kTagBytes, 32);
  EXPECT_EQ(testing_only::PaserkWrapWithNonce(wrapping_key, *key, nonce), *paserk);
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
  const absl::StatusOr<Key> key = PaserkPasswordUnwrap<Key>(*paserk, *password);
  if (vector.expect_fail) {
    EXPECT_THAT(key, Not(IsOk()));
    return;
  }
  ASSERT_THAT(key, IsOk());
  EXPECT_THAT(vector.Bytes("unwrapped"), IsOkAndHolds(BytesOf(*key)));
  const std::string data = DataOf(*paserk);
  if constexpr (std::is_same_v<PaserkPasswordCost<Key>, Argon2Cost>) {
    const Argon2Cost cost{BigEndian32(data, 20), BigEndian32(data, 24)};
    EXPECT_THAT(testing_only::PaserkPasswordWrapWith(*key, *password, cost, data.substr(0, 16), data.substr(32, 24)),
                IsOkAndHolds(*paserk));
  } else {
    const Pbkdf2Cost cost{BigEndian32(data, 32)};
    EXPECT_THAT(testing_only::PaserkPasswordWrapWith(*key, *password, cost, data.substr(0, 32), data.substr(36, 16)),
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
    EXPECT_THAT(PaserkUnseal(*secret, *paserk), Not(IsOk()));
    return;
  }
  ASSERT_THAT(recipient, IsOk());
  ASSERT_THAT(secret, IsOk());
  const absl::StatusOr<LocalKey> key = PaserkUnseal(*secret, *paserk);
  ASSERT_THAT(key, IsOk());
  EXPECT_THAT(vector.Bytes("unsealed"), IsOkAndHolds(BytesOf(*key)));
  const absl::StatusOr<std::string> again = PaserkSeal(*recipient, *key);
  ASSERT_THAT(again, IsOk());
  const absl::StatusOr<LocalKey> opened = PaserkUnseal(*secret, *again);
  ASSERT_THAT(opened, IsOk());
  EXPECT_TRUE(opened->secret().Equals(key->secret()));
}

class K3LocalWrapTest : public VectorTest {};
class K3SecretWrapTest : public VectorTest {};
class K3LocalPasswordTest : public VectorTest {};
class K3SecretPasswordTest : public VectorTest {};
class K3SealTest : public VectorTest {};
class K4LocalWrapTest : public VectorTest {};
class K4SecretWrapTest : public VectorTest {};
class K4LocalPasswordTest : public VectorTest {};
class K4SecretPasswordTest : public VectorTest {};
class K4SealTest : public VectorTest {};

TEST_P(K3LocalWrapTest, Holds) { ExpectWrap<V3LocalKey>(GetParam()); }
TEST_P(K3SecretWrapTest, Holds) { ExpectWrap<V3SecretKey>(GetParam()); }
TEST_P(K3LocalPasswordTest, Holds) { ExpectPassword<V3LocalKey>(GetParam()); }
TEST_P(K3SecretPasswordTest, Holds) { ExpectPassword<V3SecretKey>(GetParam()); }
TEST_P(K3SealTest, Holds) {
  ExpectSeal<V3LocalKey>(GetParam(), ParsePemV3Public(GetParam().Text("sealing-public-key").value()),
                         ParsePemV3Secret(GetParam().Text("sealing-secret-key").value()));
}
TEST_P(K4LocalWrapTest, Holds) { ExpectWrap<V4LocalKey>(GetParam()); }
TEST_P(K4SecretWrapTest, Holds) { ExpectWrap<V4SecretKey>(GetParam()); }
TEST_P(K4LocalPasswordTest, Holds) { ExpectPassword<V4LocalKey>(GetParam()); }
TEST_P(K4SecretPasswordTest, Holds) { ExpectPassword<V4SecretKey>(GetParam()); }
TEST_P(K4SealTest, Holds) {
  ExpectSeal<V4LocalKey>(GetParam(), V4PublicKey::FromBytes(GetParam().Bytes("sealing-public-key").value()),
                         V4SecretKey::FromBytes(SecretBytes::CopyFrom(GetParam().Bytes("sealing-secret-key").value())));
}

auto Vectors(const char* type) { return ::testing::ValuesIn(LoadVectors(std::string("PASERK/") + type + ".json")); }

INSTANTIATE_TEST_SUITE_P(Official, K3LocalWrapTest, Vectors("k3.local-wrap.pie"), VectorTestName);
INSTANTIATE_TEST_SUITE_P(Official, K3SecretWrapTest, Vectors("k3.secret-wrap.pie"), VectorTestName);
INSTANTIATE_TEST_SUITE_P(Official, K3LocalPasswordTest, Vectors("k3.local-pw"), VectorTestName);
INSTANTIATE_TEST_SUITE_P(Official, K3SecretPasswordTest, Vectors("k3.secret-pw"), VectorTestName);
INSTANTIATE_TEST_SUITE_P(Official, K3SealTest, Vectors("k3.seal"), VectorTestName);
INSTANTIATE_TEST_SUITE_P(Official, K4LocalWrapTest, Vectors("k4.local-wrap.pie"), VectorTestName);
INSTANTIATE_TEST_SUITE_P(Official, K4SecretWrapTest, Vectors("k4.secret-wrap.pie"), VectorTestName);
INSTANTIATE_TEST_SUITE_P(Official, K4LocalPasswordTest, Vectors("k4.local-pw"), VectorTestName);
INSTANTIATE_TEST_SUITE_P(Official, K4SecretPasswordTest, Vectors("k4.secret-pw"), VectorTestName);
INSTANTIATE_TEST_SUITE_P(Official, K4SealTest, Vectors("k4.seal"), VectorTestName);

}  // namespace
}  // namespace paseto
