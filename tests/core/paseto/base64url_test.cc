#include "grpc_paseto/core/paseto/base64url.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "grpc_paseto/tests/support/status_matchers.h"
#include "gtest/gtest.h"

namespace paseto {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

bool InAlphabet(char c) { return c != '\0' && std::string(kAlphabet).find(c) != std::string::npos; }

// RFC 4648 section 10, and the two characters in which base64url differs from base64.
TEST(Base64UrlTest, KnownTextsBothWays) {
  const std::pair<std::string, std::string> known[] = {
      {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
      {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xfb\xff\xfe", "-__-"}};
  for (const auto& [bytes, text] : known) {
    EXPECT_EQ(Base64UrlEncode(bytes), text);
    EXPECT_THAT(Base64UrlDecode(text), IsOkAndHolds(bytes));
  }
}

TEST(Base64UrlTest, EveryByteSurvivesAtEveryPosition) {
  for (size_t size = 1; size <= 7; ++size) {
    for (size_t at = 0; at < size; ++at) {
      for (int value = 0; value < 256; ++value) {
        std::string bytes(size, '\x5a');
        bytes[at] = static_cast<char>(value);
        ASSERT_THAT(Base64UrlDecode(Base64UrlEncode(bytes)), IsOkAndHolds(bytes));
      }
    }
  }
}

TEST(Base64UrlTest, EveryForeignCharacterIsRefusedAtEveryPosition) {
  for (size_t size : {2, 3, 4, 6, 7, 8}) {
    for (size_t at = 0; at < size; ++at) {
      for (int value = 0; value < 256; ++value) {
        if (InAlphabet(static_cast<char>(value))) continue;
        std::string text(size, 'A');
        text[at] = static_cast<char>(value);
        ASSERT_THAT(Base64UrlDecode(text), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("alphabet")))
            << "character " << value << " at " << at << " of " << size;
      }
    }
  }
}

TEST(Base64UrlTest, PaddingWhiteSpaceAndTheOtherAlphabetAreRefused) {
  for (absl::string_view text : {"Zg==", "Zg=", "Zm8=", "Zm9v=", "====", "Zm 8", " Zm9v", "Zm9v ", "Zm9v\n", "Zm9\n",
                                 "\tm9v", "+_8A", "/_8A", "Zm9v\r\n"}) {
    EXPECT_THAT(Base64UrlDecode(text), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
  EXPECT_THAT(Base64UrlDecode(absl::string_view("Zm9v\0", 5)), Not(IsOk()));
  EXPECT_THAT(Base64UrlDecode(absl::string_view("Zm\0v", 4)), Not(IsOk()));
}

TEST(Base64UrlTest, ANullViewIsEmpty) {
  EXPECT_EQ(Base64UrlEncode(absl::string_view()), "");
  EXPECT_THAT(Base64UrlDecode(absl::string_view()), IsOkAndHolds(""));
}

TEST(Base64UrlTest, AnImpossibleLengthIsRefused) {
  for (size_t size : {1, 5, 9, 4097}) {
    EXPECT_THAT(Base64UrlDecode(std::string(size, 'A')),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("length")));
  }
}

// Of the 64 possible last characters, only those whose trailing bits are zero are one that the encoder writes.
TEST(Base64UrlTest, EveryNonCanonicalLastCharacterIsRefused) {
  int canonical_of_two = 0, canonical_of_three = 0;
  for (int value = 0; value < 64; ++value) {
    const std::string two = absl::StrCat("AAAAA", std::string(1, kAlphabet[value]));
    const std::string three = absl::StrCat("AAAAAA", std::string(1, kAlphabet[value]));
    EXPECT_EQ(Base64UrlDecode(two).ok(), value % 16 == 0) << two;
    EXPECT_EQ(Base64UrlDecode(three).ok(), value % 4 == 0) << three;
    canonical_of_two += Base64UrlDecode(two).ok() ? 1 : 0;
    canonical_of_three += Base64UrlDecode(three).ok() ? 1 : 0;
  }
  EXPECT_EQ(canonical_of_two, 4);
  EXPECT_EQ(canonical_of_three, 16);
}

TEST(Base64UrlTest, ErrorsDoNotRepeatTheText) {
  EXPECT_THAT(Base64UrlDecode("c2VjcmV0+"), StatusIs(absl::StatusCode::kInvalidArgument, Not(HasSubstr("c2Vj"))));
}

}  // namespace
}  // namespace paseto
