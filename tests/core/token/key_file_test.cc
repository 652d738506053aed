#include "grpc_paseto/core/token/key_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "grpc_paseto/tests/core/token/token_test_support.h"

namespace paseto {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

std::string TextOf(const SecretBytes& secret) {
  const auto bytes = secret.Read(InsecureSecretAccess::Get());
  return std::string(bytes.begin(), bytes.end());
}
std::string PaserkText(const Key& key) {
  if (key.v4_local() != nullptr) return TextOf(PaserkEncode(*key.v4_local(), InsecureSecretAccess::Get()));
  if (key.v4_secret() != nullptr) return TextOf(PaserkEncode(*key.v4_secret(), InsecureSecretAccess::Get()));
  return PaserkEncode(*key.v4_public());
}
std::string Entry(absl::string_view paserk, absl::string_view rest = R"(,"use":"access","state":"active")") {
  return absl::StrCat("{\"paserk\":\"", paserk, "\"", rest, "}");
}
std::string File(absl::string_view entries) { return absl::StrCat("{\"keys\":[", entries, "]}"); }

TEST(KeyFileTest, WhatIsEncodedIsParsedAgain) {
  const std::vector<Key> keys = {
      PublicKeyFor(KeyUse::kAccess), LocalKeyFor(KeyUse::kRefresh),
      *PublicKeyFor(KeyUse::kAccess, KeyState::kRetired).PublicHalf(),
      PublicKeyFor(KeyUse::kForeign).With({KeyUse::kForeign, KeyState::kAnnounced, {"scope", "sid"}}),
      LocalKeyFor(KeyUse::kClient, KeyState::kRevoked)};
  const absl::StatusOr<std::vector<Key>> again = ParseKeyFile(TextOf(EncodeKeyFile(keys, InsecureSecretAccess::Get())));
  ASSERT_THAT(again, IsOk());
  ASSERT_THAT(*again, SizeIs(keys.size()));
  for (size_t i = 0; i < keys.size(); ++i) {
    EXPECT_EQ((*again)[i].id(), keys[i].id());
    EXPECT_EQ((*again)[i].attributes().use, keys[i].attributes().use);
    EXPECT_EQ((*again)[i].attributes().state, keys[i].attributes().state);
    EXPECT_EQ((*again)[i].attributes().foreign_claims, keys[i].attributes().foreign_claims);
    EXPECT_EQ(PaserkText((*again)[i]), PaserkText(keys[i]));
  }
}

TEST(KeyFileTest, AnEmptyListIsAFileWithoutKeys) {
  EXPECT_THAT(ParseKeyFile("{\"keys\":[]}"), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(ParseKeyFile(TextOf(EncodeKeyFile({}, InsecureSecretAccess::Get()))), IsOkAndHolds(IsEmpty()));
}

TEST(KeyFileTest, RefusesOtherTextsThanAKeyFile) {
  for (const char* text : {"", "[]", "{}", "{\"keys\":{}}", "{\"keys\":null}", "{\"Keys\":[]}", "{\"keys\":[],\"x\":1}",
                           "{\"keys\":[],\"keys\":[]}", "{\"keys\":[]}x", "\xef\xbb\xbf{\"keys\":[]}"}) {
    EXPECT_THAT(ParseKeyFile(text), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("key file"))) << text;
  }
}

TEST(KeyFileTest, ErrorsNameTheEntryAndTheRuleAndNoKeyText) {
  const std::string good = PaserkText(PublicKeyFor(KeyUse::kAccess));
  const std::string local = PaserkText(LocalKeyFor(KeyUse::kAccess));
  std::string wrong_half = good;
  wrong_half[wrong_half.size() - 10] = wrong_half[wrong_half.size() - 10] == 'A' ? 'B' : 'A';
  const struct {
    std::string entry;
    const char* rule;
  } cases[] = {
      {"1", "not an object"},
      {"[]", "not an object"},
      {Entry(good, R"(,"use":"access")"), "state is missing"},
      {Entry(good, R"(,"state":"active")"), "use is missing"},
      {R"({"use":"access","state":"active"})", "paserk is missing"},
      {R"({"paserk":1,"use":"access","state":"active"})", "paserk is missing"},
      {Entry(good, R"(,"use":1,"state":"active")"), "use is missing"},
      {Entry(good, R"(,"use":"access","state":null)"), "state is missing"},
      {Entry(good, R"(,"use":"Access","state":"active")"), "not a key use"},
      {Entry(good, R"(,"use":"access","state":"on")"), "not a key state"},
      {Entry(good, R"(,"use":"access","state":"active","note":"x")"), "unknown member"},
      {Entry(good, R"(,"use":"access","state":"active","claims":["scope"])"), "claims is only for"},
      {Entry(good, R"(,"use":"foreign","state":"active","claims":"scope")"), "claims is not an array"},
      {Entry(good, R"(,"use":"foreign","state":"active","claims":["sub"])"), "claims holds something else"},
      {Entry(good, R"(,"use":"foreign","state":"active","claims":["tenant"])"), "claims holds something else"},
      {Entry(good, R"(,"use":"foreign","state":"active","claims":[1])"), "claims holds something else"},
      {Entry(""), "paserk is not"},
      {Entry("k3.local.AAAA"), ""},
      {Entry("k2.secret.AAAA"), "paserk is not"},
      {Entry("k2.local.AAAA", R"(,"use":"foreign","state":"active")"), ""},
      {Entry("k4.lid.AAAA"), "paserk is not"},
      {Entry(wrong_half), ""},
      {Entry(local.substr(0, local.size() - 1)), ""},
      {Entry(local + "A"), ""},
  };
  for (const auto& [entry, rule] : cases) {
    const absl::Status status = ParseKeyFile(File(absl::StrCat(Entry(local), ",", entry))).status();
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, AllOf(HasSubstr("keys[1]"), HasSubstr(rule))))
        << rule;
    for (const std::string& secret : {good, local}) {
      for (size_t i = secret.rfind('.') + 1; i + 8 <= secret.size(); ++i) {
        ASSERT_THAT(std::string(status.message()), Not(HasSubstr(secret.substr(i, 8))));
      }
    }
  }
}

TEST(KeyFileTest, RefusesDuplicateMembersOfAnEntry) {
  const std::string paserk = PaserkText(LocalKeyFor(KeyUse::kAccess));
  EXPECT_THAT(ParseKeyFile(File(Entry(paserk, R"(,"use":"access","us\u0065":"client","state":"active")"))),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("duplicate")));
}

}  // namespace
}  // namespace paseto
