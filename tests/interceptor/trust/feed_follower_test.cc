#include "grpc_paseto/interceptor/trust/feed_follower.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "grpc_paseto/tests/interceptor/trust/trust_test_support.h"
#include "grpc_paseto/tests/support/fake_clock.h"
#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto::interceptor {
namespace {

using ::testing::HasSubstr;

class FeedFollowerTest : public ::testing::Test {
 protected:
  bool Revoked(int64_t number) const { return follower_.revocations().IsRevoked(TokenClaims(number)); }
  // Brings the follower to epoch 1, revision 2.
  void Prime() {
    follower_.StartStream(0);
    ASSERT_THAT(follower_.Apply(KeysOfFeed({key_})), IsOk());
    ASSERT_THAT(follower_.Apply(PartOf(PositionOf(1, 2), {1, 2}, true)), IsOk());
    ASSERT_THAT(follower_.Apply(HeartbeatOf(PositionOf(1, 2))), IsOk());
  }
  // A new stream up to where its key set has come. Gives where it resumes.
  v1::FeedPosition Restart() {
    const v1::FeedPosition position = follower_.StartStream(0);
    EXPECT_THAT(follower_.Apply(KeysOfFeed({key_})), IsOk());
    return position;
  }
  void ExpectResync() {
    const v1::FeedPosition position = Restart();
    EXPECT_EQ(position.epoch(), 0);
    EXPECT_EQ(position.revision(), 0);
  }

  FakeClock clock_;
  int changes_ = 0;
  const Key key_ = SecretKeyFor(KeyUse::kAccess);
  FeedFollower follower_{kIssuer, clock_, [this] { ++changes_; }};
};

TEST_F(FeedFollowerTest, FirstTrustIsThereWhenKeysAndSnapshotAreConfirmed) {
  EXPECT_EQ(follower_.StartStream(0).epoch(), 0);
  ASSERT_THAT(follower_.Apply(KeysOfFeed({key_})), IsOk());
  EXPECT_FALSE(follower_.WaitForFirstTrust(absl::ZeroDuration()));
  ASSERT_THAT(follower_.Apply(PartOf(PositionOf(1, 2), {1, 2}, true)), IsOk());
  EXPECT_FALSE(follower_.WaitForFirstTrust(absl::ZeroDuration()));
  EXPECT_EQ(follower_.Age(), absl::InfiniteDuration());
  ASSERT_THAT(follower_.Apply(HeartbeatOf(PositionOf(1, 2))), IsOk());
  EXPECT_TRUE(follower_.WaitForFirstTrust(absl::ZeroDuration()));
  EXPECT_LT(follower_.Age(), absl::Minutes(1));
  EXPECT_NE(follower_.keys().Current()->Find(key_.id()), nullptr);
  EXPECT_TRUE(Revoked(2));
}

TEST_F(FeedFollowerTest, SnapshotTakesEffectAtItsEndMarkerOnly) {
  Prime();
  EXPECT_EQ(Restart().revision(), 2);
  const int changes = changes_;
  ASSERT_THAT(follower_.Apply(PartOf(PositionOf(2, 20), {10}, false)), IsOk());
  ASSERT_THAT(follower_.Apply(PartOf(PositionOf(2, 20), {11}, false)), IsOk());
  EXPECT_EQ(changes_, changes);
  EXPECT_TRUE(Revoked(1));
  EXPECT_FALSE(Revoked(10));
  EXPECT_EQ(follower_.position().epoch(), 1);
  ASSERT_THAT(follower_.Apply(PartOf(PositionOf(2, 20), {20}, true)), IsOk());
  EXPECT_EQ(changes_, changes + 1);
  EXPECT_FALSE(Revoked(1));
  EXPECT_TRUE(Revoked(10));
  EXPECT_TRUE(Revoked(11));
  EXPECT_TRUE(Revoked(20));
  EXPECT_EQ(follower_.position().epoch(), 2);
}

TEST_F(FeedFollowerTest, SnapshotThatIsCutLeavesNothingBehind) {
  Prime();
  Restart();
  ASSERT_THAT(follower_.Apply(PartOf(PositionOf(2, 20), {10}, false)), IsOk());
  EXPECT_EQ(Restart().revision(), 2);
  ASSERT_THAT(follower_.Apply(PartOf(PositionOf(2, 20), {20}, true)), IsOk());
  EXPECT_FALSE(Revoked(10));
  EXPECT_TRUE(Revoked(20));
}

TEST_F(FeedFollowerTest, PartsForDifferentPositionsAreRefused) {
  Prime();
  ASSERT_THAT(follower_.Apply(PartOf(PositionOf(2, 20), {10}, false)), IsOk());
  EXPECT_THAT(follower_.Apply(PartOf(PositionOf(2, 21), {20}, true)), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_TRUE(Revoked(1));
  ExpectResync();
}

TEST_F(FeedFollowerTest, NothingElseMayComeInTheMiddleOfASnapshot) {
  Prime();
  ASSERT_THAT(follower_.Apply(PartOf(PositionOf(2, 20), {10}, false)), IsOk());
  EXPECT_THAT(follower_.Apply(ChangesOf(PositionOf(1, 3), {3})), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_FALSE(Revoked(3));
}

TEST_F(FeedFollowerTest, ChangesThatContinueAreApplied) {
  Prime();
  ASSERT_THAT(follower_.Apply(ChangesOf(PositionOf(1, 4), {3, 4})), IsOkAndHolds(true));
  EXPECT_TRUE(Revoked(1));
  EXPECT_TRUE(Revoked(4));
  EXPECT_EQ(follower_.position().revision(), 4);
  EXPECT_EQ(Restart().revision(), 4);
}

TEST_F(FeedFollowerTest, GapsAndRepetitionsLeadToASnapshot) {
  const std::vector<v1::WatchResponse> wrong = {
      ChangesOf(PositionOf(1, 4), {4}),    ChangesOf(PositionOf(1, 3), {2, 3}), ChangesOf(PositionOf(1, 5), {3, 5}),
      ChangesOf(PositionOf(1, 4), {3}),    ChangesOf(PositionOf(1, 3), {}),     ChangesOf(PositionOf(2, 3), {3}),
      ChangesOf(PositionOf(1, 4), {4, 3}), HeartbeatOf(PositionOf(1, 3)),       HeartbeatOf(PositionOf(1, 1)),
      HeartbeatOf(PositionOf(2, 2)),
  };
  for (const v1::WatchResponse& message : wrong) {
    SCOPED_TRACE(message.ShortDebugString());
    Prime();
    EXPECT_THAT(follower_.Apply(message), StatusIs(absl::StatusCode::kOutOfRange));
    EXPECT_FALSE(Revoked(3));
    EXPECT_FALSE(Revoked(4));
    EXPECT_EQ(follower_.position().revision(), 2);
    ExpectResync();
  }
}

TEST_F(FeedFollowerTest, UnknownKindOfRevocationLeadsToASnapshotAndConfirmsNothing) {
  Prime();
  clock_.Advance(absl::Hours(1));
  ASSERT_THAT(follower_.Apply(HeartbeatOf(PositionOf(1, 2))), IsOk());
  v1::WatchResponse message = ChangesOf(PositionOf(1, 4), {3, 4}, clock_.Now());
  message.mutable_changes()->mutable_revocations(1)->set_kind(static_cast<v1::RevocationKind>(99));
  EXPECT_THAT(follower_.Apply(message), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("kind")));
  EXPECT_GE(follower_.Age(), absl::Hours(1));
  EXPECT_FALSE(Revoked(3));
  ExpectResync();
  v1::WatchResponse part = PartOf(PositionOf(1, 4), {3, 4}, true);
  part.mutable_snapshot()->mutable_revocations(0)->set_kind(static_cast<v1::RevocationKind>(99));
  EXPECT_THAT(follower_.Apply(part), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_TRUE(Revoked(1));
  EXPECT_GE(follower_.Age(), absl::Hours(1));
}

TEST_F(FeedFollowerTest, UnknownKindOfMessageIsRefused) {
  Prime();
  EXPECT_THAT(follower_.Apply(v1::WatchResponse()), StatusIs(absl::StatusCode::kInvalidArgument));
  ExpectResync();
}

TEST_F(FeedFollowerTest, FeedOfAnotherIssuerIsRefusedWithAllThatItSays) {
  Prime();
  follower_.StartStream(0);
  const Key foreign = SecretKeyFor(KeyUse::kAccess);
  EXPECT_THAT(follower_.Apply(KeysOfFeed({foreign}, "https://id.other")),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("another issuer")));
  EXPECT_EQ(follower_.keys().Current()->Find(foreign.id()), nullptr);
  EXPECT_THAT(follower_.Apply(PartOf(PositionOf(1, 9), {}, true)), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_TRUE(Revoked(1));
}

TEST_F(FeedFollowerTest, StreamThatDoesNotBeginWithTheKeysIsRefused) {
  Prime();
  follower_.StartStream(0);
  EXPECT_THAT(follower_.Apply(HeartbeatOf(PositionOf(1, 2))),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("key set")));
}

TEST_F(FeedFollowerTest, SnapshotOfThePastIsRefused) {
  Prime();
  EXPECT_THAT(follower_.Apply(PartOf(PositionOf(1, 1), {1}, true)),
              StatusIs(absl::StatusCode::kOutOfRange, HasSubstr("went back")));
  EXPECT_TRUE(Revoked(2));
}

TEST_F(FeedFollowerTest, LowerEpochIsRefused) {
  Prime();
  ASSERT_THAT(follower_.Apply(PartOf(PositionOf(3, 1), {1}, true)), IsOk());
  EXPECT_THAT(follower_.Apply(ChangesOf(PositionOf(2, 2), {2})), StatusIs(absl::StatusCode::kOutOfRange));
  EXPECT_FALSE(Revoked(2));
  Restart();
  EXPECT_THAT(follower_.Apply(PartOf(PositionOf(2, 9), {5}, true)),
              StatusIs(absl::StatusCode::kOutOfRange, HasSubstr("went back")));
  EXPECT_FALSE(Revoked(5));
  EXPECT_EQ(follower_.position().epoch(), 3);
}

TEST_F(FeedFollowerTest, OlderKeySetIsRefusedWithTheStreamThatBringsIt) {
  const auto version = [](v1::WatchResponse message, int64_t number) {
    message.mutable_keys()->set_version(number);
    return message;
  };
  Prime();
  const Key next = SecretKeyFor(KeyUse::kAccess);
  ASSERT_THAT(follower_.Apply(version(KeysOfFeed({next}), 7)), IsOk());
  ASSERT_THAT(follower_.Apply(version(KeysOfFeed({next}), 7)), IsOk());
  follower_.StartStream(0);
  EXPECT_THAT(follower_.Apply(version(KeysOfFeed({key_}), 6)),
              StatusIs(absl::StatusCode::kOutOfRange, HasSubstr("from version 7 to 6")));
  EXPECT_EQ(follower_.keys().Current()->Find(key_.id()), nullptr);
  EXPECT_EQ(follower_.key_set_version(), 7);
  EXPECT_THAT(follower_.Apply(HeartbeatOf(PositionOf(1, 2))), StatusIs(absl::StatusCode::kInvalidArgument));
  ASSERT_THAT(follower_.Apply(version(KeysOfFeed({key_}), 8)), IsOk());
  EXPECT_NE(follower_.keys().Current()->Find(key_.id()), nullptr);
}

TEST_F(FeedFollowerTest, ImpossiblePositionsOfSnapshotsAreRefused) {
  for (const v1::FeedPosition& position : {PositionOf(0, 5), PositionOf(1, -1), PositionOf(1, kMaxRevision + 1)}) {
    EXPECT_EQ(Restart().epoch(), 0);
    EXPECT_THAT(follower_.Apply(PartOf(position, {1}, true)), StatusIs(absl::StatusCode::kInvalidArgument));
    EXPECT_FALSE(Revoked(1));
  }
}

TEST_F(FeedFollowerTest, ChangesWithoutAsOfConfirmNothing) {
  follower_.StartStream(0);
  ASSERT_THAT(follower_.Apply(KeysOfFeed({key_})), IsOk());
  ASSERT_THAT(follower_.Apply(PartOf(PositionOf(1, 2), {1, 2}, true)), IsOk());
  v1::WatchResponse more = ChangesOf(PositionOf(1, 3), {3});
  more.mutable_changes()->clear_as_of();
  ASSERT_THAT(follower_.Apply(more), IsOk());
  EXPECT_TRUE(Revoked(3));
  EXPECT_FALSE(follower_.WaitForFirstTrust(absl::ZeroDuration()));
  ASSERT_THAT(follower_.Apply(ChangesOf(PositionOf(1, 4), {4})), IsOk());
  EXPECT_TRUE(follower_.WaitForFirstTrust(absl::ZeroDuration()));
}

TEST_F(FeedFollowerTest, HeartbeatsWithoutOrWithAStandingInstantAreNoProgress) {
  Prime();
  v1::WatchResponse bare = HeartbeatOf(PositionOf(1, 2));
  EXPECT_THAT(follower_.Apply(bare), IsOkAndHolds(false));
  EXPECT_THAT(follower_.Apply(HeartbeatOf(PositionOf(1, 2), TestNow() + absl::Seconds(1))), IsOkAndHolds(true));
  bare.mutable_heartbeat()->clear_as_of();
  EXPECT_THAT(follower_.Apply(bare), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(FeedFollowerTest, EveryKeySetReplacesTheOneBefore) {
  Prime();
  const Key next = SecretKeyFor(KeyUse::kAccess);
  const int changes = changes_;
  ASSERT_THAT(follower_.Apply(KeysOfFeed({next})), IsOk());
  EXPECT_EQ(changes_, changes + 1);
  EXPECT_EQ(follower_.keys().Current()->Find(key_.id()), nullptr);
  EXPECT_NE(follower_.keys().Current()->Find(next.id()), nullptr);
}

TEST_F(FeedFollowerTest, BadKeySetKeepsTheOldOne) {
  Prime();
  v1::WatchResponse bad = KeysOfFeed({SecretKeyFor(KeyUse::kAccess)});
  bad.mutable_keys()->mutable_keys(0)->set_paserk("k4.local.AAAA");
  EXPECT_THAT(follower_.Apply(bad), StatusIs(absl::StatusCode::kInvalidArgument));
  v1::WatchResponse twice = KeysOfFeed({SecretKeyFor(KeyUse::kAccess)});
  *twice.mutable_keys()->add_keys() = twice.keys().keys(0);
  EXPECT_THAT(follower_.Apply(twice), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_NE(follower_.keys().Current()->Find(key_.id()), nullptr);
  EXPECT_EQ(Restart().revision(), 2);
}

TEST_F(FeedFollowerTest, OwnKeysCompleteTheFeedsKeys) {
  const Key own = LocalKeyFor(KeyUse::kAccess);
  EXPECT_THAT(follower_.SetOwnKeys({own}), IsOk());
  Prime();
  EXPECT_NE(follower_.keys().Current()->Find(own.id()), nullptr);
  EXPECT_NE(follower_.keys().Current()->Find(key_.id()), nullptr);
}

TEST_F(FeedFollowerTest, OwnKeysChangeAtOnceUnlessTheyClash) {
  const Key own = LocalKeyFor(KeyUse::kAccess);
  Prime();
  const int changes = changes_;
  EXPECT_THAT(follower_.SetOwnKeys({own}), IsOk());
  EXPECT_EQ(changes_, changes + 1);
  EXPECT_NE(follower_.keys().Current()->Find(own.id()), nullptr);
  EXPECT_THAT(follower_.SetOwnKeys({own, own}), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_NE(follower_.keys().Current()->Find(own.id()), nullptr);
  EXPECT_THAT(follower_.Apply(KeysOfFeed({key_})), IsOk());
}

TEST_F(FeedFollowerTest, ForgetsRecordsWhenBothClocksSayThatTheyAreOver) {
  Prime();
  const absl::Time over = TestNow() + absl::Hours(2);
  clock_.SetNow(over);
  FeedFollower late(kIssuer, clock_, [] {});
  late.StartStream(0);
  ASSERT_THAT(late.Apply(KeysOfFeed({key_})), IsOk());
  ASSERT_THAT(late.Apply(PartOf(PositionOf(1, 2), {1, 2}, true)), IsOk());
  EXPECT_EQ(late.revocations().size(), 2u);
  ASSERT_THAT(late.Apply(HeartbeatOf(PositionOf(1, 2), over)), IsOk());
  EXPECT_EQ(late.revocations().size(), 0u);

  FeedFollower ahead(kIssuer, clock_, [] {});  // its own clock runs ahead of the server's
  ahead.StartStream(0);
  ASSERT_THAT(ahead.Apply(KeysOfFeed({key_})), IsOk());
  ASSERT_THAT(ahead.Apply(PartOf(PositionOf(1, 2), {1, 2}, true)), IsOk());
  ASSERT_THAT(ahead.Apply(HeartbeatOf(PositionOf(1, 2), TestNow())), IsOk());
  EXPECT_EQ(ahead.revocations().size(), 2u);
}

}  // namespace
}  // namespace paseto::interceptor
