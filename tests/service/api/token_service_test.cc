// TokenService through a real server and a real stub.
#include "grpc_paseto/service/api/token_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <thread>
#include <vector>

#include "grpc_paseto/service/lifecycle/own_token.h"
#include "grpc_paseto/tests/support/refused_for.h"
#include "grpc_paseto/tests/support/running_tokend.h"

namespace paseto::service {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using Stub = v1::TokenService::Stub;

class TokenServiceTest : public ::testing::Test {
 protected:
  uint64_t GenerationOf(const v1::IssuedToken& token) {
    return *OpenRefreshToken(*tokend_.keys(), token.token())->claims().generation;
  }
  bool IsActive(const v1::IssuedToken& token) { return tokend_.Introspect("auditor", token.token())->active(); }

  RunningTokend tokend_;
};

TEST_F(TokenServiceTest, IssuedPairIsWhatIntrospectShows) {
  v1::IssueRequest request;
  request.set_subject("alice");
  request.add_audiences("shop");
  request.add_audiences("billing");
  request.add_scopes("read");
  request.set_fresh(true);
  request.set_with_refresh_token(true);
  request.set_custom_claims_json(R"({"big":9007199254740993})");
  const absl::StatusOr<v1::IssueResponse> issued = tokend_.Call(&Stub::Issue, request, "web");
  ASSERT_THAT(issued, IsOk());
  const absl::StatusOr<v1::IntrospectResponse> shown = tokend_.Introspect("web", issued->access_token().token());
  ASSERT_THAT(shown, IsOk());
  EXPECT_TRUE(shown->active());
  EXPECT_EQ(shown->subject(), "alice");
  EXPECT_EQ(shown->type(), "access");
  EXPECT_EQ(shown->client_id(), "web");
  EXPECT_EQ(shown->session_id(), issued->session_id());
  EXPECT_EQ(shown->token_id(), issued->access_token().token_id());
  EXPECT_THAT(shown->scopes(), ElementsAre("read"));
  EXPECT_THAT(shown->audiences(), ElementsAre("shop", "billing"));
  EXPECT_EQ(shown->issuer(), "https://id.shop");
  EXPECT_EQ(shown->expires_at().seconds(), issued->access_token().expires_at().seconds());
  EXPECT_EQ(shown->issued_at().seconds(), absl::ToUnixSeconds(tokend_.clock().Now()));
  EXPECT_EQ(shown->authenticated_at().seconds(), absl::ToUnixSeconds(tokend_.clock().Now()));
  EXPECT_TRUE(shown->fresh());
  EXPECT_EQ(shown->custom_claims_json(), R"({"big":9007199254740993})");
  EXPECT_TRUE(issued->refresh_token().token_id().empty());
  EXPECT_EQ(issued->refresh_token().expires_at().seconds(),
            absl::ToUnixSeconds(tokend_.clock().Now() + absl::Hours(30 * 24)));
}

TEST_F(TokenServiceTest, IssueAndIntrospectNeedAClientToken) {
  v1::IssueRequest request;
  request.set_subject("alice");
  EXPECT_THAT(tokend_.Call(&Stub::Issue, request, ""), RefusedFor(v1::REASON_TOKEN_MISSING));
  EXPECT_THAT(tokend_.Introspect("", "x"), RefusedFor(v1::REASON_TOKEN_MISSING));
  const std::string access = tokend_.IssuePair("web").access_token().token();
  EXPECT_THAT(tokend_.CallWithToken(&Stub::Issue, request, access), Not(IsOk()));
}

TEST_F(TokenServiceTest, CallerIsHeldToItsPolicy) {
  v1::IssueRequest request;
  request.set_subject("alice");
  EXPECT_THAT(tokend_.Call(&Stub::Issue, request, "auditor"), RefusedFor(v1::REASON_CLIENT_NOT_ALLOWED));
  EXPECT_THAT(tokend_.Call(&Stub::Issue, request, "stranger"), RefusedFor(v1::REASON_CLIENT_NOT_ALLOWED));
  EXPECT_THAT(tokend_.Call(&Stub::Issue, request, "off"), RefusedFor(v1::REASON_CLIENT_DISABLED));
}

TEST_F(TokenServiceTest, UnauthorizedCallerLearnsNothing) {
  const v1::IssueResponse pair = tokend_.IssuePair("web");
  const std::string nothing = v1::IntrospectResponse().SerializeAsString();
  for (const std::string& token : {pair.access_token().token(), pair.refresh_token().token(), std::string("x")}) {
    EXPECT_EQ(tokend_.Introspect("shop", token)->SerializeAsString(), nothing);
  }
}

TEST_F(TokenServiceTest, SixtyFourRacingRefreshesConvergeOnOneGeneration) {
  const v1::IssueResponse pair = tokend_.IssuePair("web");
  std::vector<absl::StatusOr<v1::RefreshResponse>> results(64);
  std::vector<std::thread> callers;
  for (auto& result : results) {
    callers.emplace_back([&] { result = tokend_.Refresh("web", pair.refresh_token()); });
  }
  for (std::thread& caller : callers) caller.join();
  std::set<std::string> access_tokens;
  for (const auto& result : results) {
    ASSERT_THAT(result, IsOk());
    EXPECT_EQ(GenerationOf(result->refresh_token()), 2u);
    EXPECT_TRUE(access_tokens.insert(result->access_token().token_id()).second);
  }
  tokend_.clock().Advance(absl::Minutes(1));
  const absl::StatusOr<v1::RefreshResponse> next = tokend_.Refresh("web", results[17]->refresh_token());
  ASSERT_THAT(next, IsOk());
  EXPECT_EQ(GenerationOf(next->refresh_token()), 3u);
}

TEST_F(TokenServiceTest, ReuseAfterTheGraceWindowKillsTheSession) {
  const v1::IssueResponse first = tokend_.IssuePair("web");
  const v1::RefreshResponse second = tokend_.Refresh("web", first.refresh_token()).value();
  tokend_.clock().Advance(absl::Seconds(11));
  EXPECT_THAT(tokend_.Refresh("web", first.refresh_token()), RefusedFor(v1::REASON_REFRESH_REUSED));
  EXPECT_THAT(tokend_.Refresh("web", second.refresh_token()), RefusedFor(v1::REASON_SESSION_REVOKED));
  EXPECT_FALSE(IsActive(second.access_token()));
}

TEST_F(TokenServiceTest, LostResponseIsRetried) {
  const v1::IssueResponse first = tokend_.IssuePair("web");
  ASSERT_THAT(tokend_.Refresh("web", first.refresh_token()), IsOk());
  const absl::StatusOr<v1::RefreshResponse> retried = tokend_.Refresh("web", first.refresh_token());
  ASSERT_THAT(retried, IsOk());
  EXPECT_EQ(GenerationOf(retried->refresh_token()), 2u);
}

TEST_F(TokenServiceTest, HolderRefreshesWithoutAClientTokenWhereAllowed) {
  EXPECT_THAT(tokend_.Refresh("", tokend_.IssuePair("app").refresh_token()), IsOk());
  EXPECT_THAT(tokend_.Refresh("", tokend_.IssuePair("web").refresh_token()), RefusedFor(v1::REASON_REFRESH_INVALID));
}

TEST_F(TokenServiceTest, HolderRevokesItsToken) {
  const v1::IssueResponse pair = tokend_.IssuePair("web");
  EXPECT_THAT(tokend_.RevokeToken("", pair.refresh_token().token()), IsOk());
  EXPECT_THAT(tokend_.Refresh("web", pair.refresh_token()), RefusedFor(v1::REASON_SESSION_REVOKED));
}

TEST_F(TokenServiceTest, HolderMayNotRevokeByNameAlone) {
  const v1::IssueResponse pair = tokend_.IssuePair("web");
  EXPECT_THAT(tokend_.RevokeSession("", pair.session_id()), RefusedFor(v1::REASON_CLIENT_NOT_ALLOWED));
  EXPECT_THAT(tokend_.RevokeSubject("", "alice"), RefusedFor(v1::REASON_CLIENT_NOT_ALLOWED));
  EXPECT_TRUE(IsActive(pair.access_token()));
}

TEST_F(TokenServiceTest, RevokedClientTokenIsRefusedFromTheAnswerOn) {
  const std::string token = tokend_.ClientToken("web");
  v1::IssueRequest request;
  request.set_subject("alice");
  ASSERT_THAT(tokend_.CallWithToken(&Stub::Issue, request, token), IsOk());
  v1::RevokeRequest revoke;
  revoke.set_token(token);
  const absl::StatusOr<v1::RevokeResponse> revoked = tokend_.CallWithToken(&Stub::Revoke, revoke, token);
  ASSERT_THAT(revoked, IsOk());
  EXPECT_GT(revoked->revision(), 0);
  EXPECT_THAT(tokend_.CallWithToken(&Stub::Issue, request, token), RefusedFor(v1::REASON_TOKEN_REVOKED));
}

TEST_F(TokenServiceTest, ExpiredClientTokenIsRefused) {
  const std::string token = tokend_.ClientToken("web");
  v1::IssueRequest request;
  request.set_subject("alice");
  tokend_.clock().Advance(absl::Hours(24 * 365));
  EXPECT_THAT(tokend_.CallWithToken(&Stub::Issue, request, token), IsOk());
  tokend_.clock().Advance(absl::Seconds(1));
  EXPECT_THAT(tokend_.CallWithToken(&Stub::Issue, request, token), RefusedFor(v1::REASON_TOKEN_EXPIRED));
}

TEST_F(TokenServiceTest, PresentedClientTokenMustBeGoodEvenWhereNoneIsNeeded) {
  v1::RefreshRequest request;
  request.set_refresh_token(tokend_.IssuePair("app").refresh_token().token());
  EXPECT_THAT(tokend_.CallWithToken(&Stub::Refresh, request, "v4.public.AAAA"), Not(IsOk()));
  EXPECT_THAT(tokend_.CallWithToken(&Stub::Refresh, request, ""), IsOk());
}

TEST_F(TokenServiceTest, SubjectRevocationEndsEverySession) {
  const v1::IssueResponse one = tokend_.IssuePair("web");
  const v1::IssueResponse two = tokend_.IssuePair("app");
  EXPECT_THAT(tokend_.RevokeSubject("web", "alice"), RefusedFor(v1::REASON_CLIENT_NOT_ALLOWED));
  ASSERT_THAT(tokend_.RevokeSubject("auditor", "alice"), IsOk());
  EXPECT_THAT(tokend_.Refresh("web", one.refresh_token()), RefusedFor(v1::REASON_TOKEN_REVOKED));
  EXPECT_THAT(tokend_.Refresh("", two.refresh_token()), RefusedFor(v1::REASON_TOKEN_REVOKED));
  EXPECT_FALSE(IsActive(one.access_token()));
  EXPECT_TRUE(IsActive(tokend_.IssuePair("web").access_token()));
}

// No piece of any token of a run is in its log, not even of one that was refused.
TEST_F(TokenServiceTest, LogHasALinePerCallAndNoTokenText) {
  const v1::IssueResponse pair = tokend_.IssuePair("web");
  const v1::RefreshResponse next = tokend_.Refresh("web", pair.refresh_token()).value();
  const std::string client_token = tokend_.ClientToken("web");
  v1::RevokeRequest revoke;
  revoke.set_token(next.access_token().token());
  ASSERT_THAT(tokend_.CallWithToken(&Stub::Revoke, revoke, client_token), IsOk());
  EXPECT_THAT(tokend_.CallWithToken(&Stub::Revoke, revoke, client_token + "A"), Not(IsOk()));
  tokend_.clock().Advance(absl::Minutes(1));
  EXPECT_THAT(tokend_.Refresh("web", pair.refresh_token()), RefusedFor(v1::REASON_REFRESH_REUSED));
  EXPECT_FALSE(IsActive(next.refresh_token()));
  tokend_.Stop();

  const std::string log = tokend_.log_text();
  EXPECT_THAT(log, HasSubstr(R"("rpc":"TokenService/Issue","client":"web","code":"OK")"));
  EXPECT_THAT(log, HasSubstr(R"("rpc":"TokenService/Refresh","client":"web","code":"UNAUTHENTICATED",)"
                             R"("reason":"refresh_reused")"));
  EXPECT_THAT(log, HasSubstr(R"("rpc":"TokenService/Revoke","code":"UNAUTHENTICATED")"));
  EXPECT_THAT(log, AllOf(Not(HasSubstr("v4.public.")), Not(HasSubstr("v4.local."))));
  EXPECT_THAT(log, Not(HasSubstr("alice")));
  constexpr size_t kPieceBytes = 16;
  for (const std::string& token : {pair.access_token().token(), pair.refresh_token().token(),
                                   next.access_token().token(), next.refresh_token().token(), client_token}) {
    for (size_t i = 0; i + kPieceBytes <= token.size(); ++i) {
      ASSERT_EQ(log.find(token.substr(i, kPieceBytes)), std::string::npos) << "a piece of a token is in the log";
    }
  }
}

}  // namespace
}  // namespace paseto::service
