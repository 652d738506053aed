// What the trail writes, what a crash at any point leaves, and what the verifier finds afterwards.
#include "grpc_paseto/service/audit/audit_trail.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/notification.h"
#include "grpc_paseto/service/audit/audit_verifier.h"
#include "grpc_paseto/tests/service/store/temp_folder.h"
#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto::service {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using Begins = AuditVerifier::Begins;

AuditBatch Batch(int64_t first, int64_t last) {
  AuditBatch batch{first};
  for (int64_t id = first; id <= last; ++id) batch.bodies.push_back(absl::StrCat(R"("event":"e)", id, R"(")"));
  return batch;
}

class AuditTrailTest : public ::testing::Test {
 protected:
  AuditOptions Options() const { return {.file = File(), .key_file = temp_ / "key"}; }
  std::string File() const { return temp_ / "audit.jsonl"; }

  // Opens, appends and stops; keeps what a store would settle.
  void Write(std::vector<AuditBatch> batches) {
    auto trail = AuditTrail::Open(Options(), stored_);
    ASSERT_THAT(trail, IsOk());
    for (AuditBatch& batch : batches) (*trail)->Append(std::move(batch), [](const absl::Status&) {});
    (*trail)->Stop();
    stored_ = {(*trail)->durable(), (*trail)->MacOf((*trail)->durable()), {}};
  }
  std::vector<std::string> Lines() const {
    std::ifstream file(File());
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
  }
  void Rewrite(const std::vector<std::string>& lines) const {
    std::ofstream(File()) << absl::StrJoin(lines, "\n") << "\n";
  }
  std::string Content() const {
    std::ifstream file(File());
    return {std::istreambuf_iterator<char>(file), {}};
  }
  absl::Status Verify(Begins begins = Begins::kWithTheFirstEvent) const {
    AuditVerifier verifier(begins);
    if (absl::Status status = verifier.Read(File()); !status.ok()) return status;
    return verifier.CompareWith(stored_.head);
  }

  TempFolder temp_;
  StoredAudit stored_;
};

TEST_F(AuditTrailTest, WritesChainedLinesInOrderAndGoesOnAfterARestart) {
  Write({Batch(1, 3), Batch(4, 4)});
  Write({Batch(5, 6)});
  EXPECT_THAT(Lines(), SizeIs(6));
  EXPECT_THAT(Lines().front(), HasSubstr(R"({"id":1,"event":"e1","chain":")"));
  EXPECT_EQ(stored_.head.id, 6);
  EXPECT_THAT(Verify(), IsOk());
  EXPECT_EQ(std::filesystem::status(File()).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

// --- What a crash leaves

TEST_F(AuditTrailTest, ACrashAtAnyByteOfTheFileLosesAndDoublesNothing) {
  Write({Batch(1, 2)});
  const StoredAudit settled = stored_;
  const std::string durable = Content();
  Write({Batch(3, 4), Batch(5, 5)});
  const std::string whole = Content();
  const AuditHead head = stored_.head;
  for (size_t size = durable.size(); size <= whole.size(); ++size) {
    for (const bool has_garbage : {false, true}) {
      std::ofstream(File()) << whole.substr(0, size) << (has_garbage ? std::string(100, '\0') : "");
      stored_ = settled;
      stored_.outbox = {Batch(3, 4), Batch(5, 5)};
      Write({});
      ASSERT_EQ(Content(), whole) << size;
      ASSERT_EQ(stored_.head, head);
    }
  }
}

TEST_F(AuditTrailTest, AStoreThatWentBackGoesOnAfterWhatTheFileHas) {
  Write({Batch(1, 2)});
  const StoredAudit old = stored_;
  Write({Batch(3, 5)});
  stored_ = old;
  stored_.outbox = {Batch(3, 3), Batch(1000, 1000)};  // as before, and what was noted after the gap
  Write({Batch(1001, 1001)});
  EXPECT_THAT(Lines(), SizeIs(7));
  EXPECT_THAT(Verify(), IsOk());
}

TEST_F(AuditTrailTest, AFileThatDoesNotGoWithTheStoreIsRefused) {
  Write({Batch(1, 4)});
  const std::vector<std::string> lines = Lines();
  Rewrite({lines[0], lines[1], lines[2]});
  EXPECT_THAT(AuditTrail::Open(Options(), stored_),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("does not hold event 4")));
  std::string edited = lines[3];
  char& digit = edited[edited.size() - 3];
  digit = digit == '0' ? '1' : '0';
  Rewrite({lines[0], lines[1], lines[2], edited});
  EXPECT_THAT(AuditTrail::Open(Options(), stored_),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("another")));
  std::ofstream(File()) << "a file of somebody else";
  EXPECT_THAT(AuditTrail::Open(Options(), stored_), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(Content(), "a file of somebody else");

  stored_ = {};
  stored_.outbox = {{1, {R"("event":"other")"}}};
  Rewrite(lines);
  EXPECT_THAT(AuditTrail::Open(Options(), stored_),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("not what the store has")));
}

TEST_F(AuditTrailTest, AnotherKeyAndAMissingOneAreRefused) {
  Write({Batch(1, 1)});
  std::filesystem::remove(temp_ / "key");
  EXPECT_THAT(AuditTrail::Open(Options(), stored_), StatusIs(absl::StatusCode::kNotFound, HasSubstr("put the key")));
  std::ofstream(temp_ / "key") << std::string(64, 'a') << "\n";
  EXPECT_THAT(AuditTrail::Open(Options(), stored_),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("every user")));
  std::filesystem::permissions(temp_ / "key", std::filesystem::perms::owner_read);
  EXPECT_THAT(AuditTrail::Open(Options(), stored_),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("not made with the key")));
}

// --- Rotation

TEST_F(AuditTrailTest, AFileThatWasMovedAwayIsFollowedByANewOne) {
  auto trail = AuditTrail::Open(Options(), stored_);
  ASSERT_THAT(trail, IsOk());
  (*trail)->Append(Batch(1, 3), [](const absl::Status&) {});
  while (Lines().size() < 3) std::this_thread::yield();
  std::filesystem::rename(File(), temp_ / "old");
  (*trail)->Append(Batch(4, 5), [](const absl::Status&) {});
  (*trail)->Stop();
  stored_ = {(*trail)->durable(), (*trail)->MacOf((*trail)->durable()), {}};
  EXPECT_THAT(Lines(), SizeIs(2));

  AuditVerifier both(Begins::kWithTheFirstEvent);
  EXPECT_THAT(both.Read(temp_ / "old"), IsOk());
  EXPECT_THAT(both.Read(File()), IsOk());
  EXPECT_THAT(both.CompareWith(stored_.head), IsOk());
  EXPECT_THAT(Verify(), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(Verify(Begins::kAnywhere), IsOk());
}

TEST_F(AuditTrailTest, ACrashRightAfterARotationRepeatsLinesWhichIsNoTampering) {
  Write({Batch(1, 2)});
  const StoredAudit settled = stored_;
  Write({Batch(3, 4)});
  std::filesystem::rename(File(), temp_ / "old");
  stored_ = settled;
  stored_.outbox = {Batch(3, 4)};
  Write({Batch(5, 5)});
  EXPECT_THAT(Lines(), SizeIs(3));
  AuditVerifier both(Begins::kWithTheFirstEvent);
  EXPECT_THAT(both.Read(temp_ / "old"), IsOk());
  EXPECT_THAT(both.Read(File()), IsOk());
  EXPECT_THAT(both.CompareWith(stored_.head), IsOk());
  EXPECT_EQ(both.events(), 5);
}

// --- A file that cannot be written

TEST_F(AuditTrailTest, FailClosedAnswersWhenTheLineIsThereAndRefusesMoreWhileItCannotBe) {
  std::filesystem::create_directory(temp_ / "logs");
  AuditOptions options = Options();
  options.file = temp_ / "logs/audit.jsonl";
  options.fail_closed = true;
  absl::Notification trouble, recovered;
  options.on_trouble = [&](const absl::Status& status) { (status.ok() ? recovered : trouble).Notify(); };
  auto trail = AuditTrail::Open(options, stored_);
  ASSERT_THAT(trail, IsOk());
  const auto append = [&](AuditBatch batch) {
    absl::Status fate;
    absl::Notification answered;
    (*trail)->Append(std::move(batch), [&](const absl::Status& status) {
      fate = status;
      answered.Notify();
    });
    answered.WaitForNotification();
    return fate;
  };
  EXPECT_THAT(append(Batch(1, 1)), IsOk());
  EXPECT_EQ((*trail)->durable().id, 1);

  std::filesystem::rename(temp_ / "logs", temp_ / "gone");
  EXPECT_THAT(append(Batch(2, 2)), StatusIs(absl::StatusCode::kUnknown, HasSubstr("audit file")));
  trouble.WaitForNotification();
  EXPECT_THAT((*trail)->Ready(), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ((*trail)->durable().id, 1);

  std::filesystem::rename(temp_ / "gone", temp_ / "logs");
  recovered.WaitForNotification();  // it is tried again without a call
  EXPECT_THAT((*trail)->Ready(), IsOk());
  EXPECT_EQ((*trail)->durable().id, 2);
  EXPECT_THAT(append(Batch(3, 3)), IsOk());
  AuditVerifier verifier(Begins::kWithTheFirstEvent);
  EXPECT_THAT(verifier.Read(options.file), IsOk());
  EXPECT_EQ(verifier.events(), 3);
}

// --- What the verifier finds

TEST_F(AuditTrailTest, EditsRemovalsMovedLinesAndACutEndAreFound) {
  Write({Batch(1, 5)});
  const std::vector<std::string> lines = Lines();
  ASSERT_THAT(Verify(), IsOk());
  const auto expect_found = [&](std::vector<std::string> changed, const char* text) {
    Rewrite(changed);
    EXPECT_THAT(Verify(), StatusIs(absl::StatusCode::kDataLoss, HasSubstr(text)));
  };
  std::string edited = lines[2];
  edited.replace(edited.find("e3"), 2, "eX");
  expect_found({lines[0], lines[1], edited, lines[3], lines[4]}, "audit.jsonl:3: event 3 was edited");
  expect_found({lines[0], lines[2], lines[3], lines[4]}, "audit.jsonl:2: event 3 does not follow event 1");
  expect_found({lines[1], lines[2], lines[3], lines[4]}, "event 2 does not follow event 0");
  expect_found({lines[0], lines[2], lines[1], lines[3], lines[4]}, "event 3 does not follow event 1");
  expect_found({lines[0], lines[1], lines[2]}, "the end was cut off");
  expect_found({lines[0], lines[1], lines[2], lines[3], lines[4].substr(0, 40)}, "edited or cut");

  // Whoever makes the whole chain anew, which needs no key, does not end where the store says.
  AuditHead forged;
  std::vector<std::string> anew;
  for (int64_t id = 1; id <= 5; ++id) anew.push_back(NextAuditLine(id, R"("event":"forged")", forged));
  expect_found(anew, "made anew");
  // A line that comes again with other content.
  AuditHead head;
  head.chain = ParseAuditLine(lines[0])->chain, head.id = 1;
  expect_found({lines[0], lines[1], lines[2], lines[3], lines[4], NextAuditLine(2, R"("event":"x")", head)}, "event 2");
}

}  // namespace
}  // namespace paseto::service
