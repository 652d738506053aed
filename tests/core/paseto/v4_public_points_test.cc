// Public keys that are no point of the main subgroup: they parse, and verify nothing.

#include <sodium.h>

#include <array>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "grpc_paseto/core/paseto/pae.h"
#include "grpc_paseto/core/paseto/v4_public.h"
#include "grpc_paseto/tests/support/status_matchers.h"
#include "gtest/gtest.h"

namespace paseto {
namespace {

using Bytes32 = std::array<uint8_t, 32>;

std::string Text(const Bytes32& bytes) { return std::string(reinterpret_cast<const char*>(bytes.data()), 32); }

// The verdict on a token of `message` that carries `signature`.
absl::Status Verify(const std::string& key_bytes, const std::string& message, const std::string& signature) {
  const absl::StatusOr<V4PublicKey> key = V4PublicKey::FromBytes(key_bytes);
  EXPECT_THAT(key, IsOk()) << "points are validated on use only";
  const std::string text = EncodeToken(kV4Public, message + signature, "");
  return V4PublicVerify(key.value(), UntrustedToken::Parse(text).value(), "").status();
}

struct BadPoint {
  const char* name;
  const char* hex;
};
class BadPointTest : public ::testing::TestWithParam<BadPoint> {};

// With a key of small order, R = the identity and S = 0 is a signature of many messages for a naive verifier.
TEST_P(BadPointTest, VerifiesNothing) {
  const std::string key = absl::HexStringToBytes(GetParam().hex);
  std::string identity(32, '\0');
  identity[0] = 1;
  const std::string zero(32, '\0');
  for (int i = 0; i < 64; ++i) {
    for (const std::string& r : {identity, zero, key}) {
      ASSERT_THAT(Verify(key, absl::StrCat("message ", i), r + zero), StatusIs(absl::StatusCode::kUnauthenticated));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(SmallOrder, BadPointTest,
                         ::testing::ValuesIn<BadPoint>(
                             {{"Order1", "0100000000000000000000000000000000000000000000000000000000000000"},
                              {"Order2", "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"},
                              {"Order4", "0000000000000000000000000000000000000000000000000000000000000000"},
                              {"Order4Negative", "0000000000000000000000000000000000000000000000000000000000000080"},
                              {"Order8", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"},
                              {"Order8Negative", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85"},
                              {"Order8Other", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"},
                              {"Order8OtherNegative",
                               "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"},
                              {"NonCanonical0", "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"},
                              {"NonCanonical1", "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"},
                              {"NonCanonicalMax", "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"}}),
                         [](const auto& info) { return std::string(info.param.name); });

INSTANTIATE_TEST_SUITE_P(OffCurve, BadPointTest,
                         ::testing::ValuesIn<BadPoint>(
                             {{"Two", "0200000000000000000000000000000000000000000000000000000000000000"},
                              {"OfficialVector2", "707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f"},
                              {"OfficialVector3", "707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e90"}}),
                         [](const auto& info) { return std::string(info.param.name); });

// A key A + T with T of order 8 is no small-order point, and for every eighth message a signature of A's owner is good
// for libsodium's verification. So that verification alone does not keep such keys out.
class MixedOrderKey {
 public:
  MixedOrderKey() {
    Bytes32 seed{}, public_half;
    std::array<uint8_t, 64> secret, hash;
    seed[0] = 7;
    crypto_sign_seed_keypair(public_half.data(), secret.data(), seed.data());
    crypto_hash_sha512(hash.data(), seed.data(), seed.size());
    hash[0] &= 248;
    hash[31] = (hash[31] & 127) | 64;
    std::fill(hash.begin() + 32, hash.end(), 0);
    crypto_core_ed25519_scalar_reduce(a_.data(), hash.data());
    const std::string torsion =
        absl::HexStringToBytes("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05");
    EXPECT_EQ(
        crypto_core_ed25519_add(point_.data(), public_half.data(), reinterpret_cast<const uint8_t*>(torsion.data())),
        0);
  }
  const Bytes32& point() const { return point_; }

  // R || S with S = r + H(R, A + T, m) * a.
  std::string Sign(const std::string& m) const {
    Bytes32 r{}, big_r, k, s;
    r[0] = 9;
    crypto_scalarmult_ed25519_base_noclamp(big_r.data(), r.data());
    const std::string hashed = Text(big_r) + Text(point_) + m;
    std::array<uint8_t, 64> hash;
    crypto_hash_sha512(hash.data(), reinterpret_cast<const uint8_t*>(hashed.data()), hashed.size());
    crypto_core_ed25519_scalar_reduce(k.data(), hash.data());
    crypto_core_ed25519_scalar_mul(s.data(), k.data(), a_.data());
    crypto_core_ed25519_scalar_add(s.data(), s.data(), r.data());
    return Text(big_r) + Text(s);
  }

 private:
  Bytes32 a_, point_;
};

TEST(MixedOrderPointTest, VerifiesNothingEvenWhereTheSignatureMatches) {
  ASSERT_GE(sodium_init(), 0);
  const MixedOrderKey key;
  int good_for_libsodium = 0;
  for (int i = 0; i < 200; ++i) {
    const std::string message = absl::StrCat("message ", i), m2 = Pae({"v4.public.", message, "", ""});
    const std::string signature = key.Sign(m2);
    good_for_libsodium +=
        crypto_sign_verify_detached(reinterpret_cast<const uint8_t*>(signature.data()),
                                    reinterpret_cast<const uint8_t*>(m2.data()), m2.size(), key.point().data()) == 0;
    ASSERT_THAT(Verify(Text(key.point()), message, signature), StatusIs(absl::StatusCode::kUnauthenticated));
  }
  EXPECT_GT(good_for_libsodium, 0) << "the test no longer tries what it is for";
}

}  // namespace
}  // namespace paseto
