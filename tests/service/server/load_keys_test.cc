#include "grpc_paseto/service/server/load_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "grpc_paseto/core/token/key_file.h"
#include "grpc_paseto/tests/support/running_tokend.h"
#include "grpc_paseto/tests/support/status_matchers.h"
#include "grpc_paseto/tests/support/temporary_folder.h"

namespace paseto::service {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class LoadKeysTest : public ::testing::Test {
 protected:
  std::string WriteKeys(const std::vector<Key>& keys) {
    const SecretBytes text = EncodeKeyFile(keys, InsecureSecretAccess::Get());
    const absl::Span<const uint8_t> bytes = text.Read(InsecureSecretAccess::Get());
    return folder_.Write("keys.json", std::string(bytes.begin(), bytes.end()));
  }
  static Key Public(KeyUse use, KeyState state = KeyState::kActive) {
    return Key(V4SecretKey::Generate(), KeyAttributes{use, state, {}});
  }
  static Key Local(KeyUse use, KeyState state = KeyState::kActive) {
    return Key(V4LocalKey::Generate(), KeyAttributes{use, state, {}});
  }

  TemporaryFolder folder_;
};

TEST_F(LoadKeysTest, CompleteFileIsLoaded) {
  const std::string path = folder_.File("keys.json");
  WriteTestKeys(path);
  const auto keys = LoadKeys(path);
  ASSERT_THAT(keys, IsOk());
  EXPECT_NE((*keys)->ActiveSigner(kV4Public, KeyUse::kAccess), nullptr);
}

TEST_F(LoadKeysTest, EveryMissingKeyIsNamed) {
  EXPECT_THAT(LoadKeys(WriteKeys({})),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr("keys.json"), HasSubstr("for access"), HasSubstr("for refresh"),
                             HasSubstr("for client"), HasSubstr("tokenctl key generate"))));
  EXPECT_THAT(LoadKeys(WriteKeys({Public(KeyUse::kAccess), Public(KeyUse::kClient)})),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr("for refresh"), Not(HasSubstr("for access")), Not(HasSubstr("for client")))));
}

TEST_F(LoadKeysTest, RetiredClientKeySufficesAndARevokedOneDoesNot) {
  const std::vector<Key> signers = {Public(KeyUse::kAccess), Local(KeyUse::kRefresh)};
  EXPECT_THAT(LoadKeys(WriteKeys({signers[0], signers[1], Public(KeyUse::kClient, KeyState::kRetired)})), IsOk());
  EXPECT_THAT(LoadKeys(WriteKeys({signers[0], signers[1], Public(KeyUse::kClient, KeyState::kRevoked)})),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("for client")));
}

TEST_F(LoadKeysTest, TextThatIsNoKeyFileIsNamedAndNotShown) {
  const absl::Status status =
      LoadKeys(folder_.Write("keys.json", R"({"keys":[{"paserk":"k4.secret.SECRET"}]})")).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("keys.json")));
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("SECRET")));
}

TEST_F(LoadKeysTest, AbsentFileIsNamed) {
  EXPECT_THAT(LoadKeys(folder_.File("none")), StatusIs(absl::StatusCode::kNotFound, HasSubstr("none")));
}

std::shared_ptr<const KeySet> SetOf(std::vector<Key> keys) { return KeySet::Create(std::move(keys)).value(); }

TEST_F(LoadKeysTest, RevokedActiveKeyLeavesItsPlaceToTheFirstAnnouncedOne) {
  const Key active = Public(KeyUse::kAccess);
  const Key first = Public(KeyUse::kAccess, KeyState::kAnnounced);
  const Key second = Public(KeyUse::kAccess, KeyState::kAnnounced);
  const auto keys = SetOf({active, first, second});
  const auto once = WithRevoked(*keys, {active.id().text()});
  EXPECT_EQ(once->Find(active.id())->attributes().state, KeyState::kRevoked);
  ASSERT_NE(once->ActiveSigner(kV4Public, KeyUse::kAccess), nullptr);
  EXPECT_EQ(once->ActiveSigner(kV4Public, KeyUse::kAccess)->id(), first.id());
  // One by one, as they were revoked, or all at once, as a restart finds them.
  const std::vector<std::string> both = {active.id().text(), first.id().text()};
  for (const auto& twice : {WithRevoked(*once, {first.id().text()}), WithRevoked(*keys, both)}) {
    ASSERT_NE(twice->ActiveSigner(kV4Public, KeyUse::kAccess), nullptr);
    EXPECT_EQ(twice->ActiveSigner(kV4Public, KeyUse::kAccess)->id(), second.id());
  }
}

TEST_F(LoadKeysTest, OnlyAKeyOfThatKindAndUseThatCanSignTakesThePlace) {
  const Key active = Public(KeyUse::kAccess);
  const Key half = Public(KeyUse::kAccess, KeyState::kAnnounced).PublicHalf().value();
  const auto keys = SetOf({active, half, Local(KeyUse::kAccess, KeyState::kAnnounced),
                           Public(KeyUse::kClient, KeyState::kAnnounced), Public(KeyUse::kAccess, KeyState::kRetired)});
  const auto changed = WithRevoked(*keys, {active.id().text()});
  for (const Key& key : changed->keys()) EXPECT_NE(key.attributes().state, KeyState::kActive);
}

TEST_F(LoadKeysTest, RevokedSuccessorLeavesTheActiveKeyAlone) {
  const Key active = Public(KeyUse::kAccess);
  const Key successor = Public(KeyUse::kAccess, KeyState::kAnnounced);
  const auto changed = WithRevoked(*SetOf({active, successor}), {successor.id().text()});
  EXPECT_EQ(changed->ActiveSigner(kV4Public, KeyUse::kAccess)->id(), active.id());
}

}  // namespace
}  // namespace paseto::service
