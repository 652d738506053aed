// What an audited store writes to its audit file: a line for what happened, and none for what did not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/synchronization/notification.h"
#include "grpc_paseto/service/audit/audit_verifier.h"
#include "grpc_paseto/service/store/sqlite_maintenance.h"
#include "grpc_paseto/service/store/sqlite_store.h"
#include "grpc_paseto/tests/service/store/blocking_store.h"
#include "grpc_paseto/tests/service/store/sample_sessions.h"
#include "grpc_paseto/tests/service/store/temp_folder.h"
#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto::service {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using enum RotationOutcome;

class SqliteAuditTest : public ::testing::Test {
 protected:
  std::string Folder() const { return temp_ / "data"; }
  std::string File() const { return temp_ / "audit.jsonl"; }
  AuditOptions Audit() const { return {.file = File(), .key_file = temp_ / "audit.key"}; }
  std::unique_ptr<SessionStore> Open() {
    absl::StatusOr<std::unique_ptr<SessionStore>> store = OpenSqliteStore({.folder = Folder(), .audit = Audit()});
    EXPECT_THAT(store, IsOk());
    return store.ok() ? *std::move(store) : nullptr;
  }
  std::vector<std::string> Lines() const {
    std::ifstream file(File());
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
  }
  static std::string Member(const std::string& line, const std::string& name) {
    const std::string start = absl::StrCat("\"", name, "\":\"");
    const size_t begin = line.find(start);
    if (begin == std::string::npos) return "";
    const size_t from = begin + start.size();
    return line.substr(from, line.find('"', from) - from);
  }
  // "event outcome" of each line.
  std::vector<std::string> Events() const {
    std::vector<std::string> events;
    for (const std::string& line : Lines()) {
      events.push_back(absl::StrCat(Member(line, "event"), " ", Member(line, "outcome")));
    }
    return events;
  }
  // After an orderly stop nothing waits, and the chain ends where the store says.
  void ExpectWhole() const {
    AuditVerifier verifier(AuditVerifier::Begins::kWithTheFirstEvent);
    ASSERT_THAT(verifier.Read(File()), IsOk());
    const absl::StatusOr<StoredAudit> stored = ReadSqliteAudit(Folder());
    ASSERT_THAT(stored, IsOk());
    EXPECT_EQ(stored->head, verifier.head());
    EXPECT_THAT(stored->outbox, SizeIs(0));
  }

  TempFolder temp_;
};

TEST_F(SqliteAuditTest, TellsTheReasonsOfRefreshesApart) {
  std::unique_ptr<SessionStore> store = Open();
  BlockingStore blocking(*store);
  const Session one = SampleSession(1), two = SampleSession(2), three = SampleSession(3), four = SampleSession(4);
  for (const Session& session : {one, two, three, four}) ASSERT_THAT(blocking.Create(session), IsOk());
  RotationAttempt first = SampleAttempt(one, 1);
  first.by = ClientId("web");
  EXPECT_EQ(blocking.Rotate(first, kNow)->outcome, kRotated);
  EXPECT_EQ(blocking.Rotate(SampleAttempt(one, 1), kNow)->outcome, kRepeated);
  EXPECT_EQ(blocking.Rotate(SampleAttempt(one, 1), kNow + absl::Seconds(5))->outcome, kRepeated);
  EXPECT_EQ(blocking.Rotate(SampleAttempt(one, 1), kNow + absl::Minutes(1))->outcome, kReused);
  EXPECT_EQ(blocking.Rotate(SampleAttempt(one, 2), kNow)->outcome, kSessionRevoked);
  EXPECT_EQ(blocking.Rotate(SampleAttempt(two, 1), kNow + absl::Hours(2))->outcome, kSessionExpired);
  RotationAttempt disabled = SampleAttempt(three, 1);
  disabled.client_enabled = false;
  EXPECT_EQ(blocking.Rotate(disabled, kNow)->outcome, kClientDisabled);
  EXPECT_EQ(blocking.Rotate(SampleAttempt(four, 9), kNow)->outcome, kGenerationAhead);
  RotationAttempt forged = SampleAttempt(three, 1);
  forged.tag[0] ^= 1;
  EXPECT_EQ(blocking.Rotate(forged, kNow)->outcome, kTagMismatch);
  EXPECT_EQ(blocking.Rotate(SampleAttempt(SampleSession(5), 1), kNow)->outcome, kUnknownSession);  // no line
  store = nullptr;

  EXPECT_THAT(Events(), ElementsAre("issue issued", "issue issued", "issue issued", "issue issued", "refresh rotated",
                                    "refresh concurrent", "refresh lost_response", "refresh theft", "refresh revoked",
                                    "refresh expired", "refresh client_disabled", "refresh store_rolled_back",
                                    "refresh invalid"));
  EXPECT_EQ(Member(Lines()[4], "by"), "web");
  EXPECT_EQ(Member(Lines()[5], "by"), "");  // a mere holder
  EXPECT_THAT(Lines()[7], AllOf(HasSubstr(R"("client":"web","subject":"alice","session":"018cc251-)"),
                                HasSubstr(R"("generation":2,"revision":1,)")));
  ExpectWhole();
}

TEST_F(SqliteAuditTest, TellsWhoRevokedDisabledAndEnabledWhat) {
  std::unique_ptr<SessionStore> store = Open();
  BlockingStore blocking(*store);
  RevocationOrder order = SampleOrder(RevocationKind::kSession, SampleSessionId(1).text());
  order.by = ClientId("web");
  ASSERT_THAT(blocking.Revoke(order, kNow), IsOk());
  ASSERT_THAT(blocking.Revoke(SampleOrder(RevocationKind::kToken, "jti-1"), kNow), IsOk());
  ASSERT_THAT(blocking.Revoke(SampleOrder(RevocationKind::kEverything, ""), kNow), IsOk());
  ASSERT_THAT(blocking.DisableSubject({"alice", kNow, kNow, ClientId("ops")}, kNow), IsOk());
  ASSERT_THAT(blocking.EnableSubject({"alice", ClientId("ops")}, kNow), IsOk());
  const KeyRow row{.id = "k4.pid.x",
                   .kind = kV4Public,
                   .state = KeyState::kActive,
                   .paserk = "k4.secret-wrap.pie.x",
                   .kek = "k4.lid.k",
                   .seal = "seal"};
  const absl::StatusOr<KeyTable> keys = blocking.ChangeKeys({.expected_version = 0, .put = {row}}, kNow);
  ASSERT_THAT(keys, IsOk());
  const KeyChange drop = {.expected_version = keys->version, .drop = {row.id}, .by = ClientId("ops")};
  ASSERT_THAT(blocking.ChangeKeys(drop, kNow), IsOk());
  store = nullptr;
  EXPECT_THAT(Events(), ElementsAre("revoke session", "revoke token", "revoke everything", "disable_subject ",
                                    "enable_subject enabled", "key active", "key dropped"));
  EXPECT_EQ(Member(Lines()[0], "by"), "web");
  EXPECT_EQ(Member(Lines()[1], "token"), "jti-1");
  EXPECT_EQ(Member(Lines()[3], "by"), "ops");
  EXPECT_EQ(Member(Lines()[4], "subject"), "alice");
  EXPECT_EQ(Member(Lines()[5], "key"), "k4.pid.x");
  EXPECT_EQ(Member(Lines()[5], "by"), "");  // tokend itself
  EXPECT_EQ(Member(Lines()[6], "by"), "ops");
  ExpectWhole();
}

TEST_F(SqliteAuditTest, KeepsEventsOfActsThatChangeNothingInTheStore) {
  std::unique_ptr<SessionStore> store = Open();
  const AuditEvent event{.event = "exchange", .outcome = "issued", .at = kNow, .by = "shop", .subject = "alice"};
  EXPECT_THAT(BlockingStore(*store).Note(event), IsOkAndHolds(true));
  store = nullptr;
  EXPECT_THAT(Events(), ElementsAre("exchange issued"));
  EXPECT_EQ(Member(Lines()[0], "by"), "shop");
  ExpectWhole();
  store = OpenSqliteStore({.folder = temp_ / "unaudited"}).value();
  EXPECT_THAT(BlockingStore(*store).Note(event), IsOkAndHolds(false));
}

TEST_F(SqliteAuditTest, WhatFailedHasNoLine) {
  std::unique_ptr<SessionStore> store = Open();
  ASSERT_THAT(BlockingStore(*store).Create(SampleSession(1)), IsOk());
  EXPECT_THAT(BlockingStore(*store).Create(SampleSession(1)), StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(BlockingStore(*store).DisableSubject({"", kNow, kNow}, kNow),
              StatusIs(absl::StatusCode::kInvalidArgument));
  ASSERT_THAT(BlockingStore(*store).Create(SampleSession(2)), IsOk());
  store = nullptr;
  EXPECT_THAT(Events(), ElementsAre("issue issued", "issue issued"));
}

TEST_F(SqliteAuditTest, HoldsNoSecret) {
  std::unique_ptr<SessionStore> store = Open();
  Session session = SampleSession(1);
  session.secret = std::string(kSessionSecretBytes, 'S');
  ASSERT_THAT(BlockingStore(*store).Create(session), IsOk());
  const RotationAttempt attempt = SampleAttempt(session, 1);
  ASSERT_THAT(BlockingStore(*store).Rotate(attempt, kNow), IsOk());
  store = nullptr;
  EXPECT_THAT(Lines(), SizeIs(2));
  EXPECT_THAT(absl::StrJoin(Lines(), "\n"), AllOf(Not(HasSubstr("SSSS")), Not(HasSubstr("grant"))));
}

TEST_F(SqliteAuditTest, AFileThatLostItsEndGetsBackWhatTheStoreStillHas) {
  {
    const std::unique_ptr<SessionStore> store = Open();
    for (int i = 1; i <= 40; ++i) ASSERT_THAT(BlockingStore(*store).Create(SampleSession(i)), IsOk());
    // As a crash leaves it: nothing is settled, and the file has lost what was not flushed.
    std::filesystem::create_directory(temp_ / "crashed");
    for (const char* file : {"store.db", "store.db-wal", "progress"}) {
      std::filesystem::copy_file(Folder() + "/" + file, temp_ / "crashed/" + file);
    }
  }
  std::filesystem::remove_all(Folder());
  std::filesystem::rename(temp_ / "crashed", Folder());
  const std::vector<std::string> lines = Lines();
  ASSERT_THAT(lines, SizeIs(40));
  const int64_t flushed = ReadSqliteAudit(Folder())->head.id;
  ASSERT_LT(flushed, 40);
  std::ofstream file(File());
  for (int64_t i = 0; i < flushed; ++i) file << lines[static_cast<size_t>(i)] << "\n";
  file << lines[static_cast<size_t>(flushed)].substr(0, 30);
  file.close();
  Open() = nullptr;
  EXPECT_THAT(Lines(), SizeIs(40));
  ExpectWhole();
}

TEST_F(SqliteAuditTest, AcceptingARollbackIsRecordedAndTheChainGoesOn) {
  ASSERT_THAT(BlockingStore(*Open()).Create(SampleSession(1)), IsOk());
  ASSERT_THAT(BackUpSqliteStore(Folder(), temp_ / "kept"), IsOk());
  for (int i = 2; i <= 4; ++i) ASSERT_THAT(BlockingStore(*Open()).Create(SampleSession(i)), IsOk());
  ASSERT_THAT(RestoreSqliteStore(temp_ / "kept", Folder()), IsOk());
  ASSERT_THAT(AcceptSqliteRollback({.folder = Folder(), .audited = true}, kNow), IsOk());
  ASSERT_THAT(BlockingStore(*Open()).Create(SampleSession(5)), IsOk());
  EXPECT_THAT(Events(), ElementsAre("issue issued", "issue issued", "issue issued", "issue issued", "accept_rollback ",
                                    "issue issued"));
  ExpectWhole();
}

TEST_F(SqliteAuditTest, FailClosedChangesNothingMoreWhileTheFileCannotBeWritten) {
  std::filesystem::create_directory(temp_ / "logs");
  AuditOptions audit = Audit();
  audit.file = temp_ / "logs/audit.jsonl";
  audit.fail_closed = true;
  absl::Notification trouble, recovered;
  audit.on_trouble = [&](const absl::Status& status) { (status.ok() ? recovered : trouble).Notify(); };
  const auto store = OpenSqliteStore({.folder = Folder(), .audit = audit});
  ASSERT_THAT(store, IsOk());
  BlockingStore blocking(**store);
  std::filesystem::rename(temp_ / "logs", temp_ / "gone");
  EXPECT_THAT(blocking.Create(SampleSession(1)), StatusIs(absl::StatusCode::kUnknown, HasSubstr("it has happened")));
  trouble.WaitForNotification();
  EXPECT_THAT(blocking.Create(SampleSession(2)), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_TRUE(blocking.Find(SampleSessionId(1))->has_value());
  EXPECT_FALSE(blocking.Find(SampleSessionId(2))->has_value());
  std::filesystem::rename(temp_ / "gone", temp_ / "logs");
  recovered.WaitForNotification();
  EXPECT_THAT(blocking.Create(SampleSession(2)), IsOk());
}

TEST_F(SqliteAuditTest, TheOutboxShrinksWhileTheStoreRuns) {
  AuditOptions audit = Audit();
  audit.fail_closed = true;  // so that every event is durable when its answer comes
  const auto store = OpenSqliteStore({.folder = Folder(), .audit = audit});
  ASSERT_THAT(store, IsOk());
  for (int i = 1; i <= 100; ++i) ASSERT_THAT(BlockingStore(**store).Create(SampleSession(i)), IsOk());
  std::filesystem::create_directory(temp_ / "copy");
  for (const char* file : {"store.db", "store.db-wal", "progress"}) {
    std::filesystem::copy_file(Folder() + "/" + file, temp_ / "copy/" + file);
  }
  const absl::StatusOr<StoredAudit> stored = ReadSqliteAudit(temp_ / "copy");
  ASSERT_THAT(stored, IsOk());
  EXPECT_GE(stored->head.id, 98);
  EXPECT_LE(stored->outbox.size(), 2u);
}

}  // namespace
}  // namespace paseto::service
