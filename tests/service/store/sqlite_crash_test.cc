// Kills a program that uses the store, again and again, and checks what it had been promised.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <random>
#include <sstream>
#include <string>

#include "grpc_paseto/service/audit/audit_verifier.h"
#include "grpc_paseto/service/store/sqlite_maintenance.h"
#include "grpc_paseto/service/store/sqlite_store.h"
#include "grpc_paseto/tests/service/store/blocking_store.h"
#include "grpc_paseto/tests/service/store/sample_sessions.h"
#include "grpc_paseto/tests/service/store/temp_folder.h"
#include "grpc_paseto/tests/support/status_matchers.h"

extern char** environ;

namespace paseto::service {
namespace {

using ::testing::HasSubstr;
using enum RotationOutcome;

// The program under test in a process of its own, and the end of the pipe that it writes to.
class Crasher {
 public:
  Crasher(const std::string& folder, int round, std::string audit_file = "") {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    std::string program = STORE_CRASHER;
    std::string folder_argument = folder;
    std::string round_argument = std::to_string(round);
    char* arguments[] = {program.data(), folder_argument.data(), round_argument.data(),
                         audit_file.empty() ? nullptr : audit_file.data(), nullptr};
    EXPECT_EQ(posix_spawn(&pid_, program.c_str(), &actions, nullptr, arguments, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    output_ = fdopen(ends[0], "r");
  }
  ~Crasher() {
    if (pid_ > 0) Kill();
    fclose(output_);
  }
  Crasher(const Crasher&) = delete;
  Crasher& operator=(const Crasher&) = delete;

  // The next whole line, without its end; empty when there is none any more.
  std::string ReadLine() {
    char line[256];
    if (fgets(line, sizeof(line), output_) == nullptr) return "";
    const std::string text = line;
    return text.ends_with('\n') ? text.substr(0, text.size() - 1) : "";
  }
  // Gives the status of the dead process.
  int Kill() {
    int status = 0;
    kill(pid_, SIGKILL);
    waitpid(pid_, &status, 0);
    pid_ = -1;
    return status;
  }

 private:
  pid_t pid_ = -1;
  FILE* output_ = nullptr;
};

struct Promise {
  uint64_t generation = 1;
  bool revoked = false;
};

class SqliteCrashTest : public ::testing::Test {
 protected:
  void Note(const std::string& line) {
    std::istringstream words(line);
    std::string what;
    std::string id;
    int64_t number = 0;
    words >> what >> id >> number;
    Promise& promise = promises_[id];
    if (what == "rotated") promise.generation = std::max(promise.generation, static_cast<uint64_t>(number));
    if (what == "revoked") promise.revoked = true;
    if (what == "revoked") highest_revision_ = std::max(highest_revision_, number);
    ++noted_;
  }

  void ExpectAllKept(BlockingStore store) {
    ASSERT_GE(store.ReadHead()->revision, highest_revision_);
    for (const auto& [id, promise] : promises_) {
      const absl::StatusOr<absl::optional<Session>> found = store.Find(SessionId(id));
      ASSERT_THAT(found, IsOk());
      ASSERT_TRUE(found->has_value()) << id << " was acknowledged and is lost";
      EXPECT_GE((*found)->generation, promise.generation) << id;
      EXPECT_GE((*found)->revoked, promise.revoked) << id;
    }
  }

  // An hour later, when no grace window is open: a used refresh token proves theft, whatever the crash did.
  void ExpectNoUsedTokenWorks(BlockingStore store) {
    for (auto& [id, promise] : promises_) {
      if (promise.generation < 2) continue;
      const Session session = **store.Find(SessionId(id));
      const absl::StatusOr<RotationResult> result =
          store.Rotate(SampleAttempt(session, promise.generation - 1), kNow + absl::Minutes(30));
      ASSERT_THAT(result, IsOk());
      // A revocation may have been committed without its acknowledgement having been heard.
      EXPECT_EQ(result->outcome, session.revoked ? kSessionRevoked : kReused) << id;
      promise.revoked = true;
    }
  }

  std::string Folder() const { return temp_ / "data"; }
  absl::StatusOr<std::unique_ptr<SessionStore>> Open() { return OpenSqliteStore({.folder = Folder()}); }

  TempFolder temp_;
  std::map<std::string, Promise> promises_;
  int64_t highest_revision_ = 0;
  int noted_ = 0;
};

TEST_F(SqliteCrashTest, NoAcknowledgedWriteIsLostAndNoUsedTokenWorksAfterAKill) {
  std::mt19937 random(20240101);
  std::uniform_int_distribution<int> lines(1, 1500);
  constexpr int kRounds = 12;
  for (int round = 1; round <= kRounds; ++round) {
    SCOPED_TRACE(round);
    Crasher crasher(Folder(), round);
    const int until = lines(random);
    for (int i = 0; i < until; ++i) {
      const std::string line = crasher.ReadLine();
      ASSERT_NE(line, "") << "the program ended by itself";
      Note(line);
    }
    ASSERT_TRUE(WIFSIGNALED(crasher.Kill()));
    for (std::string line = crasher.ReadLine(); !line.empty(); line = crasher.ReadLine()) Note(line);
    EXPECT_FALSE(std::filesystem::exists(Folder() + "/stopped_cleanly"));

    absl::StatusOr<std::unique_ptr<SessionStore>> store = Open();
    ASSERT_THAT(store, IsOk());
    ExpectAllKept(BlockingStore(**store));
    if (round % 2 == 0) ExpectNoUsedTokenWorks(BlockingStore(**store));
  }
  RecordProperty("acknowledged_operations", noted_);
}

TEST_F(SqliteCrashTest, EveryAcknowledgedChangeIsInTheAuditFileOnceAfterAKill) {
  std::mt19937 random(20240102);
  std::uniform_int_distribution<int> lines(1, 1500);
  const std::string file = temp_ / "audit.jsonl";
  for (int round = 1; round <= 8; ++round) {
    SCOPED_TRACE(round);
    Crasher crasher(Folder(), round, file);
    const int until = lines(random);
    for (int i = 0; i < until; ++i) Note(crasher.ReadLine());
    crasher.Kill();
    for (std::string line = crasher.ReadLine(); !line.empty(); line = crasher.ReadLine()) Note(line);
    ASSERT_THAT(OpenSqliteStore({.folder = Folder(), .audit = AuditOptions{file, file + ".key"}}), IsOk());

    AuditVerifier verifier(AuditVerifier::Begins::kWithTheFirstEvent);
    ASSERT_THAT(verifier.Read(file), IsOk());
    const absl::StatusOr<StoredAudit> stored = ReadSqliteAudit(Folder());
    ASSERT_THAT(stored, IsOk());
    EXPECT_EQ(stored->head, verifier.head()) << "after an orderly stop nothing waits";
    std::map<std::string, int> refreshes;
    std::ifstream content(file);
    for (std::string line; std::getline(content, line);) {
      const size_t session = line.find(R"("session":")");
      if (line.find(R"("event":"refresh")") != std::string::npos) ++refreshes[line.substr(session + 11, 36)];
    }
    for (const auto& [id, promise] : promises_) {
      EXPECT_GE(refreshes[id], static_cast<int>(promise.generation) - 1) << id << ": a refresh is not in the file";
      EXPECT_LE(refreshes[id], 6) << id << ": a refresh is there twice";
    }
  }
}

TEST_F(SqliteCrashTest, AFolderInUseByAnotherProcessIsRefusedUntilThatIsDead) {
  Crasher crasher(Folder(), 1);
  ASSERT_NE(crasher.ReadLine(), "");
  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(Folder())));
  crasher.Kill();
  EXPECT_THAT(Open(), IsOk());
}

}  // namespace
}  // namespace paseto::service
