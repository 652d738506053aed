#include "grpc_paseto/service/store/sqlite_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <future>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/tests/service/store/blocking_store.h"
#include "grpc_paseto/tests/service/store/faulty_vfs.h"
#include "grpc_paseto/tests/service/store/sample_sessions.h"
#include "grpc_paseto/tests/service/store/temp_folder.h"
#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto::service {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using enum RevocationKind;

// A connection beside the store: to change the file behind its back, or to hold its writer up.
class OtherProgram {
 public:
  explicit OtherProgram(const std::string& path) { EXPECT_EQ(sqlite3_open(path.c_str(), &db_), SQLITE_OK); }
  ~OtherProgram() { sqlite3_close(db_); }
  void Run(const char* sql) { EXPECT_EQ(sqlite3_exec(db_, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sql; }

 private:
  sqlite3* db_ = nullptr;
};

class SqliteStoreTest : public ::testing::Test {
 protected:
  std::string Folder() const { return temp_ / "data"; }
  std::string Database() const { return temp_ / "data/store.db"; }
  bool Exists(const std::string& name) const { return std::filesystem::exists(temp_ / ("data/" + name)); }
  uintmax_t SizeOf(const std::string& name) const { return std::filesystem::file_size(temp_ / ("data/" + name)); }

  std::unique_ptr<SessionStore> Open() { return Open({.folder = Folder()}); }
  std::unique_ptr<SessionStore> Open(const SqliteStoreOptions& options) {
    absl::StatusOr<std::unique_ptr<SessionStore>> store = OpenSqliteStore(options);
    EXPECT_THAT(store, IsOk());
    return store.ok() ? *std::move(store) : nullptr;
  }
  absl::Status TryOpen() { return OpenSqliteStore({.folder = Folder()}).status(); }
  // Makes a store with a few sessions and stops it in good order.
  void MakeStore(int sessions = 3) {
    std::unique_ptr<SessionStore> store = Open();
    for (int i = 1; i <= sessions; ++i) ASSERT_THAT(BlockingStore(*store).Create(SampleSession(i)), IsOk());
  }

  TempFolder temp_;
};

// --- One user at a time

TEST_F(SqliteStoreTest, ASecondOpenIsRefusedNamingTheFolder) {
  std::unique_ptr<SessionStore> store = Open();
  EXPECT_THAT(TryOpen(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                  AllOf(HasSubstr(Folder()), HasSubstr(absl::StrCat("process ", getpid())))));
  ASSERT_THAT(BlockingStore(*store).Create(SampleSession(1)), IsOk());
  store = nullptr;
  EXPECT_THAT(TryOpen(), IsOk());
}

TEST_F(SqliteStoreTest, FilesAreForTheirOwnerOnly) {
  const mode_t before = umask(0);
  std::unique_ptr<SessionStore> store = Open();
  umask(before);
  ASSERT_THAT(BlockingStore(*store).Create(SampleSession(1)), IsOk());
  struct stat facts;
  ASSERT_EQ(stat(Folder().c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0700u);
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(Folder())) {
    ASSERT_EQ(stat(entry.path().c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777, 0600u) << entry.path();
    ++files;
  }
  EXPECT_EQ(files, 5);  // the lock, the progress record, the database, its log and its shared memory
}

TEST_F(SqliteStoreTest, TightensTheModeOfAnExistingDatabase) {
  MakeStore();
  chmod(Database().c_str(), 0644);
  std::unique_ptr<SessionStore> store = Open();
  struct stat facts;
  ASSERT_EQ(stat(Database().c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600u);
}

TEST_F(SqliteStoreTest, AMissingFolderAboveIsNamed) {
  EXPECT_THAT(OpenSqliteStore({.folder = temp_ / "absent/data"}),
              StatusIs(absl::StatusCode::kUnavailable, AllOf(HasSubstr("absent/data"), HasSubstr("create"))));
}

TEST_F(SqliteStoreTest, AFileInPlaceOfTheFolderIsRefused) {
  std::ofstream(Folder()) << "x";
  EXPECT_THAT(TryOpen(), StatusIs(absl::StatusCode::kUnavailable, HasSubstr(Folder())));
}

TEST_F(SqliteStoreTest, OptionsBeyondTheirLimitsAreRefused) {
  const std::string folder = Folder();
  const SqliteStoreOptions bad[] = {
      {.folder = ""},
      {.folder = folder, .commit_window = absl::Milliseconds(5) + absl::Nanoseconds(1)},
      {.folder = folder, .commit_window = -absl::Nanoseconds(1)},
      {.folder = folder, .max_waiting = 0},
      {.folder = folder, .readers = 0},
      {.folder = folder, .readers = 17},
  };
  for (const SqliteStoreOptions& options : bad) {
    EXPECT_THAT(OpenSqliteStore(options), StatusIs(absl::StatusCode::kInvalidArgument));
  }
  EXPECT_FALSE(std::filesystem::exists(folder));
  Open({.folder = folder, .commit_window = absl::Milliseconds(5), .max_waiting = 1, .readers = 16});
  Open({.folder = folder, .commit_window = absl::ZeroDuration(), .readers = 1});
}

// --- What stands in the file

TEST_F(SqliteStoreTest, ANewerSchemaIsRefused) {
  MakeStore();
  OtherProgram(Database()).Run("PRAGMA user_version=999");
  EXPECT_THAT(TryOpen(), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("version 999")));
}

// As the first version made it, with a session and a revocation.
constexpr char kFirstSchema[] = R"sql(
CREATE TABLE feed_head (one INTEGER PRIMARY KEY CHECK (one = 1), epoch INTEGER NOT NULL, revision INTEGER NOT NULL,
  deleted_through INTEGER NOT NULL);
CREATE TABLE sessions (id BLOB PRIMARY KEY, client TEXT NOT NULL, subject TEXT NOT NULL, secret BLOB NOT NULL,
  grant_bytes BLOB NOT NULL, generation INTEGER NOT NULL, grace_uses INTEGER NOT NULL, revoked INTEGER NOT NULL,
  auth_revision INTEGER NOT NULL, created_at INTEGER NOT NULL, rotated_at INTEGER NOT NULL,
  idle_deadline INTEGER NOT NULL, absolute_deadline INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX sessions_by_deadline ON sessions (absolute_deadline);
CREATE TABLE revocations (revision INTEGER PRIMARY KEY, kind INTEGER NOT NULL, id BLOB NOT NULL,
  revoked_at INTEGER NOT NULL, forget_after INTEGER NOT NULL, keep_until INTEGER NOT NULL);
CREATE INDEX revocations_by_target ON revocations (kind, id);
CREATE INDEX revocations_by_end ON revocations (keep_until);
INSERT INTO feed_head VALUES (1, 77, 5, 4);
INSERT INTO revocations VALUES (5, 3, 'bob', 1704067200000000, 1804067200000000, 1804067200000000);
INSERT INTO sessions VALUES (x'018cc251f4007000800000000000000a', 'web', 'alice', zeroblob(32), x'00', 3, 0, 0, 4,
  1704067200000000, 1704067200000000, 1804067200000000, 1804067200000000);
PRAGMA application_id=1347638355; PRAGMA user_version=1;
)sql";

TEST_F(SqliteStoreTest, AStoreOfTheFirstVersionIsMigratedAndKeepsWhatItHas) {
  std::filesystem::create_directory(Folder());
  OtherProgram(Database()).Run(kFirstSchema);
  std::unique_ptr<SessionStore> store = Open();
  BlockingStore blocking(*store);
  EXPECT_EQ(blocking.ReadHead()->revision, 5);
  EXPECT_EQ(blocking.ReadHead()->epoch, 77);
  EXPECT_EQ((*blocking.Find(SampleSessionId(10)))->generation, 3u);
  EXPECT_THAT(blocking.DisableSubject({"alice", kNow, kNow}, kNow), IsOk());
  EXPECT_EQ(blocking.ReadHead()->revision, 6);
}

TEST_F(SqliteStoreTest, AnotherProgramsDatabaseIsRefused) {
  std::filesystem::create_directory(Folder());
  OtherProgram(Database()).Run("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)");
  EXPECT_THAT(TryOpen(), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("another program")));
}

TEST_F(SqliteStoreTest, AFileThatIsNoDatabaseIsDataLoss) {
  std::filesystem::create_directory(Folder());
  std::ofstream(Database()) << std::string(8192, 'x');
  EXPECT_THAT(TryOpen(), StatusIs(absl::StatusCode::kDataLoss, HasSubstr(Folder())));
}

void OverwriteMiddlePages(const std::string& path) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  for (int page = 8; page < 12; ++page) {
    file.seekp(page * 4096);
    file << std::string(4096, '\x55');
  }
}

TEST_F(SqliteStoreTest, DamageIsFoundAfterAnUncleanStop) {
  MakeStore(200);
  ASSERT_GT(SizeOf("store.db"), 12u * 4096);
  OverwriteMiddlePages(Database());
  std::filesystem::remove(temp_ / "data/stopped_cleanly");
  EXPECT_THAT(TryOpen(), StatusIs(absl::StatusCode::kDataLoss, AllOf(HasSubstr(Folder()), HasSubstr("backup"))));
}

TEST_F(SqliteStoreTest, DamageThatIsMetLaterIsDataLoss) {
  MakeStore(200);
  OverwriteMiddlePages(Database());
  std::unique_ptr<SessionStore> store = Open();
  int damaged = 0;
  for (int i = 1; i <= 200; ++i) {
    const absl::Status found = BlockingStore(*store).Find(SampleSessionId(i)).status();
    if (absl::IsDataLoss(found)) ++damaged;
  }
  EXPECT_GT(damaged, 0);
}

TEST_F(SqliteStoreTest, AStopInGoodOrderLeavesAnEmptyLogAndAMark) {
  std::unique_ptr<SessionStore> store = Open();
  ASSERT_THAT(BlockingStore(*store).Create(SampleSession(1)), IsOk());
  EXPECT_FALSE(Exists("stopped_cleanly"));
  EXPECT_GT(SizeOf("store.db-wal"), 0u);
  store = nullptr;
  EXPECT_TRUE(Exists("stopped_cleanly"));
  EXPECT_TRUE(!Exists("store.db-wal") || SizeOf("store.db-wal") == 0);
  store = Open();
  EXPECT_FALSE(Exists("stopped_cleanly"));
}

// --- Group commit, failures, limits

template <typename T>
Done<T> Into(std::promise<absl::StatusOr<T>>& promise) {
  return [&promise](absl::StatusOr<T> result) { promise.set_value(std::move(result)); };
}

// Holds the writer up, lets `count` revocations wait behind it as one batch, and gives their results.
std::vector<absl::StatusOr<FeedPosition>> RevokeInOneBatch(SessionStore& store, OtherProgram& other, int count,
                                                           const std::function<std::string(int)>& id) {
  std::vector<std::promise<absl::StatusOr<FeedPosition>>> promises(count);
  other.Run("BEGIN IMMEDIATE");
  for (int i = 0; i < count; ++i) store.Revoke(SampleOrder(kToken, id(i)), kNow, Into(promises[i]));
  other.Run("COMMIT");
  std::vector<absl::StatusOr<FeedPosition>> results;
  for (auto& promise : promises) results.push_back(promise.get_future().get());
  return results;
}

TEST_F(SqliteStoreTest, AFailedOperationDoesNotTouchTheOthersOfItsBatch) {
  MakeStore();
  OtherProgram other(Database());
  other.Run(
      "CREATE TRIGGER poison BEFORE INSERT ON revocations WHEN NEW.id = 'poison' "
      "BEGIN SELECT RAISE(ABORT, 'secret text'); END");
  std::unique_ptr<SessionStore> store = Open();
  BlockingStore blocking(*store);

  const auto results = RevokeInOneBatch(*store, other, 20, [](int i) { return i == 7 ? "poison" : absl::StrCat(i); });

  for (int i = 0; i < 20; ++i) {
    if (i == 7) {
      EXPECT_THAT(results[i], StatusIs(absl::StatusCode::kUnavailable, Not(HasSubstr("secret"))));
    } else {
      EXPECT_THAT(results[i], IsOk());
    }
  }
  const absl::StatusOr<FeedPosition> head = blocking.ReadHead();
  ASSERT_THAT(head, IsOk());
  EXPECT_EQ(head->revision, 19);
  const absl::StatusOr<FeedChanges> changes = blocking.ReadChanges({head->epoch, 0}, 100);
  ASSERT_THAT(changes, IsOk());
  ASSERT_THAT(changes->revocations, SizeIs(19));
  for (int i = 0; i < 19; ++i) EXPECT_EQ(changes->revocations[i].revision, i + 1);
}

TEST_F(SqliteStoreTest, ATheftThatCannotBeRecordedChangesNothing) {
  MakeStore();
  OtherProgram(Database()).Run("CREATE TRIGGER poison BEFORE INSERT ON revocations BEGIN SELECT RAISE(ABORT, ''); END");
  std::unique_ptr<SessionStore> store = Open();
  BlockingStore blocking(*store);
  EXPECT_THAT(blocking.Rotate(SampleAttempt(SampleSession(1), 2), kNow), StatusIs(absl::StatusCode::kUnavailable));
  const absl::StatusOr<absl::optional<Session>> found = blocking.Find(SampleSessionId(1));
  ASSERT_THAT(found, IsOk());
  EXPECT_FALSE((*found)->revoked);
  EXPECT_EQ(blocking.ReadHead()->revision, 0);
}

class FailedCommit : public SqliteStoreTest, public ::testing::WithParamInterface<FaultyVfs::Fault> {};

TEST_P(FailedCommit, AnswersUnavailableAndKeepsNothing) {
  FaultyVfs disk;
  std::unique_ptr<SessionStore> store = Open();
  BlockingStore blocking(*store);
  OtherProgram other(Database());
  ASSERT_THAT(blocking.Create(SampleSession(1)), IsOk());

  disk.Set(GetParam());
  for (const auto& result : RevokeInOneBatch(*store, other, 20, [](int i) { return absl::StrCat(i); })) {
    EXPECT_THAT(result, StatusIs(absl::StatusCode::kUnavailable, HasSubstr("disk")));
  }
  EXPECT_THAT(blocking.Create(SampleSession(2)), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_TRUE(blocking.Find(SampleSessionId(1))->has_value());  // reading goes on
  EXPECT_EQ(blocking.ReadHead()->revision, 0);

  disk.Set(FaultyVfs::Fault::kNone);
  EXPECT_FALSE(blocking.Find(SampleSessionId(2))->has_value());
  EXPECT_EQ(blocking.Revoke(SampleOrder(kToken, "t"), kNow)->revision, 1);
  EXPECT_THAT(blocking.Create(SampleSession(2)), IsOk());
  store = nullptr;
  store = Open();
  EXPECT_EQ(BlockingStore(*store).ReadHead()->revision, 1);
}

INSTANTIATE_TEST_SUITE_P(Faults, FailedCommit,
                         ::testing::Values(FaultyVfs::Fault::kLogSyncFails, FaultyVfs::Fault::kDiskFull),
                         [](const auto& info) {
                           return info.param == FaultyVfs::Fault::kDiskFull ? "DiskFull" : "LogSyncFails";
                         });

// A write that is committed but not on record: the answer says that it cannot confirm, and the same call again is
// right.
TEST_F(SqliteStoreTest, AProgressRecordThatCannotBeFlushedStopsWritesUntilItCan) {
  FaultyVfs disk;
  std::unique_ptr<SessionStore> store = Open();
  BlockingStore blocking(*store);
  ASSERT_THAT(blocking.Create(SampleSession(1)), IsOk());

  disk.Set(FaultyVfs::Fault::kRecordSyncFails);
  const RotationAttempt attempt = SampleAttempt(SampleSession(1), 1);
  EXPECT_THAT(blocking.Rotate(attempt, kNow),
              StatusIs(absl::StatusCode::kUnknown, AllOf(HasSubstr("it has happened"), HasSubstr("progress record"))));
  EXPECT_THAT(blocking.Create(SampleSession(2)),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("progress record")));
  EXPECT_EQ((*blocking.Find(SampleSessionId(1)))->generation, 2u);
  EXPECT_FALSE(blocking.Find(SampleSessionId(2))->has_value()) << "UNAVAILABLE: nothing has changed";

  disk.Set(FaultyVfs::Fault::kNone);
  const absl::StatusOr<RotationResult> again = blocking.Rotate(attempt, kNow + absl::Seconds(1));
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->outcome, RotationOutcome::kRepeated) << "the same successor, not theft";
  EXPECT_EQ(again->session.generation, 2u);
  EXPECT_THAT(blocking.Create(SampleSession(2)), IsOk());
  store = nullptr;
  EXPECT_NE(Open(), nullptr);
}

TEST_F(SqliteStoreTest, AnIssueAndARevocationThatAreNotOnRecordMayBeRepeated) {
  FaultyVfs disk;
  std::unique_ptr<SessionStore> store = Open();
  BlockingStore blocking(*store);
  IssueAttempt issue{.client = ClientId("web"), .subject = "alice", .session = SampleSession(1)};
  issue.request = RepeatableRequest{"request-1", "hash"};
  issue.token = {TokenId("t"), kNow, kNow + absl::Minutes(10)};
  disk.Set(FaultyVfs::Fault::kRecordSyncFails);
  EXPECT_THAT(blocking.Issue(issue, kNow), StatusIs(absl::StatusCode::kUnknown));
  disk.Set(FaultyVfs::Fault::kNone);
  issue.session = SampleSession(2);  // a caller that begins anew
  EXPECT_EQ(blocking.Issue(issue, kNow)->session->id, SampleSessionId(1));

  const RevocationOrder order = SampleOrder(kToken, "t");
  disk.Set(FaultyVfs::Fault::kRecordSyncFails);
  EXPECT_THAT(blocking.Revoke(order, kNow), StatusIs(absl::StatusCode::kUnknown));
  disk.Set(FaultyVfs::Fault::kNone);
  EXPECT_EQ(blocking.Revoke(order, kNow)->revision, 1) << "the position of the record that is there";
}

TEST_F(SqliteStoreTest, WritesBeyondTheLimitAreRefusedAtOnce) {
  std::unique_ptr<SessionStore> store = Open({.folder = Folder(), .max_waiting = 4});
  OtherProgram other(Database());
  other.Run("BEGIN IMMEDIATE");
  constexpr int kWrites = 600;  // one batch and four that wait, at most
  std::vector<std::promise<absl::StatusOr<Session>>> promises(kWrites);
  for (int i = 0; i < kWrites; ++i) store->Create(SampleSession(i), Into(promises[i]));
  other.Run("COMMIT");
  int refused = 0;
  for (auto& promise : promises) {
    const absl::StatusOr<Session> result = promise.get_future().get();
    if (result.ok()) continue;
    EXPECT_THAT(result, StatusIs(absl::StatusCode::kUnavailable, HasSubstr("too many")));
    ++refused;
  }
  EXPECT_GE(refused, kWrites - 9);
  EXPECT_THAT(BlockingStore(*store).Create(SampleSession(kWrites)), IsOk());
}

TEST_F(SqliteStoreTest, TheLogIsEmptiedWhileTheStoreRuns) {
  std::unique_ptr<SessionStore> store = Open();
  constexpr int kWaves = 20;
  constexpr int kWave = 50;
  for (int wave = 0; wave < kWaves; ++wave) {
    std::vector<std::promise<absl::StatusOr<Session>>> promises(kWave);
    for (int i = 0; i < kWave; ++i) {
      Session session = SampleSession(wave * kWave + i);
      session.grant = std::string(kMaxGrantBytes, 'g');
      store->Create(session, Into(promises[i]));
    }
    for (auto& promise : promises) ASSERT_THAT(promise.get_future().get(), IsOk());
  }
  const uintmax_t written = uintmax_t{kWaves} * kWave * kMaxGrantBytes;
  EXPECT_GT(SizeOf("store.db"), written / 3);
  EXPECT_LT(SizeOf("store.db-wal"), written / 2);
}

TEST_F(SqliteStoreTest, ReadersDoNotCheckpointWhenTheyClose) {
  FaultyVfs disk;
  std::unique_ptr<SessionStore> store = Open({.folder = Folder(), .readers = 4});
  ASSERT_THAT(BlockingStore(*store).Create(SampleSession(1)), IsOk());
  const int before = disk.database_writes();
  disk.Set(FaultyVfs::Fault::kLogSyncFails);  // so the writer's own last checkpoint fails before it writes
  store = nullptr;
  EXPECT_EQ(disk.database_writes(), before);
  disk.Set(FaultyVfs::Fault::kNone);
  EXPECT_FALSE(Exists("stopped_cleanly"));
  store = Open();
  EXPECT_TRUE(BlockingStore(*store).Find(SampleSessionId(1))->has_value());
}

}  // namespace
}  // namespace paseto::service
