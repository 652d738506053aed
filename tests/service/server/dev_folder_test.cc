#include "grpc_paseto/service/server/dev_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "grpc_paseto/tests/support/fake_clock.h"
#include "grpc_paseto/tests/support/status_matchers.h"
#include "grpc_paseto/tests/support/temporary_folder.h"

namespace paseto::service {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class DevFolderTest : public ::testing::Test {
 protected:
  absl::StatusOr<DevFolder> Prepare(const std::string& listen = "") {
    return PrepareDevFolder(folder_.File("dev"), listen, clock_.Now(), random_);
  }
  std::string Content(const std::string& name) {
    std::ifstream file(folder_.File("dev/" + name));
    return std::string(std::istreambuf_iterator<char>(file), {});
  }
  mode_t ModeOf(const std::string& name) {
    struct stat status;
    EXPECT_EQ(::stat(folder_.File(name).c_str(), &status), 0);
    return status.st_mode & 07777;
  }

  TemporaryFolder folder_;
  FakeClock clock_;
  SystemRandom random_;
};

TEST_F(DevFolderTest, IsMadeForItsOwnerAlone) {
  ASSERT_THAT(Prepare(), IsOk());
  EXPECT_EQ(ModeOf("dev"), 0700u);
  for (const char* name : {"dev/keys.json", "dev/tokend.yaml", "dev/dev.token"}) EXPECT_EQ(ModeOf(name), 0600u) << name;
}

TEST_F(DevFolderTest, ListensOnLoopbackAndKnowsItsClient) {
  const absl::StatusOr<DevFolder> dev = Prepare();
  ASSERT_THAT(dev, IsOk());
  ASSERT_EQ(dev->config.listen_size(), 1);
  EXPECT_EQ(dev->config.listen(0).address(), "127.0.0.1:7443");
  EXPECT_TRUE(dev->config.clients().at("dev").watch());
  EXPECT_EQ(Prepare("127.0.0.1:0")->config.listen(0).address(), "127.0.0.1:0");
}

TEST_F(DevFolderTest, IsUsedAgain) {
  ASSERT_THAT(Prepare(), IsOk());
  const std::string keys = Content("keys.json"), token = Content("dev.token");
  ASSERT_THAT(Prepare(), IsOk());
  EXPECT_EQ(Content("keys.json"), keys);
  EXPECT_EQ(Content("dev.token"), token);
}

TEST_F(DevFolderTest, TokenThatIsNoLongerGoodIsMadeAnew) {
  ASSERT_THAT(Prepare(), IsOk());
  const std::string token = Content("dev.token");
  clock_.Advance(absl::Hours(24 * 365));
  ASSERT_THAT(Prepare(), IsOk());
  const std::string renewed = Content("dev.token");
  EXPECT_NE(renewed, token);
  std::filesystem::remove(folder_.File("dev/keys.json"));
  ASSERT_THAT(Prepare(), IsOk());
  EXPECT_NE(Content("dev.token"), renewed);
}

TEST_F(DevFolderTest, WhatItsOwnerChangedStays) {
  ASSERT_THAT(Prepare(), IsOk());
  std::ofstream(folder_.File("dev/tokend.yaml"), std::ios::app) << "tokens:\n  access_lifetime: 5m\n";
  const absl::StatusOr<DevFolder> dev = Prepare();
  ASSERT_THAT(dev, IsOk());
  EXPECT_EQ(dev->config.tokens().access_lifetime().seconds(), 300);
}

TEST_F(DevFolderTest, FolderThatOthersMayEnterIsRefused) {
  std::filesystem::create_directory(folder_.File("dev"));
  ::chmod(folder_.File("dev").c_str(), 0750);
  EXPECT_THAT(Prepare(), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("chmod 700")));
  EXPECT_TRUE(std::filesystem::is_empty(folder_.File("dev")));
}

TEST_F(DevFolderTest, FileInItsPlaceIsRefused) {
  folder_.Write("dev", "x");
  EXPECT_THAT(Prepare(), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("not a folder")));
}

TEST_F(DevFolderTest, FolderThatCannotBeMadeIsNamed) {
  EXPECT_THAT(PrepareDevFolder(folder_.File("no/such/dev"), "", clock_.Now(), random_),
              StatusIs(absl::StatusCode::kFailedPrecondition, AllOf(HasSubstr("no/such/dev"), HasSubstr("--data"))));
}

TEST_F(DevFolderTest, AddressBeyondLoopbackIsRefused) {
  for (const char* address : {"0.0.0.0:7443", "192.0.2.1:7443", "example.org:7443", "nonsense"}) {
    EXPECT_THAT(Prepare(address), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("loopback"))) << address;
  }
}

TEST_F(DevFolderTest, WrongConfigurationIsReportedWithItsLine) {
  ASSERT_THAT(Prepare(), IsOk());
  std::ofstream(folder_.File("dev/tokend.yaml"), std::ios::app) << "colour: blue\n";
  EXPECT_THAT(Prepare(), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("colour")));
}

TEST_F(DevFolderTest, NameWithQuotesAndBackslashesIsKept) {
  const std::string odd = folder_.File("a \"quoted\" \\ name");
  const absl::StatusOr<DevFolder> dev = PrepareDevFolder(odd, "", clock_.Now(), random_);
  ASSERT_THAT(dev, IsOk());
  EXPECT_THAT(dev->config.keys().file(), ::testing::EndsWith("/a \"quoted\" \\ name/keys.json"));
}

}  // namespace
}  // namespace paseto::service
