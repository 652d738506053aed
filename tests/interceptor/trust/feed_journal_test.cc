#include "grpc_paseto/interceptor/trust/feed_journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "grpc_paseto/tests/interceptor/trust/trust_test_support.h"
#include "grpc_paseto/tests/support/fake_clock.h"
#include "grpc_paseto/tests/support/status_matchers.h"
#include "grpc_paseto/tests/support/temporary_folder.h"

namespace paseto::interceptor {
namespace {

using ::testing::HasSubstr;

class FeedJournalTest : public ::testing::Test {
 protected:
  // A verifier with the journal of this test's file.
  struct Verifier {
    explicit Verifier(const std::string& path, const std::string& issuer = kIssuer)
        : follower(issuer, clock, [] {}), journal(path) {
      replayed = journal.Replay(follower);
    }
    void StartStream() {
      journal.StartStream();
      follower.StartStream(0);
    }
    void Take(const v1::WatchResponse& message) {
      ASSERT_THAT(follower.Apply(message), IsOk());
      ASSERT_THAT(journal.Add(message), IsOk());
    }
    bool Revoked(int64_t number) const { return follower.revocations().IsRevoked(TokenClaims(number)); }

    FakeClock clock;
    FeedFollower follower;
    FeedJournal journal;
    absl::Status replayed;
  };

  // Leaves a file with keys, a snapshot of records 1 and 2 in two parts, and a change.
  void WriteFile() {
    Verifier verifier(path_);
    verifier.StartStream();
    verifier.Take(KeysOfFeed({key_}));
    verifier.Take(PartOf(PositionOf(1, 2), {1}, false));
    verifier.Take(PartOf(PositionOf(1, 2), {2}, true));
    verifier.Take(HeartbeatOf(PositionOf(1, 2)));
    verifier.Take(ChangesOf(PositionOf(1, 3), {3}));
  }
  std::string Content() const {
    std::ifstream in(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }

  TemporaryFolder folder_;
  const std::string path_ = folder_.File("feed.journal");
  const Key key_ = SecretKeyFor(KeyUse::kAccess);
};

TEST_F(FeedJournalTest, RestoredStateIsWhatWasAppliedAndUnconfirmed) {
  WriteFile();
  Verifier later(path_);
  EXPECT_THAT(later.replayed, IsOk());
  EXPECT_NE(later.follower.keys().Current()->Find(key_.id()), nullptr);
  EXPECT_TRUE(later.Revoked(1) && later.Revoked(2) && later.Revoked(3));
  EXPECT_EQ(later.follower.Age(), FeedFollower::kUnconfirmedAge);
  EXPECT_TRUE(later.follower.WaitForFirstTrust(absl::ZeroDuration()));
  EXPECT_FALSE(later.journal.wants_snapshot());
  const v1::FeedPosition resumed = later.follower.StartStream(0);
  EXPECT_EQ(resumed.epoch(), 1);
  EXPECT_EQ(resumed.revision(), 3);
  later.Take(KeysOfFeed({key_}));
  EXPECT_EQ(later.follower.Age(), FeedFollower::kUnconfirmedAge);
  later.Take(HeartbeatOf(PositionOf(1, 3)));
  EXPECT_LT(later.follower.Age(), absl::Minutes(1));
}

TEST_F(FeedJournalTest, JournalGoesOnAfterARestart) {
  WriteFile();
  {
    Verifier second(path_);
    second.StartStream();
    second.Take(KeysOfFeed({key_}));
    second.Take(ChangesOf(PositionOf(1, 4), {4}));
    const Key next = SecretKeyFor(KeyUse::kAccess);
    second.Take(KeysOfFeed({next}));
  }
  Verifier third(path_);
  EXPECT_THAT(third.replayed, IsOk());
  EXPECT_TRUE(third.Revoked(1) && third.Revoked(4));
  EXPECT_EQ(third.follower.keys().Current()->Find(key_.id()), nullptr);
}

TEST_F(FeedJournalTest, NewSnapshotTakesThePlaceOfEverything) {
  WriteFile();
  {
    Verifier second(path_);
    second.StartStream();
    second.Take(KeysOfFeed({key_}));
    second.Take(PartOf(PositionOf(2, 1), {7}, true));
  }
  Verifier third(path_);
  EXPECT_TRUE(third.Revoked(7));
  EXPECT_FALSE(third.Revoked(1));
}

TEST_F(FeedJournalTest, SnapshotThatIsCutLeavesTheOldFile) {
  WriteFile();
  {
    Verifier second(path_);
    second.StartStream();
    second.Take(KeysOfFeed({key_}));
    second.Take(PartOf(PositionOf(2, 2), {7}, false));
    second.StartStream();
    second.Take(KeysOfFeed({key_}));
    EXPECT_TRUE(second.journal.wants_snapshot());
    second.Take(ChangesOf(PositionOf(1, 4), {4}));
  }
  Verifier third(path_);
  EXPECT_THAT(third.replayed, IsOk());
  EXPECT_TRUE(third.Revoked(3));
  EXPECT_FALSE(third.Revoked(7) || third.Revoked(4));
}

TEST_F(FeedJournalTest, FileThatIsCutAnywhereGivesAnOlderState) {
  WriteFile();
  const std::string whole = Content();
  for (size_t size = 0; size < whole.size(); ++size) {
    folder_.Write("feed.journal", whole.substr(0, size));
    std::filesystem::permissions(path_, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    const Verifier cut(path_);
    const int64_t revision = cut.follower.position().revision();
    ASSERT_TRUE(revision == 0 || revision == 2) << size;
    ASSERT_EQ(cut.Revoked(1), revision == 2) << size;
    ASSERT_FALSE(cut.Revoked(3)) << size;
  }
}

TEST_F(FeedJournalTest, FlippedBitEndsTheReading) {
  WriteFile();
  const std::string whole = Content();
  for (size_t i = 0; i < whole.size(); ++i) {
    std::string damaged = whole;
    damaged[i] ^= 1;
    folder_.Write("feed.journal", damaged);
    std::filesystem::permissions(path_, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    const Verifier reader(path_);
    ASSERT_TRUE(absl::IsDataLoss(reader.replayed)) << i;
    ASSERT_TRUE(reader.journal.wants_snapshot()) << i;
    ASSERT_NE(reader.follower.position().revision(), 3) << i;
  }
}

TEST_F(FeedJournalTest, FileOfAnotherIssuerRestoresNothing) {
  WriteFile();
  const Verifier other(path_, "https://other.shop");
  EXPECT_THAT(other.replayed, StatusIs(absl::StatusCode::kDataLoss, HasSubstr("another issuer")));
  EXPECT_EQ(other.follower.Age(), absl::InfiniteDuration());
  EXPECT_EQ(other.follower.revocations().size(), 0u);
}

TEST_F(FeedJournalTest, FileThatOthersMayWriteIsNotBelieved) {
  WriteFile();
  chmod(path_.c_str(), 0620);
  const Verifier reader(path_);
  EXPECT_THAT(reader.replayed, StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("chmod 600")));
  EXPECT_EQ(reader.follower.position().epoch(), 0);
}

TEST_F(FeedJournalTest, OwnFileIsForItsOwnerAlone) {
  WriteFile();
  struct stat status;
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(FeedJournalTest, FaultIsToldOnceAndMendedByASnapshot) {
  const std::string path = folder_.File("later/feed.journal");
  Verifier verifier(path);
  EXPECT_THAT(verifier.replayed, IsOk());
  verifier.StartStream();
  verifier.Take(KeysOfFeed({key_}));
  const v1::WatchResponse snapshot = PartOf(PositionOf(1, 2), {1, 2}, true);
  ASSERT_THAT(verifier.follower.Apply(snapshot), IsOk());
  EXPECT_THAT(verifier.journal.Add(snapshot), StatusIs(absl::StatusCode::kUnavailable, HasSubstr("feed.journal")));
  verifier.Take(ChangesOf(PositionOf(1, 3), {3}));
  EXPECT_TRUE(verifier.journal.wants_snapshot());
  std::filesystem::create_directory(folder_.File("later"));
  verifier.StartStream();
  verifier.Take(KeysOfFeed({key_}));
  verifier.Take(PartOf(PositionOf(1, 3), {1, 2, 3}, true));
  EXPECT_FALSE(verifier.journal.wants_snapshot());
  EXPECT_TRUE(Verifier(path).Revoked(3));
}

// What the file says is what a server said, without its word that nothing newer exists.
TEST_F(FeedJournalTest, NothingInAFileConfirms) {
  Verifier verifier(path_);
  verifier.follower.StartStream(0);
  EXPECT_THAT(verifier.follower.Restore(KeysOfFeed({key_})), IsOk());
  EXPECT_THAT(verifier.follower.Restore(PartOf(PositionOf(1, 2), {1, 2}, true)), IsOk());
  EXPECT_THAT(verifier.follower.Restore(HeartbeatOf(PositionOf(1, 2))), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(verifier.follower.Restore(ChangesOf(PositionOf(1, 3), {3})),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(verifier.follower.Age(), FeedFollower::kUnconfirmedAge);
}

}  // namespace
}  // namespace paseto::interceptor
