#include "grpc_paseto/interceptor/client/token_pair.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>

#include "grpc_paseto/tests/support/status_matchers.h"
#include "grpc_paseto/tests/support/temporary_folder.h"

namespace paseto::client {
namespace {

const TokenPair kPair = {"v4.public.access", absl::FromUnixSeconds(1704067200) + absl::Milliseconds(5),
                         "v4.local.refresh"};

TEST(TokenPairFileTest, GivesBackWhatWasSavedAndReplacesIt) {
  TemporaryFolder folder;
  const std::string path = folder.path() + "/pair";
  ASSERT_THAT(SaveTokenPair(kPair, path), IsOk());
  EXPECT_EQ(LoadTokenPair(path).value(), kPair);
  TokenPair next = kPair;
  next.refresh_token = "v4.local.next";
  ASSERT_THAT(SaveTokenPair(next, path), IsOk());
  EXPECT_EQ(LoadTokenPair(path).value(), next);
}

TEST(TokenPairFileTest, IsReadableByItsOwnerOnly) {
  TemporaryFolder folder;
  const std::string path = folder.path() + "/pair";
  std::ofstream(path + ".new") << "left over from a crash, for all to read";
  chmod((path + ".new").c_str(), 0644);
  ASSERT_THAT(SaveTokenPair(kPair, path), IsOk());
  struct stat status = {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST(TokenPairFileTest, SaysWhatIsWrongWithAFile) {
  TemporaryFolder folder;
  const std::string path = folder.path() + "/pair";
  EXPECT_THAT(LoadTokenPair(path), StatusIs(absl::StatusCode::kNotFound));
  std::ofstream(path) << "v4.public.secret-text\n";
  const absl::Status status = LoadTokenPair(path).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(std::string(status.message()), ::testing::Not(::testing::HasSubstr("secret-text")));
  EXPECT_FALSE(SaveTokenPair(kPair, folder.path() + "/no/such/folder").ok());
}

}  // namespace
}  // namespace paseto::client
