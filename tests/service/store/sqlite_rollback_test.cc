// A store that has gone back in time is noticed: by its progress record, whatever took it back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/time/clock.h"
#include "grpc_paseto/service/store/sqlite_maintenance.h"
#include "grpc_paseto/service/store/sqlite_store.h"
#include "grpc_paseto/tests/service/store/blocking_store.h"
#include "grpc_paseto/tests/service/store/sample_sessions.h"
#include "grpc_paseto/tests/service/store/temp_folder.h"
#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto::service {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using enum RotationOutcome;

class SqliteRollbackTest : public ::testing::Test {
 protected:
  std::string Folder(const std::string& name = "data") const { return temp_ / name; }

  absl::StatusOr<std::unique_ptr<SessionStore>> Open(const std::string& name = "data") {
    return OpenSqliteStore({.folder = Folder(name)});
  }
  // Opens the store and lets session `number` be created and refreshed once.
  void SignIn(int number) {
    const std::unique_ptr<SessionStore> store = Open().value();
    ASSERT_THAT(BlockingStore(*store).Create(SampleSession(number)), IsOk());
    ASSERT_EQ(BlockingStore(*store).Rotate(SampleAttempt(SampleSession(number), 1), kNow)->outcome, kRotated);
  }
  // The folder as a crash would leave it, while the store is in use.
  void CopyWhileInUse(const std::string& name) {
    std::filesystem::create_directory(Folder(name));
    for (const char* file : {"store.db", "store.db-wal", "progress"}) {
      std::filesystem::copy_file(Folder() + "/" + file, Folder(name) + "/" + file);
    }
  }
  static void Flip(const std::string& path, int64_t offset) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(offset);
    const char byte = static_cast<char>(file.get() ^ 1);
    file.seekp(offset);
    file.put(byte);
  }

  TempFolder temp_;
};

TEST_F(SqliteRollbackTest, AStoreThatIsTheNewestOpensAgainAndAgain) {
  for (int i = 1; i <= 4; ++i) SignIn(i);
  EXPECT_THAT(AcceptSqliteRollback({Folder()}, kNow), IsOkAndHolds(absl::nullopt));
}

TEST_F(SqliteRollbackTest, ARestoredDatabaseIsRefused) {
  SignIn(1);
  std::filesystem::copy_file(Folder() + "/store.db", temp_ / "kept");
  SignIn(2);
  std::filesystem::copy_file(temp_ / "kept", Folder() + "/store.db", std::filesystem::copy_options::overwrite_existing);
  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kFailedPrecondition,
                               AllOf(HasSubstr("back in time"), HasSubstr("--accept-rollback"))));
}

TEST_F(SqliteRollbackTest, ALogWithOneDamagedByteIsRefusedAndAWholeOneIsNot) {
  const std::unique_ptr<SessionStore> store = Open().value();
  for (int i = 1; i <= 20; ++i) ASSERT_THAT(BlockingStore(*store).Create(SampleSession(i)), IsOk());
  CopyWhileInUse("whole");
  CopyWhileInUse("damaged");
  const std::string log = Folder("damaged") + "/store.db-wal";
  Flip(log, static_cast<int64_t>(std::filesystem::file_size(log) * 2 / 3));
  EXPECT_THAT(Open("whole"), IsOk());
  EXPECT_THAT(Open("damaged"), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("were acknowledged")));
}

TEST_F(SqliteRollbackTest, AMissingOrDamagedRecordIsRefusedAndATornOneIsNot) {
  for (int i = 1; i <= 3; ++i) SignIn(i);
  const std::string record = Folder() + "/progress";
  std::string content(1024, '\0');
  std::ifstream(record).read(content.data(), 1024);
  const auto commits = [&](size_t slot) {
    return std::stoll(content.substr(content.rfind(' ', content.find('\n', slot) - 34) + 1));
  };
  const size_t newest = commits(0) > commits(512) ? 0 : 512;
  Flip(record, static_cast<int64_t>(newest) + 20);
  EXPECT_THAT(Open(), IsOk());
  Flip(record, 20);
  Flip(record, 532);
  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kDataLoss, HasSubstr(record)));
  std::filesystem::remove(record);
  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("missing")));
}

TEST_F(SqliteRollbackTest, AFileOfSomebodyElseIsNotTakenForTheRecord) {
  std::ofstream(temp_ / "notes") << "mine";
  EXPECT_THAT(OpenSqliteStore({.folder = Folder(), .progress_file = temp_ / "notes"}),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("something else")));
  std::string content;
  std::ifstream(temp_ / "notes") >> content;
  EXPECT_EQ(content, "mine");
}

TEST_F(SqliteRollbackTest, ATornFirstRecordOfANewStoreIsNoReasonToRefuseIt) {
  std::filesystem::create_directory(Folder());
  std::ofstream(Folder() + "/progress") << "tokend-progress 1 17040";
  EXPECT_THAT(Open(), IsOk());
}

TEST_F(SqliteRollbackTest, AnotherStoreInItsPlaceIsRefused) {
  SignIn(1);
  ASSERT_THAT(Open("other"), IsOk());
  std::filesystem::copy_file(Folder("other") + "/store.db", Folder() + "/store.db",
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("another store")));
}

TEST_F(SqliteRollbackTest, ARecordElsewhereTellsWhenTheWholeFolderWasRestored) {
  const SqliteStoreOptions options = {.folder = Folder(), .progress_file = temp_ / "record"};
  const auto sign_in = [&](int number) {
    const std::unique_ptr<SessionStore> store = OpenSqliteStore(options).value();
    ASSERT_THAT(BlockingStore(*store).Create(SampleSession(number)), IsOk());
  };
  sign_in(1);
  std::filesystem::copy(Folder(), Folder("kept"));
  sign_in(2);
  std::filesystem::remove_all(Folder());
  std::filesystem::rename(Folder("kept"), Folder());
  EXPECT_THAT(OpenSqliteStore(options), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("back in time")));
}

TEST_F(SqliteRollbackTest, AcceptingEndsEverySessionInANewEpochAboveAllThatWasSeen) {
  SignIn(1);
  ASSERT_THAT(BackUpSqliteStore(Folder(), temp_ / "kept"), IsOk());
  FeedPosition before;
  {
    const std::unique_ptr<SessionStore> store = Open().value();
    ASSERT_EQ(BlockingStore(*store).Rotate(SampleAttempt(SampleSession(1), 2), kNow)->outcome, kRotated);
    ASSERT_THAT(BlockingStore(*store).Revoke(SampleOrder(RevocationKind::kToken, "t"), kNow), IsOk());
    before = *BlockingStore(*store).ReadHead();
  }
  ASSERT_THAT(RestoreSqliteStore(temp_ / "kept", Folder()), IsOk());
  ASSERT_THAT(Open(), StatusIs(absl::StatusCode::kFailedPrecondition));
  const auto begun = AcceptSqliteRollback({Folder()}, kNow);
  ASSERT_THAT(begun, IsOk());
  ASSERT_TRUE(begun->has_value());
  EXPECT_GT((*begun)->epoch, before.epoch);
  EXPECT_GT((*begun)->revision, before.revision);

  const std::unique_ptr<SessionStore> store = Open().value();
  BlockingStore blocking(*store);
  // Generation 2 was used up after the backup: without the revocation it would work again.
  EXPECT_EQ(blocking.Rotate(SampleAttempt(SampleSession(1), 2), kNow)->outcome, kRevokedByRecord);
  TokenStanding seen;
  seen.revision = before.revision;
  EXPECT_THAT(blocking.IsRevoked(seen), IsOkAndHolds(true));
  TokenStanding of_a_client;  // made by the operator, not by the store
  of_a_client.issued_at = kNow - absl::Hours(1);
  EXPECT_THAT(blocking.IsRevoked(of_a_client), IsOkAndHolds(false));
  EXPECT_EQ(blocking.ReadSnapshot(kNow)->revocations.size(), 1u);
  ASSERT_THAT(blocking.Create(SampleSession(2)), IsOk());
  EXPECT_EQ(blocking.Rotate(SampleAttempt(SampleSession(2), 1), kNow)->outcome, kRotated);
}

TEST_F(SqliteRollbackTest, AcceptingDoesNotBringARevokedKeyBack) {
  KeyRow access{.id = "access", .kind = kV4Public, .state = KeyState::kActive, .paserk = "p", .kek = "k", .seal = "s"};
  KeyRow client{.id = "client", .kind = kV4Public, .use = KeyUse::kClient, .paserk = "p", .kek = "k", .seal = "s"};
  {
    const std::unique_ptr<SessionStore> store = Open().value();
    ASSERT_THAT(BlockingStore(*store).ChangeKeys({.put = {access, client}}, kNow), IsOk());
  }
  ASSERT_THAT(BackUpSqliteStore(Folder(), temp_ / "kept"), IsOk());
  int64_t version = 0;
  {
    const std::unique_ptr<SessionStore> store = Open().value();
    access.state = KeyState::kRevoked;
    version = BlockingStore(*store).ReadKeys()->version;
    const auto table = BlockingStore(*store).ChangeKeys({.expected_version = version, .put = {access}}, kNow);
    ASSERT_THAT(table, IsOk());
    version = table->version;
  }
  ASSERT_THAT(RestoreSqliteStore(temp_ / "kept", Folder()), IsOk());
  ASSERT_THAT(AcceptSqliteRollback({Folder()}, absl::Now()), IsOk());
  const std::unique_ptr<SessionStore> store = Open().value();
  const auto table = BlockingStore(*store).ReadKeys();
  ASSERT_THAT(table, IsOk());
  EXPECT_GT(table->version, version);
  EXPECT_THAT(table->gone, ::testing::ElementsAre("access"));
  for (const KeyRow& row : table->rows) EXPECT_EQ(row.state == KeyState::kRevoked, row.id == "access");
}

TEST_F(SqliteRollbackTest, ABackupIsOneNewPrivateFileOfAStoppedStore) {
  SignIn(1);
  const std::string file = temp_ / "kept";
  {
    const std::unique_ptr<SessionStore> store = Open().value();
    EXPECT_THAT(BackUpSqliteStore(Folder(), file),
                StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("in use")));
  }
  ASSERT_THAT(BackUpSqliteStore(Folder(), file), IsOk());
  struct stat facts;
  ASSERT_EQ(stat(file.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600u);
  EXPECT_THAT(BackUpSqliteStore(Folder(), file), StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(BackUpSqliteStore(temp_ / "nowhere", temp_ / "k2"), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_FALSE(std::filesystem::exists(temp_ / "nowhere"));

  // Restored at once it is the newest state, and nobody is signed out.
  ASSERT_THAT(RestoreSqliteStore(file, Folder()), IsOk());
  EXPECT_TRUE(std::filesystem::exists(Folder() + "/store.db.replaced"));
  const std::unique_ptr<SessionStore> store = Open().value();
  EXPECT_EQ(BlockingStore(*store).Rotate(SampleAttempt(SampleSession(1), 2), kNow)->outcome, kRotated);
}

TEST_F(SqliteRollbackTest, ADamagedBackupIsRefusedAndTheStoreStays) {
  for (int i = 1; i <= 200; ++i) SignIn(i);
  ASSERT_THAT(BackUpSqliteStore(Folder(), temp_ / "kept"), IsOk());
  std::fstream file(temp_ / "kept", std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(8 * 4096);
  file << std::string(8192, '\x7f');
  file.close();
  EXPECT_THAT(RestoreSqliteStore(temp_ / "kept", Folder()), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(RestoreSqliteStore(temp_ / "absent", Folder()), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Open(), IsOk());
}

TEST_F(SqliteRollbackTest, AHealthCheckCountsAndComparesWithTheRecord) {
  SignIn(1);
  absl::StatusOr<StoreHealth> health = CheckSqliteStore({Folder()});
  ASSERT_THAT(health, IsOk());
  EXPECT_EQ(health->sessions, 1);
  EXPECT_EQ(health->progress.commits, 2);
  EXPECT_THAT(health->standing, IsOk());
  std::filesystem::remove(Folder() + "/progress");
  health = CheckSqliteStore({Folder()});
  ASSERT_THAT(health, IsOk());
  EXPECT_THAT(health->standing, StatusIs(absl::StatusCode::kFailedPrecondition));
}

}  // namespace
}  // namespace paseto::service
