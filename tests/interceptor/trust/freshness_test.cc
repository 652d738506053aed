#include "grpc_paseto/interceptor/trust/freshness.h"

#include <gtest/gtest.h>

namespace paseto::interceptor {
namespace {

constexpr size_t kServer = 0;
constexpr size_t kOther = 1;
const absl::Time kNow = absl::FromUnixSeconds(1704067200);

absl::Duration Boot(int seconds) { return absl::Seconds(1000 + seconds); }

TEST(FreshnessTest, IsInfinitelyOldBeforeTheFirstConfirmation) {
  EXPECT_EQ(Freshness().Age(Boot(0)), absl::InfiniteDuration());
}

TEST(FreshnessTest, CountsFromTheServersConfirmationAndGoesOnWithoutMessages) {
  Freshness freshness;
  EXPECT_TRUE(freshness.Confirm(kServer, kNow - absl::Seconds(3), kNow, Boot(0)));
  EXPECT_EQ(freshness.Age(Boot(0)), absl::Seconds(3));
  EXPECT_EQ(freshness.Age(Boot(60)), absl::Seconds(63));
}

TEST(FreshnessTest, ServerClockAheadIsNotBelowZero) {
  Freshness freshness;
  freshness.Confirm(kServer, kNow + absl::Hours(1), kNow, Boot(0));
  EXPECT_EQ(freshness.Age(Boot(0)), absl::ZeroDuration());
  EXPECT_EQ(freshness.Age(Boot(5)), absl::Seconds(5));
}

TEST(FreshnessTest, HeartbeatsWhoseInstantStandsStillDoNotMakeItYounger) {
  Freshness freshness;
  const absl::Time as_of = kNow + absl::Hours(1);  // a server whose clock runs ahead
  EXPECT_TRUE(freshness.Confirm(kServer, as_of, kNow, Boot(0)));
  EXPECT_FALSE(freshness.Confirm(kServer, as_of, kNow + absl::Seconds(30), Boot(30)));
  EXPECT_EQ(freshness.Age(Boot(30)), absl::Seconds(30));
  EXPECT_TRUE(freshness.Confirm(kServer, as_of + absl::Seconds(31), kNow + absl::Seconds(31), Boot(31)));
  EXPECT_EQ(freshness.Age(Boot(31)), absl::ZeroDuration());
}

TEST(FreshnessTest, AStandingInstantAgesByTheWallClockToo) {
  Freshness freshness;
  freshness.Confirm(kServer, kNow, kNow, Boot(0));
  EXPECT_FALSE(freshness.Confirm(kServer, kNow, kNow + absl::Seconds(90), Boot(1)));
  EXPECT_EQ(freshness.Age(Boot(1)), absl::Seconds(90));
}

TEST(FreshnessTest, CutOffServerDoesNotLookFreshAfterATurnAtAnother) {
  Freshness freshness;
  const absl::Time cut_off = kNow + absl::Hours(1);
  freshness.Confirm(kServer, cut_off, kNow, Boot(0));
  freshness.Confirm(kOther, kNow + absl::Seconds(9), kNow + absl::Seconds(10), Boot(10));
  EXPECT_EQ(freshness.Age(Boot(10)), absl::Seconds(1));
  EXPECT_FALSE(freshness.Confirm(kServer, cut_off, kNow + absl::Seconds(20), Boot(20)));
  EXPECT_EQ(freshness.Age(Boot(20)), absl::Seconds(11));
}

TEST(FreshnessTest, ClockOfTheServerSteppingBackIsAConfirmation) {
  Freshness freshness;
  freshness.Confirm(kServer, kNow, kNow, Boot(0));
  EXPECT_TRUE(freshness.Confirm(kServer, kNow - absl::Seconds(20), kNow + absl::Seconds(1), Boot(1)));
  EXPECT_EQ(freshness.Age(Boot(1)), absl::Seconds(21));
}

}  // namespace
}  // namespace paseto::interceptor
