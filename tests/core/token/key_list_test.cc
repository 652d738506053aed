#include "grpc_paseto/core/token/key_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "grpc_paseto/tests/core/token/token_test_support.h"

namespace paseto {
namespace {

using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

constexpr char kIssuer[] = "https://id.shop";

std::vector<std::string> IdsOf(const std::vector<Key>& keys) {
  std::vector<std::string> ids;
  for (const Key& key : keys) ids.push_back(key.id().text());
  return ids;
}

class KeyList : public ::testing::Test {
 protected:
  const Key active_ = PublicKeyFor(KeyUse::kAccess);
  const Key next_ = PublicKeyFor(KeyUse::kAccess, KeyState::kAnnounced);
  const std::shared_ptr<const KeySet> keys_ =
      KeysOf({active_, next_, PublicKeyFor(KeyUse::kAccess, KeyState::kRevoked), LocalKeyFor(KeyUse::kAccess),
              LocalKeyFor(KeyUse::kRefresh), PublicKeyFor(KeyUse::kClient)});
  const std::string list_ = SignKeyList(*keys_, kIssuer, TestNow(), absl::Hours(1)).value();
};

TEST_F(KeyList, TellsWhoTrustsOneKeyTheOthers) {
  const auto trusted = KeysOf({*active_.PublicHalf()});
  const absl::StatusOr<std::vector<Key>> read = ReadKeyList(*trusted, list_, kIssuer, TestNow());
  ASSERT_THAT(read, IsOk());
  EXPECT_THAT(IdsOf(*read), UnorderedElementsAre(active_.id().text(), next_.id().text()));
  for (const Key& key : *read) {
    EXPECT_EQ(key.v4_secret(), nullptr);
    EXPECT_EQ(key.attributes().state, key.id() == next_.id() ? KeyState::kAnnounced : KeyState::kActive);
  }
}

TEST_F(KeyList, IsRefusedFromOthersAndOutOfItsTime) {
  const auto trusted = KeysOf({*active_.PublicHalf()});
  EXPECT_THAT(ReadKeyList(*KeysOf({PublicKeyFor(KeyUse::kAccess)}), list_, kIssuer, TestNow()),
              IsRefused(TokenError::kKeyUnknown));
  EXPECT_THAT(ReadKeyList(*trusted, list_, "https://elsewhere", TestNow()), IsRefused(TokenError::kWrongIssuer));
  EXPECT_THAT(ReadKeyList(*trusted, list_, kIssuer, TestNow() + absl::Hours(2)), IsRefused(TokenError::kExpired));
}

TEST_F(KeyList, IsNoAccessTokenAndNoAccessTokenIsAList) {
  TokenSpec spec = SpecFor(kV4Public, KeyUse::kAccess);
  EXPECT_THAT(ReadKeyList(*keys_, SignToken(*keys_, spec).value(), kIssuer, TestNow()),
              IsRefused(TokenError::kWrongType));
  spec.claims.type = std::string(kKeyListType);
  EXPECT_THAT(ReadKeyList(*keys_, SignToken(*keys_, spec).value(), kIssuer, TestNow()),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(KeyList, WithOtherKeysThanPublicAccessKeysIsRefused) {
  TokenSpec spec = SpecFor(kV4Public, KeyUse::kAccess);
  spec.claims.type = std::string(kKeyListType);
  spec.claims.custom_json = "{\"keys\":[{\"paserk\":\"" + PublicKeyFor(KeyUse::kClient).PublicPaserk() +
                            "\",\"use\":\"client\",\"state\":\"active\"}]}";
  EXPECT_THAT(ReadKeyList(*keys_, SignToken(*keys_, spec).value(), kIssuer, TestNow()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("public access key")));
}

TEST_F(KeyList, NeedsAKeyThatSigns) {
  EXPECT_THAT(SignKeyList(*KeysOf({next_}), kIssuer, TestNow(), absl::Hours(1)),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

}  // namespace
}  // namespace paseto
