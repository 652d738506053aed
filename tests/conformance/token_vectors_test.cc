// Every official case of v3.json and v4.json: opened or verified, and made again to the same text where that is
// possible (signatures of v3.public have random nonces).

#include <string>

#include "absl/status/statusor.h"
#include "gmock/gmock.h"
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

struct V3 {
  using LocalKey = V3LocalKey;
  using PublicKey = V3PublicKey;
  using SecretKey = V3SecretKey;
  static constexpr bool kSignsTheSameTwice = false;
  static constexpr auto Open = V3LocalOpen;
  static constexpr auto Seal = testing_only::V3LocalSealWithNonce;
  static constexpr auto Verify = V3PublicVerify;
  static constexpr auto Sign = V3PublicSign;
};

struct V4 {
  using LocalKey = V4LocalKey;
  using PublicKey = V4PublicKey;
  using SecretKey = V4SecretKey;
  static constexpr bool kSignsTheSameTwice = true;
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
  const auto key = V::PublicKey::FromBytes(vector.Bytes("public-key").value());
  const absl::StatusOr<absl::string_view> message = V::Verify(key.value(), token, assertion);
  if (!message.ok()) return message.status();
  return std::string(*message);
}

// Opens or verifies the token, whichever the case has a key for.
template <typename V>
absl::StatusOr<std::string> Read(const VectorCase& vector, const std::string& text, const std::string& assertion) {
  const absl::StatusOr<UntrustedToken> token = UntrustedToken::Parse(text);
  if (!token.ok()) return token.status();
  if (!vector.Has("key")) return Verify<V>(vector, *token, assertion);
  const auto key = V::LocalKey::FromBytes(SecretBytes::CopyFrom(vector.Bytes("key").value()));
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
    EXPECT_EQ(UntrustedToken::Parse(token_)->untrusted_footer(), footer_);
    ExpectMadeAgain<V>(vector, *payload);
  }

 private:
  template <typename V>
  void ExpectMadeAgain(const VectorCase& vector, const std::string& payload) {
    if (vector.Has("key")) {
      const auto key = V::LocalKey::FromBytes(SecretBytes::CopyFrom(vector.Bytes("key").value()));
      EXPECT_EQ(V::Seal(key.value(), payload, footer_, assertion_, vector.Bytes("nonce").value()), token_);
      return;
    }
    const auto key = V::SecretKey::FromBytes(SecretBytes::CopyFrom(vector.Bytes("secret-key").value()));
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

class V3VectorTest : public TokenVectorTest {};
class V4VectorTest : public TokenVectorTest {};

TEST_P(V3VectorTest, Holds) { ExpectHolds<V3>(); }
TEST_P(V4VectorTest, Holds) { ExpectHolds<V4>(); }

INSTANTIATE_TEST_SUITE_P(Official, V3VectorTest, ::testing::ValuesIn(LoadVectors("v3.json")), VectorTestName);
INSTANTIATE_TEST_SUITE_P(Official, V4VectorTest, ::testing::ValuesIn(LoadVectors("v4.json")), VectorTestName);

}  // namespace
}  // namespace paseto
