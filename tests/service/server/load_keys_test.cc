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

}  // namespace
}  // namespace paseto::service
