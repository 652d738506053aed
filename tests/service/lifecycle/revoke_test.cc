#include "grpc_paseto/service/lifecycle/revoke.h"

#include "grpc_paseto/tests/service/lifecycle/lifecycle_fixture.h"

namespace paseto::service {
namespace {

using ::testing::Gt;
using ::testing::SizeIs;

class RevokeTest : public LifecycleTest {
 protected:
  FeedSnapshot Feed() { return BlockingStore(*store_).ReadSnapshot(clock_.Now()).value(); }
  MadeToken ClientToken(const std::string& client) {
    return MakeClientToken(*keys_.Current(), kTestIssuer, ClientId(client), absl::Hours(1), clock_.Now(), random_)
        .value();
  }
};

TEST_F(RevokeTest, AccessTokenRevokesItselfAlone) {
  const IssuedTokens tokens = Issue(PairOrder("web")).value();
  const absl::StatusOr<int64_t> revision = RevokeToken(tokens.access.text);
  EXPECT_THAT(revision, IsOkAndHolds(Head()));
  EXPECT_FALSE(IsActive(tokens.access));
  EXPECT_THAT(Refresh("web", *tokens.refresh), IsOk());
}

TEST_F(RevokeTest, WhoCannotTellThatItIsInForceSaysSoAndMayBeAskedAgain) {
  const IssuedTokens tokens = Issue(PairOrder("web")).value();
  applied_ = absl::UnavailableError("cut off");
  EXPECT_THAT(RevokeToken(tokens.access.text), RefusedFor(v1::REASON_STORE_UNAVAILABLE));
  EXPECT_FALSE(IsActive(tokens.access));
  EXPECT_THAT(Disable("auditor", "alice"), RefusedFor(v1::REASON_STORE_UNAVAILABLE));
  applied_ = absl::OkStatus();
  EXPECT_THAT(RevokeToken(tokens.access.text), IsOkAndHolds(1));
  EXPECT_THAT(Disable("auditor", "alice"), IsOk());
}

TEST_F(RevokeTest, RecordLivesAsLongAsTheTokenAndTheSkew) {
  const IssuedTokens tokens = Issue(Order("web")).value();
  ASSERT_THAT(RevokeToken(tokens.access.text), IsOk());
  ASSERT_THAT(Feed().revocations, SizeIs(1));
  EXPECT_EQ(Feed().revocations[0].kind, RevocationKind::kToken);
  EXPECT_EQ(Feed().revocations[0].id, tokens.access.id.text());
  EXPECT_EQ(Feed().revocations[0].forget_after, tokens.access.expires_at + absl::Minutes(10));
}

TEST_F(RevokeTest, AccessTokenRevokesItsSessionWhenAsked) {
  const IssuedTokens tokens = Issue(PairOrder("web")).value();
  ASSERT_THAT(RevokeToken(tokens.access.text, true), IsOkAndHolds(Gt(0)));
  EXPECT_FALSE(IsActive(tokens.access));
  EXPECT_THAT(Refresh("web", *tokens.refresh), RefusedFor(v1::REASON_SESSION_REVOKED));
}

TEST_F(RevokeTest, WholeSessionOfATokenWithoutOneRevokesTheToken) {
  const IssuedTokens tokens = Issue(Order("web")).value();
  ASSERT_THAT(RevokeToken(tokens.access.text, true), IsOkAndHolds(Gt(0)));
  EXPECT_FALSE(IsActive(tokens.access));
}

TEST_F(RevokeTest, RefreshTokenRevokesItsSession) {
  const IssuedTokens tokens = Issue(PairOrder("web")).value();
  ASSERT_THAT(RevokeToken(tokens.refresh->text), IsOkAndHolds(Gt(0)));
  EXPECT_FALSE(IsActive(tokens.access));
  EXPECT_THAT(Refresh("web", *tokens.refresh), RefusedFor(v1::REASON_SESSION_REVOKED));
}

TEST_F(RevokeTest, UsedRefreshTokenStillRevokesItsSession) {
  const IssuedTokens first = Issue(PairOrder("web")).value();
  const IssuedTokens second = Refresh("web", *first.refresh).value();
  ASSERT_THAT(RevokeToken(first.refresh->text), IsOk());
  EXPECT_THAT(Refresh("web", *second.refresh), RefusedFor(v1::REASON_SESSION_REVOKED));
}

TEST_F(RevokeTest, SessionRecordCoversTheLongestAccessTokenAndTheSkew) {
  const IssuedTokens tokens = Issue(PairOrder("web")).value();
  ASSERT_THAT(RevokeSession("web", tokens.session), IsOk());
  ASSERT_THAT(Feed().revocations, SizeIs(1));
  EXPECT_EQ(Feed().revocations[0].forget_after, clock_.Now() + absl::Hours(1) + absl::Minutes(10));
}

TEST_F(RevokeTest, AnsweredOnceThisProcessRefusesToo) {
  const IssuedTokens tokens = Issue(PairOrder("web")).value();
  const int64_t revision = RevokeSession("web", tokens.session).value();
  ASSERT_THAT(in_force_, SizeIs(1));
  EXPECT_EQ(in_force_[0].revision, revision);
}

TEST_F(RevokeTest, ClientTokenIsRevokedByItsId) {
  const MadeToken token = ClientToken("web");
  ASSERT_THAT(RevokeToken(token.text), IsOkAndHolds(Gt(0)));
  EXPECT_FALSE(IsActive(token));
  EXPECT_TRUE(IsActive(ClientToken("web")));
}

TEST_F(RevokeTest, SubjectDoesNotReachAClientOfTheSameName) {
  const MadeToken token = ClientToken("web");
  clock_.Advance(absl::Seconds(5));
  ASSERT_THAT(RevokeSubject("auditor", "web"), IsOk());
  EXPECT_TRUE(IsActive(token));
}

TEST_F(RevokeTest, CustomTypeWithAssertionNeedsTheAssertion) {
  IssueOrder order = Order("web");
  order.type = "email-verify";
  order.implicit_assertion = "device 7";
  const MadeToken token = Issue(order)->access;
  EXPECT_THAT(RevokeToken(token.text), RefusedFor(v1::REASON_TOKEN_UNVERIFIABLE));
  EXPECT_THAT(Feed().revocations, SizeIs(0));
  EXPECT_THAT(RevokeToken(token.text, false, "device 7"), IsOkAndHolds(Gt(0)));
}

TEST_F(RevokeTest, TokenWithoutKeyIdThatDoesNotVerifyIsUnverifiable) {
  IssueOrder order = Order("web");
  order.grant.mutable_footer()->set_footer_text("till 7");
  order.implicit_assertion = "device 7";
  const MadeToken token = Issue(order)->access;
  EXPECT_THAT(RevokeToken(token.text), RefusedFor(v1::REASON_TOKEN_UNVERIFIABLE));
  EXPECT_THAT(RevokeToken(token.text, false, "device 7"), IsOkAndHolds(Gt(0)));
}

TEST_F(RevokeTest, ForgedRefreshTokenIsUnverifiable) {
  const IssuedTokens tokens = Issue(PairOrder("web")).value();
  Session forged = Stored(tokens.session);
  forged.secret = std::string(kSessionSecretBytes, 'x');
  const MadeToken token = MakeRefreshToken(*keys_.Current(), kTestIssuer, forged,
                                           BindingFor(Binding::Kind::kClient, ClientId("web")), clock_.Now())
                              .value();
  EXPECT_THAT(RevokeToken(token.text), RefusedFor(v1::REASON_TOKEN_UNVERIFIABLE));
  EXPECT_FALSE(Stored(tokens.session).revoked);
}

TEST_F(RevokeTest, TextThatIsNoTokenIsARequestError) {
  for (const char* text : {"garbage", "v4.public.", "not base64 at all", "v9.public.AAAA"}) {
    EXPECT_THAT(RevokeToken(text), RefusedFor(v1::REASON_REQUEST_INVALID)) << text;
  }
}

TEST_F(RevokeTest, ExpiredTokensHaveNothingToRevoke) {
  const auto set_now = [this](absl::Time now) {
    clock_.SetNow(now);
    forget_clock_.SetNow(now);
  };
  const IssuedTokens tokens = Issue(PairOrder("web")).value();
  set_now(tokens.access.expires_at);
  EXPECT_THAT(RevokeToken(tokens.access.text), IsOkAndHolds(Gt(0)));
  const IssuedTokens others = Issue(PairOrder("web")).value();
  set_now(others.access.expires_at + absl::Seconds(1));
  EXPECT_THAT(RevokeToken(others.access.text), IsOkAndHolds(0));
  set_now(others.refresh->expires_at + absl::Seconds(1));
  EXPECT_THAT(RevokeToken(others.refresh->text), IsOkAndHolds(0));
}

TEST_F(RevokeTest, WhatARunAwayClockTakesForExpiredIsRevokedAllTheSame) {
  const IssuedTokens tokens = Issue(PairOrder("web")).value();
  const absl::Time right = clock_.Now();
  clock_.SetNow(tokens.refresh->expires_at + absl::Hours(1));
  EXPECT_THAT(RevokeToken(tokens.access.text), IsOkAndHolds(Gt(0)));
  EXPECT_THAT(RevokeToken(tokens.refresh->text), IsOkAndHolds(Gt(0)));
  clock_.SetNow(right);
  EXPECT_FALSE(IsActive(tokens.access));
  EXPECT_THAT(Refresh("web", *tokens.refresh), RefusedFor(v1::REASON_SESSION_REVOKED));
}

TEST_F(RevokeTest, TokenOfADroppedKeyHasNothingToRevoke) {
  const IssuedTokens tokens = Issue(PairOrder("web")).value();
  keys_.Swap(KeySet::Create({TestKey(kV4Public, KeyUse::kAccess)}).value());
  EXPECT_THAT(RevokeToken(tokens.access.text), IsOkAndHolds(0));
  EXPECT_THAT(RevokeToken(tokens.refresh->text), IsOkAndHolds(0));
}

// It may be one of this service's keys or anybody's.
TEST_F(RevokeTest, TokenWithoutKeyIdOfADroppedKeyIsUnverifiable) {
  IssueOrder order = Order("web");
  order.grant.mutable_footer()->set_footer_text("till 7");
  const MadeToken token = Issue(order)->access;
  keys_.Swap(KeySet::Create({TestKey(kV4Public, KeyUse::kAccess)}).value());
  EXPECT_THAT(RevokeToken(token.text), RefusedFor(v1::REASON_TOKEN_UNVERIFIABLE));
}

TEST_F(RevokeTest, SecondRevocationGivesTheFirstOnesRevision) {
  const IssuedTokens tokens = Issue(PairOrder("web")).value();
  const int64_t first = RevokeToken(tokens.access.text).value();
  EXPECT_THAT(RevokeToken(tokens.access.text), IsOkAndHolds(first));
  EXPECT_EQ(Head(), first);
}

TEST_F(RevokeTest, SessionByIdIsForItsClientAndForThoseThatMayRevokeSubjects) {
  const IssuedTokens tokens = Issue(PairOrder("web")).value();
  EXPECT_THAT(RevokeSession("shop", tokens.session), RefusedFor(v1::REASON_CLIENT_NOT_ALLOWED));
  EXPECT_THAT(RevokeSession("off", tokens.session), RefusedFor(v1::REASON_CLIENT_DISABLED));
  EXPECT_THAT(RevokeSession("stranger", tokens.session), RefusedFor(v1::REASON_CLIENT_NOT_ALLOWED));
  EXPECT_FALSE(Stored(tokens.session).revoked);
  EXPECT_THAT(RevokeSession("web", tokens.session), IsOk());
  EXPECT_TRUE(Stored(tokens.session).revoked);
  EXPECT_THAT(RevokeSession("auditor", Issue(PairOrder("web"))->session), IsOkAndHolds(Gt(0)));
}

TEST_F(RevokeTest, UnknownSessionHasNothingToRevoke) {
  EXPECT_THAT(RevokeSession("web", SessionId("018cc251-f400-7000-8000-000000000000")), IsOkAndHolds(0));
  EXPECT_THAT(RevokeSession("web", SessionId("no such session")), IsOkAndHolds(0));
}

TEST_F(RevokeTest, SubjectTakesAPolicyAndEndsAllThatItHolds) {
  const IssuedTokens pair = Issue(PairOrder("web")).value();
  const IssuedTokens single = Issue(Order("shop")).value();
  EXPECT_THAT(RevokeSubject("web", "alice"), RefusedFor(v1::REASON_CLIENT_NOT_ALLOWED));
  EXPECT_TRUE(IsActive(single.access));
  EXPECT_THAT(RevokeSubject("auditor", "alice"), IsOkAndHolds(Gt(0)));
  EXPECT_FALSE(IsActive(pair.access));
  EXPECT_FALSE(IsActive(*pair.refresh));
  EXPECT_FALSE(IsActive(single.access));
  EXPECT_TRUE(IsActive(Issue(Order("web"))->access));
}

// A session may be older than the configuration, and longer than it allows.
TEST_F(RevokeTest, SubjectRecordOutlivesTheLongestSession) {
  IssueOrder order = PairOrder("web");
  const IssuedTokens tokens = Issue(order).value();
  ASSERT_THAT(RevokeSubject("auditor", "alice"), IsOk());
  config::TokendConfig config = LifecycleConfig();
  for (auto& [id, client] : *config.mutable_clients()) client.mutable_max_session_lifetime()->set_seconds(60);
  Configure(config);
  clock_.Advance(absl::Hours(6 * 24));
  EXPECT_THAT(BlockingStore(*store_).DeleteExpired(clock_.Now(), 100), IsOk());
  EXPECT_THAT(Refresh("web", *tokens.refresh), RefusedFor(v1::REASON_TOKEN_REVOKED));
}

TEST_F(RevokeTest, ClientTakesAPolicyAndEndsAllThatWasIssuedThroughIt) {
  const IssuedTokens pair = Issue(PairOrder("web")).value();
  const IssuedTokens others = Issue(PairOrder("shop")).value();
  EXPECT_THAT(RevokeClient("shop", "web"), RefusedFor(v1::REASON_CLIENT_NOT_ALLOWED));
  EXPECT_THAT(RevokeClient("auditor", "web"), RefusedFor(v1::REASON_CLIENT_NOT_ALLOWED));
  EXPECT_TRUE(IsActive(pair.access));
  EXPECT_THAT(RevokeClient("admin", "web"), IsOkAndHolds(Gt(0)));
  EXPECT_FALSE(IsActive(pair.access));
  EXPECT_THAT(Refresh("web", *pair.refresh), RefusedFor(v1::REASON_TOKEN_REVOKED));
  EXPECT_TRUE(IsActive(others.access));
  EXPECT_THAT(Refresh("shop", *others.refresh), IsOk());
  EXPECT_THAT(RevokeClient("shop", "shop"), IsOkAndHolds(Gt(0)));  // itself
}

TEST_F(RevokeTest, EverythingTakesAPolicyAndEndsAllTokens) {
  const IssuedTokens pair = Issue(PairOrder("web")).value();
  const IssuedTokens single = Issue(Order("shop")).value();
  EXPECT_THAT(RevokeEverything("auditor"), RefusedFor(v1::REASON_CLIENT_NOT_ALLOWED));
  EXPECT_THAT(RevokeEverything("admin"), IsOkAndHolds(Gt(0)));
  EXPECT_FALSE(IsActive(pair.access));
  EXPECT_FALSE(IsActive(single.access));
  EXPECT_THAT(Refresh("web", *pair.refresh), RefusedFor(v1::REASON_TOKEN_REVOKED));
  EXPECT_THAT(Refresh("web", *Issue(PairOrder("web"))->refresh), IsOk());
}

// Client tokens live longer than any access token, and they are what a client record is about, too.
TEST_F(RevokeTest, ClientRecordOutlivesTheLongestClientToken) {
  const MadeToken token =
      MakeClientToken(*keys_.Current(), kTestIssuer, ClientId("web"), kLongestClientToken, clock_.Now(), random_)
          .value();
  clock_.Advance(absl::Seconds(1));
  ASSERT_THAT(RevokeClient("admin", "web"), IsOk());
  clock_.SetNow(token.expires_at);
  EXPECT_THAT(BlockingStore(*store_).DeleteExpired(clock_.Now(), 100), IsOk());
  EXPECT_FALSE(IsActive(token));
  EXPECT_EQ(BlockingStore(*store_).ReadSnapshot(clock_.Now())->revocations.size(), 1u);
}

TEST_F(RevokeTest, HolderMayRevokeNothingButItsToken) {
  for (const Target target : {Target::kSession, Target::kSubject, Target::kClient, Target::kEverything}) {
    EXPECT_THAT(Revoke({ClientId(), target, "x", "", false}), RefusedFor(v1::REASON_CLIENT_NOT_ALLOWED));
  }
}

class SubjectAccessTest : public LifecycleTest {};

TEST_F(SubjectAccessTest, DisabledSubjectIsRefusedUntilItIsEnabled) {
  const IssuedTokens tokens = Issue(PairOrder("web")).value();
  EXPECT_THAT(Disable("auditor", "alice"), IsOkAndHolds(Gt(0)));
  EXPECT_EQ(in_force_.size(), 1u);
  EXPECT_THAT(Issue(PairOrder("web")), RefusedFor(v1::REASON_SUBJECT_DISABLED));
  EXPECT_THAT(Issue(Order("web")), RefusedFor(v1::REASON_SUBJECT_DISABLED));
  EXPECT_THAT(Refresh("web", *tokens.refresh), RefusedFor(v1::REASON_SUBJECT_DISABLED));
  EXPECT_FALSE(IsActive(tokens.access));
  EXPECT_THAT(Enable("auditor", "alice"), IsOkAndHolds(true));
  EXPECT_THAT(Enable("auditor", "alice"), IsOkAndHolds(false));
  EXPECT_THAT(Refresh("web", *tokens.refresh), RefusedFor(v1::REASON_TOKEN_REVOKED));
  EXPECT_THAT(Issue(PairOrder("web")), IsOk());
}

TEST_F(SubjectAccessTest, TakesAPolicy) {
  for (const char* caller : {"web", "admin", "stranger"}) {
    EXPECT_THAT(Disable(caller, "alice"), RefusedFor(v1::REASON_CLIENT_NOT_ALLOWED));
    EXPECT_THAT(Enable(caller, "alice"), RefusedFor(v1::REASON_CLIENT_NOT_ALLOWED));
  }
  EXPECT_THAT(Disable("off", "alice"), RefusedFor(v1::REASON_CLIENT_DISABLED));
  EXPECT_THAT(Issue(PairOrder("web")), IsOk());
}

}  // namespace
}  // namespace paseto::service
