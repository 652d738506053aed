#include "grpc_paseto/core/token/rfc3339.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace paseto {
namespace {

using ::testing::Eq;
using ::testing::Optional;

absl::Time Utc(int year, int month, int day, int hour = 0, int minute = 0, int second = 0) {
  return absl::FromCivil(absl::CivilSecond(year, month, day, hour, minute, second), absl::UTCTimeZone());
}

TEST(ParseRfc3339Test, ReadsZAndNumericOffsets) {
  EXPECT_EQ(ParseRfc3339("2022-01-01T00:00:00Z"), Utc(2022, 1, 1));
  EXPECT_EQ(ParseRfc3339("2022-01-01T00:00:00+00:00"), Utc(2022, 1, 1));
  EXPECT_EQ(ParseRfc3339("2022-01-01T00:00:00-00:00"), Utc(2022, 1, 1));
  EXPECT_EQ(ParseRfc3339("2022-01-01T02:30:00+02:30"), Utc(2022, 1, 1));
  EXPECT_EQ(ParseRfc3339("2021-12-31T19:00:00-05:00"), Utc(2022, 1, 1));
  EXPECT_EQ(ParseRfc3339("2022-01-01T23:59:00+23:59"), Utc(2022, 1, 1));
}

TEST(ParseRfc3339Test, ReadsFractionsOfAnyLength) {
  EXPECT_EQ(ParseRfc3339("2022-01-01T00:00:00.5Z"), Utc(2022, 1, 1) + absl::Milliseconds(500));
  EXPECT_EQ(ParseRfc3339("2022-01-01T00:00:00.123456789Z"), Utc(2022, 1, 1) + absl::Nanoseconds(123456789));
  for (size_t digits = 1; digits <= 40; ++digits) {
    const std::string text = "2022-01-01T00:00:00." + std::string(digits, '0') + "+00:00";
    EXPECT_EQ(ParseRfc3339(text), Utc(2022, 1, 1)) << text;
  }
  EXPECT_LT(*ParseRfc3339("2022-01-01T00:00:00." + std::string(40, '9') + "Z"), Utc(2022, 1, 1, 0, 0, 1));
}

TEST(ParseRfc3339Test, KnowsLeapDaysAndTheEndsOfTheCalendar) {
  EXPECT_EQ(ParseRfc3339("2024-02-29T00:00:00Z"), Utc(2024, 2, 29));
  EXPECT_EQ(ParseRfc3339("2000-02-29T00:00:00Z"), Utc(2000, 2, 29));
  EXPECT_EQ(ParseRfc3339("0001-01-01T00:00:00Z"), Utc(1, 1, 1));
  EXPECT_EQ(ParseRfc3339("9999-12-31T23:59:59Z"), Utc(9999, 12, 31, 23, 59, 59));
}

class RefusedDateTest : public ::testing::TestWithParam<const char*> {};

TEST_P(RefusedDateTest, IsRefused) { EXPECT_EQ(ParseRfc3339(GetParam()), absl::nullopt); }

INSTANTIATE_TEST_SUITE_P(
    Dates, RefusedDateTest,
    ::testing::Values("", "2022-01-01", "2022-01-01T00:00:00", "2022-01-01t00:00:00Z", "2022-01-01T00:00:00z",
                      "2022-01-01 00:00:00Z", "2022-01-01T00:00:00+24:00", "2022-01-01T00:00:00+00:60",
                      "2022-01-01T00:00:00+0000", "2022-01-01T00:00:00+00", "2022-01-01T00:00:00 Z",
                      "2022-01-01T00:00:00Z ", " 2022-01-01T00:00:00Z", "2022-01-01T00:00:00ZZ",
                      "2022-01-01T00:00:00.Z", "2022-01-01T00:00:00,5Z", "2022-01-01T00:00:00.5",
                      "2022-01-01T00:00:00.5.5Z", "2022-01-01T00:00Z", "2022-01-01T24:00:00Z", "2022-01-01T00:60:00Z",
                      "2022-01-01T00:00:60Z", "2016-12-31T23:59:60Z", "2023-02-29T00:00:00Z", "1900-02-29T00:00:00Z",
                      "2022-04-31T00:00:00Z", "2022-00-01T00:00:00Z", "2022-13-01T00:00:00Z", "2022-01-00T00:00:00Z",
                      "2022-01-32T00:00:00Z", "0000-01-01T00:00:00Z", "10000-01-01T00:00:00Z", "-001-01-01T00:00:00Z",
                      "+2022-01-01T00:00:00Z", "2022-1-1T00:00:00Z", "2022-01-01T0:00:00Z", "20220101T000000Z",
                      "2022-01-01T00:00:00+0a:00", "1640995200"));

TEST(FormatRfc3339Test, WritesWholeSecondsRoundedDown) {
  EXPECT_THAT(FormatRfc3339(Utc(2022, 1, 1)), Optional(Eq("2022-01-01T00:00:00Z")));
  EXPECT_THAT(FormatRfc3339(Utc(2022, 1, 1) + absl::Milliseconds(999)), Optional(Eq("2022-01-01T00:00:00Z")));
  EXPECT_THAT(FormatRfc3339(Utc(1969, 12, 31, 23, 59, 59) + absl::Milliseconds(1)),
              Optional(Eq("1969-12-31T23:59:59Z")));
}

TEST(FormatRfc3339Test, RefusesYearsWithoutFourDigits) {
  EXPECT_THAT(FormatRfc3339(Utc(1, 1, 1)), Optional(Eq("0001-01-01T00:00:00Z")));
  EXPECT_THAT(FormatRfc3339(Utc(9999, 12, 31, 23, 59, 59)), Optional(Eq("9999-12-31T23:59:59Z")));
  EXPECT_EQ(FormatRfc3339(Utc(1, 1, 1) - absl::Seconds(1)), absl::nullopt);
  EXPECT_EQ(FormatRfc3339(Utc(10000, 1, 1)), absl::nullopt);
  EXPECT_EQ(FormatRfc3339(absl::InfiniteFuture()), absl::nullopt);
  EXPECT_EQ(FormatRfc3339(absl::InfinitePast()), absl::nullopt);
}

}  // namespace
}  // namespace paseto
