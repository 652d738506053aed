#include "grpc_paseto/service/feed/feed_messages.h"

#include <gtest/gtest.h>

#include "grpc_paseto/service/feed/feed_tail.h"

namespace paseto::service {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1704067200);

std::vector<Revocation> Records(int64_t first, int64_t last) {
  std::vector<Revocation> records;
  for (int64_t revision = first; revision <= last; ++revision) {
    records.push_back({RevocationKind::kToken, std::string(255, 'x'), revision, kNow, kNow + absl::Hours(1)});
  }
  return records;
}

TEST(FeedMessagesTest, ChangesAreCutToTheLimitAndContinueEachOther) {
  const std::vector<FeedMessage> messages = ChangesMessages(Records(1, 100), 7, kNow, 4096);
  ASSERT_GT(messages.size(), 1u);
  int64_t next = 1;
  for (const FeedMessage& message : messages) {
    const v1::Changes& changes = message->changes();
    EXPECT_LE(message->ByteSizeLong(), 4096u + 64u);
    EXPECT_EQ(changes.has_as_of(), message == messages.back());
    EXPECT_EQ(changes.position().epoch(), 7);
    for (const v1::Revocation& record : changes.revocations()) EXPECT_EQ(record.revision(), next++);
    EXPECT_EQ(changes.position().revision(), next - 1);
  }
  EXPECT_EQ(next, 101);
}

TEST(FeedMessagesTest, RecordLargerThanTheLimitStillGoesOut) {
  EXPECT_EQ(ChangesMessages(Records(1, 2), 7, kNow, 1).size(), 2u);
}

TEST(FeedMessagesTest, NoRecordsAreNoChanges) { EXPECT_TRUE(ChangesMessages({}, 7, kNow, 4096).empty()); }

TEST(FeedMessagesTest, OnlyTheLastPartOfASnapshotIsMarked) {
  const std::vector<FeedMessage> parts = SnapshotMessages({Records(1, 100), {7, 300}}, 4096);
  ASSERT_GT(parts.size(), 1u);
  for (const FeedMessage& part : parts) {
    EXPECT_EQ(part->snapshot().last(), part == parts.back());
    EXPECT_EQ(part->snapshot().position().revision(), 300);
    EXPECT_LE(part->ByteSizeLong(), 4096u + 64u);
  }
  EXPECT_EQ(SnapshotMessages({{}, {7, 0}}, 4096).size(), 1u);
}

class FeedTailTest : public ::testing::Test {
 protected:
  FeedTailTest() { tail_.Reset({7, 10}); }
  void Append(int64_t first, int64_t last) { tail_.Append(ChangesMessages(Records(first, last), 7, kNow, 1 << 20)); }
  FeedTail tail_{4};
};

TEST_F(FeedTailTest, ReachesFromItsStartToItsHead) {
  Append(11, 12);
  EXPECT_EQ(tail_.head(), (FeedPosition{7, 12}));
  EXPECT_TRUE(tail_.Reaches({7, 10}));
  EXPECT_TRUE(tail_.Reaches({7, 12}));
  EXPECT_FALSE(tail_.Reaches({7, 9}));
  EXPECT_FALSE(tail_.Reaches({7, 13}));
  EXPECT_FALSE(tail_.Reaches({6, 11}));
  EXPECT_FALSE(tail_.Reaches({0, 0}));
}

TEST_F(FeedTailTest, GivesWhatFollowsAPosition) {
  Append(11, 12);
  Append(13, 14);
  EXPECT_EQ(tail_.After({7, 10})->changes().position().revision(), 12);
  EXPECT_EQ(tail_.After({7, 12})->changes().position().revision(), 14);
  EXPECT_EQ(tail_.After({7, 14}), nullptr);
  EXPECT_EQ(tail_.After({7, 10}), tail_.After({7, 10}));  // shared
}

TEST_F(FeedTailTest, GivesTheRestOfAMessageToWhoKnowsItsBeginning) {
  Append(11, 14);
  const FeedMessage rest = tail_.After({7, 12});
  ASSERT_EQ(rest->changes().revocations_size(), 2);
  EXPECT_EQ(rest->changes().revocations(0).revision(), 13);
  EXPECT_EQ(rest->changes().position().revision(), 14);
  EXPECT_TRUE(rest->changes().has_as_of());
}

TEST_F(FeedTailTest, DropsItsOldestMessages) {
  Append(11, 12);
  Append(13, 14);
  Append(15, 15);
  EXPECT_FALSE(tail_.Reaches({7, 11}));
  EXPECT_TRUE(tail_.Reaches({7, 12}));
  EXPECT_EQ(tail_.After({7, 12})->changes().revocations(0).revision(), 13);
}

}  // namespace
}  // namespace paseto::service
