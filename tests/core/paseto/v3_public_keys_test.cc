// Keys and signatures of v3.public at their edges: scalars out of range, points off the curve or in another form, r and
// s out of range.

#include <openssl/crypto.h>

#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "grpc_paseto/core/paseto/format.h"
#include "grpc_paseto/core/paseto/v3_public.h"
#include "grpc_paseto/tests/support/status_matchers.h"
#include "gtest/gtest.h"

namespace paseto {
namespace {

using ::testing::HasSubstr;

constexpr char kOrder[] =
    "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973";
constexpr char kGeneratorX[] =
    "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7";
constexpr char kGeneratorY[] =
    "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f";

absl::StatusOr<V3SecretKey> KeyOf(const std::string& hex) {
  return V3SecretKey::FromBytes(SecretBytes::CopyFrom(absl::HexStringToBytes(hex)));
}

// `hex`, 48 bytes, plus `delta`, which does not carry beyond the last byte.
std::string Plus(const std::string& hex, int delta) {
  std::string bytes = absl::HexStringToBytes(hex);
  bytes.back() = static_cast<char>(bytes.back() + delta);
  return absl::BytesToHexString(bytes);
}

// Signs once before, so that the state of OpenSSL's random generators is there.
TEST(V3SecretKeyTest, TheScalarLivesInOpenSslsSecureHeap) {
  EXPECT_THAT(V3PublicSign(V3SecretKey::Generate(), "m", "", ""), IsOk());
  const size_t before = CRYPTO_secure_used();
  {
    const V3SecretKey key = V3SecretKey::Generate();
    EXPECT_GE(CRYPTO_secure_used(), before + V3SecretKey::kSizeBytes);
  }
  EXPECT_EQ(CRYPTO_secure_used(), before);
}

TEST(V3SecretKeyTest, GeneratedKeysDifferAndAreWellFormed) {
  const V3SecretKey key = V3SecretKey::Generate();
  EXPECT_FALSE(key.secret().Equals(V3SecretKey::Generate().secret()));
  const absl::StatusOr<V3SecretKey> again = V3SecretKey::FromBytes(key.secret().Clone());
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->public_key().value(), key.public_key().value());
  EXPECT_TRUE(key.public_key()->is_valid_point());
}

TEST(V3SecretKeyTest, TheScalarOneHasTheGeneratorAsPublicHalf) {
  const std::string one = std::string(94, '0') + "01";
  EXPECT_EQ(absl::BytesToHexString(KeyOf(one)->public_key()->bytes()), absl::StrCat("03", kGeneratorX));
}

TEST(V3SecretKeyTest, ScalarsOutOfRangeAreKeysThatDoNothing) {
  for (const std::string& hex : {std::string(96, '0'), std::string(kOrder), Plus(kOrder, 1), std::string(96, 'f')}) {
    const absl::StatusOr<V3SecretKey> key = KeyOf(hex);
    ASSERT_THAT(key, IsOk()) << hex;
    EXPECT_THAT(key->public_key(), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("scalar"))) << hex;
    EXPECT_THAT(V3PublicSign(*key, "m", "", ""), StatusIs(absl::StatusCode::kInvalidArgument)) << hex;
  }
  EXPECT_THAT(V3PublicSign(KeyOf(Plus(kOrder, -1)).value(), "m", "", ""), IsOk());
}

TEST(V3SecretKeyTest, OtherSizesAreRefused) {
  for (size_t size : {0, 1, 32, 47, 49, 64, 96}) {
    EXPECT_THAT(V3SecretKey::FromBytes(SecretBytes::Random(size)),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(absl::StrCat("48 bytes, got ", size))));
  }
}

TEST(V3PublicKeyTest, OtherSizesAreRefused) {
  for (size_t size : {0, 1, 48, 50, 96, 97}) {
    EXPECT_THAT(V3PublicKey::FromBytes(std::string(size, '\2')), StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

TEST(V3PublicKeyTest, AnUncompressedPointIsNoKey) {
  EXPECT_THAT(V3PublicKey::FromBytes(absl::HexStringToBytes(absl::StrCat("04", kGeneratorX, kGeneratorY))),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(V3PublicKeyTest, EqualsByBytes) {
  const V3PublicKey key = V3SecretKey::Generate().public_key().value();
  EXPECT_EQ(V3PublicKey::FromBytes(key.bytes()).value(), key);
  EXPECT_FALSE(V3SecretKey::Generate().public_key().value() == key);
}

TEST(V3PublicKeyTest, BytesThatAreNoCompressedPointVerifyNothing) {
  const V3SecretKey secret = V3SecretKey::Generate();
  const UntrustedToken token = UntrustedToken::Parse(V3PublicSign(secret, "m", "", "").value()).value();
  const std::string good(secret.public_key()->bytes()), x = good.substr(1);
  for (const std::string& bytes :
       {std::string("\x00", 1) + x, "\x01" + x, "\x04" + x, "\x05" + x, "\x06" + x, "\x07" + x, std::string(49, '\0'),
        "\x02" + std::string(48, '\xff'),         // x is not below the prime
        "\x02" + std::string(47, '\0') + "\x01",  // no y belongs to this x
        std::string("\x00", 1) + std::string(48, '\0')}) {
    const absl::StatusOr<V3PublicKey> key = V3PublicKey::FromBytes(bytes);
    ASSERT_THAT(key, IsOk()) << "points are validated on use only";
    EXPECT_FALSE(key->is_valid_point()) << absl::BytesToHexString(bytes);
    EXPECT_THAT(V3PublicVerify(*key, token, ""), StatusIs(absl::StatusCode::kUnauthenticated, HasSubstr("point")));
  }
  const std::string mirrored = (good[0] == 2 ? "\x03" : "\x02") + x;
  EXPECT_THAT(V3PublicVerify(V3PublicKey::FromBytes(mirrored).value(), token, ""),
              StatusIs(absl::StatusCode::kUnauthenticated));
}

// A token whose signature is given as hex of r and s.
class V3SignatureTest : public ::testing::Test {
 protected:
  absl::Status Verify(const std::string& r, const std::string& s) {
    const std::string text = EncodeToken(kV3Public, "m" + absl::HexStringToBytes(r + s), "");
    return V3PublicVerify(key_.public_key().value(), UntrustedToken::Parse(text).value(), "").status();
  }

  const V3SecretKey key_ = V3SecretKey::Generate();
  const std::string body_ =
      std::string(UntrustedToken::Parse(V3PublicSign(key_, "m", "", "").value())->untrusted_body());
  const std::string r_ = absl::BytesToHexString(body_.substr(1, 48)), s_ = absl::BytesToHexString(body_.substr(49));
  const std::string zero_ = std::string(96, '0');
};

// order - `hex`.
std::string Negated(const std::string& hex) {
  const std::string order = absl::HexStringToBytes(kOrder), bytes = absl::HexStringToBytes(hex);
  std::string result(48, '\0');
  int borrow = 0;
  for (int i = 47; i >= 0; --i) {
    const int digit = static_cast<uint8_t>(order[i]) - static_cast<uint8_t>(bytes[i]) - borrow;
    borrow = digit < 0;
    result[i] = static_cast<char>(digit);
  }
  return absl::BytesToHexString(result);
}

TEST_F(V3SignatureTest, BothHalvesOfTheRangeOfSAreAccepted) {
  EXPECT_THAT(Verify(r_, s_), IsOk());
  EXPECT_THAT(Verify(r_, Negated(s_)), IsOk());
}

TEST_F(V3SignatureTest, RAndSOutOfRangeAreUnauthenticated) {
  for (const std::string& bad : {zero_, std::string(kOrder), Plus(kOrder, 1), std::string(96, 'f')}) {
    EXPECT_THAT(Verify(bad, s_), StatusIs(absl::StatusCode::kUnauthenticated)) << bad;
    EXPECT_THAT(Verify(r_, bad), StatusIs(absl::StatusCode::kUnauthenticated)) << bad;
    EXPECT_THAT(Verify(bad, bad), StatusIs(absl::StatusCode::kUnauthenticated)) << bad;
  }
  EXPECT_THAT(Verify(s_, r_), StatusIs(absl::StatusCode::kUnauthenticated));
}

// r || s has a fixed width: small numbers keep their zeros. 1 in 128 signatures has one at the top of r or s.
TEST_F(V3SignatureTest, SmallNumbersKeepTheirWidth) {
  bool was_small = false;
  for (int i = 0; i < 2000 && !was_small; ++i) {
    const UntrustedToken token = UntrustedToken::Parse(V3PublicSign(key_, "m", "", "").value()).value();
    ASSERT_EQ(token.untrusted_body().size(), 97u);
    was_small = token.untrusted_body()[1] == 0 || token.untrusted_body()[49] == 0;
    EXPECT_THAT(V3PublicVerify(key_.public_key().value(), token, ""), IsOk());
  }
  EXPECT_TRUE(was_small);
}

}  // namespace
}  // namespace paseto
