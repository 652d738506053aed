// Every official case of v4.json: opened or verified, and made again to the same text.

#include <string>

#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "grpc_paseto/core/paseto/untrusted_token.h"
#include "grpc_paseto/core/paseto/v4_local.h"
#include "grpc_paseto/core/paseto/v4_public.h"
#include "grpc_paseto/tests/conformance/vector_file.h"
#include "grpc_paseto/tests/support/status_matchers.h"
#include "gtest/gtest.h"

namespace paseto {
namespace {

using ::testing::Not;

class V4VectorTest : public VectorTest {
 protected:
  void SetUp() override {
    VectorTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    for (auto [field, target] :
         {std::pair("token", &token_), std::pair("footer", &footer_), std::pair("implicit-assertion", &assertion_)}) {
      absl::StatusOr<std::string> text = GetParam().Text(field);
      ASSERT_THAT(text, IsOk());
      *target = *text;
    }
  }

  std::string token_, footer_, assertion_;
};

// Opens or verifies the token, whichever the case has a key for.
absl::StatusOr<std::string> Read(const VectorCase& vector, const std::string& text, const std::string& assertion) {
  absl::StatusOr<UntrustedToken> token = UntrustedToken::Parse(text);
  if (!token.ok()) return token.status();
  if (vector.Has("key")) {
    absl::StatusOr<V4LocalKey> key = V4LocalKey::FromBytes(SecretBytes::CopyFrom(vector.Bytes("key").value()));
    return V4LocalOpen(key.value(), *token, assertion);
  }
  absl::StatusOr<V4PublicKey> key = V4PublicKey::FromBytes(vector.Bytes("public-key").value());
  absl::StatusOr<absl::string_view> message = V4PublicVerify(key.value(), *token, assertion);
  if (!message.ok()) return message.status();
  return std::string(*message);
}

TEST_P(V4VectorTest, Holds) {
  const VectorCase& vector = GetParam();
  ASSERT_NE(vector.Has("key"), vector.Has("public-key")) << "not understood: a case has one kind of key";
  const absl::StatusOr<std::string> message = Read(vector, token_, assertion_);
  if (vector.expect_fail) {
    EXPECT_THAT(message, Not(IsOk()));
    return;
  }
  const absl::StatusOr<std::string> payload = vector.Text("payload");
  ASSERT_THAT(payload, IsOk());
  EXPECT_THAT(message, IsOkAndHolds(*payload));
  EXPECT_EQ(UntrustedToken::Parse(token_)->untrusted_footer(), footer_);

  if (vector.Has("key")) {
    absl::StatusOr<V4LocalKey> key = V4LocalKey::FromBytes(SecretBytes::CopyFrom(vector.Bytes("key").value()));
    EXPECT_EQ(
        testing_only::V4LocalSealWithNonce(key.value(), *payload, footer_, assertion_, vector.Bytes("nonce").value()),
        token_);
  } else {
    absl::StatusOr<V4SecretKey> key = V4SecretKey::FromBytes(SecretBytes::CopyFrom(vector.Bytes("secret-key").value()));
    EXPECT_EQ(V4PublicSign(key.value(), *payload, footer_, assertion_), token_);
  }
}

INSTANTIATE_TEST_SUITE_P(Official, V4VectorTest, ::testing::ValuesIn(LoadVectors("v4.json")), VectorTestName);

}  // namespace
}  // namespace paseto
