#include "grpc_paseto/interceptor/policy/refusal.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/token/token_error.h"
#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto::interceptor {
namespace {

using ::testing::StartsWith;

constexpr int kFirstError = static_cast<int>(TokenError::kMalformed);
constexpr int kLastError = static_cast<int>(TokenError::kRevoked);

TEST(RefusalTest, TextStartsWithTheNameOfTheReason) {
  EXPECT_EQ(ReasonName(v1::REASON_TOKEN_EXPIRED), "token_expired");
  EXPECT_THAT(MakeRefusal(v1::REASON_TOKEN_EXPIRED, "the token expired"),
              StatusIs(absl::StatusCode::kUnauthenticated, "token_expired: the token expired"));
}

TEST(RefusalTest, WithoutReasonRefusalsOfOneCodeAreAlikeAndKeepIt) {
  for (int number = v1::Reason_MIN; number <= v1::Reason_MAX; ++number) {
    if (!v1::Reason_IsValid(number)) continue;
    const auto reason = static_cast<v1::Reason>(number);
    const absl::Status hidden = WithoutReason(MakeRefusal(reason, "because of this"));
    EXPECT_EQ(hidden, WithoutReason(absl::Status(ReasonCode(reason), "")));
    EXPECT_EQ(ReasonOf(hidden.message()), v1::REASON_UNSPECIFIED);
  }
  EXPECT_THAT(WithoutReason(MakeRefusal(v1::REASON_TOKEN_EXPIRED, "")),
              StatusIs(absl::StatusCode::kUnauthenticated, "unauthenticated"));
  EXPECT_THAT(WithoutReason(MakeRefusal(v1::REASON_SCOPE_MISSING, "")),
              StatusIs(absl::StatusCode::kPermissionDenied, "permission denied"));
}

TEST(RefusalTest, EveryReasonIsFoundAgainInItsText) {
  for (int number = v1::Reason_MIN; number <= v1::Reason_MAX; ++number) {
    if (!v1::Reason_IsValid(number) || number == v1::REASON_UNSPECIFIED) continue;
    const auto reason = static_cast<v1::Reason>(number);
    EXPECT_EQ(ReasonOf(MakeRefusal(reason, "because: of this").message()), reason);
  }
}

TEST(RefusalTest, OtherTextsHaveNoReason) {
  for (const char* text :
       {"", ":", "token_expired", "Token_expired: x", "nonsense: x", "unspecified: x", " token_expired: x"}) {
    EXPECT_EQ(ReasonOf(text), v1::REASON_UNSPECIFIED) << text;
  }
}

TEST(RefusalTest, CodesAreThoseThatReasonProtoDocuments) {
  EXPECT_EQ(ReasonCode(v1::REASON_TOKEN_MISSING), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(ReasonCode(v1::REASON_GATE_MISSING), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(ReasonCode(v1::REASON_STREAM_REVOKED), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(ReasonCode(v1::REASON_SCOPE_MISSING), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(ReasonCode(v1::REASON_TRUST_STALE), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ReasonCode(v1::REASON_TOO_MANY_FAILURES), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReasonCode(v1::REASON_REQUEST_INVALID), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonCode(v1::REASON_CLIENT_NOT_ALLOWED), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(ReasonCode(v1::REASON_SUBJECT_DISABLED), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(ReasonCode(v1::REASON_REQUEST_ID_TAKEN), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(ReasonCode(v1::REASON_REQUEST_NOT_REPEATABLE), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonCode(v1::REASON_CLIENT_DISABLED), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(ReasonCode(v1::REASON_REFRESH_REUSED), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(ReasonCode(v1::REASON_GRACE_EXHAUSTED), absl::StatusCode::kAborted);
  EXPECT_EQ(ReasonCode(v1::REASON_TOKEN_UNVERIFIABLE), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonCode(v1::REASON_KEY_NOT_ACTIVE), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonCode(v1::REASON_STORE_UNAVAILABLE), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ReasonCode(v1::REASON_SESSION_UNKNOWN), absl::StatusCode::kNotFound);
  EXPECT_EQ(ReasonCode(v1::REASON_INTERNAL), absl::StatusCode::kInternal);
}

TEST(RefusalTest, EveryTokenErrorHasAReasonOfItsOwn) {
  std::set<v1::Reason> reasons;
  for (int error = kFirstError; error <= kLastError; ++error) {
    reasons.insert(ReasonOf(RefusalFromTokenError(MakeTokenError(static_cast<TokenError>(error), "why")).message()));
  }
  EXPECT_EQ(reasons.size(), static_cast<size_t>(kLastError - kFirstError + 1));
  EXPECT_EQ(reasons.count(v1::REASON_UNSPECIFIED), 0u);
  EXPECT_EQ(reasons.count(v1::REASON_INTERNAL), 0u);
}

TEST(RefusalTest, TextsAreShortPrintableAsciiWithoutPercentSigns) {
  for (int error = kFirstError; error <= kLastError; ++error) {
    const std::string text(RefusalFromTokenError(MakeTokenError(static_cast<TokenError>(error), "why")).message());
    EXPECT_LE(text.size(), 120u) << text;
    EXPECT_TRUE(std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 0x7f && c != '%'; })) << text;
  }
}

TEST(RefusalTest, StatusFromElsewhereIsInternalAndSaysNothing) {
  EXPECT_THAT(RefusalFromTokenError(absl::NotFoundError("/etc/secret")),
              StatusIs(absl::StatusCode::kInternal, "internal: the token could not be judged"));
}

}  // namespace
}  // namespace paseto::interceptor
