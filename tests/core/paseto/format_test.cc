#include "grpc_paseto/core/paseto/format.h"

#include "gmock/gmock.h"
#include "grpc_paseto/tests/support/status_matchers.h"
#include "gtest/gtest.h"

namespace paseto {
namespace {

using ::testing::HasSubstr;

TEST(FormatTest, NamesAndHeadersBelongTogether) {
  EXPECT_EQ(TokenKindName(kV4Public), "v4.public");
  EXPECT_EQ(TokenKindName(kV4Local), "v4.local");
  EXPECT_EQ(TokenHeader(kV4Public), "v4.public.");
  EXPECT_EQ(TokenHeader(kV4Local), "v4.local.");
  EXPECT_EQ(TokenKindName(kV3Public), "v3.public");
  EXPECT_EQ(TokenKindName(kV3Local), "v3.local");
  EXPECT_EQ(TokenHeader(kV3Public), "v3.public.");
  EXPECT_EQ(TokenHeader(kV3Local), "v3.local.");
  for (TokenKind kind : {kV4Public, kV4Local, kV3Public, kV3Local})
    EXPECT_THAT(ParseTokenKind(TokenKindName(kind)), IsOkAndHolds(kind));
}

TEST(FormatTest, NothingElseIsAKind) {
  for (absl::string_view name :
       {"",          "v4",        "v4.",      "v4.public.", "V4.public", "v4.Public", "v4.PUBLIC", "v4c.public",
        "v4.local ", " v4.local", "v3.",      "V3.local",   "v3.secret", "k3.public", "v2.local",  "v2.public",
        "v1.local",  "v1.public", "v5.local", "v4.secret",  "v4-local",  "k4.local"}) {
    EXPECT_THAT(ParseTokenKind(name), StatusIs(absl::StatusCode::kInvalidArgument)) << name;
  }
}

TEST(FormatTest, LegacyKindsHaveNamesAndAParserOfTheirOwn) {
  for (TokenKind kind : {kV2Public, kV2Local, kV1Public, kV1Local}) {
    EXPECT_TRUE(IsLegacy(kind));
    EXPECT_THAT(ParseTokenKindAllowingLegacy(TokenKindName(kind)), IsOkAndHolds(kind));
    EXPECT_THAT(ParseTokenKind(TokenKindName(kind)),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("deprecated")));
  }
  for (TokenKind kind : {kV4Public, kV4Local, kV3Public, kV3Local}) {
    EXPECT_FALSE(IsLegacy(kind));
    EXPECT_THAT(ParseTokenKindAllowingLegacy(TokenKindName(kind)), IsOkAndHolds(kind));
  }
  EXPECT_EQ(TokenHeader(kV2Public), "v2.public.");
  EXPECT_EQ(TokenHeader(kV1Local), "v1.local.");
  EXPECT_THAT(ParseTokenKindAllowingLegacy("v0.local"), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(FormatTest, ATokenWithoutFooterHasThreeSegments) {
  EXPECT_EQ(EncodeToken(kV4Local, "foo", ""), "v4.local.Zm9v");
  EXPECT_EQ(EncodeToken(kV4Public, "foo", "f"), "v4.public.Zm9v.Zg");
}

}  // namespace
}  // namespace paseto
