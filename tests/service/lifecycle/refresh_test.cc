#include "grpc_paseto/service/lifecycle/refresh.h"

#include "grpc_paseto/service/config/durations.h"
#include "grpc_paseto/service/lifecycle/refusals.h"
#include "grpc_paseto/service/lifecycle/timestamps.h"
#include "grpc_paseto/service/session/refresh_tag.h"
#include "grpc_paseto/tests/service/lifecycle/lifecycle_fixture.h"

namespace paseto::service {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class RefreshTest : public LifecycleTest {
 protected:
  uint64_t GenerationOf(const MadeToken& token) {
    return *OpenRefreshToken(*keys_.Current(), token.text)->claims().generation;
  }
};

TEST_F(RefreshTest, GivesTheNextPairOfTheSession) {
  IssueOrder order = PairOrder("web");
  order.fresh = true;
  order.grant.set_custom_claims_json(R"({"tenant":17})");
  order.grant.mutable_footer()->set_footer_text("till 7");
  order.grant.set_base64_wrapped(true);
  const absl::Time signed_in = clock_.Now();
  const IssuedTokens first = Issue(order).value();
  clock_.Advance(absl::Minutes(9));
  const absl::StatusOr<IssuedTokens> second = Refresh("web", *first.refresh);
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(second->session, first.session);
  EXPECT_EQ(GenerationOf(*second->refresh), 2u);
  EXPECT_EQ(second->refresh->expires_at, first.refresh->expires_at);
  const Claims claims = Read(second->access);
  EXPECT_NE(claims.token_id, first.access.id);
  EXPECT_EQ(claims.fresh, false);
  EXPECT_EQ(claims.auth_time, signed_in);
  EXPECT_EQ(claims.subject, "alice");
  EXPECT_EQ(claims.type, "access");
  EXPECT_EQ(claims.session_id, first.session);
  EXPECT_THAT(claims.scopes, ElementsAre("read", "write"));
  EXPECT_THAT(claims.audiences, ElementsAre("shop"));
  EXPECT_EQ(claims.custom_json, R"({"tenant":17})");
  EXPECT_EQ(claims.expires_at, clock_.Now() + absl::Minutes(10));
  EXPECT_EQ(ReadOwnToken(*keys_.Current(), kTestIssuer, second->access.text, "")->token->footer(), "till 7");
}

TEST_F(RefreshTest, LostResponseIsRetriedWithinTheGraceWindow) {
  const IssuedTokens first = Issue(PairOrder("web")).value();
  ASSERT_THAT(Refresh("web", *first.refresh), IsOk());
  clock_.Advance(absl::Seconds(10));
  const absl::StatusOr<IssuedTokens> retried = Refresh("web", *first.refresh);
  ASSERT_THAT(retried, IsOk());
  EXPECT_EQ(GenerationOf(*retried->refresh), 2u);
  EXPECT_THAT(Refresh("web", *retried->refresh), IsOk());
}

TEST_F(RefreshTest, ReuseAfterTheGraceWindowRevokesTheSession) {
  const IssuedTokens first = Issue(PairOrder("web")).value();
  const IssuedTokens second = Refresh("web", *first.refresh).value();
  clock_.Advance(absl::Seconds(10) + absl::Microseconds(1));
  EXPECT_THAT(Refresh("web", *first.refresh), RefusedFor(v1::REASON_REFRESH_REUSED));
  EXPECT_THAT(Refresh("web", *second.refresh), RefusedFor(v1::REASON_SESSION_REVOKED));
  EXPECT_FALSE(IsActive(second.access));
}

TEST_F(RefreshTest, OlderGenerationRevokesTheSessionWithinTheGraceWindowToo) {
  const IssuedTokens first = Issue(PairOrder("web")).value();
  const IssuedTokens second = Refresh("web", *first.refresh).value();
  ASSERT_THAT(Refresh("web", *second.refresh), IsOk());
  EXPECT_THAT(Refresh("web", *first.refresh), RefusedFor(v1::REASON_REFRESH_REUSED));
}

TEST_F(RefreshTest, TooManyRepeatsChangeNothing) {
  config::TokendConfig config = LifecycleConfig();
  config.mutable_tokens()->set_refresh_grace_limit(2);
  Configure(config);
  const IssuedTokens first = Issue(PairOrder("web")).value();
  const IssuedTokens second = Refresh("web", *first.refresh).value();
  EXPECT_THAT(Refresh("web", *first.refresh), IsOk());
  EXPECT_THAT(Refresh("web", *first.refresh), IsOk());
  EXPECT_THAT(Refresh("web", *first.refresh), RefusedFor(v1::REASON_GRACE_EXHAUSTED));
  EXPECT_THAT(Refresh("web", *second.refresh), IsOk());
}

TEST_F(RefreshTest, AnotherClientIsRefusedAndNothingChanges) {
  const IssuedTokens first = Issue(PairOrder("web")).value();
  EXPECT_THAT(Refresh("shop", *first.refresh), RefusedFor(v1::REASON_REFRESH_INVALID));
  EXPECT_EQ(Stored(first.session).generation, 1u);
  EXPECT_THAT(Refresh("web", *first.refresh), IsOk());
}

TEST_F(RefreshTest, HolderOfAClientBoundTokenIsRefusedAndNothingChanges) {
  const IssuedTokens first = Issue(PairOrder("web")).value();
  EXPECT_THAT(Refresh("", *first.refresh), RefusedFor(v1::REASON_REFRESH_INVALID));
  EXPECT_EQ(Stored(first.session).generation, 1u);
}

TEST_F(RefreshTest, HolderSufficesWhereThePolicySaysSo) {
  const IssuedTokens first = Issue(PairOrder("app")).value();
  const absl::StatusOr<IssuedTokens> second = Refresh("", *first.refresh);
  ASSERT_THAT(second, IsOk());
  EXPECT_THAT(Refresh("app", *second->refresh), IsOk());
}

TEST_F(RefreshTest, HolderTokenOfAnotherClientIsRefused) {
  const IssuedTokens first = Issue(PairOrder("app")).value();
  EXPECT_THAT(Refresh("web", *first.refresh), RefusedFor(v1::REASON_REFRESH_INVALID));
  EXPECT_EQ(Stored(first.session).generation, 1u);
}

TEST_F(RefreshTest, HolderStopsWhenThePolicyNoLongerSaysSo) {
  const IssuedTokens first = Issue(PairOrder("app")).value();
  config::TokendConfig config = LifecycleConfig();
  (*config.mutable_clients())["app"].set_refresh_by(config::REFRESH_BY_CLIENT);
  Configure(config);
  EXPECT_THAT(Refresh("", *first.refresh), RefusedFor(v1::REASON_CLIENT_DISABLED));
  EXPECT_EQ(Stored(first.session).generation, 1u);
  EXPECT_THAT(Refresh("app", *first.refresh), IsOk());
}

TEST_F(RefreshTest, ClientBoundTokensDoNotWorkForHoldersAfterThePolicyWasLoosened) {
  const IssuedTokens first = Issue(PairOrder("web")).value();
  config::TokendConfig config = LifecycleConfig();
  (*config.mutable_clients())["web"].set_refresh_by(config::REFRESH_BY_HOLDER);
  Configure(config);
  EXPECT_THAT(Refresh("", *first.refresh), RefusedFor(v1::REASON_REFRESH_INVALID));
}

TEST_F(RefreshTest, RemovedOrDisabledClientIsRefusedAndNothingChanges) {
  const IssuedTokens first = Issue(PairOrder("web")).value();
  config::TokendConfig config = LifecycleConfig();
  (*config.mutable_clients())["web"].set_disabled(true);
  Configure(config);
  EXPECT_THAT(Refresh("web", *first.refresh), RefusedFor(v1::REASON_CLIENT_DISABLED));
  config.mutable_clients()->erase("web");
  Configure(config);
  EXPECT_THAT(Refresh("web", *first.refresh), RefusedFor(v1::REASON_CLIENT_DISABLED));
  Configure(LifecycleConfig());
  EXPECT_THAT(Refresh("web", *first.refresh), IsOk());
}

TEST_F(RefreshTest, ScopesNarrowThisResponseOnly) {
  const IssuedTokens first = Issue(PairOrder("web")).value();
  RefreshOrder order{ClientId("web"), first.refresh->text, {"read"}, ""};
  const IssuedTokens second = Refresh(order).value();
  EXPECT_THAT(Read(second.access).scopes, ElementsAre("read"));
  EXPECT_THAT(Read(Refresh("web", *second.refresh)->access).scopes, ElementsAre("read", "write"));
}

TEST_F(RefreshTest, ScopeBeyondTheSessionsIsRefusedAndTheTokenStaysGood) {
  const IssuedTokens first = Issue(PairOrder("web")).value();
  RefreshOrder order{ClientId("web"), first.refresh->text, {"read", "admin"}, ""};
  EXPECT_THAT(Refresh(order), RefusedFor(v1::REASON_REQUEST_INVALID));
  EXPECT_EQ(Stored(first.session).generation, 1u);
  EXPECT_THAT(Refresh("web", *first.refresh), IsOk());
}

TEST_F(RefreshTest, WrongScopeOnAReusedTokenDoesNotHideTheTheft) {
  const IssuedTokens first = Issue(PairOrder("web")).value();
  ASSERT_THAT(Refresh("web", *first.refresh), IsOk());
  clock_.Advance(absl::Minutes(1));
  RefreshOrder order{ClientId("web"), first.refresh->text, {"admin"}, ""};
  EXPECT_THAT(Refresh(order), RefusedFor(v1::REASON_REFRESH_REUSED));
  EXPECT_THAT(Refresh(order), RefusedFor(v1::REASON_SESSION_REVOKED));
}

TEST_F(RefreshTest, WrongScopeOnARetryIsRefusedAndTheRetryStaysGood) {
  const IssuedTokens first = Issue(PairOrder("web")).value();
  ASSERT_THAT(Refresh("web", *first.refresh), IsOk());
  RefreshOrder order{ClientId("web"), first.refresh->text, {"admin"}, ""};
  EXPECT_THAT(Refresh(order), RefusedFor(v1::REASON_REQUEST_INVALID));
  EXPECT_THAT(Refresh("web", *first.refresh), IsOk());
}

TEST_F(RefreshTest, ScopeThatThePolicyNoLongerAllowsIsLeftOut) {
  const IssuedTokens first = Issue(PairOrder("web")).value();
  config::TokendConfig config = LifecycleConfig();
  (*config.mutable_clients())["web"].clear_scopes();
  (*config.mutable_clients())["web"].add_scopes("read");
  Configure(config);
  const IssuedTokens second = Refresh("web", *first.refresh).value();
  EXPECT_THAT(Read(second.access).scopes, ElementsAre("read"));
  RefreshOrder order{ClientId("web"), second.refresh->text, {"write"}, ""};
  EXPECT_THAT(Refresh(order), RefusedFor(v1::REASON_REQUEST_INVALID));
}

TEST_F(RefreshTest, ImplicitAssertionIsGivenAnewEachTime) {
  IssueOrder issue = PairOrder("web");
  issue.implicit_assertion = "device 7";
  const IssuedTokens first = Issue(issue).value();
  RefreshOrder order{ClientId("web"), first.refresh->text, {}, "device 8"};
  const IssuedTokens second = Refresh(order).value();
  EXPECT_EQ(Read(second.access, "device 8").subject, "alice");
  EXPECT_EQ(Read(Refresh("web", *second.refresh)->access).subject, "alice");
}

TEST_F(RefreshTest, IdleSessionExpires) {
  const IssuedTokens first = Issue(PairOrder("web")).value();
  clock_.Advance(absl::Hours(7 * 24));
  const absl::StatusOr<IssuedTokens> second = Refresh("web", *first.refresh);
  ASSERT_THAT(second, IsOk());
  clock_.Advance(absl::Hours(7 * 24) + absl::Seconds(1));
  EXPECT_THAT(Refresh("web", *second->refresh), RefusedFor(v1::REASON_SESSION_EXPIRED));
}

TEST_F(RefreshTest, SessionEndsAtItsAbsoluteDeadline) {
  IssueOrder issue = PairOrder("web");
  issue.session_lifetime = absl::Minutes(5);
  const IssuedTokens first = Issue(issue).value();
  clock_.Advance(absl::Minutes(5));
  const absl::StatusOr<IssuedTokens> second = Refresh("web", *first.refresh);
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(second->access.expires_at, clock_.Now());
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(Refresh("web", *second->refresh), RefusedFor(v1::REASON_SESSION_EXPIRED));
}

TEST_F(RefreshTest, NothingElseIsARefreshToken) {
  const IssuedTokens tokens = Issue(PairOrder("web")).value();
  const MadeToken client =
      MakeClientToken(*keys_.Current(), kTestIssuer, ClientId("web"), absl::Hours(1), clock_.Now(), random_).value();
  std::string changed = tokens.refresh->text;
  changed[40] = changed[40] == 'A' ? 'B' : 'A';
  for (const std::string& text : {std::string("garbage"), tokens.access.text, client.text, changed}) {
    EXPECT_THAT(Refresh("web", MadeToken{text, {}, {}}), RefusedFor(v1::REASON_REFRESH_INVALID));
  }
  EXPECT_EQ(Stored(tokens.session).generation, 1u);
}

// Whoever stole the key of refresh tokens still lacks the session's own secret.
TEST_F(RefreshTest, TokenUnderTheRightKeyWithAWrongTagIsRefusedAndNothingChanges) {
  const IssuedTokens tokens = Issue(PairOrder("web")).value();
  Session forged = Stored(tokens.session);
  forged.secret = std::string(kSessionSecretBytes, 'x');
  forged.generation = 7;
  const MadeToken token = MakeRefreshToken(*keys_.Current(), kTestIssuer, forged,
                                           BindingFor(Binding::Kind::kClient, ClientId("web")), clock_.Now())
                              .value();
  EXPECT_THAT(Refresh("web", token), RefusedFor(v1::REASON_REFRESH_INVALID));
  EXPECT_THAT(Refresh({ClientId("web"), token.text, {"admin"}, ""}), RefusedFor(v1::REASON_REFRESH_INVALID));
  EXPECT_EQ(Stored(tokens.session).generation, 1u);
}

TEST_F(RefreshTest, RevokedSessionIsRevokedAfterItsDeadlineToo) {
  const IssuedTokens tokens = Issue(PairOrder("web")).value();
  ASSERT_THAT(RevokeSession("web", tokens.session), IsOk());
  clock_.SetNow(tokens.refresh->expires_at + absl::Seconds(1));
  EXPECT_THAT(Refresh("web", *tokens.refresh), RefusedFor(v1::REASON_SESSION_REVOKED));
}

TEST_F(RefreshTest, WrongTagIsInvalidAfterTheDeadlineToo) {
  const IssuedTokens tokens = Issue(PairOrder("web")).value();
  Session forged = Stored(tokens.session);
  forged.secret = std::string(kSessionSecretBytes, 'x');
  const MadeToken token = MakeRefreshToken(*keys_.Current(), kTestIssuer, forged,
                                           BindingFor(Binding::Kind::kClient, ClientId("web")), clock_.Now())
                              .value();
  clock_.SetNow(tokens.refresh->expires_at + absl::Seconds(1));
  EXPECT_THAT(Refresh("web", token), RefusedFor(v1::REASON_REFRESH_INVALID));
  EXPECT_THAT(Refresh("web", *tokens.refresh), RefusedFor(v1::REASON_SESSION_EXPIRED));
}

TEST_F(RefreshTest, SessionIsExpiredWhenItsRowIsGone) {
  const IssuedTokens tokens = Issue(PairOrder("web")).value();
  const absl::Time deadline = tokens.refresh->expires_at;
  clock_.SetNow(deadline + absl::Seconds(1));
  EXPECT_THAT(BlockingStore(*store_).DeleteExpired(clock_.Now(), 10), IsOkAndHolds(1));
  EXPECT_THAT(Refresh("web", *tokens.refresh), RefusedFor(v1::REASON_SESSION_EXPIRED));
  EXPECT_THAT(Refresh({ClientId("web"), tokens.refresh->text, {"read"}, ""}), RefusedFor(v1::REASON_SESSION_EXPIRED));
  clock_.SetNow(deadline);  // a clock that was set back: the session should be there
  EXPECT_THAT(Refresh("web", *tokens.refresh), RefusedFor(v1::REASON_REFRESH_INVALID));
}

TEST_F(RefreshTest, TokenOfAnotherIssuerIsRefused) {
  const IssuedTokens tokens = Issue(PairOrder("web")).value();
  config::TokendConfig config = LifecycleConfig();
  config.set_issuer("https://id.other");
  Configure(config);
  EXPECT_THAT(Refresh("web", *tokens.refresh), RefusedFor(v1::REASON_REFRESH_INVALID));
}

TEST_F(RefreshTest, GenerationAheadOfTheStoreRevokesTheSession) {
  const IssuedTokens tokens = Issue(PairOrder("web")).value();
  Session ahead = Stored(tokens.session);
  ahead.generation = 9;
  const MadeToken token = MakeRefreshToken(*keys_.Current(), kTestIssuer, ahead,
                                           BindingFor(Binding::Kind::kClient, ClientId("web")), clock_.Now())
                              .value();
  EXPECT_THAT(Refresh("web", token), RefusedFor(v1::REASON_STORE_ROLLED_BACK));
  EXPECT_THAT(Refresh("web", *tokens.refresh), RefusedFor(v1::REASON_SESSION_REVOKED));
}

TEST_F(RefreshTest, MissingRefreshKeyLeavesTheTokenGood) {
  const IssuedTokens tokens = Issue(PairOrder("web")).value();
  const std::shared_ptr<const KeySet> all = keys_.Current();
  std::vector<Key> retired;
  for (const Key& key : all->keys()) {
    retired.push_back(key.With({key.attributes().use, KeyState::kRetired, {}}));
  }
  keys_.Swap(KeySet::Create(retired).value());
  EXPECT_THAT(Refresh("web", *tokens.refresh), RefusedFor(v1::REASON_KEY_NOT_ACTIVE));
  EXPECT_EQ(Stored(tokens.session).generation, 1u);
  keys_.Swap(all);
  EXPECT_THAT(Refresh("web", *tokens.refresh), IsOk());
}

TEST_F(RefreshTest, RevokedSubjectCannotRefresh) {
  const IssuedTokens tokens = Issue(PairOrder("web")).value();
  ASSERT_THAT(RevokeSubject("auditor", "alice"), IsOk());
  EXPECT_THAT(Refresh("web", *tokens.refresh), RefusedFor(v1::REASON_TOKEN_REVOKED));
  const IssuedTokens again = Issue(PairOrder("web")).value();
  EXPECT_THAT(Refresh("web", *again.refresh), IsOk());
}

TEST_F(RefreshTest, RefreshedTokenCarriesTheFeedsHead) {
  const IssuedTokens tokens = Issue(PairOrder("web")).value();
  ASSERT_THAT(RevokeSubject("auditor", "bob"), IsOk());
  EXPECT_EQ(Read(Refresh("web", *tokens.refresh)->access).revision, Head());
}

// Changing the footer's hint gives another assertion, and the footer itself is authenticated.
TEST_F(RefreshTest, FooterCannotBeSwappedForAHoldersOne) {
  const IssuedTokens bound = Issue(PairOrder("web")).value();
  const IssuedTokens unbound = Issue(PairOrder("app")).value();
  const auto last_segment = [](const std::string& token) { return token.rfind('.'); };
  const std::string swapped = bound.refresh->text.substr(0, last_segment(bound.refresh->text)) +
                              unbound.refresh->text.substr(last_segment(unbound.refresh->text));
  EXPECT_THAT(Refresh("", MadeToken{swapped, {}, {}}), RefusedFor(v1::REASON_REFRESH_INVALID));
}

TEST_F(RefreshTest, NotBeforeStaysWithTheSession) {
  IssueOrder order = PairOrder("web");
  const absl::Time start = clock_.Now() + absl::Minutes(5);
  SetTimestamp(start, *order.grant.mutable_not_before());
  const IssuedTokens tokens = Issue(order).value();
  EXPECT_EQ(Read(Refresh("web", *tokens.refresh)->access).not_before, start);
}

TEST_F(RefreshTest, StoreThatCannotWorkLeavesTheTokenGood) {
  const IssuedTokens tokens = Issue(PairOrder("web")).value();
  faulty_.FailWith(absl::UnavailableError("disk full"));
  EXPECT_THAT(Refresh("web", *tokens.refresh), RefusedFor(v1::REASON_STORE_UNAVAILABLE));
  EXPECT_THAT(Refresh({ClientId("web"), tokens.refresh->text, {"read"}, ""}), RefusedFor(v1::REASON_STORE_UNAVAILABLE));
  EXPECT_THAT(Issue(PairOrder("web")), RefusedFor(v1::REASON_STORE_UNAVAILABLE));
  EXPECT_THAT(Issue(Order("web")), RefusedFor(v1::REASON_STORE_UNAVAILABLE));
  EXPECT_THAT(RevokeToken(tokens.refresh->text), RefusedFor(v1::REASON_STORE_UNAVAILABLE));
  EXPECT_THAT(Introspect("web", tokens.access.text), RefusedFor(v1::REASON_STORE_UNAVAILABLE));
  EXPECT_THAT(Introspect("web", tokens.refresh->text), RefusedFor(v1::REASON_STORE_UNAVAILABLE));
  faulty_.FailWith(absl::OkStatus());
  EXPECT_THAT(Refresh("web", *tokens.refresh), IsOk());
}

TEST_F(RefreshTest, DamagedStoreIsAnInternalFailureWhoseCauseStaysInside) {
  const IssuedTokens tokens = Issue(PairOrder("web")).value();
  faulty_.FailWith(absl::DataLossError("page 7 is broken"));
  const absl::Status refusal = Refresh("web", *tokens.refresh).status();
  EXPECT_THAT(refusal, RefusedFor(v1::REASON_INTERNAL));
  EXPECT_THAT(std::string(refusal.message()), ::testing::Not(::testing::HasSubstr("page 7")));
  EXPECT_EQ(CauseOf(refusal), "page 7 is broken");
}

// The log tells a race, a lost response and an ordinary refresh apart.
TEST_F(RefreshTest, SaysWhyAPredecessorCameAgain) {
  const IssuedTokens tokens = Issue(PairOrder("web")).value();
  EXPECT_EQ(Refresh("web", *tokens.refresh)->outcome, "");
  EXPECT_EQ(Refresh("web", *tokens.refresh)->outcome, "concurrent");
  clock_.Advance(absl::Seconds(2));
  EXPECT_EQ(Refresh("web", *tokens.refresh)->outcome, "lost_response");
}

}  // namespace
}  // namespace paseto::service
