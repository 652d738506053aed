#include "grpc_paseto/core/paseto/paserk_seal.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "grpc_paseto/core/paseto/base64url.h"
#include "grpc_paseto/tests/core/paseto/tampered_texts.h"
#include "grpc_paseto/tests/support/status_matchers.h"
#include "gtest/gtest.h"

namespace paseto {
namespace {

V4PublicKey HalfOf(const V4SecretKey& key) { return key.public_key(); }
V3PublicKey HalfOf(const V3SecretKey& key) { return key.public_key().value(); }

struct Version4 {
  using LocalKey = V4LocalKey;
  using SecretKey = V4SecretKey;
  static constexpr char kHeader[] = "k4.seal.";
};
struct Version3 {
  using LocalKey = V3LocalKey;
  using SecretKey = V3SecretKey;
  static constexpr char kHeader[] = "k3.seal.";
};

template <typename V>
class PaserkSealTest : public ::testing::Test {
 protected:
  const typename V::SecretKey recipient_ = V::SecretKey::Generate();
  const typename V::LocalKey key_ = V::LocalKey::Generate();
  const std::string text_ = PaserkSeal(HalfOf(recipient_), key_).value();
  const std::string data_ = Base64UrlDecode(text_.substr(8)).value();

  auto Unseal(const std::string& data) { return PaserkUnseal(recipient_, V::kHeader + Base64UrlEncode(data)); }
};
using Versions = ::testing::Types<Version4, Version3>;
TYPED_TEST_SUITE(PaserkSealTest, Versions);

TYPED_TEST(PaserkSealTest, ASealedKeyComesBackToItsRecipientOnly) {
  const auto key = PaserkUnseal(this->recipient_, this->text_);
  ASSERT_THAT(key, IsOk());
  EXPECT_TRUE(key->secret().Equals(this->key_.secret()));
  EXPECT_THAT(PaserkUnseal(TypeParam::SecretKey::Generate(), this->text_),
              StatusIs(absl::StatusCode::kUnauthenticated));
  EXPECT_NE(PaserkSeal(HalfOf(this->recipient_), this->key_).value(), this->text_) << "a repeated ephemeral key";
}

TYPED_TEST(PaserkSealTest, EveryBitFlipIsUnauthenticated) {
  for (const std::string& data : EveryBitFlip(this->data_)) {
    ASSERT_THAT(this->Unseal(data), StatusIs(absl::StatusCode::kUnauthenticated));
  }
}

TYPED_TEST(PaserkSealTest, OtherSizesVersionsAndTypesAreInvalid) {
  for (const std::string& data : EveryTruncation(this->data_)) {
    ASSERT_THAT(this->Unseal(data), StatusIs(absl::StatusCode::kInvalidArgument));
  }
  EXPECT_THAT(this->Unseal(this->data_ + "x"), StatusIs(absl::StatusCode::kInvalidArgument));
  for (const char* header : {"k1.seal.", "k2.seal.", "k3.seal.", "k4.seal.", "k4.local.", "k3.local-wrap.pie.", ""}) {
    if (std::string(header) == TypeParam::kHeader) continue;
    EXPECT_THAT(PaserkUnseal(this->recipient_, header + this->text_.substr(8)),
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

TEST(PaserkSealPointsTest, NothingIsSealedToABadPoint) {
  for (const char* hex : {"0100000000000000000000000000000000000000000000000000000000000000",
                          "0200000000000000000000000000000000000000000000000000000000000000",
                          "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"}) {
    EXPECT_THAT(PaserkSeal(V4PublicKey::FromBytes(absl::HexStringToBytes(hex)).value(), V4LocalKey::Generate()),
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
  EXPECT_THAT(PaserkSeal(V3PublicKey::FromBytes(std::string(49, '\0')).value(), V3LocalKey::Generate()),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(PaserkSealPointsTest, EphemeralKeysThatGiveNoSecretAreRefused) {
  const V4SecretKey recipient = V4SecretKey::Generate();
  for (const std::string& epk : {std::string(32, '\0'), "\1" + std::string(31, '\0')}) {
    EXPECT_THAT(PaserkUnseal(recipient, absl::StrCat("k4.seal.", Base64UrlEncode(std::string(32, 't') + epk +
                                                                                 std::string(32, 'e')))),
                StatusIs(absl::StatusCode::kUnauthenticated));
  }
  const V3SecretKey out_of_range = V3SecretKey::FromBytes(SecretBytes::Zeroed(48)).value();
  EXPECT_THAT(PaserkUnseal(out_of_range, absl::StrCat("k3.seal.", Base64UrlEncode(std::string(129, 't')))),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace paseto
