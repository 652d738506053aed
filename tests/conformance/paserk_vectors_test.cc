// Every official case of the k4 types local, secret, public, lid, sid and pid, read and written.

#include <string>

#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "grpc_paseto/core/paseto/paserk.h"
#include "grpc_paseto/tests/conformance/vector_file.h"
#include "grpc_paseto/tests/support/status_matchers.h"
#include "gtest/gtest.h"

namespace paseto {
namespace {

using ::testing::Not;

absl::StatusOr<V4LocalKey> LocalKey(const std::string& bytes) {
  return V4LocalKey::FromBytes(SecretBytes::CopyFrom(bytes));
}
absl::StatusOr<V4SecretKey> SecretKey(const std::string& bytes) {
  return V4SecretKey::FromBytes(SecretBytes::CopyFrom(bytes));
}
absl::StatusOr<V4PublicKey> PublicKey(const std::string& bytes) { return V4PublicKey::FromBytes(bytes); }

std::string BytesOf(const V4PublicKey& key) { return std::string(key.bytes()); }
template <typename SecretKeyType>
std::string BytesOf(const SecretKeyType& key) {
  return std::string(key.secret().ReadText(InsecureSecretAccess::Get()));
}

std::string PaserkOf(const V4PublicKey& key) { return PaserkEncode(key); }
template <typename SecretKeyType>
std::string PaserkOf(const SecretKeyType& key) {
  const SecretBytes text = PaserkEncode(key, InsecureSecretAccess::Get());
  return std::string(text.ReadText(InsecureSecretAccess::Get()));
}

// What a failing case gives, a key or a text, must be refused.
template <typename MakeKey, typename ParseText>
void ExpectRefused(const VectorCase& vector, MakeKey make_key, ParseText parse_text) {
  ASSERT_NE(vector.Has("key"), vector.Has("paserk")) << "not understood: a failing case gives a key or a text";
  if (vector.Has("key")) {
    const absl::StatusOr<std::string> bytes = vector.Bytes("key");
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
  const absl::StatusOr<std::string> bytes = vector.Bytes("key"), paserk = vector.Text("paserk");
  ASSERT_THAT(bytes, IsOk());
  ASSERT_THAT(paserk, IsOk());
  const auto made = make_key(*bytes);
  ASSERT_THAT(made, IsOk());
  EXPECT_EQ(PaserkOf(*made), *paserk);
  const auto parsed = parse_text(*paserk);
  ASSERT_THAT(parsed, IsOk());
  EXPECT_EQ(BytesOf(*parsed), *bytes);
}

// An id type: the key gives the id, and the id is well formed.
template <typename MakeKey>
void ExpectId(const VectorCase& vector, MakeKey make_key) {
  if (vector.expect_fail) return ExpectRefused(vector, make_key, KeyId::Parse);
  const absl::StatusOr<std::string> bytes = vector.Bytes("key"), paserk = vector.Text("paserk");
  ASSERT_THAT(bytes, IsOk());
  ASSERT_THAT(paserk, IsOk());
  const auto key = make_key(*bytes);
  ASSERT_THAT(key, IsOk());
  EXPECT_EQ(PaserkId(*key).text(), *paserk);
  EXPECT_THAT(KeyId::Parse(*paserk), IsOkAndHolds(PaserkId(*key)));
}

class K4LocalTest : public VectorTest {};
class K4SecretTest : public VectorTest {};
class K4PublicTest : public VectorTest {};
class K4LidTest : public VectorTest {};
class K4SidTest : public VectorTest {};
class K4PidTest : public VectorTest {};

TEST_P(K4LocalTest, Holds) { ExpectKeyText(GetParam(), LocalKey, ParsePaserkV4Local); }
TEST_P(K4SecretTest, Holds) { ExpectKeyText(GetParam(), SecretKey, ParsePaserkV4Secret); }
TEST_P(K4PublicTest, Holds) { ExpectKeyText(GetParam(), PublicKey, ParsePaserkV4Public); }
TEST_P(K4LidTest, Holds) { ExpectId(GetParam(), LocalKey); }
TEST_P(K4SidTest, Holds) { ExpectId(GetParam(), SecretKey); }
TEST_P(K4PidTest, Holds) { ExpectId(GetParam(), PublicKey); }

auto Vectors(const char* type) { return ::testing::ValuesIn(LoadVectors(std::string("PASERK/k4.") + type + ".json")); }

INSTANTIATE_TEST_SUITE_P(Official, K4LocalTest, Vectors("local"), VectorTestName);
INSTANTIATE_TEST_SUITE_P(Official, K4SecretTest, Vectors("secret"), VectorTestName);
INSTANTIATE_TEST_SUITE_P(Official, K4PublicTest, Vectors("public"), VectorTestName);
INSTANTIATE_TEST_SUITE_P(Official, K4LidTest, Vectors("lid"), VectorTestName);
INSTANTIATE_TEST_SUITE_P(Official, K4SidTest, Vectors("sid"), VectorTestName);
INSTANTIATE_TEST_SUITE_P(Official, K4PidTest, Vectors("pid"), VectorTestName);

}  // namespace
}  // namespace paseto
