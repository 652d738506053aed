// Every official case of v1.json to v4.json: opened or verified, and made again to the same text where that is
// possible (signatures of v1.public and v3.public are random).

#include <string>

#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "grpc_paseto/core/legacy/testing/fixed_randomness.h"
#include "grpc_paseto/core/legacy/v1_local.h"
#include "grpc_paseto/core/legacy/v1_public.h"
#include "grpc_paseto/core/legacy/v2_local.h"
#include "grpc_paseto/core/legacy/v2_public.h"
#include "grpc_paseto/core/paseto/testing/fixed_randomness.h"
#include "grpc_paseto/core/paseto/untrusted_token.h"
#include "grpc_paseto/core/paseto/v3_local.h"
#include "grpc_paseto/core/paseto/v3_public.h"
#include "grpc_paseto/core/paseto/v4_local.h"
#include "grpc_paseto/core/paseto/v4_public.h"
#include "grpc_paseto/tests/conformance/vector_file.h"
#include "grpc_paseto/tests/support/status_matchers.h"
#include "gtest/gtest.h"

namespace paseto {
namespace {

using ::testing::Not;

template <typename Key>
absl::StatusOr<Key> Guarded(const std::string& bytes) {
  return Key::FromBytes(SecretBytes::CopyFrom(bytes));
}

// Versions 1 and 2 have no implicit assertions: what a case gives as one is not looked at.
struct V1 {
  using LocalKey = V1LocalKey;
  static constexpr bool kSignsTheSameTwice = false;
  static constexpr auto Parse = UntrustedToken::ParseAllowingLegacy;
  static constexpr auto PublicKeyOf = V1PublicKey::FromPem;
  static constexpr auto SecretKeyOf = V1SecretKey::FromPem;
  static absl::StatusOr<std::string> Open(const V1LocalKey& key, const UntrustedToken& token, absl::string_view) {
    return V1LocalOpen(key, token);
  }
  static std::string Seal(const V1LocalKey& key, absl::string_view message, absl::string_view footer, absl::string_view,
                          absl::string_view random) {
    return testing_only::V1LocalSealWithRandom(key, message, footer, random);
  }
  static absl::StatusOr<absl::string_view> Verify(const V1PublicKey& key, const UntrustedToken& token,
                                                  absl::string_view) {
    return V1PublicVerify(key, token);
  }
  static absl::StatusOr<std::string> Sign(const V1SecretKey& key, absl::string_view message, absl::string_view footer,
                                          absl::string_view) {
    return V1PublicSign(key, message, footer, LegacyWriting::Allow());
  }
};

struct V2 {
  using LocalKey = V2LocalKey;
  static constexpr bool kSignsTheSameTwice = true;
  static constexpr auto Parse = UntrustedToken::ParseAllowingLegacy;
  static constexpr auto PublicKeyOf = V2PublicKey::FromBytes;
  static constexpr auto SecretKeyOf = Guarded<V2SecretKey>;
  static absl::StatusOr<std::string> Open(const V2LocalKey& key, const UntrustedToken& token, absl::string_view) {
    return V2LocalOpen(key, token);
  }
  static std::string Seal(const V2LocalKey& key, absl::string_view message, absl::string_view footer, absl::string_view,
                          absl::string_view random) {
    return testing_only::V2LocalSealWithRandom(key, message, footer, random);
  }
  static absl::StatusOr<absl::string_view> Verify(const V2PublicKey& key, const UntrustedToken& token,
                                                  absl::string_view) {
    return V2PublicVerify(key, token);
  }
  static absl::StatusOr<std::string> Sign(const V2SecretKey& key, absl::string_view message, absl::string_view footer,
                                          absl::string_view) {
    return V2PublicSign(key, message, footer, LegacyWriting::Allow());
  }
};

struct V3 {
  using LocalKey = V3LocalKey;
  static constexpr bool kSignsTheSameTwice = false;
  static constexpr auto Parse = UntrustedToken::Parse;
  static constexpr auto PublicKeyOf = V3PublicKey::FromBytes;
  static constexpr auto SecretKeyOf = Guarded<V3SecretKey>;
  static constexpr auto Open = V3LocalOpen;
  static constexpr auto Seal = testing_only::V3LocalSealWithNonce;
  static constexpr auto Verify = V3PublicVerify;
  static constexpr auto Sign = V3PublicSign;
};

struct V4 {
  using LocalKey = V4LocalKey;
  static constexpr bool kSignsTheSameTwice = true;
  static constexpr auto Parse = UntrustedToken::Parse;
  static constexpr auto PublicKeyOf = V4PublicKey::FromBytes;
  static constexpr auto SecretKeyOf = Guarded<V4SecretKey>;
  static constexpr auto Open = V4LocalOpen;
  static constexpr auto Seal = testing_only::V4LocalSealWithNonce;
  static constexpr auto Verify = V4PublicVerify;
  static absl::StatusOr<std::string> Sign(const V4SecretKey& key, absl::string_view message, absl::string_view footer,
                                          absl::string_view implicit_assertion) {
    return V4PublicSign(key, message, footer, implicit_assertion);
  }
};

template <typename V>
absl::StatusOr<std::string> Verify(const VectorCase& vector, const UntrustedToken& token, absl::string_view assertion) {
  const auto key = V::PublicKeyOf(vector.KeyBytes("public-key").value());
  const absl::StatusOr<absl::string_view> message = V::Verify(key.value(), token, assertion);
  if (!message.ok()) return message.status();
  return std::string(*message);
}

// Opens or verifies the token, whichever the case has a key for.
template <typename V>
absl::StatusOr<std::string> Read(const VectorCase& vector, const std::string& text, const std::string& assertion) {
  const absl::StatusOr<UntrustedToken> token = V::Parse(text);
  if (!token.ok()) return token.status();
  if (!vector.Has("key")) return Verify<V>(vector, *token, assertion);
  const auto key = Guarded<typename V::LocalKey>(vector.Bytes("key").value());
  return V::Open(key.value(), *token, assertion);
}

class TokenVectorTest : public VectorTest {
 protected:
  void SetUp() override {
    VectorTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    for (auto [field, target] :
         {std::pair("token", &token_), std::pair("footer", &footer_), std::pair("implicit-assertion", &assertion_)}) {
      const absl::StatusOr<std::string> text = GetParam().Text(field);
      ASSERT_THAT(text, IsOk());
      *target = *text;
    }
  }

  template <typename V>
  void ExpectHolds() {
    const VectorCase& vector = GetParam();
    ASSERT_NE(vector.Has("key"), vector.Has("public-key")) << "not understood: a case has one kind of key";
    const absl::StatusOr<std::string> message = Read<V>(vector, token_, assertion_);
    if (vector.expect_fail) {
      EXPECT_THAT(message, Not(IsOk()));
      return;
    }
    const absl::StatusOr<std::string> payload = vector.Text("payload");
    ASSERT_THAT(payload, IsOk());
    EXPECT_THAT(message, IsOkAndHolds(*payload));
    EXPECT_EQ(V::Parse(token_)->untrusted_footer(), footer_);
    ExpectMadeAgain<V>(vector, *payload);
  }

 private:
  template <typename V>
  void ExpectMadeAgain(const VectorCase& vector, const std::string& payload) {
    if (vector.Has("key")) {
      const auto key = Guarded<typename V::LocalKey>(vector.Bytes("key").value());
      EXPECT_EQ(V::Seal(key.value(), payload, footer_, assertion_, vector.Bytes("nonce").value()), token_);
      return;
    }
    const auto key = V::SecretKeyOf(vector.KeyBytes("secret-key").value());
    const absl::StatusOr<std::string> text = V::Sign(key.value(), payload, footer_, assertion_);
    ASSERT_THAT(text, IsOk());
    if constexpr (V::kSignsTheSameTwice) {
      EXPECT_EQ(*text, token_);
    } else {
      EXPECT_THAT(Read<V>(vector, *text, assertion_), IsOkAndHolds(payload));
    }
  }

  std::string token_, footer_, assertion_;
};

class V1VectorTest : public TokenVectorTest {};
class V2VectorTest : public TokenVectorTest {};
class V3VectorTest : public TokenVectorTest {};
class V4VectorTest : public TokenVectorTest {};

TEST_P(V1VectorTest, Holds) { ExpectHolds<V1>(); }
TEST_P(V2VectorTest, Holds) { ExpectHolds<V2>(); }
TEST_P(V3VectorTest, Holds) { ExpectHolds<V3>(); }
TEST_P(V4VectorTest, Holds) { ExpectHolds<V4>(); }

INSTANTIATE_TEST_SUITE_P(Official, V1VectorTest, ::testing::ValuesIn(LoadVectors("v1.json")), VectorTestName);
INSTANTIATE_TEST_SUITE_P(Official, V2VectorTest, ::testing::ValuesIn(LoadVectors("v2.json")), VectorTestName);
INSTANTIATE_TEST_SUITE_P(Official, V3VectorTest, ::testing::ValuesIn(LoadVectors("v3.json")), VectorTestName);
INSTANTIATE_TEST_SUITE_P(Official, V4VectorTest, ::testing::ValuesIn(LoadVectors("v4.json")), VectorTestName);

}  // namespace
}  // namespace paseto
