#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "grpc_paseto/service/store/sqlite_store.h"
#include "grpc_paseto/tests/service/cli/run_tokenctl.h"
#include "grpc_paseto/tests/service/store/blocking_store.h"
#include "grpc_paseto/tests/service/store/sample_sessions.h"

namespace paseto::service {
namespace {

using ::testing::HasSubstr;

class AuditCommandsTest : public TokenctlTest {
 protected:
  void Work() {
    const auto store = OpenSqliteStore({.folder = Path("store"), .audit = AuditOptions{Path("audit"), Path("key")}});
    ASSERT_TRUE(store.ok());
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(BlockingStore(**store).Create(SampleSession(next_++)).ok());
  }
  Ran Verify(std::vector<std::string> more = {}) {
    std::vector<std::string> words = {"audit", "verify", "--folder", Path("store"), "--key-file", Path("key")};
    words.insert(words.end(), more.begin(), more.end());
    return Run(words);
  }
  int next_ = 1;
};

TEST_F(AuditCommandsTest, ReportsAWholeFile) {
  Work();
  const Ran verified = Verify({"--file", Path("audit"), "--json"});
  EXPECT_EQ(verified.exit, 0) << verified.err;
  EXPECT_THAT(verified.out, HasSubstr(R"("events":3,"first_id":1,"last_id":3,"waiting":0)"));
}

TEST_F(AuditCommandsTest, TellsWhatWasChanged) {
  Work();
  std::string content = Read("audit");
  content.replace(content.find("alice"), 5, "mallo");
  Write("audit", content);
  const Ran verified = Verify({"--file", Path("audit")});
  EXPECT_EQ(verified.exit, 1);
  EXPECT_THAT(verified.err, HasSubstr("audit:1: event 1 was edited"));
}

TEST_F(AuditCommandsTest, ReadsSeveralFilesAndToleratesThatTheOldestIsGoneWhenToldSo) {
  Work();
  std::filesystem::rename(Path("audit"), Path("audit.1"));
  Work();
  EXPECT_EQ(Verify({"--file", Path("audit.1"), "--file", Path("audit")}).exit, 0);
  EXPECT_EQ(Verify({"--file", Path("audit")}).exit, 1);
  EXPECT_EQ(Verify({"--file", Path("audit"), "--older-files-gone"}).exit, 0);
  EXPECT_EQ(Verify({"--file", Path("audit.1")}).exit, 1) << "the newest is missing";
}

TEST_F(AuditCommandsTest, AnotherKeyOrNoFileIsNoProof) {
  Work();
  EXPECT_EQ(Verify().exit, 2);
  EXPECT_EQ(Verify({"--file", Path("absent")}).exit, 2);
  Write("key", std::string(64, 'a'));
  const Ran verified = Verify({"--file", Path("audit")});
  EXPECT_EQ(verified.exit, 1);
  EXPECT_THAT(verified.err, HasSubstr("not made with this key"));
}

}  // namespace
}  // namespace paseto::service
