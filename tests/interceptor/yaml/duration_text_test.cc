#include "grpc_paseto/interceptor/yaml/duration_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace paseto::interceptor {
namespace {

using ::testing::Optional;

TEST(ParseDurationText, ReadsUnitsFromLargeToSmall) {
  EXPECT_THAT(ParseDurationText("0s"), Optional(absl::ZeroDuration()));
  EXPECT_THAT(ParseDurationText("90s"), Optional(absl::Seconds(90)));
  EXPECT_THAT(ParseDurationText("10m"), Optional(absl::Minutes(10)));
  EXPECT_THAT(ParseDurationText("1h30m"), Optional(absl::Minutes(90)));
  EXPECT_THAT(ParseDurationText("7d"), Optional(absl::Hours(7 * 24)));
  EXPECT_THAT(ParseDurationText("250ms"), Optional(absl::Milliseconds(250)));
  EXPECT_THAT(ParseDurationText("1d2h3m4s5ms"),
              Optional(absl::Hours(26) + absl::Minutes(3) + absl::Seconds(4) + absl::Milliseconds(5)));
}

TEST(ParseDurationText, RefusesEverythingElse) {
  for (const char* text : {"", "s", "10", "0", "-1s", "+1s", "1.5h", "1 h", " 1h", "1h ", "1H", "30m1h", "1m1m", "1w",
                           "1hm", "1h30", "99999999999999999999s", "inf", "1e3s"}) {
    EXPECT_EQ(ParseDurationText(text), absl::nullopt) << text;
  }
}

TEST(ParseDurationText, EndsAtTenThousandYears) {
  EXPECT_THAT(ParseDurationText("315576000000s"), Optional(absl::Seconds(315'576'000'000)));
  EXPECT_EQ(ParseDurationText("315576000000s1ms"), absl::nullopt);
  EXPECT_EQ(ParseDurationText("315576000001s"), absl::nullopt);
  EXPECT_EQ(ParseDurationText("9223372036854775807d"), absl::nullopt);
}

TEST(FormatDurationText, WritesWhatParseReads) {
  for (const char* text : {"0s", "90d", "1h30m", "1d2h3m4s5ms", "59s"}) {
    EXPECT_EQ(FormatDurationText(*ParseDurationText(text)), text);
  }
}

TEST(FormatDurationText, CarriesIntoLargerUnits) {
  EXPECT_EQ(FormatDurationText(absl::Seconds(90)), "1m30s");
  EXPECT_EQ(FormatDurationText(absl::Hours(48)), "2d");
}

}  // namespace
}  // namespace paseto::interceptor
