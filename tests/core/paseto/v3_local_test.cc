#include "grpc_paseto/core/paseto/v3_local.h"

#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "grpc_paseto/core/paseto/testing/fixed_randomness.h"
#include "grpc_paseto/core/paseto/v3_public.h"
#include "grpc_paseto/core/paseto/v4_local.h"
#include "grpc_paseto/tests/core/paseto/tampered_texts.h"
#include "grpc_paseto/tests/support/status_matchers.h"
#include "gtest/gtest.h"

namespace paseto {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kMessage[] = R"({"sub":"alice"})";
constexpr char kFooter[] = R"({"kid":"k"})";
constexpr char kAssertion[] = "tenant-1";

absl::StatusOr<std::string> Open(const V3LocalKey& key, absl::string_view text, absl::string_view assertion) {
  const absl::StatusOr<UntrustedToken> token = UntrustedToken::Parse(text);
  if (!token.ok()) return token.status();
  return V3LocalOpen(key, *token, assertion);
}

class V3LocalTest : public ::testing::Test {
 protected:
  const V3LocalKey key_ = V3LocalKey::Generate();
  const std::string text_ = V3LocalSeal(key_, kMessage, kFooter, kAssertion);
  const UntrustedToken token_ = UntrustedToken::Parse(text_).value();
  const std::string body_ = std::string(token_.untrusted_body());
};

TEST_F(V3LocalTest, AGoodTokenGivesItsMessage) {
  EXPECT_THAT(Open(key_, text_, kAssertion), IsOkAndHolds(kMessage));
  EXPECT_EQ(token_.untrusted_footer(), kFooter);
}

TEST_F(V3LocalTest, TheMessageDoesNotShow) {
  EXPECT_THAT(body_, Not(HasSubstr("alice")));
  EXPECT_EQ(body_.size(), 32 + std::string(kMessage).size() + 48);
}

TEST_F(V3LocalTest, EverySealHasItsOwnNonce) {
  std::set<std::string> nonces;
  for (int i = 0; i < 100; ++i) {
    const UntrustedToken token = UntrustedToken::Parse(V3LocalSeal(key_, kMessage, "", "")).value();
    nonces.insert(std::string(token.untrusted_body().substr(0, 32)));
  }
  EXPECT_EQ(nonces.size(), 100u);
}

TEST_F(V3LocalTest, EveryBitFlipInTheTextFails) {
  for (const std::string& text : EveryBitFlip(text_)) ASSERT_THAT(Open(key_, text, kAssertion), Not(IsOk())) << text;
}

TEST_F(V3LocalTest, EveryBitFlipInBodyFooterOrAssertionIsUnauthenticated) {
  for (const std::string& flipped : EveryBitFlip(body_)) {
    ASSERT_THAT(Open(key_, EncodeToken(kV3Local, flipped, kFooter), kAssertion),
                StatusIs(absl::StatusCode::kUnauthenticated));
  }
  for (const std::string& flipped : EveryBitFlip(kFooter)) {
    ASSERT_THAT(Open(key_, EncodeToken(kV3Local, body_, flipped), kAssertion),
                StatusIs(absl::StatusCode::kUnauthenticated));
  }
  for (const std::string& flipped : EveryBitFlip(kAssertion)) {
    ASSERT_THAT(Open(key_, text_, flipped), StatusIs(absl::StatusCode::kUnauthenticated));
  }
}

TEST_F(V3LocalTest, EveryTruncationFails) {
  for (const std::string& text : EveryTruncation(text_)) ASSERT_THAT(Open(key_, text, kAssertion), Not(IsOk())) << text;
  for (const std::string& cut : EveryTruncation(body_)) {
    ASSERT_THAT(Open(key_, EncodeToken(kV3Local, cut, kFooter), kAssertion), Not(IsOk()));
  }
  for (const std::string& cut : EveryTruncation(kFooter)) {
    ASSERT_THAT(Open(key_, EncodeToken(kV3Local, body_, cut), kAssertion),
                StatusIs(absl::StatusCode::kUnauthenticated));
  }
  for (const std::string& cut : EveryTruncation(kAssertion)) {
    ASSERT_THAT(Open(key_, text_, cut), StatusIs(absl::StatusCode::kUnauthenticated));
  }
}

TEST_F(V3LocalTest, ABodyShorterThanNonceAndTagIsInvalidWithAndWithoutFooter) {
  for (const std::string& footer : {std::string(), std::string(300, 'f')}) {
    for (size_t size = 1; size < 80; ++size) {
      ASSERT_THAT(Open(key_, EncodeToken(kV3Local, std::string(size, '\0'), footer), ""),
                  StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("shorter")));
    }
    EXPECT_THAT(Open(key_, EncodeToken(kV3Local, std::string(80, '\0'), footer), ""),
                StatusIs(absl::StatusCode::kUnauthenticated));
  }
}

TEST_F(V3LocalTest, EmptyPartsAreAuthenticatedToo) {
  const std::string text = V3LocalSeal(key_, "", "", "");
  EXPECT_THAT(Open(key_, text, ""), IsOkAndHolds(""));
  EXPECT_THAT(Open(key_, text, "x"), StatusIs(absl::StatusCode::kUnauthenticated));
}

// A default string_view has no pointer at all, which memory functions may not be given.
TEST_F(V3LocalTest, NullViewsAreEmptyParts) {
  const std::string text = V3LocalSeal(key_, {}, {}, {});
  EXPECT_THAT(Open(key_, text, {}), IsOkAndHolds(""));
}

TEST_F(V3LocalTest, AnotherKeyIsUnauthenticated) {
  EXPECT_THAT(Open(V3LocalKey::Generate(), text_, kAssertion), StatusIs(absl::StatusCode::kUnauthenticated));
}

TEST_F(V3LocalTest, FooterAndAssertionCannotChangePlaces) {
  EXPECT_THAT(Open(key_, EncodeToken(kV3Local, body_, kAssertion), kFooter),
              StatusIs(absl::StatusCode::kUnauthenticated));
}

TEST_F(V3LocalTest, APublicTokenIsInvalid) {
  EXPECT_THAT(Open(key_, V3PublicSign(V3SecretKey::Generate(), kMessage, "", "").value(), ""),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("v3.public")));
  EXPECT_THAT(Open(key_, EncodeToken(kV3Public, body_, kFooter), kAssertion),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(V3LocalTest, ATokenOfTheOtherVersionIsInvalid) {
  const V4LocalKey other = V4LocalKey::FromBytes(key_.secret().Clone()).value();
  EXPECT_THAT(Open(key_, V4LocalSeal(other, kMessage, "", ""), ""),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("v4.local")));
  EXPECT_THAT(V4LocalOpen(other, token_, kAssertion),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("v3.local")));
}

TEST(V3LocalKeyTest, OtherSizesAreRefused) {
  for (size_t size : {0, 1, 31, 33, 64}) {
    EXPECT_THAT(V3LocalKey::FromBytes(SecretBytes::Random(size)),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(absl::StrCat("32 bytes, got ", size))));
  }
}

TEST(V3LocalKeyTest, GeneratedKeysDiffer) {
  EXPECT_FALSE(V3LocalKey::Generate().secret().Equals(V3LocalKey::Generate().secret()));
}

TEST(V3LocalKeyDeathTest, AMovedFromKeySealsAndOpensNothing) {
  V3LocalKey key = V3LocalKey::Generate();
  const UntrustedToken token = UntrustedToken::Parse(V3LocalSeal(key, "m", "", "")).value();
  const V3LocalKey taken = std::move(key);
  EXPECT_DEATH(V3LocalSeal(key, "m", "", ""), "check failed");                   // NOLINT(bugprone-use-after-move)
  EXPECT_DEATH(static_cast<void>(V3LocalOpen(key, token, "")), "check failed");  // NOLINT(bugprone-use-after-move)
}

TEST(V3LocalSealWithNonceDeathTest, TakesANonceOfTheOneSizeOnly) {
  const V3LocalKey key = V3LocalKey::Generate();
  for (size_t size : {0, 24, 31, 33}) {
    EXPECT_DEATH(testing_only::V3LocalSealWithNonce(key, "m", "", "", std::string(size, 'n')), "check failed");
  }
}

}  // namespace
}  // namespace paseto
