// Consume, Exchange, ListSessions, DisableSubject, EnableSubject and the wider targets of Revoke, through a real server
// and a real stub.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "grpc_paseto/tests/support/refused_for.h"
#include "grpc_paseto/tests/support/running_tokend.h"
#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto::service {
namespace {

using Stub = v1::TokenService::Stub;

class SessionRpcsTest : public ::testing::Test {
 protected:
  bool IsActive(const v1::IssuedToken& token) { return tokend_.Introspect("auditor", token.token())->active(); }
  absl::StatusOr<v1::IssueResponse> Issue(const v1::IssueRequest& request, const std::string& client = "web") {
    return tokend_.Call(&Stub::Issue, request, client);
  }
  static v1::IssueRequest ForAlice() {
    v1::IssueRequest request;
    request.set_subject("alice");
    return request;
  }
  // The id of the active key for access tokens of v4.public.
  std::string AccessKey() { return tokend_.keys()->ActiveSigner(kV4Public, KeyUse::kAccess)->id().text(); }

  RunningTokend tokend_;
};

TEST_F(SessionRpcsTest, RepeatedRequestGivesTheSameSessionAndAnotherRequestNone) {
  v1::IssueRequest request = ForAlice();
  request.set_with_refresh_token(true);
  request.set_request_id("r-1");
  const v1::IssueResponse first = Issue(request).value();
  tokend_.Restart();
  const v1::IssueResponse again = Issue(request).value();
  EXPECT_EQ(again.session_id(), first.session_id());
  EXPECT_EQ(again.access_token().token(), first.access_token().token());
  request.set_subject("bob");
  EXPECT_THAT(Issue(request), RefusedFor(v1::REASON_REQUEST_ID_TAKEN));
  request.set_request_id(std::string(129, 'x'));
  EXPECT_THAT(Issue(request), RefusedFor(v1::REASON_REQUEST_INVALID));
}

TEST_F(SessionRpcsTest, SingleUseTokenIsConsumedOnce) {
  v1::IssueRequest request = ForAlice();
  request.set_single_use(true);
  EXPECT_THAT(Issue(request), RefusedFor(v1::REASON_REQUEST_INVALID));  // an access token
  request.set_type("email-verify");
  v1::ConsumeRequest consume;
  consume.set_token(Issue(request)->access_token().token());
  consume.set_type("email-verify");
  EXPECT_THAT(tokend_.Call(&Stub::Consume, consume, ""), RefusedFor(v1::REASON_TOKEN_MISSING));
  const absl::StatusOr<v1::ConsumeResponse> consumed = tokend_.Call(&Stub::Consume, consume, "web");
  ASSERT_THAT(consumed, IsOk());
  EXPECT_EQ(consumed->subject(), "alice");
  tokend_.Restart();
  EXPECT_THAT(tokend_.Call(&Stub::Consume, consume, "web"), RefusedFor(v1::REASON_TOKEN_SPENT));
  consume.set_type("access");
  EXPECT_THAT(tokend_.Call(&Stub::Consume, consume, "web"), RefusedFor(v1::REASON_REQUEST_INVALID));
}

TEST_F(SessionRpcsTest, TokenIsExchangedForTheCallersAudience) {
  v1::ExchangeRequest exchange;
  exchange.set_token(tokend_.IssuePair("web").access_token().token());
  const absl::StatusOr<v1::ExchangeResponse> exchanged = tokend_.Call(&Stub::Exchange, exchange, "shop");
  ASSERT_THAT(exchanged, IsOk());
  EXPECT_EQ(tokend_.Introspect("auditor", exchanged->access_token().token())->audiences(0), "billing");
  EXPECT_THAT(tokend_.Call(&Stub::Exchange, exchange, "web"), RefusedFor(v1::REASON_CLIENT_NOT_ALLOWED));
}

TEST_F(SessionRpcsTest, StepUpGivesAFreshTokenOfTheSession) {
  const std::string session = tokend_.IssuePair("web").session_id();
  v1::IssueRequest request = ForAlice();
  request.set_session_id(session);
  EXPECT_THAT(Issue(request), RefusedFor(v1::REASON_REQUEST_INVALID));  // not fresh
  request.set_fresh(true);
  const absl::StatusOr<v1::IssueResponse> stepped = Issue(request);
  ASSERT_THAT(stepped, IsOk());
  EXPECT_EQ(stepped->session_id(), session);
  EXPECT_FALSE(stepped->has_refresh_token());
  EXPECT_THAT(Issue(request, "shop"), RefusedFor(v1::REASON_SESSION_UNKNOWN));
  request.set_with_refresh_token(true);
  EXPECT_THAT(Issue(request), RefusedFor(v1::REASON_REQUEST_INVALID));
}

TEST_F(SessionRpcsTest, SessionsAreListedPageByPage) {
  for (int i = 0; i < 3; ++i) tokend_.IssuePair("web");
  tokend_.IssuePair("shop");
  v1::ListSessionsRequest request;
  request.set_subject("alice");
  request.set_page_size(2);
  const v1::ListSessionsResponse first = tokend_.Call(&Stub::ListSessions, request, "web").value();
  EXPECT_EQ(first.sessions_size(), 2);
  EXPECT_EQ(first.sessions(0).client_id(), "web");
  EXPECT_EQ(first.sessions(0).scopes(0), "read");
  request.set_page_token(first.next_page_token());
  const v1::ListSessionsResponse second = tokend_.Call(&Stub::ListSessions, request, "web").value();
  EXPECT_EQ(second.sessions_size(), 1);
  EXPECT_TRUE(second.next_page_token().empty());
  request.clear_page_token();
  request.set_page_size(1000);
  EXPECT_EQ(tokend_.Call(&Stub::ListSessions, request, "auditor")->sessions_size(), 4);
  request.set_page_size(1001);
  EXPECT_THAT(tokend_.Call(&Stub::ListSessions, request, "auditor"), RefusedFor(v1::REASON_REQUEST_INVALID));
  request.set_page_size(-1);
  EXPECT_THAT(tokend_.Call(&Stub::ListSessions, request, "auditor"), RefusedFor(v1::REASON_REQUEST_INVALID));
}

TEST_F(SessionRpcsTest, DisabledSubjectStaysDisabledAcrossARestartUntilItIsEnabled) {
  v1::DisableSubjectRequest disable;
  disable.set_subject("alice");
  EXPECT_THAT(tokend_.Call(&Stub::DisableSubject, disable, "web"), RefusedFor(v1::REASON_CLIENT_NOT_ALLOWED));
  EXPECT_GT(tokend_.Call(&Stub::DisableSubject, disable, "auditor")->revision(), 0);
  tokend_.Restart();
  EXPECT_THAT(Issue(ForAlice()), RefusedFor(v1::REASON_SUBJECT_DISABLED));
  v1::EnableSubjectRequest enable;
  enable.set_subject("alice");
  EXPECT_TRUE(tokend_.Call(&Stub::EnableSubject, enable, "auditor")->was_disabled());
  EXPECT_THAT(Issue(ForAlice()), IsOk());
}

TEST_F(SessionRpcsTest, RevokedClientsTokenIsRefusedFromTheAnswerOn) {
  const std::string token = tokend_.ClientToken("web");
  tokend_.clock().Advance(absl::Seconds(1));
  v1::RevokeRequest revoke;
  revoke.set_client_id("web");
  ASSERT_THAT(tokend_.Call(&Stub::Revoke, revoke, "admin"), IsOk());
  EXPECT_THAT(tokend_.CallWithToken(&Stub::Issue, ForAlice(), token), RefusedFor(v1::REASON_TOKEN_REVOKED));
  tokend_.Restart();
  EXPECT_THAT(tokend_.CallWithToken(&Stub::Issue, ForAlice(), token), RefusedFor(v1::REASON_TOKEN_REVOKED));
  tokend_.clock().Advance(absl::Seconds(1));
  EXPECT_THAT(Issue(ForAlice()), IsOk());  // with a newer token
}

TEST_F(SessionRpcsTest, RevokedKeyVerifiesAndSignsNothingMoreAlsoAfterARestart) {
  const v1::IssueResponse pair = tokend_.IssuePair("web");
  v1::RevokeRequest revoke;
  revoke.set_key_id(AccessKey());
  EXPECT_THAT(tokend_.Call(&Stub::Revoke, revoke, "auditor"), RefusedFor(v1::REASON_CLIENT_NOT_ALLOWED));
  EXPECT_TRUE(IsActive(pair.access_token()));
  ASSERT_THAT(tokend_.Call(&Stub::Revoke, revoke, "admin"), IsOk());
  for (int restarts = 0; restarts < 2; ++restarts) {
    EXPECT_FALSE(IsActive(pair.access_token()));
    EXPECT_TRUE(IsActive(Issue(ForAlice())->access_token()));  // by its successor
    tokend_.Restart();
  }
}

// The limit that was in force when a token was made decides how long its revocation is kept.
TEST_F(SessionRpcsTest, LoweredLifetimeLeavesNoTokenToOutliveItsRevocation) {
  v1::IssueRequest request = ForAlice();
  request.mutable_lifetime()->set_seconds(3600);
  const v1::IssuedToken token = Issue(request)->access_token();
  tokend_.Restart([](config::TokendConfig& config) {
    config.mutable_tokens()->mutable_max_access_lifetime()->set_seconds(60);
    for (auto& [id, client] : *config.mutable_clients()) client.mutable_max_lifetime()->set_seconds(60);
  });
  ASSERT_THAT(tokend_.RevokeSubject("auditor", "alice"), IsOk());
  tokend_.Restart();
  tokend_.clock().Advance(absl::Minutes(59));
  tokend_.Restart();
  EXPECT_FALSE(IsActive(token));
}

}  // namespace
}  // namespace paseto::service
