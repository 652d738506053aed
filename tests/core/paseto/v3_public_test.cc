#include "grpc_paseto/core/paseto/v3_public.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "grpc_paseto/core/paseto/v3_local.h"
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

// The message, as text: the view that V3PublicVerify gives would outlive the token.
absl::StatusOr<std::string> Verify(const V3PublicKey& key, absl::string_view text, absl::string_view assertion) {
  const absl::StatusOr<UntrustedToken> token = UntrustedToken::Parse(text);
  if (!token.ok()) return token.status();
  const absl::StatusOr<absl::string_view> message = V3PublicVerify(key, *token, assertion);
  if (!message.ok()) return message.status();
  return std::string(*message);
}

class V3PublicTest : public ::testing::Test {
 protected:
  const V3SecretKey key_ = V3SecretKey::Generate();
  const V3PublicKey public_key_ = key_.public_key().value();
  const std::string text_ = V3PublicSign(key_, kMessage, kFooter, kAssertion).value();
  const UntrustedToken token_ = UntrustedToken::Parse(text_).value();
};

TEST_F(V3PublicTest, AGoodTokenGivesItsMessage) {
  EXPECT_THAT(Verify(public_key_, text_, kAssertion), IsOkAndHolds(kMessage));
  EXPECT_EQ(token_.untrusted_footer(), kFooter);
}

TEST_F(V3PublicTest, TheMessageIsAViewIntoTheToken) {
  const absl::StatusOr<absl::string_view> message = V3PublicVerify(public_key_, token_, kAssertion);
  ASSERT_THAT(message, IsOk());
  EXPECT_EQ(message->data(), token_.untrusted_body().data());
}

TEST_F(V3PublicTest, EveryBitFlipInTheTextFails) {
  for (const std::string& text : EveryBitFlip(text_)) {
    ASSERT_THAT(Verify(public_key_, text, kAssertion), Not(IsOk())) << text;
  }
}

TEST_F(V3PublicTest, EveryBitFlipInBodyFooterOrAssertionIsUnauthenticated) {
  const std::string body(token_.untrusted_body());
  for (const std::string& flipped : EveryBitFlip(body)) {
    ASSERT_THAT(Verify(public_key_, EncodeToken(kV3Public, flipped, kFooter), kAssertion),
                StatusIs(absl::StatusCode::kUnauthenticated));
  }
  for (const std::string& flipped : EveryBitFlip(kFooter)) {
    ASSERT_THAT(Verify(public_key_, EncodeToken(kV3Public, body, flipped), kAssertion),
                StatusIs(absl::StatusCode::kUnauthenticated));
  }
  for (const std::string& flipped : EveryBitFlip(kAssertion)) {
    ASSERT_THAT(Verify(public_key_, text_, flipped), StatusIs(absl::StatusCode::kUnauthenticated));
  }
}

TEST_F(V3PublicTest, EveryTruncationFails) {
  const std::string body(token_.untrusted_body());
  for (const std::string& text : EveryTruncation(text_)) {
    ASSERT_THAT(Verify(public_key_, text, kAssertion), Not(IsOk())) << text;
  }
  for (const std::string& cut : EveryTruncation(body)) {
    ASSERT_THAT(Verify(public_key_, EncodeToken(kV3Public, cut, kFooter), kAssertion), Not(IsOk()));
  }
  for (const std::string& cut : EveryTruncation(kFooter)) {
    ASSERT_THAT(Verify(public_key_, EncodeToken(kV3Public, body, cut), kAssertion),
                StatusIs(absl::StatusCode::kUnauthenticated));
  }
  for (const std::string& cut : EveryTruncation(kAssertion)) {
    ASSERT_THAT(Verify(public_key_, text_, cut), StatusIs(absl::StatusCode::kUnauthenticated));
  }
}

TEST_F(V3PublicTest, ABodyShorterThanASignatureIsInvalidWithAndWithoutFooter) {
  for (const std::string& footer : {std::string(), std::string(300, 'f')}) {
    for (size_t size = 1; size < 96; ++size) {
      ASSERT_THAT(Verify(public_key_, EncodeToken(kV3Public, std::string(size, '\0'), footer), ""),
                  StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("shorter")));
    }
    EXPECT_THAT(Verify(public_key_, EncodeToken(kV3Public, std::string(96, '\0'), footer), ""),
                StatusIs(absl::StatusCode::kUnauthenticated));
  }
}

TEST_F(V3PublicTest, EmptyPartsAreSignedToo) {
  const std::string text = V3PublicSign(key_, "", "", "").value();
  EXPECT_THAT(Verify(public_key_, text, ""), IsOkAndHolds(""));
  EXPECT_THAT(Verify(public_key_, text, "x"), StatusIs(absl::StatusCode::kUnauthenticated));
}

TEST_F(V3PublicTest, SignaturesOfOneMessageDiffer) {
  EXPECT_NE(V3PublicSign(key_, kMessage, kFooter, kAssertion).value(), text_);
}

// A default string_view has no pointer at all, which memory functions may not be given.
TEST_F(V3PublicTest, NullViewsAreEmptyParts) {
  const std::string text = V3PublicSign(key_, {}, {}, {}).value();
  EXPECT_THAT(Verify(public_key_, text, {}), IsOkAndHolds(""));
}

TEST_F(V3PublicTest, AnotherKeyIsUnauthenticated) {
  EXPECT_THAT(Verify(V3SecretKey::Generate().public_key().value(), text_, kAssertion),
              StatusIs(absl::StatusCode::kUnauthenticated));
}

TEST_F(V3PublicTest, FooterAndAssertionCannotChangePlaces) {
  EXPECT_THAT(Verify(public_key_, EncodeToken(kV3Public, token_.untrusted_body(), kAssertion), kFooter),
              StatusIs(absl::StatusCode::kUnauthenticated));
}

TEST_F(V3PublicTest, BytesCannotMoveFromTheMessageToTheFooter) {
  const std::string body(token_.untrusted_body());
  const std::string signature = body.substr(body.size() - 96), message = body.substr(0, body.size() - 96);
  const std::string moved = EncodeToken(kV3Public, message.substr(0, message.size() - 1) + signature,
                                        message.substr(message.size() - 1) + kFooter);
  EXPECT_THAT(Verify(public_key_, moved, kAssertion), StatusIs(absl::StatusCode::kUnauthenticated));
}

TEST_F(V3PublicTest, ALocalTokenIsInvalid) {
  EXPECT_THAT(Verify(public_key_, V3LocalSeal(V3LocalKey::Generate(), kMessage, "", ""), ""),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("v3.local")));
  // Even with a body whose signature is good: the kind is compared, not only authenticated.
  EXPECT_THAT(Verify(public_key_, EncodeToken(kV3Local, token_.untrusted_body(), kFooter), kAssertion),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(V3PublicTest, ATokenOfTheOtherVersionIsInvalid) {
  EXPECT_THAT(Verify(public_key_, V4PublicSign(V4SecretKey::Generate(), kMessage, "", ""), ""),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("v4.public")));
  EXPECT_THAT(V4PublicVerify(V4SecretKey::Generate().public_key(), token_, kAssertion),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("v3.public")));
}

TEST(V3PublicDeathTest, AMovedFromKeySignsNothing) {
  V3SecretKey key = V3SecretKey::Generate();
  const V3SecretKey taken = std::move(key);
  EXPECT_DEATH(static_cast<void>(V3PublicSign(key, "m", "", "")), "check failed");  // NOLINT(bugprone-use-after-move)
  EXPECT_DEATH(static_cast<void>(key.public_key()), "check failed");                // NOLINT(bugprone-use-after-move)
}

}  // namespace
}  // namespace paseto
