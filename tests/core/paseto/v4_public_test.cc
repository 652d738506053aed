#include "grpc_paseto/core/paseto/v4_public.h"

#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
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

// The message, as text: the view that V4PublicVerify gives would outlive the token.
absl::StatusOr<std::string> Verify(const V4PublicKey& key, absl::string_view text, absl::string_view assertion) {
  const absl::StatusOr<UntrustedToken> token = UntrustedToken::Parse(text);
  if (!token.ok()) return token.status();
  const absl::StatusOr<absl::string_view> message = V4PublicVerify(key, *token, assertion);
  if (!message.ok()) return message.status();
  return std::string(*message);
}

class V4PublicTest : public ::testing::Test {
 protected:
  const V4SecretKey key_ = V4SecretKey::Generate();
  const std::string text_ = V4PublicSign(key_, kMessage, kFooter, kAssertion);
  const UntrustedToken token_ = UntrustedToken::Parse(text_).value();
};

TEST_F(V4PublicTest, AGoodTokenGivesItsMessage) {
  EXPECT_THAT(Verify(key_.public_key(), text_, kAssertion), IsOkAndHolds(kMessage));
  EXPECT_EQ(token_.untrusted_footer(), kFooter);
}

TEST_F(V4PublicTest, TheMessageIsAViewIntoTheToken) {
  const absl::StatusOr<absl::string_view> message = V4PublicVerify(key_.public_key(), token_, kAssertion);
  ASSERT_THAT(message, IsOk());
  EXPECT_EQ(message->data(), token_.untrusted_body().data());
}

TEST_F(V4PublicTest, EveryBitFlipInTheTextFails) {
  for (const std::string& text : EveryBitFlip(text_)) {
    ASSERT_THAT(Verify(key_.public_key(), text, kAssertion), Not(IsOk())) << text;
  }
}

TEST_F(V4PublicTest, EveryBitFlipInBodyFooterOrAssertionIsUnauthenticated) {
  const std::string body(token_.untrusted_body());
  for (const std::string& flipped : EveryBitFlip(body)) {
    ASSERT_THAT(Verify(key_.public_key(), EncodeToken(kV4Public, flipped, kFooter), kAssertion),
                StatusIs(absl::StatusCode::kUnauthenticated));
  }
  for (const std::string& flipped : EveryBitFlip(kFooter)) {
    ASSERT_THAT(Verify(key_.public_key(), EncodeToken(kV4Public, body, flipped), kAssertion),
                StatusIs(absl::StatusCode::kUnauthenticated));
  }
  for (const std::string& flipped : EveryBitFlip(kAssertion)) {
    ASSERT_THAT(Verify(key_.public_key(), text_, flipped), StatusIs(absl::StatusCode::kUnauthenticated));
  }
}

TEST_F(V4PublicTest, EveryTruncationFails) {
  const std::string body(token_.untrusted_body());
  for (const std::string& text : EveryTruncation(text_)) {
    ASSERT_THAT(Verify(key_.public_key(), text, kAssertion), Not(IsOk())) << text;
  }
  for (const std::string& cut : EveryTruncation(body)) {
    ASSERT_THAT(Verify(key_.public_key(), EncodeToken(kV4Public, cut, kFooter), kAssertion), Not(IsOk()));
  }
  for (const std::string& cut : EveryTruncation(kFooter)) {
    ASSERT_THAT(Verify(key_.public_key(), EncodeToken(kV4Public, body, cut), kAssertion),
                StatusIs(absl::StatusCode::kUnauthenticated));
  }
  for (const std::string& cut : EveryTruncation(kAssertion)) {
    ASSERT_THAT(Verify(key_.public_key(), text_, cut), StatusIs(absl::StatusCode::kUnauthenticated));
  }
}

TEST_F(V4PublicTest, ABodyShorterThanASignatureIsInvalidWithAndWithoutFooter) {
  for (const std::string& footer : {std::string(), std::string(300, 'f')}) {
    for (size_t size = 1; size < 64; ++size) {
      ASSERT_THAT(Verify(key_.public_key(), EncodeToken(kV4Public, std::string(size, '\0'), footer), ""),
                  StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("shorter")));
    }
    EXPECT_THAT(Verify(key_.public_key(), EncodeToken(kV4Public, std::string(64, '\0'), footer), ""),
                StatusIs(absl::StatusCode::kUnauthenticated));
  }
}

TEST_F(V4PublicTest, EmptyPartsAreSignedToo) {
  const std::string text = V4PublicSign(key_, "", "", "");
  EXPECT_THAT(Verify(key_.public_key(), text, ""), IsOkAndHolds(""));
  EXPECT_THAT(Verify(key_.public_key(), text, "x"), StatusIs(absl::StatusCode::kUnauthenticated));
}

TEST_F(V4PublicTest, SigningIsDeterministic) { EXPECT_EQ(V4PublicSign(key_, kMessage, kFooter, kAssertion), text_); }

// A default string_view has no pointer at all, which memory functions may not be given.
TEST_F(V4PublicTest, NullViewsAreEmptyParts) {
  const std::string text = V4PublicSign(key_, {}, {}, {});
  EXPECT_THAT(Verify(key_.public_key(), text, {}), IsOkAndHolds(""));
}

TEST_F(V4PublicTest, AnotherKeyIsUnauthenticated) {
  EXPECT_THAT(Verify(V4SecretKey::Generate().public_key(), text_, kAssertion),
              StatusIs(absl::StatusCode::kUnauthenticated));
}

TEST_F(V4PublicTest, FooterAndAssertionCannotChangePlaces) {
  EXPECT_THAT(Verify(key_.public_key(), EncodeToken(kV4Public, token_.untrusted_body(), kAssertion), kFooter),
              StatusIs(absl::StatusCode::kUnauthenticated));
}

TEST_F(V4PublicTest, BytesCannotMoveFromTheMessageToTheFooter) {
  const std::string body(token_.untrusted_body());
  const std::string signature = body.substr(body.size() - 64), message = body.substr(0, body.size() - 64);
  const std::string moved = EncodeToken(kV4Public, message.substr(0, message.size() - 1) + signature,
                                        message.substr(message.size() - 1) + kFooter);
  EXPECT_THAT(Verify(key_.public_key(), moved, kAssertion), StatusIs(absl::StatusCode::kUnauthenticated));
}

TEST_F(V4PublicTest, ALocalTokenIsInvalid) {
  EXPECT_THAT(Verify(key_.public_key(), V4LocalSeal(V4LocalKey::Generate(), kMessage, "", ""), ""),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("v4.local")));
  // Even with a body whose signature is good: the kind is compared, not only authenticated.
  EXPECT_THAT(Verify(key_.public_key(), EncodeToken(kV4Local, token_.untrusted_body(), kFooter), kAssertion),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(V4SecretKeyTest, GeneratedKeysDifferAndAreWellFormed) {
  const V4SecretKey key = V4SecretKey::Generate();
  EXPECT_FALSE(key.secret().Equals(V4SecretKey::Generate().secret()));
  const absl::StatusOr<V4SecretKey> again = V4SecretKey::FromBytes(key.secret().Clone());
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->public_key(), key.public_key());
  EXPECT_TRUE(key.public_key().is_valid_point());
}

TEST(V4SecretKeyTest, AWrongPublicHalfIsRefusedInEveryBit) {
  const V4SecretKey key = V4SecretKey::Generate();
  for (size_t bit = 0; bit < 32 * 8; ++bit) {
    SecretBytes bytes = key.secret().Clone();
    bytes.Write(InsecureSecretAccess::Get())[32 + bit / 8] ^= 1 << (bit % 8);
    ASSERT_THAT(V4SecretKey::FromBytes(std::move(bytes)),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("public half")));
  }
}

TEST(V4SecretKeyTest, OtherSizesAreRefused) {
  for (size_t size : {0, 1, 32, 63, 65, 96}) {
    EXPECT_THAT(V4SecretKey::FromBytes(SecretBytes::Random(size)),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(absl::StrCat("64 bytes, got ", size))));
  }
}

TEST(V4PublicKeyTest, OtherSizesAreRefused) {
  for (size_t size : {0, 1, 31, 33, 64}) {
    EXPECT_THAT(V4PublicKey::FromBytes(std::string(size, '\1')), StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

TEST(V4PublicKeyTest, EqualsByBytes) {
  const V4PublicKey key = V4SecretKey::Generate().public_key();
  EXPECT_EQ(V4PublicKey::FromBytes(key.bytes()).value(), key);
  EXPECT_FALSE(V4SecretKey::Generate().public_key() == key);
}

TEST(V4SecretKeyDeathTest, AMovedFromKeySignsNothing) {
  V4SecretKey key = V4SecretKey::Generate();
  const V4SecretKey taken = std::move(key);
  EXPECT_DEATH(V4PublicSign(key, "m", "", ""), "check failed");  // NOLINT(bugprone-use-after-move)
}

}  // namespace
}  // namespace paseto
