#include "grpc_paseto/service/keys/kek_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "grpc_paseto/core/paseto/paserk.h"
#include "grpc_paseto/core/paseto/paserk_password.h"
#include "grpc_paseto/tests/support/status_matchers.h"
#include "grpc_paseto/tests/support/temporary_folder.h"

namespace paseto::service {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string TextOf(const V4LocalKey& key) {
  const InsecureSecretAccess access = InsecureSecretAccess::Get();
  return std::string(PaserkEncode(key, access).ReadText(access));
}

class KekSourceTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& text, mode_t mode = 0600) {
    const std::string path = folder_.Write(name, text);
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    return path;
  }
  static config::Kek FromFile(const std::string& path) {
    config::Kek kek;
    kek.set_file(path);
    return kek;
  }

  TemporaryFolder folder_;
  const V4LocalKey key_ = V4LocalKey::Generate();
  const std::string id_ = PaserkId(key_).text();
};

TEST_F(KekSourceTest, FileHoldsOneKey) {
  const auto kek = LoadKek(FromFile(Write("kek", TextOf(key_) + "\n")));
  ASSERT_THAT(kek, IsOk());
  EXPECT_EQ(kek->id(), id_);
}

TEST_F(KekSourceTest, FileThatOthersReachIsRefused) {
  for (const mode_t mode : {0640, 0604, 0660}) {
    EXPECT_THAT(LoadKek(FromFile(Write("kek", TextOf(key_), mode))),
                StatusIs(absl::StatusCode::kFailedPrecondition, AllOf(HasSubstr("kek"), HasSubstr("chmod 600"))));
  }
}

TEST_F(KekSourceTest, OtherTextIsRefusedAndNotShown) {
  const std::string text = TextOf(key_);
  for (const std::string& wrong :
       {text.substr(0, text.size() - 1), text + " " + text, std::string("k4.local.SECRET"), std::string()}) {
    const absl::Status status = LoadKek(FromFile(Write("kek", wrong))).status();
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("new-kek")));
    EXPECT_THAT(std::string(status.message()), AllOf(Not(HasSubstr("SECRET")), Not(HasSubstr(text.substr(10, 20)))));
  }
  EXPECT_THAT(LoadKek(FromFile(folder_.File("none"))), StatusIs(absl::StatusCode::kNotFound, HasSubstr("none")));
}

TEST_F(KekSourceTest, PasswordOpensAWrappedKey) {
  const Argon2Cost cheap{8 * 1024, 1};
  config::Kek config;
  config.mutable_password()->set_wrapped_file(
      Write("kek.pw", *PaserkPasswordWrap(key_, "correct horse", cheap) + "\n", 0644));
  config.mutable_password()->set_password_file(Write("password", "correct horse\n"));
  const auto kek = LoadKek(config);
  ASSERT_THAT(kek, IsOk());
  EXPECT_EQ(kek->id(), id_);
  Write("password", "wrong horse");
  EXPECT_THAT(LoadKek(config), StatusIs(absl::StatusCode::kUnauthenticated,
                                        AllOf(HasSubstr("password"), Not(HasSubstr("wrong horse")))));
  Write("password", "correct horse", 0644);
  EXPECT_THAT(LoadKek(config), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("chmod 600")));
}

TEST_F(KekSourceTest, CredentialComesFromTheFolderOfSystemd) {
  config::Kek config;
  config.set_credential("tokend-kek");
  ::unsetenv("CREDENTIALS_DIRECTORY");
  EXPECT_THAT(LoadKek(config), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("LoadCredential")));
  ::setenv("CREDENTIALS_DIRECTORY", folder_.path().c_str(), 1);
  EXPECT_THAT(LoadKek(config), StatusIs(absl::StatusCode::kNotFound, HasSubstr("tokend-kek")));
  Write("tokend-kek", TextOf(key_), 0440);
  EXPECT_EQ(LoadKek(config)->id(), id_);
  ::unsetenv("CREDENTIALS_DIRECTORY");
}

TEST_F(KekSourceTest, DefaultFileIsMadeOnceAndForItsOwnerAlone) {
  const config::Keys none;
  const auto made = LoadOrMakeKek(none, folder_.path(), true);
  ASSERT_THAT(made, IsOk());
  struct stat status;
  ASSERT_EQ(::stat(DefaultKekFile(folder_.path()).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  EXPECT_EQ(LoadOrMakeKek(none, folder_.path(), false)->id(), made->id());
}

TEST_F(KekSourceTest, DefaultFileThatIsGoneIsNotReplaced) {
  EXPECT_THAT(LoadOrMakeKek({}, folder_.path(), false),
              StatusIs(absl::StatusCode::kFailedPrecondition, AllOf(HasSubstr("kek"), HasSubstr("restore"))));
  EXPECT_NE(::access(DefaultKekFile(folder_.path()).c_str(), F_OK), 0);
}

}  // namespace
}  // namespace paseto::service
