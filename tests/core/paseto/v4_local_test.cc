#include "grpc_paseto/core/paseto/v4_local.h"

#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "grpc_paseto/core/paseto/testing/fixed_randomness.h"
#include "grpc_paseto/core/paseto/v4_public.h"
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

absl::StatusOr<std::string> Open(const V4LocalKey& key, absl::string_view text, absl::string_view assertion) {
  const absl::StatusOr<UntrustedToken> token = UntrustedToken::Parse(text);
  if (!token.ok()) return token.status();
  return V4LocalOpen(key, *token, assertion);
}

class V4LocalTest : public ::testing::Test {
 protected:
  const V4LocalKey key_ = V4LocalKey::Generate();
  const std::string text_ = V4LocalSeal(key_, kMessage, kFooter, kAssertion);
  const UntrustedToken token_ = UntrustedToken::Parse(text_).value();
  const std::string body_ = std::string(token_.untrusted_body());
};

TEST_F(V4LocalTest, AGoodTokenGivesItsMessage) {
  EXPECT_THAT(Open(key_, text_, kAssertion), IsOkAndHolds(kMessage));
  EXPECT_EQ(token_.untrusted_footer(), kFooter);
}

TEST_F(V4LocalTest, TheMessageDoesNotShow) {
  EXPECT_THAT(body_, Not(HasSubstr("alice")));
  EXPECT_EQ(body_.size(), 32 + std::string(kMessage).size() + 32);
}

TEST_F(V4LocalTest, EverySealHasItsOwnNonce) {
  std::set<std::string> nonces;
  for (int i = 0; i < 100; ++i) {
    const UntrustedToken token = UntrustedToken::Parse(V4LocalSeal(key_, kMessage, "", "")).value();
    nonces.insert(std::string(token.untrusted_body().substr(0, 32)));
  }
  EXPECT_EQ(nonces.size(), 100u);
}

TEST_F(V4LocalTest, EveryBitFlipInTheTextFails) {
  for (const std::string& text : EveryBitFlip(text_)) ASSERT_THAT(Open(key_, text, kAssertion), Not(IsOk())) << text;
}

TEST_F(V4LocalTest, EveryBitFlipInBodyFooterOrAssertionIsUnauthenticated) {
  for (const std::string& flipped : EveryBitFlip(body_)) {
    ASSERT_THAT(Open(key_, EncodeToken(kV4Local, flipped, kFooter), kAssertion),
                StatusIs(absl::StatusCode::kUnauthenticated));
  }
  for (const std::string& flipped : EveryBitFlip(kFooter)) {
    ASSERT_THAT(Open(key_, EncodeToken(kV4Local, body_, flipped), kAssertion),
                StatusIs(absl::StatusCode::kUnauthenticated));
  }
  for (const std::string& flipped : EveryBitFlip(kAssertion)) {
    ASSERT_THAT(Open(key_, text_, flipped), StatusIs(absl::StatusCode::kUnauthenticated));
  }
}

TEST_F(V4LocalTest, EveryTruncationFails) {
  for (const std::string& text : EveryTruncation(text_)) ASSERT_THAT(Open(key_, text, kAssertion), Not(IsOk())) << text;
  for (const std::string& cut : EveryTruncation(body_)) {
    ASSERT_THAT(Open(key_, EncodeToken(kV4Local, cut, kFooter), kAssertion), Not(IsOk()));
  }
  for (const std::string& cut : EveryTruncation(kFooter)) {
    ASSERT_THAT(Open(key_, EncodeToken(kV4Local, body_, cut), kAssertion),
                StatusIs(absl::StatusCode::kUnauthenticated));
  }
  for (const std::string& cut : EveryTruncation(kAssertion)) {
    ASSERT_THAT(Open(key_, text_, cut), StatusIs(absl::StatusCode::kUnauthenticated));
  }
}

TEST_F(V4LocalTest, ABodyShorterThanNonceAndTagIsInvalidWithAndWithoutFooter) {
  for (const std::string& footer : {std::string(), std::string(300, 'f')}) {
    for (size_t size = 1; size < 64; ++size) {
      ASSERT_THAT(Open(key_, EncodeToken(kV4Local, std::string(size, '\0'), footer), ""),
                  StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("shorter")));
    }
    EXPECT_THAT(Open(key_, EncodeToken(kV4Local, std::string(64, '\0'), footer), ""),
                StatusIs(absl::StatusCode::kUnauthenticated));
  }
}

TEST_F(V4LocalTest, EmptyPartsAreAuthenticatedToo) {
  const std::string text = V4LocalSeal(key_, "", "", "");
  EXPECT_THAT(Open(key_, text, ""), IsOkAndHolds(""));
  EXPECT_THAT(Open(key_, text, "x"), StatusIs(absl::StatusCode::kUnauthenticated));
}

// A default string_view has no pointer at all, which memory functions may not be given.
TEST_F(V4LocalTest, NullViewsAreEmptyParts) {
  const std::string text = V4LocalSeal(key_, {}, {}, {});
  EXPECT_THAT(Open(key_, text, {}), IsOkAndHolds(""));
}

TEST_F(V4LocalTest, AnotherKeyIsUnauthenticated) {
  EXPECT_THAT(Open(V4LocalKey::Generate(), text_, kAssertion), StatusIs(absl::StatusCode::kUnauthenticated));
}

TEST_F(V4LocalTest, FooterAndAssertionCannotChangePlaces) {
  EXPECT_THAT(Open(key_, EncodeToken(kV4Local, body_, kAssertion), kFooter),
              StatusIs(absl::StatusCode::kUnauthenticated));
}

TEST_F(V4LocalTest, APublicTokenIsInvalid) {
  EXPECT_THAT(Open(key_, V4PublicSign(V4SecretKey::Generate(), kMessage, "", ""), ""),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("v4.public")));
  EXPECT_THAT(Open(key_, EncodeToken(kV4Public, body_, kFooter), kAssertion),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

// The classic confusion: a token sealed with a verifier's public key, which everybody knows, as the local key.
TEST_F(V4LocalTest, ATokenSealedWithPublicBytesPassesNoVerifier) {
  const V4PublicKey public_key = V4SecretKey::Generate().public_key();
  const V4LocalKey confused = V4LocalKey::FromBytes(SecretBytes::CopyFrom(public_key.bytes())).value();
  const UntrustedToken token = UntrustedToken::Parse(V4LocalSeal(confused, kMessage, "", "")).value();
  EXPECT_THAT(V4PublicVerify(public_key, token, ""), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(V4LocalKeyTest, OtherSizesAreRefused) {
  for (size_t size : {0, 1, 31, 33, 64}) {
    EXPECT_THAT(V4LocalKey::FromBytes(SecretBytes::Random(size)),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(absl::StrCat("32 bytes, got ", size))));
  }
}

TEST(V4LocalKeyTest, GeneratedKeysDiffer) {
  EXPECT_FALSE(V4LocalKey::Generate().secret().Equals(V4LocalKey::Generate().secret()));
}

TEST(V4LocalKeyDeathTest, AMovedFromKeySealsAndOpensNothing) {
  V4LocalKey key = V4LocalKey::Generate();
  const UntrustedToken token = UntrustedToken::Parse(V4LocalSeal(key, "m", "", "")).value();
  const V4LocalKey taken = std::move(key);
  EXPECT_DEATH(V4LocalSeal(key, "m", "", ""), "check failed");                   // NOLINT(bugprone-use-after-move)
  EXPECT_DEATH(static_cast<void>(V4LocalOpen(key, token, "")), "check failed");  // NOLINT(bugprone-use-after-move)
}

TEST(V4LocalSealWithNonceDeathTest, TakesANonceOfTheOneSizeOnly) {
  const V4LocalKey key = V4LocalKey::Generate();
  for (size_t size : {0, 24, 31, 33}) {
    EXPECT_DEATH(testing_only::V4LocalSealWithNonce(key, "m", "", "", std::string(size, 'n')), "check failed");
  }
}

}  // namespace
}  // namespace paseto
