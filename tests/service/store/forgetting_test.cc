#include "grpc_paseto/service/store/forgetting.h"

#include <gtest/gtest.h>

namespace paseto::service {
namespace {

constexpr absl::Duration kMinute = absl::Minutes(1);

// A tokend that moves the instant on every minute.
class ForgettingTest : public ::testing::Test {
 protected:
  // Runs for `time`, while the wall clock shows `ahead` too much.
  void Run(absl::Duration time, absl::Duration ahead = absl::ZeroDuration()) {
    for (absl::Duration done; done < time; done += kMinute) {
      truth_ += kMinute;
      forgetting_ = MoveOn(forgetting_, truth_ + ahead, kMinute);
    }
  }
  void Stand(absl::Duration time) { truth_ += time; }
  absl::Duration Behind() const { return truth_ - forgetting_.instant; }

  absl::Time truth_ = absl::FromUnixSeconds(1704067200);
  Forgetting forgetting_{truth_, {}, {}};
};

TEST_F(ForgettingTest, FollowsAClockThatIsRight) {
  Run(absl::Hours(100));
  EXPECT_EQ(Behind(), absl::ZeroDuration());
}

TEST_F(ForgettingTest, AJumpAheadThatIsSetRightWithinTheTrialChangesNothing) {
  Run(absl::Hours(1));
  Run(kForgettingTrial - kMinute, absl::Hours(24 * 400));
  EXPECT_EQ(Behind(), absl::ZeroDuration());
  Run(absl::Hours(100));
  EXPECT_EQ(Behind(), absl::ZeroDuration());
}

TEST_F(ForgettingTest, JumpsThatAreSetRightInBetweenDoNotAddUp) {
  for (int day = 0; day < 10; ++day) {
    Run(absl::Hours(23), absl::Hours(3));
    Run(kMinute);
    EXPECT_EQ(Behind(), absl::ZeroDuration());
  }
}

TEST_F(ForgettingTest, IsNeverAboveAReadingOfTheClock) {
  Run(absl::Hours(1));
  Run(kMinute, -absl::Hours(5));
  EXPECT_EQ(Behind(), absl::Hours(5));
  Run(absl::Hours(1));
  EXPECT_EQ(Behind(), absl::Hours(5));
}

TEST_F(ForgettingTest, TheTimeInWhichNothingRanIsMadeGoodAfterAWholeTrial) {
  Run(absl::Hours(1));
  Stand(absl::Hours(1000));
  Run(kMinute);
  EXPECT_EQ(Behind(), absl::Hours(1000));
  Run(2 * kForgettingTrial);
  EXPECT_EQ(Behind(), absl::ZeroDuration());
}

TEST_F(ForgettingTest, AMachineThatStandsEveryNightStaysAFewDaysBehindAtMost) {
  for (int day = 0; day < 100; ++day) {
    Run(absl::Hours(8));
    Stand(absl::Hours(16));
    ASSERT_LE(Behind(), absl::Hours(24 * 7));
  }
}

TEST_F(ForgettingTest, AJumpThatComesWhileCatchingUpIsNotBelieved) {
  Stand(absl::Hours(100));
  Run(2 * kForgettingTrial - absl::Hours(2));
  Run(absl::Hours(3), absl::Hours(50));
  Run(absl::Hours(1));
  EXPECT_EQ(Behind(), absl::ZeroDuration());
}

}  // namespace
}  // namespace paseto::service
