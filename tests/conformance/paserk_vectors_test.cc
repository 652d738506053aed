// Every official case of the types local, secret, public, lid, sid and pid, read and written.

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/strip.h"
#include "gmock/gmock.h"
#include "grpc_paseto/core/legacy/legacy_paserk.h"
#include "grpc_paseto/core/paseto/paserk.h"
#include "grpc_paseto/tests/conformance/vector_file.h"
#include "grpc_paseto/tests/support/status_matchers.h"
#include "gtest/gtest.h"

namespace paseto {
namespace {

using ::testing::Not;

template <typename Key>
absl::StatusOr<Key> Guarded(const std::string& bytes) {
  return Key::FromBytes(SecretBytes::CopyFrom(bytes));
}
template <typename Key>
absl::StatusOr<Key> Plain(const std::string& bytes) {
  return Key::FromBytes(bytes);
}

template <typename Key>
std::string BytesOf(const Key& key) {
  if constexpr (requires { key.bytes(); }) {
    return std::string(key.bytes());
  } else if constexpr (requires { key.pem(); }) {
    return key.pem();
  } else if constexpr (requires { key.pem(InsecureSecretAccess::Get()); }) {
    return std::string(key.pem(InsecureSecretAccess::Get()).ReadText(InsecureSecretAccess::Get()));
  } else {
    return std::string(key.secret().ReadText(InsecureSecretAccess::Get()));
  }
}

template <typename Key>
std::string PaserkOf(const Key& key) {
  if constexpr (requires { PaserkEncode(key); }) {
    return PaserkEncode(key);
  } else {
    const SecretBytes text = PaserkEncode(key, InsecureSecretAccess::Get());
    return std::string(text.ReadText(InsecureSecretAccess::Get()));
  }
}

// What a failing case gives, a key or a text, must be refused.
template <typename MakeKey, typename ParseText>
void ExpectRefused(const VectorCase& vector, MakeKey make_key, ParseText parse_text) {
  ASSERT_NE(vector.Has("key"), vector.Has("paserk")) << "not understood: a failing case gives a key or a text";
  if (vector.Has("key")) {
    const absl::StatusOr<std::string> bytes = vector.KeyBytes("key");
    ASSERT_THAT(bytes, IsOk());
    EXPECT_THAT(make_key(*bytes), Not(IsOk()));
  } else {
    EXPECT_THAT(parse_text(*vector.Text("paserk")), Not(IsOk()));
  }
}

// A key type: the key gives the text, the text gives the key.
template <typename MakeKey, typename ParseText>
void ExpectKeyText(const VectorCase& vector, MakeKey make_key, ParseText parse_text) {
  if (vector.expect_fail) return ExpectRefused(vector, make_key, parse_text);
  const absl::StatusOr<std::string> bytes = vector.KeyBytes("key"), paserk = vector.Text("paserk");
  ASSERT_THAT(bytes, IsOk());
  ASSERT_THAT(paserk, IsOk());
  const auto made = make_key(*bytes);
  ASSERT_THAT(made, IsOk());
  EXPECT_EQ(PaserkOf(*made), *paserk);
  const auto parsed = parse_text(*paserk);
  ASSERT_THAT(parsed, IsOk());
  EXPECT_EQ(absl::StripSuffix(BytesOf(*parsed), "\n"), *bytes);  // PEM has no last line's end in the vectors
}

// An id type: the key gives the id, and the id is well formed.
template <typename MakeKey>
void ExpectId(const VectorCase& vector, MakeKey make_key,
              absl::StatusOr<KeyId> parse_id(absl::string_view) = KeyId::Parse) {
  if (vector.expect_fail) return ExpectRefused(vector, make_key, parse_id);
  const absl::StatusOr<std::string> bytes = vector.KeyBytes("key"), paserk = vector.Text("paserk");
  ASSERT_THAT(bytes, IsOk());
  ASSERT_THAT(paserk, IsOk());
  const auto key = make_key(*bytes);
  ASSERT_THAT(key, IsOk());
  EXPECT_EQ(PaserkId(*key).text(), *paserk);
  EXPECT_THAT(parse_id(*paserk), IsOkAndHolds(PaserkId(*key)));
}

class K1LocalTest : public VectorTest {};
class K1SecretTest : public VectorTest {};
class K1PublicTest : public VectorTest {};
class K1LidTest : public VectorTest {};
class K1SidTest : public VectorTest {};
class K1PidTest : public VectorTest {};
class K2LocalTest : public VectorTest {};
class K2SecretTest : public VectorTest {};
class K2PublicTest : public VectorTest {};
class K2LidTest : public VectorTest {};
class K2SidTest : public VectorTest {};
class K2PidTest : public VectorTest {};
class K3LocalTest : public VectorTest {};
class K3SecretTest : public VectorTest {};
class K3PublicTest : public VectorTest {};
class K3LidTest : public VectorTest {};
class K3SidTest : public VectorTest {};
class K3PidTest : public VectorTest {};
class K4LocalTest : public VectorTest {};
class K4SecretTest : public VectorTest {};
class K4PublicTest : public VectorTest {};
class K4LidTest : public VectorTest {};
class K4SidTest : public VectorTest {};
class K4PidTest : public VectorTest {};

TEST_P(K1LocalTest, Holds) { ExpectKeyText(GetParam(), Guarded<V1LocalKey>, ParsePaserkV1Local); }
TEST_P(K1SecretTest, Holds) { ExpectKeyText(GetParam(), V1SecretKey::FromPem, ParsePaserkV1Secret); }
TEST_P(K1PublicTest, Holds) { ExpectKeyText(GetParam(), V1PublicKey::FromPem, ParsePaserkV1Public); }
TEST_P(K1LidTest, Holds) { ExpectId(GetParam(), Guarded<V1LocalKey>, KeyId::ParseLegacy); }
TEST_P(K1SidTest, Holds) { ExpectId(GetParam(), V1SecretKey::FromPem, KeyId::ParseLegacy); }
TEST_P(K1PidTest, Holds) { ExpectId(GetParam(), V1PublicKey::FromPem, KeyId::ParseLegacy); }
TEST_P(K2LocalTest, Holds) { ExpectKeyText(GetParam(), Guarded<V2LocalKey>, ParsePaserkV2Local); }
TEST_P(K2SecretTest, Holds) { ExpectKeyText(GetParam(), Guarded<V2SecretKey>, ParsePaserkV2Secret); }
TEST_P(K2PublicTest, Holds) { ExpectKeyText(GetParam(), Plain<V2PublicKey>, ParsePaserkV2Public); }
TEST_P(K2LidTest, Holds) { ExpectId(GetParam(), Guarded<V2LocalKey>, KeyId::ParseLegacy); }
TEST_P(K2SidTest, Holds) { ExpectId(GetParam(), Guarded<V2SecretKey>, KeyId::ParseLegacy); }
TEST_P(K2PidTest, Holds) { ExpectId(GetParam(), Plain<V2PublicKey>, KeyId::ParseLegacy); }
TEST_P(K3LocalTest, Holds) { ExpectKeyText(GetParam(), Guarded<V3LocalKey>, ParsePaserkV3Local); }
TEST_P(K3SecretTest, Holds) { ExpectKeyText(GetParam(), Guarded<V3SecretKey>, ParsePaserkV3Secret); }
TEST_P(K3PublicTest, Holds) { ExpectKeyText(GetParam(), Plain<V3PublicKey>, ParsePaserkV3Public); }
TEST_P(K3LidTest, Holds) { ExpectId(GetParam(), Guarded<V3LocalKey>); }
TEST_P(K3SidTest, Holds) { ExpectId(GetParam(), Guarded<V3SecretKey>); }
TEST_P(K3PidTest, Holds) { ExpectId(GetParam(), Plain<V3PublicKey>); }
TEST_P(K4LocalTest, Holds) { ExpectKeyText(GetParam(), Guarded<V4LocalKey>, ParsePaserkV4Local); }
TEST_P(K4SecretTest, Holds) { ExpectKeyText(GetParam(), Guarded<V4SecretKey>, ParsePaserkV4Secret); }
TEST_P(K4PublicTest, Holds) { ExpectKeyText(GetParam(), Plain<V4PublicKey>, ParsePaserkV4Public); }
TEST_P(K4LidTest, Holds) { ExpectId(GetParam(), Guarded<V4LocalKey>); }
TEST_P(K4SidTest, Holds) { ExpectId(GetParam(), Guarded<V4SecretKey>); }
TEST_P(K4PidTest, Holds) { ExpectId(GetParam(), Plain<V4PublicKey>); }

auto Vectors(const char* type) { return ::testing::ValuesIn(LoadVectors(std::string("PASERK/") + type + ".json")); }

INSTANTIATE_TEST_SUITE_P(Official, K1LocalTest, Vectors("k1.local"), VectorTestName);
INSTANTIATE_TEST_SUITE_P(Official, K1SecretTest, Vectors("k1.secret"), VectorTestName);
INSTANTIATE_TEST_SUITE_P(Official, K1PublicTest, Vectors("k1.public"), VectorTestName);
INSTANTIATE_TEST_SUITE_P(Official, K1LidTest, Vectors("k1.lid"), VectorTestName);
INSTANTIATE_TEST_SUITE_P(Official, K1SidTest, Vectors("k1.sid"), VectorTestName);
INSTANTIATE_TEST_SUITE_P(Official, K1PidTest, Vectors("k1.pid"), VectorTestName);
INSTANTIATE_TEST_SUITE_P(Official, K2LocalTest, Vectors("k2.local"), VectorTestName);
INSTANTIATE_TEST_SUITE_P(Official, K2SecretTest, Vectors("k2.secret"), VectorTestName);
INSTANTIATE_TEST_SUITE_P(Official, K2PublicTest, Vectors("k2.public"), VectorTestName);
INSTANTIATE_TEST_SUITE_P(Official, K2LidTest, Vectors("k2.lid"), VectorTestName);
INSTANTIATE_TEST_SUITE_P(Official, K2SidTest, Vectors("k2.sid"), VectorTestName);
INSTANTIATE_TEST_SUITE_P(Official, K2PidTest, Vectors("k2.pid"), VectorTestName);
INSTANTIATE_TEST_SUITE_P(Official, K3LocalTest, Vectors("k3.local"), VectorTestName);
INSTANTIATE_TEST_SUITE_P(Official, K3SecretTest, Vectors("k3.secret"), VectorTestName);
INSTANTIATE_TEST_SUITE_P(Official, K3PublicTest, Vectors("k3.public"), VectorTestName);
INSTANTIATE_TEST_SUITE_P(Official, K3LidTest, Vectors("k3.lid"), VectorTestName);
INSTANTIATE_TEST_SUITE_P(Official, K3SidTest, Vectors("k3.sid"), VectorTestName);
INSTANTIATE_TEST_SUITE_P(Official, K3PidTest, Vectors("k3.pid"), VectorTestName);
INSTANTIATE_TEST_SUITE_P(Official, K4LocalTest, Vectors("k4.local"), VectorTestName);
INSTANTIATE_TEST_SUITE_P(Official, K4SecretTest, Vectors("k4.secret"), VectorTestName);
INSTANTIATE_TEST_SUITE_P(Official, K4PublicTest, Vectors("k4.public"), VectorTestName);
INSTANTIATE_TEST_SUITE_P(Official, K4LidTest, Vectors("k4.lid"), VectorTestName);
INSTANTIATE_TEST_SUITE_P(Official, K4SidTest, Vectors("k4.sid"), VectorTestName);
INSTANTIATE_TEST_SUITE_P(Official, K4PidTest, Vectors("k4.pid"), VectorTestName);

}  // namespace
}  // namespace paseto
