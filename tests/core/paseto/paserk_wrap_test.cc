#include "grpc_paseto/core/paseto/paserk_wrap.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "grpc_paseto/core/paseto/base64url.h"
#include "grpc_paseto/tests/core/paseto/tampered_texts.h"
#include "grpc_paseto/tests/support/status_matchers.h"
#include "gtest/gtest.h"

namespace paseto {
namespace {

template <typename Key>
class PaserkWrapTest : public ::testing::Test {
 protected:
  using WrappingKey = typename PaserkKind<Key>::WrappingKey;
  const WrappingKey wrapping_key_ = WrappingKey::Generate();
  const Key key_ = Key::Generate();
  const std::string text_ = PaserkWrap(wrapping_key_, key_);
  const std::string header_ = std::string(PaserkKind<Key>::kWrapHeader);
  const std::string data_ = Base64UrlDecode(text_.substr(header_.size())).value();

  absl::StatusOr<Key> Unwrap(const std::string& text) { return PaserkUnwrap<Key>(wrapping_key_, text); }
};
using Keys = ::testing::Types<V4LocalKey, V4SecretKey, V3LocalKey, V3SecretKey>;
TYPED_TEST_SUITE(PaserkWrapTest, Keys);

TYPED_TEST(PaserkWrapTest, AWrappedKeyComesBack) {
  const auto key = this->Unwrap(this->text_);
  ASSERT_THAT(key, IsOk());
  EXPECT_TRUE(key->secret().Equals(this->key_.secret()));
  EXPECT_NE(PaserkWrap(this->wrapping_key_, this->key_), this->text_) << "a repeated nonce";
}

TYPED_TEST(PaserkWrapTest, EveryBitFlipIsUnauthenticated) {
  for (const std::string& data : EveryBitFlip(this->data_)) {
    ASSERT_THAT(this->Unwrap(this->header_ + Base64UrlEncode(data)), StatusIs(absl::StatusCode::kUnauthenticated));
  }
}

TYPED_TEST(PaserkWrapTest, OtherSizesAreInvalid) {
  for (const std::string& data : EveryTruncation(this->data_)) {
    ASSERT_THAT(this->Unwrap(this->header_ + Base64UrlEncode(data)), StatusIs(absl::StatusCode::kInvalidArgument));
  }
  EXPECT_THAT(this->Unwrap(this->header_ + Base64UrlEncode(this->data_ + "x")),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TYPED_TEST(PaserkWrapTest, OtherVersionsTypesAndProtocolsAreInvalid) {
  const std::string encoded = this->text_.substr(this->header_.size());
  for (const char* version : {"k1.", "k2.", "k3.", "k4."}) {
    for (const char* type : {"local-wrap.pie.", "secret-wrap.pie.", "local-wrap.", "secret-wrap.xyz.", "seal.",
                             "local-pw.", "local.", "secret."}) {
      const std::string header = absl::StrCat(version, type);
      if (header == this->header_) continue;
      EXPECT_THAT(this->Unwrap(header + encoded), StatusIs(absl::StatusCode::kInvalidArgument)) << header;
    }
  }
}

TYPED_TEST(PaserkWrapTest, AnotherWrappingKeyIsUnauthenticated) {
  const auto other = PaserkKind<TypeParam>::WrappingKey::Generate();
  EXPECT_THAT(PaserkUnwrap<TypeParam>(other, this->text_), StatusIs(absl::StatusCode::kUnauthenticated));
}

// Lucidity: a key is wrapped by a local key of its own version, or the line does not compile.
template <typename WrappingKey, typename Key>
concept Wraps = requires(const WrappingKey& wrapping_key, const Key& key) {
  PaserkWrap(wrapping_key, key);
};
static_assert(Wraps<V4LocalKey, V4SecretKey> && Wraps<V3LocalKey, V3LocalKey>);
static_assert(!Wraps<V3LocalKey, V4SecretKey> && !Wraps<V4LocalKey, V3LocalKey>);
static_assert(!Wraps<V4SecretKey, V4LocalKey> && !Wraps<V4PublicKey, V4LocalKey>);

TEST(PaserkWrapDeathTest, MovedFromKeysWrapNothing) {
  V4LocalKey key = V4LocalKey::Generate(), wrapping_key = V4LocalKey::Generate();
  const V4LocalKey taken = std::move(key);
  EXPECT_DEATH(PaserkWrap(wrapping_key, key), "check failed");  // NOLINT(bugprone-use-after-move)
  EXPECT_DEATH(PaserkWrap(key, wrapping_key), "check failed");  // NOLINT(bugprone-use-after-move)
}

}  // namespace
}  // namespace paseto
