#include "grpc_paseto/core/token/token_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/cord.h"
#include "grpc_paseto/core/paseto/pae.h"
#include "grpc_paseto/core/token/assertion.h"
#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto {
namespace {

TEST(TokenErrorTest, EachErrorComesBackOutOfItsStatus) {
  for (int number = 1; number <= static_cast<int>(TokenError::kRevoked); ++number) {
    const auto error = static_cast<TokenError>(number);
    const absl::Status status = MakeTokenError(error, "why");
    EXPECT_EQ(GetTokenError(status), error);
    EXPECT_EQ(status.message(), "why");
    EXPECT_EQ(status.code(), error == TokenError::kScopeMissing ? absl::StatusCode::kPermissionDenied
                                                                : absl::StatusCode::kUnauthenticated);
    EXPECT_EQ(IsInvalid(error), number <= 4);
  }
}

TEST(TokenErrorTest, OtherStatusesCarryNone) {
  EXPECT_EQ(GetTokenError(absl::OkStatus()), absl::nullopt);
  EXPECT_EQ(GetTokenError(absl::UnauthenticatedError("why")), absl::nullopt);
  for (const char* text : {"", "0", "15", "-1", "x"}) {
    absl::Status status = MakeTokenError(TokenError::kExpired, "why");
    status.SetPayload("grpc-paseto/token-error", absl::Cord(text));
    EXPECT_EQ(GetTokenError(status), absl::nullopt) << text;
  }
}

TEST(AssertionTest, OurOwnIsLabelledAndCoversEachPart) {
  const Binding binding{Binding::Kind::kClient, "spiffe://x"};
  const std::string assertion = TokenAssertion("refresh", ClientId("web"), binding);
  EXPECT_EQ(assertion, Pae({"paseto.v1.token", "refresh", "web", "client", "spiffe://x"}));
  EXPECT_NE(TokenAssertion("access", ClientId("web"), binding), assertion);
  EXPECT_NE(TokenAssertion("refresh", ClientId("we"), binding), assertion);
  EXPECT_NE(TokenAssertion("refresh", ClientId("web"), {Binding::Kind::kHolder, "spiffe://x"}), assertion);
  EXPECT_NE(TokenAssertion("refresh", ClientId("web"), {Binding::Kind::kClient, ""}), assertion);
}

TEST(AssertionTest, ACallersBytesCannotSpellOurOwn) {
  EXPECT_EQ(CallerAssertion(""), "");
  EXPECT_EQ(CallerAssertion("x"), Pae({"paseto.v1.caller", "x"}));
  const std::string own = TokenAssertion("refresh", ClientId("web"), {});
  EXPECT_NE(CallerAssertion(own), own);
}

}  // namespace
}  // namespace paseto
