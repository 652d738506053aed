#include "grpc_paseto/core/paseto/paserk_password.h"

#include <string>
#include <type_traits>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "grpc_paseto/core/paseto/base64url.h"
#include "grpc_paseto/tests/core/paseto/tampered_texts.h"
#include "grpc_paseto/tests/support/status_matchers.h"
#include "gtest/gtest.h"

namespace paseto {
namespace {

using ::testing::HasSubstr;

constexpr char kPassword[] = "correct horse battery staple";
constexpr uint64_t kMiB = 1024 * 1024;

template <typename Key>
constexpr bool kIsArgon2 = std::is_same_v<PaserkPasswordCost<Key>, Argon2Cost>;

// The cheapest derivation that there is.
template <typename Key>
PaserkPasswordCost<Key> Cheap() {
  if constexpr (kIsArgon2<Key>) {
    return Argon2Cost{8192, 1};
  } else {
    return Pbkdf2Cost{1};
  }
}

template <typename Key>
class PaserkPasswordTest : public ::testing::Test {
 protected:
  const Key key_ = Key::Generate();
  const std::string text_ = PaserkPasswordWrap(key_, kPassword, Cheap<Key>()).value();
  const std::string header_ = std::string(PaserkKind<Key>::kPasswordHeader);
  const std::string data_ = Base64UrlDecode(text_.substr(header_.size())).value();
  const size_t cost_at_ = kIsArgon2<Key> ? 16 : 32, cost_size_ = kIsArgon2<Key> ? 16 : 4;

  absl::StatusOr<Key> Unwrap(const std::string& data) {
    return PaserkPasswordUnwrap<Key>(header_ + Base64UrlEncode(data), kPassword);
  }
};
using Keys = ::testing::Types<V4LocalKey, V4SecretKey, V3LocalKey, V3SecretKey>;
TYPED_TEST_SUITE(PaserkPasswordTest, Keys);

TYPED_TEST(PaserkPasswordTest, AKeyComesBackUnderItsPasswordOnly) {
  const auto key = PaserkPasswordUnwrap<TypeParam>(this->text_, kPassword);
  ASSERT_THAT(key, IsOk());
  EXPECT_TRUE(key->secret().Equals(this->key_.secret()));
  EXPECT_THAT(PaserkPasswordUnwrap<TypeParam>(this->text_, "other"), StatusIs(absl::StatusCode::kUnauthenticated));
  EXPECT_THAT(PaserkPasswordUnwrap<TypeParam>(this->text_, ""), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(PaserkPasswordWrap(this->key_, "", Cheap<TypeParam>()), StatusIs(absl::StatusCode::kInvalidArgument));
}

TYPED_TEST(PaserkPasswordTest, EveryBitFlipBesidesTheCostIsUnauthenticated) {
  size_t bit = 0;
  for (const std::string& data : EveryBitFlip(this->data_)) {
    const size_t at = bit++ / 8;
    if (at >= this->cost_at_ && at < this->cost_at_ + this->cost_size_) continue;
    ASSERT_THAT(this->Unwrap(data), StatusIs(absl::StatusCode::kUnauthenticated)) << at;
  }
}

TYPED_TEST(PaserkPasswordTest, OtherSizesAreInvalid) {
  for (const std::string& data : EveryTruncation(this->data_)) {
    ASSERT_THAT(this->Unwrap(data), StatusIs(absl::StatusCode::kInvalidArgument));
  }
  EXPECT_THAT(this->Unwrap(this->data_ + "x"), StatusIs(absl::StatusCode::kInvalidArgument));
}

TYPED_TEST(PaserkPasswordTest, OtherVersionsAndTypesAreInvalid) {
  const std::string encoded = this->text_.substr(this->header_.size());
  for (const char* version : {"k1.", "k2.", "k3.", "k4."}) {
    for (const char* type : {"local-pw.", "secret-pw.", "local-wrap.pie.", "seal.", "local.", "secret."}) {
      const std::string header = absl::StrCat(version, type);
      if (header == this->header_) continue;
      EXPECT_THAT(PaserkPasswordUnwrap<TypeParam>(header + encoded, kPassword),
                  StatusIs(absl::StatusCode::kInvalidArgument))
          << header;
    }
  }
}

// `data` with `bytes`, big endian, written over it at `at`.
std::string With(std::string data, size_t at, uint64_t value, size_t size) {
  for (size_t i = size; i-- > 0; value >>= 8) data[at + i] = static_cast<char>(value);
  return data;
}

// What is over the bounds is refused as such: the tag, which does not match either, was not even computed.
TEST(PaserkArgon2BoundsTest, AreCheckedBeforeTheDerivation) {
  const V4LocalKey key = V4LocalKey::Generate();
  const std::string text = PaserkPasswordWrap(key, kPassword, {8192, 1}).value();
  const std::string data = Base64UrlDecode(text.substr(12)).value();
  const auto unwrap = [](const std::string& changed) {
    return PaserkPasswordUnwrap<V4LocalKey>(absl::StrCat("k4.local-pw.", Base64UrlEncode(changed)), kPassword);
  };
  const auto out_of_bounds = StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("out of bounds"));
  for (uint64_t memory : {uint64_t{0}, uint64_t{8191}, 512 * kMiB + 1, uint64_t{1} << 40, ~uint64_t{0}}) {
    EXPECT_THAT(unwrap(With(data, 16, memory, 8)), out_of_bounds) << memory;
    EXPECT_THAT(PaserkPasswordWrap(key, kPassword, {memory, 1}), out_of_bounds);
  }
  for (uint32_t time : {0u, 9u, ~0u}) {
    EXPECT_THAT(unwrap(With(data, 24, time, 4)), out_of_bounds) << time;
    EXPECT_THAT(PaserkPasswordWrap(key, kPassword, {8192, time}), out_of_bounds);
  }
  for (uint32_t parallelism : {0u, 2u, ~0u}) EXPECT_THAT(unwrap(With(data, 28, parallelism, 4)), out_of_bounds);
  EXPECT_THAT(unwrap(With(data, 24, 8, 4)), StatusIs(absl::StatusCode::kUnauthenticated));
  EXPECT_THAT(unwrap(With(data, 16, 512 * kMiB, 8)), StatusIs(absl::StatusCode::kUnauthenticated));
}

TEST(PaserkPbkdf2BoundsTest, AreCheckedBeforeTheDerivation) {
  const V3LocalKey key = V3LocalKey::Generate();
  const std::string text = PaserkPasswordWrap(key, kPassword, {1}).value();
  const std::string data = Base64UrlDecode(text.substr(12)).value();
  for (uint32_t iterations : {0u, 1'000'001u, 0x7FFFFFFFu, 0x80000000u, ~0u}) {
    EXPECT_THAT(PaserkPasswordUnwrap<V3LocalKey>(
                    absl::StrCat("k3.local-pw.", Base64UrlEncode(With(data, 32, iterations, 4))), kPassword),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("out of bounds")))
        << iterations;
    EXPECT_THAT(PaserkPasswordWrap(key, kPassword, {iterations}), StatusIs(absl::StatusCode::kInvalidArgument));
  }
  // The most that is allowed is derived, and gives another key.
  EXPECT_THAT(PaserkPasswordUnwrap<V3LocalKey>(
                  absl::StrCat("k3.local-pw.", Base64UrlEncode(With(data, 32, uint32_t{1'000'000}, 4))), kPassword),
              StatusIs(absl::StatusCode::kUnauthenticated));
}

}  // namespace
}  // namespace paseto
