// Keys of versions 1 and 2: what is one, and what no key turns into.

#include <openssl/crypto.h>
#include <openssl/rsa.h>

#include <string>
#include <type_traits>

#include "gmock/gmock.h"
#include "grpc_paseto/core/legacy/rsa_pair.h"
#include "grpc_paseto/core/legacy/v1_local.h"
#include "grpc_paseto/core/legacy/v1_public.h"
#include "grpc_paseto/core/legacy/v2_local.h"
#include "grpc_paseto/core/legacy/v2_public.h"
#include "grpc_paseto/core/paseto/pae.h"
#include "grpc_paseto/core/paseto/pem.h"
#include "grpc_paseto/core/paseto/pem_block.h"
#include "grpc_paseto/core/paseto/v4_local.h"
#include "grpc_paseto/tests/core/paseto/tampered_texts.h"
#include "grpc_paseto/tests/support/status_matchers.h"
#include "gtest/gtest.h"

namespace paseto {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// Without the switch nothing is written, and no key turns into one of another version.
template <typename Key>
concept SignsSilently = requires(const Key& key) {
  V2PublicSign(key, "m", "f");
}
|| requires(const Key& key) { V1PublicSign(key, "m", "f"); }
|| requires(const Key& key) { V2LocalSeal(key, "m", "f"); }
|| requires(const Key& key) { V1LocalSeal(key, "m", "f"); }
|| requires { Key::Generate(); };
static_assert(!SignsSilently<V1LocalKey> && !SignsSilently<V1SecretKey>);
static_assert(!SignsSilently<V2LocalKey> && !SignsSilently<V2SecretKey>);
template <typename Key>
concept SignsV4 = requires(const Key& key) {
  V4PublicSign(key, "m", "f", "i");
};
template <typename Key>
concept SignsV2 = requires(const Key& key) {
  V2PublicSign(key, "m", "f", LegacyWriting::Allow());
};
static_assert(SignsV4<V4SecretKey> && !SignsV4<V2SecretKey> && SignsV2<V2SecretKey> && !SignsV2<V4SecretKey>);
static_assert(!SignsV2<V2PublicKey> && !SignsV2<V1SecretKey> && !SignsV2<std::string>);
template <typename Key, typename From>
constexpr bool kMadeFrom = std::is_constructible_v<Key, From> || std::is_convertible_v<From, Key>;
static_assert(!kMadeFrom<V2SecretKey, V4SecretKey> && !kMadeFrom<V4SecretKey, V2SecretKey>);
static_assert(!kMadeFrom<V2PublicKey, V4PublicKey> && !kMadeFrom<V4PublicKey, V2PublicKey>);
static_assert(!kMadeFrom<V2LocalKey, V4LocalKey> && !kMadeFrom<V1LocalKey, V2LocalKey>);
static_assert(!kMadeFrom<V1LocalKey, SecretBytes> && !kMadeFrom<V2LocalKey, SecretBytes>);
static_assert(!std::is_default_constructible_v<V1PublicKey> && !std::is_default_constructible_v<V1SecretKey>);
static_assert(!std::is_default_constructible_v<LegacyWriting>);

TEST(LegacyKeysTest, OtherSizesAreRefused) {
  for (size_t size : {0, 1, 31, 33, 48, 64}) {
    EXPECT_THAT(V1LocalKey::FromBytes(SecretBytes::Random(size)),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("v1")));
    EXPECT_THAT(V2LocalKey::FromBytes(SecretBytes::Random(size)),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("v2")));
    EXPECT_THAT(V2PublicKey::FromBytes(std::string(size, 'k')),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("v2")));
  }
  EXPECT_THAT(V2SecretKey::FromBytes(SecretBytes::Random(32)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("v2")));
}

TEST(V2PublicKeyTest, AWrongPublicHalfIsRefused) {
  SecretBytes bytes = V2SecretKey::Generate(LegacyWriting::Allow()).secret().Clone();
  bytes.Write(InsecureSecretAccess::Get())[63] ^= 1;
  EXPECT_THAT(V2SecretKey::FromBytes(std::move(bytes)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("v2 secret key: the public half")));
}

TEST(V2PublicKeyTest, APointOfSmallOrderVerifiesNothing) {
  const V2PublicKey key = V2PublicKey::FromBytes(std::string(32, '\0')).value();
  EXPECT_FALSE(key.is_valid_point());
  const UntrustedToken token =
      UntrustedToken::ParseAllowingLegacy(EncodeToken(kV2Public, std::string(64, '\0'), "")).value();
  EXPECT_THAT(V2PublicVerify(key, token), StatusIs(absl::StatusCode::kUnauthenticated, HasSubstr("main subgroup")));
}

std::shared_ptr<EVP_PKEY> RsaKey(unsigned bits) { return std::shared_ptr<EVP_PKEY>(EVP_RSA_gen(bits), EVP_PKEY_free); }

// An RSA key of 2048 bits with the exponent 3.
std::shared_ptr<EVP_PKEY> RsaKeyWithExponent3() {
  const EvpPkeyCtxPtr context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  const BignumPtr three(BN_new());
  EVP_PKEY* pair = nullptr;
  EXPECT_TRUE(BN_set_word(three.get(), 3) == 1 && EVP_PKEY_keygen_init(context.get()) == 1 &&
              EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), 2048) == 1 &&
              EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context.get(), three.get()) == 1 &&
              EVP_PKEY_keygen(context.get(), &pair) == 1);
  return std::shared_ptr<EVP_PKEY>(pair, EVP_PKEY_free);
}

std::string Text(const SecretBytes& bytes) { return std::string(bytes.ReadText(InsecureSecretAccess::Get())); }

class V1PublicKeyTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { key_ = new V1SecretKey(V1SecretKey::Generate(LegacyWriting::Allow())); }
  static void TearDownTestSuite() { delete key_; }
  static V1SecretKey* key_;
};
V1SecretKey* V1PublicKeyTest::key_ = nullptr;

TEST_F(V1PublicKeyTest, SecretNumbersLiveInOpenSslsSecureHeap) {
  const SecretBytes pem = key_->pem(InsecureSecretAccess::Get());
  constexpr size_t kNumbersBytes = 256 + 5 * 128;             // d, and p, q and what follows from them
  EXPECT_THAT(V1SecretKey::FromDer(key_->secret()), IsOk());  // OpenSSL's random generators are there, too, from now on
  const size_t before = CRYPTO_secure_used();
  {
    const auto from_der = V1SecretKey::FromDer(key_->secret());
    EXPECT_GE(CRYPTO_secure_used(), before + kNumbersBytes);
    const auto from_pem = V1SecretKey::FromPem(pem.ReadText(InsecureSecretAccess::Get()));
    EXPECT_GE(CRYPTO_secure_used(), before + 2 * kNumbersBytes);
  }
  EXPECT_EQ(CRYPTO_secure_used(), before);
}

TEST_F(V1PublicKeyTest, KeysSurviveDerAndPem) {
  const V1PublicKey half = key_->public_key();
  EXPECT_THAT(V1PublicKey::FromDer(half.der()), IsOkAndHolds(half));
  EXPECT_THAT(V1PublicKey::FromPem(half.pem()), IsOkAndHolds(half));
  EXPECT_THAT(half.pem(), StartsWith("-----BEGIN PUBLIC KEY-----\n"));
  const std::string pem = Text(key_->pem(InsecureSecretAccess::Get()));
  EXPECT_THAT(pem, StartsWith("-----BEGIN RSA PRIVATE KEY-----\n"));
  EXPECT_TRUE(V1SecretKey::FromPem(pem)->secret().Equals(key_->secret()));
  EXPECT_TRUE(V1SecretKey::FromDer(key_->secret())->secret().Equals(key_->secret()));
}

TEST_F(V1PublicKeyTest, Pkcs8IsReadToo) {
  const std::shared_ptr<EVP_PKEY> pair = RsaSecretFromPem(Text(key_->pem(InsecureSecretAccess::Get())), /*bits=*/2048);
  const std::string pkcs8 = Text(WriteSecretPem(pair.get()));
  EXPECT_THAT(pkcs8, StartsWith("-----BEGIN PRIVATE KEY-----\n"));
  EXPECT_TRUE(V1SecretKey::FromPem(pkcs8)->secret().Equals(key_->secret()));
}

TEST_F(V1PublicKeyTest, OtherSizesExponentsAndAlgorithmsAreRefused) {
  for (const std::shared_ptr<EVP_PKEY>& other : {RsaKey(1024), RsaKey(2056), RsaKey(4096), RsaKeyWithExponent3()}) {
    EXPECT_THAT(V1PublicKey::FromDer(RsaPublicDer(other.get())), StatusIs(absl::StatusCode::kInvalidArgument));
    EXPECT_THAT(V1PublicKey::FromPem(WritePublicPem(other.get())), StatusIs(absl::StatusCode::kInvalidArgument));
    EXPECT_THAT(V1SecretKey::FromDer(RsaSecretDer(other.get())), StatusIs(absl::StatusCode::kInvalidArgument));
    EXPECT_THAT(V1SecretKey::FromPem(Text(WriteTraditionalPem(other.get()))),
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
  const V4SecretKey ed25519 = V4SecretKey::Generate();
  EXPECT_THAT(V1PublicKey::FromPem(PemEncode(ed25519.public_key())), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(V1SecretKey::FromPem(Text(PemEncode(ed25519, InsecureSecretAccess::Get()))),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(V1PublicKeyTest, SecretAndPublicTextsAreNotEachOther) {
  EXPECT_THAT(V1PublicKey::FromPem(Text(key_->pem(InsecureSecretAccess::Get()))), Not(IsOk()));
  EXPECT_THAT(V1SecretKey::FromPem(key_->public_key().pem()), Not(IsOk()));
  EXPECT_THAT(V1PublicKey::FromDer(Text(key_->secret())), Not(IsOk()));
  EXPECT_THAT(V1SecretKey::FromDer(SecretBytes::CopyFrom(key_->public_key().der())), Not(IsOk()));
}

// One spelling for each key, or its id would not be its own.
TEST_F(V1PublicKeyTest, DerHasOneSpelling) {
  const std::string der = key_->public_key().der();
  for (const std::string& cut : EveryTruncation(der)) ASSERT_THAT(V1PublicKey::FromDer(cut), Not(IsOk()));
  EXPECT_THAT(V1PublicKey::FromDer(der + '\0'), Not(IsOk()));
  EXPECT_THAT(V1SecretKey::FromDer(SecretBytes::CopyFrom(Text(key_->secret()) + '\0')), Not(IsOk()));
  EXPECT_THAT(V1SecretKey::FromDer(SecretBytes()), Not(IsOk()));
}

TEST_F(V1PublicKeyTest, PartsThatDoNotBelongTogetherAreRefused) {
  std::string der = Text(key_->secret());
  der[400] = static_cast<char>(der[400] ^ 1);  // within the private exponent
  EXPECT_THAT(V1SecretKey::FromDer(SecretBytes::CopyFrom(der)), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(V1PublicKeyTest, ReadsEverySaltLength) {
  const std::string pem = Text(key_->pem(InsecureSecretAccess::Get()));
  const std::shared_ptr<EVP_PKEY> pair = RsaSecretFromPem(pem, 2048);
  const std::string m2 = Pae({"v1.public.", "m", ""});
  for (int salt : {0, 20, 48, 256 - 48 - 2}) {
    const EvpMdCtxPtr context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* pss = nullptr;
    std::string sig(256, '\0');
    size_t size = sig.size();
    ASSERT_TRUE(EVP_DigestSignInit(context.get(), &pss, EVP_sha384(), nullptr, pair.get()) == 1 &&
                EVP_PKEY_CTX_set_rsa_padding(pss, RSA_PKCS1_PSS_PADDING) == 1 &&
                EVP_PKEY_CTX_set_rsa_pss_saltlen(pss, salt) == 1 &&
                EVP_DigestSign(context.get(), reinterpret_cast<uint8_t*>(sig.data()), &size,
                               reinterpret_cast<const uint8_t*>(m2.data()), m2.size()) == 1);
    const UntrustedToken token = UntrustedToken::ParseAllowingLegacy(EncodeToken(kV1Public, "m" + sig, "")).value();
    EXPECT_THAT(V1PublicVerify(key_->public_key(), token), IsOkAndHolds("m")) << salt;
  }
}

// PKCS #1 v1.5 is explicitly forbidden.
TEST_F(V1PublicKeyTest, TheOtherPaddingIsUnauthenticated) {
  const std::shared_ptr<EVP_PKEY> pair = RsaSecretFromPem(Text(key_->pem(InsecureSecretAccess::Get())), 2048);
  const std::string m2 = Pae({"v1.public.", "m", ""});
  const EvpMdCtxPtr context(EVP_MD_CTX_new());
  std::string sig(256, '\0');
  size_t size = sig.size();
  ASSERT_TRUE(EVP_DigestSignInit(context.get(), nullptr, EVP_sha384(), nullptr, pair.get()) == 1 &&
              EVP_DigestSign(context.get(), reinterpret_cast<uint8_t*>(sig.data()), &size,
                             reinterpret_cast<const uint8_t*>(m2.data()), m2.size()) == 1);
  const UntrustedToken token = UntrustedToken::ParseAllowingLegacy(EncodeToken(kV1Public, "m" + sig, "")).value();
  EXPECT_THAT(V1PublicVerify(key_->public_key(), token), StatusIs(absl::StatusCode::kUnauthenticated));
}

}  // namespace
}  // namespace paseto
