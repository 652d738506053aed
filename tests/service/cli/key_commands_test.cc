#include "grpc_paseto/service/cli/key_commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "grpc_paseto/core/token/key_file.h"
#include "grpc_paseto/core/token/key_list.h"
#include "grpc_paseto/core/token/token_error.h"
#include "grpc_paseto/service/cli/secret_file.h"
#include "grpc_paseto/tests/service/cli/run_tokenctl.h"
#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto::service {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

using KeyCommandsTest = TokenctlTest;

TEST_F(KeyCommandsTest, MakesAFileForItsOwnerAlone) {
  const Ran ran = Run({"key", "generate", "--file", Path("keys.json"), "--use", "access"});
  EXPECT_EQ(ran.exit, 0);
  EXPECT_THAT(ran.out,
              AllOf(HasSubstr("k4.pid."), HasSubstr("v4.public"), HasSubstr("k4.public."), HasSubstr("active")));
  EXPECT_EQ(Mode("keys.json"), 0600);
  EXPECT_THAT(*ReadKeyFile(Path("keys.json")), SizeIs(1));
}

TEST_F(KeyCommandsTest, ExportsAVerifiersKeyFile) {
  const std::string keys = MakeKeys();
  const Ran ran = Run({"key", "export", "--file", keys});
  ASSERT_EQ(ran.exit, 0) << ran.err;
  const std::vector<Key> read = ParseKeyFile(ran.out).value();
  ASSERT_THAT(read, SizeIs(1));
  EXPECT_EQ(read[0].id(), ReadKeyFile(keys)->front().id());
  EXPECT_THAT(ran.out, Not(AnyOf(HasSubstr("secret"), HasSubstr("local"))));
}

TEST_F(KeyCommandsTest, ExportsASignedList) {
  const std::string keys = MakeKeys();
  const Ran ran = Run({"key", "export", "--file", keys, "--issuer", "https://id.shop", "--lifetime", "1h"});
  ASSERT_EQ(ran.exit, 0) << ran.err;
  const auto trusted = KeySet::Create({*ReadKeyFile(keys)->front().PublicHalf()}).value();
  const std::string list = ran.out.substr(0, ran.out.find('\n'));
  EXPECT_THAT(*ReadKeyList(*trusted, list, "https://id.shop", clock_.Now()), SizeIs(1));
  EXPECT_EQ(GetTokenError(ReadKeyList(*trusted, list, "https://id.shop", clock_.Now() + absl::Hours(2)).status()),
            TokenError::kExpired);
}

TEST_F(KeyCommandsTest, ExportsNothingWhereNothingIsPublic) {
  EXPECT_EQ(Run({"key", "generate", "--file", Path("a"), "--use", "refresh"}).exit, 0);
  EXPECT_EQ(Run({"key", "export", "--file", Path("a")}).exit, 2);
  const Ran ran = Run({"key", "export", "--file", MakeKeys(), "--issuer", "i", "--lifetime", "1s"});
  EXPECT_EQ(ran.exit, 2);
  EXPECT_THAT(ran.err, HasSubstr("--lifetime"));
}

TEST_F(KeyCommandsTest, AddsToWhatIsThere) {
  const std::string keys = MakeKeys();
  const std::vector<Key> before = *ReadKeyFile(keys);
  EXPECT_EQ(Run({"key", "generate", "--file", keys, "--use", "access", "--state", "announced"}).exit, 0);
  const std::vector<Key> after = *ReadKeyFile(keys);
  ASSERT_THAT(after, SizeIs(4));
  for (size_t i = 0; i < before.size(); ++i) EXPECT_EQ(after[i].id(), before[i].id());
  EXPECT_EQ(after[3].attributes().state, KeyState::kAnnounced);
}

TEST_F(KeyCommandsTest, ChoosesTheKindThatFitsTheUse) {
  const std::vector<Key> keys = *ReadKeyFile(MakeKeys());
  EXPECT_EQ(keys[0].kind(), kV4Public);
  EXPECT_EQ(keys[1].kind(), kV4Local);
  EXPECT_EQ(keys[2].kind(), kV4Public);
  EXPECT_EQ(Run({"key", "generate", "--file", Path("a"), "--use", "access", "--kind", "v4.local"}).exit, 0);
}

TEST_F(KeyCommandsTest, RefusesKindsThatDoNotFitTheUse) {
  EXPECT_EQ(Run({"key", "generate", "--file", Path("a"), "--use", "refresh", "--kind", "v4.public"}).exit, 2);
  EXPECT_EQ(Run({"key", "generate", "--file", Path("a"), "--use", "client", "--kind", "v4.local"}).exit, 2);
  EXPECT_EQ(Run({"key", "generate", "--file", Path("a"), "--use", "foreign"}).exit, 2);
  EXPECT_EQ(Run({"key", "generate", "--file", Path("a"), "--use", "access", "--state", "revoked"}).exit, 2);
  EXPECT_FALSE(std::filesystem::exists(Path("a")));
}

TEST_F(KeyCommandsTest, RefusesASecondActiveKeyAndChangesNothing) {
  const std::string keys = MakeKeys();
  const std::string before = Read("keys.json");
  const Ran ran = Run({"key", "generate", "--file", keys, "--use", "access"});
  EXPECT_EQ(ran.exit, 2);
  EXPECT_THAT(ran.err, HasSubstr("--state announced"));
  EXPECT_EQ(Read("keys.json"), before);
}

TEST_F(KeyCommandsTest, LeavesAFileAloneThatIsNoKeyFile) {
  Write("notes.txt", "my notes");
  EXPECT_EQ(Run({"key", "generate", "--file", Path("notes.txt"), "--use", "access"}).exit, 2);
  EXPECT_EQ(Read("notes.txt"), "my notes");
}

TEST_F(KeyCommandsTest, TakesRightsAwayFromOtherUsersAndKeepsThoseOfTheGroup) {
  const std::string keys = MakeKeys();
  ASSERT_EQ(::chmod(keys.c_str(), 0644), 0);
  EXPECT_EQ(Run({"key", "generate", "--file", keys, "--use", "access", "--state", "announced"}).exit, 0);
  EXPECT_EQ(Mode("keys.json"), 0640);
}

TEST_F(KeyCommandsTest, IsNotStoppedByWhatACrashLeftBehind) {
  const std::string keys = MakeKeys();
  Write("keys.json.new", "half");
  EXPECT_EQ(Run({"key", "generate", "--file", keys, "--use", "access", "--state", "announced"}).exit, 0);
  EXPECT_FALSE(std::filesystem::exists(Path("keys.json.new")));
}

TEST_F(KeyCommandsTest, LosesNoKeyWhenSeveralAddAtOnce) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([file = Path("keys.json")] {
      for (int j = 0; j < 5; ++j) (void)GenerateKey({.file = file, .use = "access", .kind = "", .state = "announced"});
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(*ReadKeyFile(Path("keys.json")), SizeIs(40));
}

TEST_F(KeyCommandsTest, NamesTheFolderThatIsMissing) {
  const Ran ran = Run({"key", "generate", "--file", Path("absent/keys.json"), "--use", "access"});
  EXPECT_EQ(ran.exit, 2);
  EXPECT_THAT(ran.err, HasSubstr("its folder cannot be opened"));
}

TEST_F(KeyCommandsTest, ListsKeysWithoutTheirMaterial) {
  const std::string keys = MakeKeys();
  for (const Ran& ran : {Run({"key", "list", "--file", keys}), Run({"key", "list", "--file", keys, "--json"})}) {
    EXPECT_EQ(ran.exit, 0);
    EXPECT_THAT(ran.out,
                AllOf(HasSubstr("k4.pid."), HasSubstr("k4.lid."), HasSubstr("refresh"), HasSubstr("v4.local")));
    EXPECT_THAT(ran.out, AllOf(Not(HasSubstr("k4.secret")), Not(HasSubstr("k4.local"))));
  }
}

TEST_F(KeyCommandsTest, NeverPrintsASecretKey) {
  for (const char* use : {"access", "refresh", "client"}) {
    const Ran ran = Run({"key", "generate", "--file", Path("keys.json"), "--use", use, "--json"});
    EXPECT_THAT(ran.out + ran.err, AllOf(Not(HasSubstr("k4.secret")), Not(HasSubstr("k4.local"))));
  }
}

TEST_F(KeyCommandsTest, SaysThatTheFileIsMissing) {
  const Ran ran = Run({"key", "list", "--file", Path("absent")});
  EXPECT_EQ(ran.exit, 2);
  EXPECT_THAT(ran.err, HasSubstr("absent: cannot be read"));
}

TEST_F(KeyCommandsTest, WritesNewSecretFilesOnlyWhereNothingStands) {
  EXPECT_THAT(WriteNewSecretFile(Path("a"), "text"), IsOk());
  EXPECT_EQ(Mode("a"), 0600);
  EXPECT_THAT(WriteNewSecretFile(Path("a"), "other"), StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_EQ(Read("a"), "text");
}

}  // namespace
}  // namespace paseto::service
