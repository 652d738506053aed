// Keys of version 3 in key files.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/token/key_file.h"
#include "grpc_paseto/tests/core/token/token_test_support.h"

namespace paseto {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Property;

TEST(KeyFileV3Test, KeysOfVersion3ComeBack) {
  const Key secret = Key::Create(V3SecretKey::Generate(), {KeyUse::kAccess, KeyState::kActive, {}}).value();
  const Key local(V3LocalKey::Generate(), {KeyUse::kRefresh, KeyState::kActive, {}});
  const Key half =
      Key::Create(V3SecretKey::Generate(), {KeyUse::kForeign, KeyState::kRetired, {}})->PublicHalf().value();
  const SecretBytes text = EncodeKeyFile({secret, local, half}, InsecureSecretAccess::Get());
  const absl::StatusOr<std::vector<Key>> keys = ParseKeyFile(text.ReadText(InsecureSecretAccess::Get()));
  ASSERT_THAT(keys, IsOk());
  EXPECT_THAT(*keys, ElementsAre(Property(&Key::id, secret.id()), Property(&Key::id, local.id()),
                                 Property(&Key::id, half.id())));
  EXPECT_TRUE(keys->at(0).CanSign());
  EXPECT_TRUE(keys->at(1).CanSign());
  EXPECT_FALSE(keys->at(2).CanSign());
  EXPECT_EQ(keys->at(0).kind(), kV3Public);
  EXPECT_EQ(keys->at(1).kind(), kV3Local);
  EXPECT_EQ(keys->at(2).PublicPaserk(), half.PublicPaserk());
  EXPECT_EQ(keys->at(1).PublicPaserk(), "");
  EXPECT_FALSE(keys->at(1).PublicHalf().has_value());
  EXPECT_EQ(keys->at(0).PublicHalf()->id(), secret.id());
}

TEST(KeyFileV3Test, ASecretScalarOutOfRangeIsAnError) {
  const std::string zeros = absl::StrCat("k3.secret.", std::string(64, 'A'));
  EXPECT_THAT(ParseKeyFile(absl::StrCat(R"({"keys":[{"paserk":")", zeros, R"(","use":"access","state":"active"}]})")),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("keys[0]")));
}

}  // namespace
}  // namespace paseto
