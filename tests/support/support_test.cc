#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "grpc_paseto/tests/support/fake_clock.h"
#include "grpc_paseto/tests/support/status_matchers.h"
#include "gtest/gtest.h"

namespace paseto {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pointee;
using ::testing::StartsWith;

TEST(StatusMatchersTest, IsOkTellsOkFromError) {
  EXPECT_THAT(absl::OkStatus(), IsOk());
  EXPECT_THAT(absl::AbortedError("x"), Not(IsOk()));
  EXPECT_THAT(absl::StatusOr<int>(1), IsOk());
  EXPECT_THAT(absl::StatusOr<int>(absl::AbortedError("x")), Not(IsOk()));
}

TEST(StatusMatchersTest, StatusIsComparesCodeAndMessage) {
  const absl::StatusOr<std::unique_ptr<int>> missing = absl::NotFoundError("no such key");
  EXPECT_THAT(missing, StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(missing, StatusIs(absl::StatusCode::kNotFound, HasSubstr("such")));
  EXPECT_THAT(missing, Not(StatusIs(absl::StatusCode::kNotFound, "no")));
  EXPECT_THAT(missing.status(), Not(StatusIs(absl::StatusCode::kAborted)));
  EXPECT_THAT(absl::OkStatus(), StatusIs(absl::StatusCode::kOk, ""));
}

TEST(StatusMatchersTest, IsOkAndHoldsMatchesTheValue) {
  absl::StatusOr<std::string> text = "hello";
  EXPECT_THAT(text, IsOkAndHolds("hello"));
  EXPECT_THAT(text, IsOkAndHolds(StartsWith("he")));
  EXPECT_THAT(text, Not(IsOkAndHolds("help")));
  EXPECT_THAT(absl::StatusOr<std::string>(absl::AbortedError("hello")), Not(IsOkAndHolds("hello")));
  EXPECT_THAT(absl::StatusOr<std::unique_ptr<int>>(std::make_unique<int>(7)), IsOkAndHolds(Pointee(7)));
}

TEST(FakeClockTest, MovesOnlyWhenTold) {
  FakeClock clock(absl::FromUnixSeconds(100));
  EXPECT_EQ(clock.Now(), absl::FromUnixSeconds(100));
  clock.Advance(absl::Seconds(5));
  EXPECT_EQ(clock.Now(), absl::FromUnixSeconds(105));
  clock.SetNow(absl::FromUnixSeconds(7));
  EXPECT_EQ(clock.Now(), absl::FromUnixSeconds(7));
}

}  // namespace
}  // namespace paseto
