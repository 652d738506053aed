#include "grpc_paseto/service/store/stored_values.h"

#include <gtest/gtest.h>

#include <string>

namespace paseto::service {
namespace {

TEST(StoredValues, UuidsKeepTheirBytesAndComeBackAsTheyWere) {
  const std::string text = "018cc251-f400-7abc-8def-0123456789ff";
  const absl::optional<UuidBytes> bytes = ParseUuid(text);
  ASSERT_TRUE(bytes.has_value());
  EXPECT_EQ(std::string(bytes->begin(), bytes->end()),
            std::string("\x01\x8c\xc2\x51\xf4\x00\x7a\xbc\x8d\xef\x01\x23\x45\x67\x89\xff", 16));
  EXPECT_EQ(FormatUuid(*bytes), text);
}

TEST(StoredValues, OnlyTheUsualSpellingIsAUuid) {
  for (const char* text : {"", "018cc251-f400-7abc-8def-0123456789f", "018cc251-f400-7abc-8def-0123456789ff0",
                           "018CC251-f400-7abc-8def-0123456789ff", "018cc251+f400-7abc-8def-0123456789ff",
                           "018cc251f-400-7abc-8def-0123456789ff", "018cc251-f400-7abc-8def00123456789ff",
                           "018cc251-f400-7abc-8def-0123456789fg", "{18cc251-f400-7abc-8def-0123456789ff"}) {
    EXPECT_FALSE(ParseUuid(text).has_value()) << text;
  }
}

TEST(StoredValues, InstantsComeBackAtWholeMicroseconds) {
  const absl::Time second = absl::FromUnixSeconds(1704067200);
  for (const absl::Time time : {second, second + absl::Microseconds(1), absl::UnixEpoch() - absl::Microseconds(1),
                                absl::InfiniteFuture(), absl::InfinitePast()}) {
    EXPECT_EQ(FromStoredTime(ToStoredTime(time)), time);
  }
  EXPECT_EQ(FromStoredTime(ToStoredTime(second + absl::Nanoseconds(1999))), second + absl::Microseconds(1));
  EXPECT_EQ(FromStoredTime(ToStoredTime(absl::UnixEpoch() - absl::Nanoseconds(1))),
            absl::UnixEpoch() - absl::Microseconds(1));
}

}  // namespace
}  // namespace paseto::service
