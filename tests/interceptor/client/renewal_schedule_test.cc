#include "grpc_paseto/interceptor/client/renewal_schedule.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <vector>

#include "grpc_paseto/interceptor/policy/refusal.h"

namespace paseto::client {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::Ge;
using ::testing::Le;

constexpr absl::Duration kNow = absl::Hours(7);
constexpr absl::Duration kLife = absl::Seconds(1000);
const absl::Status kAway = absl::UnavailableError("the server is away");

TEST(RenewalScheduleTest, StreamIsRenewedAtARandom85To95PercentOfItsLife) {
  RenewalSchedule schedule;
  std::vector<absl::Duration> moments;
  for (int i = 0; i < 1000; ++i) moments.push_back(schedule.Begin(kLife, kNow));
  EXPECT_THAT(moments, Each(AllOf(Ge(absl::Seconds(850)), Le(absl::Seconds(950)))));
  EXPECT_LT(*std::min_element(moments.begin(), moments.end()), absl::Seconds(860));
  EXPECT_GT(*std::max_element(moments.begin(), moments.end()), absl::Seconds(940));
}

TEST(RenewalScheduleTest, StreamThatNothingLimitsIsNotRenewedAndOneWithoutLifeAtOnce) {
  RenewalSchedule schedule;
  EXPECT_EQ(schedule.Begin(absl::InfiniteDuration(), kNow), absl::InfiniteDuration());
  EXPECT_EQ(schedule.Begin(absl::ZeroDuration(), kNow), absl::ZeroDuration());
}

TEST(RenewalScheduleTest, PausesAfterFailuresDoubleUpTo10Seconds) {
  RenewalSchedule schedule;
  schedule.Begin(kLife, kNow);
  for (const int pause_ms : {200, 400, 800, 1600, 3200, 6400, 10'000, 10'000}) {
    const auto pause = schedule.AfterFailure(kAway, kNow);
    ASSERT_TRUE(pause.has_value());
    EXPECT_THAT(*pause, AllOf(Ge(absl::Milliseconds(pause_ms * 0.8)), Le(absl::Milliseconds(pause_ms * 1.2))));
  }
  schedule.Begin(kLife, kNow);
  EXPECT_LE(*schedule.AfterFailure(kAway, kNow), absl::Milliseconds(240)) << "a renewed stream begins anew";
}

TEST(RenewalScheduleTest, NothingIsTriedAgainOnceTheLifeIsOver) {
  RenewalSchedule schedule;
  schedule.Begin(kLife, kNow);
  EXPECT_TRUE(schedule.AfterFailure(kAway, kNow + kLife - absl::Nanoseconds(1)).has_value());
  EXPECT_FALSE(schedule.AfterFailure(kAway, kNow + kLife).has_value());
}

TEST(RenewalScheduleTest, RefusalThatAnotherAttemptDoesNotMendEndsTheAttempts) {
  RenewalSchedule schedule;
  schedule.Begin(kLife, kNow);
  const auto tried_again = [&](v1::Reason reason) {
    return schedule.AfterFailure(interceptor::MakeRefusal(reason, "why"), kNow).has_value();
  };
  EXPECT_FALSE(tried_again(v1::REASON_STREAM_ELSEWHERE));
  EXPECT_FALSE(tried_again(v1::REASON_STREAM_REVOKED));
  EXPECT_FALSE(tried_again(v1::REASON_RENEWAL_REFUSED));
  EXPECT_FALSE(schedule.AfterFailure(absl::UnimplementedError("no such service"), kNow).has_value());
  EXPECT_TRUE(tried_again(v1::REASON_RENEWAL_TOO_SOON));
  EXPECT_TRUE(tried_again(v1::REASON_TRUST_STALE));
}

}  // namespace
}  // namespace paseto::client
