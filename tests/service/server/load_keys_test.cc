#include "grpc_paseto/service/server/load_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "grpc_paseto/tests/support/running_tokend.h"
#include "grpc_paseto/tests/support/status_matchers.h"
#include "grpc_paseto/tests/support/temporary_folder.h"

namespace paseto::service {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class LoadKeysTest : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
};

TEST_F(LoadKeysTest, CompleteFileIsLoaded) {
  const std::string path = folder_.File("keys.json");
  WriteTestKeys(path);
  const auto keys = LoadKeys(path);
  ASSERT_THAT(keys, IsOk());
  EXPECT_NE((*keys)->ActiveSigner(kV4Public, KeyUse::kAccess), nullptr);
}

TEST_F(LoadKeysTest, TextThatIsNoKeyFileIsNamedAndNotShown) {
  const absl::Status status =
      LoadKeys(folder_.Write("keys.json", R"({"keys":[{"paserk":"k4.secret.SECRET"}]})")).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("keys.json")));
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("SECRET")));
}

TEST_F(LoadKeysTest, KeysThatOnlyVerifiersCanHoldAreRefused) {
  const std::string v2 = "{\"paserk\":\"k2.local." + std::string(43, 'A') + R"(","use":"foreign","state":"active"})";
  EXPECT_THAT(LoadKeys(folder_.Write("keys.json", "{\"keys\":[" + v2 + "]}")),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("the key files of the verifiers")));
}

TEST_F(LoadKeysTest, AbsentFileIsNamed) {
  EXPECT_THAT(LoadKeys(folder_.File("none")), StatusIs(absl::StatusCode::kNotFound, HasSubstr("none")));
}

}  // namespace
}  // namespace paseto::service
