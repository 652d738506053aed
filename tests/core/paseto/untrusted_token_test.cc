#include "grpc_paseto/core/paseto/untrusted_token.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "grpc_paseto/core/paseto/base64url.h"
#include "grpc_paseto/tests/support/status_matchers.h"
#include "gtest/gtest.h"

namespace paseto {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(UntrustedTokenTest, TakesThreeSegmentsApart) {
  const absl::StatusOr<UntrustedToken> token = UntrustedToken::Parse("v4.local.Zm9v");
  ASSERT_THAT(token, IsOk());
  EXPECT_EQ(token->untrusted_kind(), kV4Local);
  EXPECT_EQ(token->untrusted_body(), "foo");
  EXPECT_EQ(token->untrusted_footer(), "");
}

TEST(UntrustedTokenTest, TakesFourSegmentsApart) {
  const absl::StatusOr<UntrustedToken> token = UntrustedToken::Parse("v4.public.Zm9v.YmFy");
  ASSERT_THAT(token, IsOk());
  EXPECT_EQ(token->untrusted_kind(), kV4Public);
  EXPECT_EQ(token->untrusted_body(), "foo");
  EXPECT_EQ(token->untrusted_footer(), "bar");
}

struct BadText {
  const char* name;
  std::string text;
};
class UntrustedTokenBadTextTest : public ::testing::TestWithParam<BadText> {};

TEST_P(UntrustedTokenBadTextTest, IsRefused) {
  EXPECT_THAT(UntrustedToken::Parse(GetParam().text), StatusIs(absl::StatusCode::kInvalidArgument));
}

INSTANTIATE_TEST_SUITE_P(Segments, UntrustedTokenBadTextTest,
                         ::testing::ValuesIn<BadText>({{"None", ""},
                                                       {"OnlyPeriods", "..."},
                                                       {"One", "v4"},
                                                       {"Two", "v4.local"},
                                                       {"TwoWithHeaderPeriod", "v4.local."},
                                                       {"EmptyBodyBeforeFooter", "v4.local..Zm9v"},
                                                       {"EmptyBodyAndFooter", "v4.local.."},
                                                       {"EmptyFooter", "v4.local.Zm9v."},
                                                       {"Five", "v4.local.Zm9v.Zm9v.Zm9v"},
                                                       {"FiveWithEmptyLast", "v4.local.Zm9v.Zm9v."},
                                                       {"FiveWithEmptyFooter", "v4.local.Zm9v..Zm9v"},
                                                       {"Six", "v4.local.Zm9v.Zm9v.Zm9v.Zm9v"},
                                                       {"LeadingPeriod", ".v4.local.Zm9v"},
                                                       {"EmptyVersion", ".local.Zm9v"},
                                                       {"EmptyPurpose", "v4..Zm9v"}}),
                         [](const auto& info) { return std::string(info.param.name); });

INSTANTIATE_TEST_SUITE_P(Header, UntrustedTokenBadTextTest,
                         ::testing::ValuesIn<BadText>({{"UpperVersion", "V4.local.Zm9v"},
                                                       {"UpperPurpose", "v4.Local.Zm9v"},
                                                       {"OtherEncoding", "v4c.local.Zm9v"},
                                                       {"NeighbourVersion", "v2.local.Zm9v"},
                                                       {"FutureVersion", "v5.local.Zm9v"},
                                                       {"UnknownPurpose", "v4.secret.Zm9v"},
                                                       {"LeadingSpace", " v4.local.Zm9v"},
                                                       {"SpaceAfterPurpose", "v4.local .Zm9v"},
                                                       {"Bearer", "Bearer v4.local.Zm9v"},
                                                       {"NulInHeader", std::string("v4.local\0.Zm9v", 14)}}),
                         [](const auto& info) { return std::string(info.param.name); });

INSTANTIATE_TEST_SUITE_P(Encoding, UntrustedTokenBadTextTest,
                         ::testing::ValuesIn<BadText>({{"PaddedBody", "v4.local.Zg=="},
                                                       {"PaddedFooter", "v4.local.Zm9v.Zg=="},
                                                       {"TrailingBitsInBody", "v4.local.Zh"},
                                                       {"TrailingBitsInFooter", "v4.local.Zm9v.Zm9"},
                                                       {"ImpossibleBodyLength", "v4.local.Zm9vZ"},
                                                       {"ImpossibleFooterLength", "v4.local.Zm9v.Z"},
                                                       {"PlusInBody", "v4.local.+m9v"},
                                                       {"SlashInFooter", "v4.local.Zm9v./m9v"},
                                                       {"TrailingNewline", "v4.local.Zm9v\n"},
                                                       {"TrailingSpaceInFooter", "v4.local.Zm9v.Zm9v "},
                                                       {"NulInBody", std::string("v4.local.Zm9\0", 13)},
                                                       {"NulAtEnd", std::string("v4.local.Zm9v\0", 14)},
                                                       {"NulInFooter", std::string("v4.local.Zm9v.Zm\0v", 18)}}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(UntrustedTokenTest, LegacyVersionsAreReadOnlyOnRequest) {
  for (absl::string_view text :
       {"v2.local.Zm9v.YmFy", "v2.public.Zm9v.YmFy", "v1.local.Zm9v.YmFy", "v1.public.Zm9v.YmFy"}) {
    EXPECT_THAT(UntrustedToken::Parse(text), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("deprecated")));
    const absl::StatusOr<UntrustedToken> token = UntrustedToken::ParseAllowingLegacy(text);
    ASSERT_THAT(token, IsOk());
    EXPECT_TRUE(IsLegacy(token->untrusted_kind()));
    EXPECT_EQ(token->untrusted_body(), "foo");
    EXPECT_EQ(token->untrusted_footer(), "bar");
  }
  EXPECT_THAT(UntrustedToken::ParseAllowingLegacy("v4.local.Zm9v"), IsOk());
  for (absl::string_view text : {"v2.local.Zm9v.", "v2.local..Zm9v", "v2.local.Zg==", "v2.local.Zh", "V2.local.Zm9v",
                                 "v0.local.Zm9v", "v2.local", "v1.secret.Zm9v"}) {
    EXPECT_THAT(UntrustedToken::ParseAllowingLegacy(text), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
}

TEST(UntrustedTokenTest, TooFewAndTooManySegmentsAreNamedAsSuch) {
  for (absl::string_view text :
       {"", "v4", "v4.local", "v4.local.Zg.Zg.Zg", "v4.local.Zg.Zg.Zg.Zg", "v4.local.Zg.Zg."}) {
    EXPECT_THAT(UntrustedToken::Parse(text), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("segments")));
  }
}

TEST(UntrustedTokenTest, TheLengthLimitIsExact) {
  const std::string header = "v4.local.";
  const std::string text = absl::StrCat(header, std::string(kMaxTokenBytes - header.size(), 'A'));
  EXPECT_THAT(UntrustedToken::Parse(text), IsOk());
  EXPECT_THAT(UntrustedToken::Parse(absl::StrCat(text, "A")),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("longer than")));
}

TEST(UntrustedTokenTest, ErrorsNameTheSegmentAndNeverItsText) {
  EXPECT_THAT(UntrustedToken::Parse("v4.local.U0VDUkVU+"),
              StatusIs(absl::StatusCode::kInvalidArgument, AllOf(HasSubstr("body"), Not(HasSubstr("U0VD")))));
  EXPECT_THAT(UntrustedToken::Parse("v4.local.Zm9v.U0VDUkVU+"),
              StatusIs(absl::StatusCode::kInvalidArgument, AllOf(HasSubstr("footer"), Not(HasSubstr("U0VD")))));
  EXPECT_THAT(UntrustedToken::Parse("SECRET.SECRET.SECRET"),
              StatusIs(absl::StatusCode::kInvalidArgument, Not(HasSubstr("SECRET"))));
}

}  // namespace
}  // namespace paseto
