// Every limit of token_service.proto, at its edge and one beyond it, through a real server. What is refused changes
// nothing.
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "grpc_paseto/service/store/sqlite_store.h"
#include "grpc_paseto/tests/service/store/blocking_store.h"
#include "grpc_paseto/tests/support/refused_for.h"
#include "grpc_paseto/tests/support/running_tokend.h"

namespace paseto::service {
namespace {

using ::testing::HasSubstr;
using Stub = v1::TokenService::Stub;

v1::IssueRequest GoodIssue() {
  v1::IssueRequest request;
  request.set_subject("alice");
  request.set_with_refresh_token(true);
  return request;
}

std::string Json(size_t bytes) { return R"({"a":")" + std::string(bytes - 8, 'x') + R"("})"; }

struct IssueCase {
  const char* name;
  const char* field;  // that the refusal names
  std::function<void(v1::IssueRequest&)> change;
};

class MalformedIssue : public ::testing::TestWithParam<IssueCase> {};

TEST_P(MalformedIssue, IsRefusedByNameAndOpensNoSession) {
  RunningTokend tokend;
  v1::IssueRequest request = GoodIssue();
  GetParam().change(request);
  const absl::StatusOr<v1::IssueResponse> response = tokend.Call(&Stub::Issue, request, "web");
  EXPECT_THAT(response, RefusedFor(v1::REASON_REQUEST_INVALID));
  EXPECT_THAT(std::string(response.status().message()), HasSubstr(std::string(": ") + GetParam().field + ": "));
  tokend.Stop();
  const std::unique_ptr<SessionStore> store = OpenSqliteStore({.folder = tokend.store_folder()}).value();
  EXPECT_THAT(BlockingStore(*store).DeleteExpired(absl::InfiniteFuture(), 100), IsOkAndHolds(0));
}

const IssueCase kMalformedIssues[] = {
    {"NoSubject", "subject", [](auto& r) { r.clear_subject(); }},
    {"LongSubject", "subject", [](auto& r) { r.set_subject(std::string(256, 's')); }},
    {"LongType", "type",
     [](auto& r) {
       r.set_with_refresh_token(false);
       r.set_type(std::string(65, 't'));
     }},
    {"RefreshType", "type", [](auto& r) { r.set_type("refresh"); }},
    {"ClientType", "type", [](auto& r) { r.set_type("client"); }},
    {"TooManyAudiences", "audiences",
     [](auto& r) {
       for (int i = 0; i < 17; ++i) r.add_audiences("a");
     }},
    {"EmptyAudience", "audiences", [](auto& r) { r.add_audiences(""); }},
    {"LongAudience", "audiences", [](auto& r) { r.add_audiences(std::string(256, 'a')); }},
    {"TooManyScopes", "scopes",
     [](auto& r) {
       for (int i = 0; i < 65; ++i) r.add_scopes("s");
     }},
    {"EmptyScope", "scopes", [](auto& r) { r.add_scopes(""); }},
    {"ScopeWithSpace", "scopes", [](auto& r) { r.add_scopes("read write"); }},
    {"ScopeWithQuote", "scopes", [](auto& r) { r.add_scopes("re\"ad"); }},
    {"ScopeWithBackslash", "scopes", [](auto& r) { r.add_scopes("re\\ad"); }},
    {"ScopeBeyondAscii", "scopes", [](auto& r) { r.add_scopes("l\xC3\xA9"); }},
    {"LongScope", "scopes", [](auto& r) { r.add_scopes(std::string(256, 's')); }},
    {"ZeroLifetime", "lifetime", [](auto& r) { r.mutable_lifetime(); }},
    {"ShortLifetime", "lifetime", [](auto& r) { r.mutable_lifetime()->set_nanos(999'999'999); }},
    {"NegativeLifetime", "lifetime", [](auto& r) { r.mutable_lifetime()->set_seconds(-60); }},
    {"LifetimeWithOddNanos", "lifetime",
     [](auto& r) {
       r.mutable_lifetime()->set_seconds(60);
       r.mutable_lifetime()->set_nanos(1'000'000'000);
     }},
    {"EndlessLifetime", "lifetime", [](auto& r) { r.mutable_lifetime()->set_seconds(INT64_MAX); }},
    {"ClaimsThatAreNoObject", "custom_claims_json", [](auto& r) { r.set_custom_claims_json("[1]"); }},
    {"ClaimsWithAReservedName", "custom_claims_json", [](auto& r) { r.set_custom_claims_json(R"({"sub":"bob"})"); }},
    {"ClaimsWithADuplicate", "custom_claims_json", [](auto& r) { r.set_custom_claims_json(R"({"a":1,"a":2})"); }},
    {"LongClaims", "custom_claims_json", [](auto& r) { r.set_custom_claims_json(Json(4097)); }},
    {"FooterWithoutContent", "footer", [](auto& r) { r.mutable_footer(); }},
    {"EmptyFooter", "footer", [](auto& r) { r.mutable_footer()->set_footer_text(""); }},
    {"LongFooter", "footer", [](auto& r) { r.mutable_footer()->set_footer_text(std::string(4097, 'f')); }},
    {"JsonFooterThatIsNone", "footer", [](auto& r) { r.mutable_footer()->set_footer_json("{"); }},
    {"JsonFooterWithKid", "footer", [](auto& r) { r.mutable_footer()->set_footer_json(R"({"kid":"x"})"); }},
    {"TextFooterThatIsJson", "footer", [](auto& r) { r.mutable_footer()->set_footer_text("{}"); }},
    {"LongAssertion", "implicit_assertion", [](auto& r) { r.set_implicit_assertion(std::string(1025, 'i')); }},
    {"UnknownKind", "kind", [](auto& r) { r.set_kind("v9.public"); }},
    {"SessionForACustomType", "with_refresh_token", [](auto& r) { r.set_type("email-verify"); }},
    {"SessionLifetimeWithoutSession", "session_lifetime",
     [](auto& r) {
       r.set_with_refresh_token(false);
       r.mutable_session_lifetime()->set_seconds(60);
     }},
    {"ZeroSessionLifetime", "session_lifetime", [](auto& r) { r.mutable_session_lifetime(); }},
    {"NotBeforeBeyondTheCalendar", "not_before", [](auto& r) { r.mutable_not_before()->set_seconds(253'402'300'800); }},
    {"NotBeforeWithOddNanos", "not_before", [](auto& r) { r.mutable_not_before()->set_nanos(-1); }},
    {"NotBeforeTooFarAhead", "not_before",
     [](auto& r) { r.mutable_not_before()->set_seconds(1704067200 + 24 * 3600 + 1); }},
};

INSTANTIATE_TEST_SUITE_P(Table, MalformedIssue, ::testing::ValuesIn(kMalformedIssues),
                         [](const auto& info) { return info.param.name; });

const IssueCase kLongestIssues[] = {
    {"Subject", "", [](auto& r) { r.set_subject(std::string(255, 's')); }},
    {"Type", "",
     [](auto& r) {
       r.set_with_refresh_token(false);
       r.set_type(std::string(64, 't'));
     }},
    {"Audiences", "",
     [](auto& r) {
       for (int i = 0; i < 16; ++i) r.add_audiences(std::string(255, 'a'));
     }},
    {"Scopes", "",
     [](auto& r) {
       for (int i = 0; i < 63; ++i) r.add_scopes("s");
       r.add_scopes(std::string(255, 's'));
     }},
    {"Lifetime", "", [](auto& r) { r.mutable_lifetime()->set_seconds(1); }},
    {"Claims", "", [](auto& r) { r.set_custom_claims_json(Json(4096)); }},
    {"Footer", "", [](auto& r) { r.mutable_footer()->set_footer_text(std::string(4096, 'f')); }},
    {"Assertion", "", [](auto& r) { r.set_implicit_assertion(std::string(1024, 'i')); }},
};

class IssueAtTheLimit : public ::testing::TestWithParam<IssueCase> {};

TEST_P(IssueAtTheLimit, IsAccepted) {
  RunningTokend tokend;
  v1::IssueRequest request = GoodIssue();
  GetParam().change(request);
  EXPECT_THAT(tokend.Call(&Stub::Issue, request, "web"), IsOk());
}

INSTANTIATE_TEST_SUITE_P(Table, IssueAtTheLimit, ::testing::ValuesIn(kLongestIssues),
                         [](const auto& info) { return info.param.name; });

class OtherRequests : public ::testing::Test {
 protected:
  RunningTokend tokend_;
};

// At the limit a token is refused for what it is, beyond it for its length.
TEST_F(OtherRequests, PresentedTokensHaveALimit) {
  v1::RefreshRequest refresh;
  EXPECT_THAT(tokend_.Call(&Stub::Refresh, refresh, "web"), RefusedFor(v1::REASON_REQUEST_INVALID));
  refresh.set_refresh_token(std::string(6144, 'x'));
  EXPECT_THAT(tokend_.Call(&Stub::Refresh, refresh, "web"), RefusedFor(v1::REASON_REFRESH_INVALID));
  refresh.set_refresh_token(std::string(6145, 'x'));
  EXPECT_THAT(tokend_.Call(&Stub::Refresh, refresh, "web"), RefusedFor(v1::REASON_REQUEST_INVALID));
  EXPECT_THAT(tokend_.Introspect("web", ""), RefusedFor(v1::REASON_REQUEST_INVALID));
  EXPECT_THAT(tokend_.Introspect("web", std::string(6144, 'x')), IsOk());
  EXPECT_THAT(tokend_.Introspect("web", std::string(6145, 'x')), RefusedFor(v1::REASON_REQUEST_INVALID));
  EXPECT_THAT(tokend_.RevokeToken("web", ""), RefusedFor(v1::REASON_REQUEST_INVALID));
  EXPECT_THAT(tokend_.RevokeToken("web", std::string(6145, 'x')),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("6144")));
}

TEST_F(OtherRequests, RefreshScopesAndAssertionHaveLimitsAndUseUpNoToken) {
  const v1::IssueResponse pair = tokend_.IssuePair("web");
  v1::RefreshRequest request;
  request.set_refresh_token(pair.refresh_token().token());
  request.set_implicit_assertion(std::string(1025, 'i'));
  EXPECT_THAT(tokend_.Call(&Stub::Refresh, request, "web"), RefusedFor(v1::REASON_REQUEST_INVALID));
  request.set_implicit_assertion(std::string(1024, 'i'));
  for (int i = 0; i < 65; ++i) request.add_scopes("read");
  EXPECT_THAT(tokend_.Call(&Stub::Refresh, request, "web"), RefusedFor(v1::REASON_REQUEST_INVALID));
  EXPECT_TRUE(tokend_.Introspect("web", pair.refresh_token().token())->active());
  request.mutable_scopes()->RemoveLast();
  EXPECT_THAT(tokend_.Call(&Stub::Refresh, request, "web"), IsOk());
}

TEST_F(OtherRequests, RevokeHasExactlyOneTarget) {
  EXPECT_THAT(tokend_.Call(&Stub::Revoke, v1::RevokeRequest(), "web"), RefusedFor(v1::REASON_REQUEST_INVALID));
  EXPECT_THAT(tokend_.RevokeSession("web", ""), RefusedFor(v1::REASON_REQUEST_INVALID));
  EXPECT_THAT(tokend_.RevokeSession("web", std::string(255, 'x')), IsOk());
  EXPECT_THAT(tokend_.RevokeSession("web", std::string(256, 'x')), RefusedFor(v1::REASON_REQUEST_INVALID));
  EXPECT_THAT(tokend_.RevokeSubject("auditor", ""), RefusedFor(v1::REASON_REQUEST_INVALID));
  EXPECT_THAT(tokend_.RevokeSubject("auditor", std::string(255, 'x')), IsOk());
  EXPECT_THAT(tokend_.RevokeSubject("auditor", std::string(256, 'x')), RefusedFor(v1::REASON_REQUEST_INVALID));
}

TEST_F(OtherRequests, WholeSessionAndAssertionNeedAToken) {
  v1::RevokeRequest request;
  request.set_session_id("x");
  request.set_whole_session(true);
  EXPECT_THAT(tokend_.Call(&Stub::Revoke, request, "web"), RefusedFor(v1::REASON_REQUEST_INVALID));
  request.set_whole_session(false);
  request.set_implicit_assertion("device 7");
  EXPECT_THAT(tokend_.Call(&Stub::Revoke, request, "web"), RefusedFor(v1::REASON_REQUEST_INVALID));
}

TEST_F(OtherRequests, AssertionToRevokeOrIntrospectHasALimit) {
  const std::string token = tokend_.IssuePair("web").access_token().token();
  v1::RevokeRequest revoke;
  revoke.set_token(token);
  revoke.set_implicit_assertion(std::string(1025, 'i'));
  EXPECT_THAT(tokend_.Call(&Stub::Revoke, revoke, "web"), RefusedFor(v1::REASON_REQUEST_INVALID));
  v1::IntrospectRequest introspect;
  introspect.set_token(token);
  introspect.set_implicit_assertion(std::string(1025, 'i'));
  EXPECT_THAT(tokend_.Call(&Stub::Introspect, introspect, "web"), RefusedFor(v1::REASON_REQUEST_INVALID));
}

}  // namespace
}  // namespace paseto::service
