#include "grpc_paseto/service/lifecycle/issue.h"

#include "grpc_paseto/core/token/validator.h"
#include "grpc_paseto/service/config/durations.h"
#include "grpc_paseto/service/lifecycle/timestamps.h"
#include "grpc_paseto/tests/service/lifecycle/lifecycle_fixture.h"

namespace paseto::service {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class IssueTest : public LifecycleTest {};

TEST_F(IssueTest, AccessTokenSaysWhatWasAskedFor) {
  IssueOrder order = Order("web");
  order.fresh = true;
  order.grant.add_audiences("shop");
  order.grant.add_audiences("billing");
  order.grant.set_custom_claims_json(R"({"tenant":17})");
  SetDuration(absl::Minutes(3), *order.grant.mutable_lifetime());
  const absl::StatusOr<IssuedTokens> tokens = Issue(order);
  ASSERT_THAT(tokens, IsOk());
  const Claims claims = Read(tokens->access);
  EXPECT_EQ(claims.issuer, kTestIssuer);
  EXPECT_EQ(claims.subject, "alice");
  EXPECT_THAT(claims.audiences, ElementsAre("shop", "billing"));
  EXPECT_EQ(claims.issued_at, clock_.Now());
  EXPECT_EQ(claims.expires_at, clock_.Now() + absl::Minutes(3));
  EXPECT_EQ(claims.expires_at, tokens->access.expires_at);
  EXPECT_EQ(claims.token_id, tokens->access.id);
  EXPECT_EQ(claims.type, "access");
  EXPECT_EQ(claims.fresh, true);
  EXPECT_EQ(claims.auth_time, clock_.Now());
  EXPECT_EQ(claims.client_id, ClientId("web"));
  EXPECT_THAT(claims.scopes, ElementsAre("read", "write"));
  EXPECT_EQ(claims.custom_json, R"({"tenant":17})");
  EXPECT_EQ(claims.revision, Head());
  EXPECT_TRUE(claims.session_id.empty());
  EXPECT_FALSE(tokens->refresh.has_value());
}

TEST_F(IssueTest, TokenThatIsNotFreshSaysSoAndHasNoSignInTime) {
  const Claims claims = Read(Issue(Order("web"))->access);
  EXPECT_EQ(claims.fresh, false);
  EXPECT_EQ(claims.auth_time, absl::nullopt);
}

TEST_F(IssueTest, AudienceDefaultsToTheClientsFirst) {
  EXPECT_THAT(Read(Issue(Order("web"))->access).audiences, ElementsAre("shop"));
}

TEST_F(IssueTest, PairSharesASessionThatTheStoreKeeps) {
  const absl::StatusOr<IssuedTokens> tokens = Issue(PairOrder("web"));
  ASSERT_THAT(tokens, IsOk());
  ASSERT_TRUE(tokens->refresh.has_value());
  const Session session = Stored(tokens->session);
  EXPECT_EQ(session.subject, "alice");
  EXPECT_EQ(session.client, ClientId("web"));
  EXPECT_EQ(session.generation, 1u);
  EXPECT_EQ(session.absolute_deadline, clock_.Now() + absl::Hours(30 * 24));
  EXPECT_EQ(session.idle_deadline, clock_.Now() + absl::Hours(7 * 24));
  EXPECT_EQ(Read(tokens->access).session_id, tokens->session);
  EXPECT_EQ(tokens->refresh->expires_at, session.absolute_deadline);
}

TEST_F(IssueTest, RefreshTokenIsBoundToItsClientAndGeneration) {
  const IssuedTokens tokens = Issue(PairOrder("web")).value();
  const absl::StatusOr<OpenedRefreshToken> opened = OpenRefreshToken(*keys_.Current(), tokens.refresh->text);
  ASSERT_THAT(opened, IsOk());
  EXPECT_EQ(opened->claims().type, "refresh");
  EXPECT_EQ(opened->claims().generation, 1u);
  EXPECT_EQ(opened->claims().session_id, tokens.session);
  EXPECT_EQ(opened->binding, (Binding{Binding::Kind::kClient, "web"}));
  EXPECT_TRUE(opened->claims().token_id.empty());
}

TEST_F(IssueTest, AccessTokenNeverOutlivesItsSession) {
  IssueOrder order = PairOrder("web");
  order.session_lifetime = absl::Minutes(2);
  const IssuedTokens tokens = Issue(order).value();
  EXPECT_EQ(tokens.access.expires_at, clock_.Now() + absl::Minutes(2));
  EXPECT_EQ(tokens.refresh->expires_at, clock_.Now() + absl::Minutes(2));
}

TEST_F(IssueTest, ExpiryIsAWholeSecondThatIsNotLater) {
  clock_.Advance(absl::Milliseconds(700));
  const MadeToken token = Issue(Order("web"))->access;
  EXPECT_EQ(token.expires_at, absl::FromUnixSeconds(1704067200) + absl::Minutes(10));
  EXPECT_EQ(Read(token).expires_at, token.expires_at);
}

TEST_F(IssueTest, LifetimeIsCappedByPolicy) {
  IssueOrder order = Order("web");
  SetDuration(absl::Hours(5), *order.grant.mutable_lifetime());
  EXPECT_EQ(Issue(order)->access.expires_at, clock_.Now() + absl::Hours(1));
}

TEST_F(IssueTest, LocalTokenIsReadableUnderTheLocalKeyOnly) {
  IssueOrder order = Order("web");
  order.grant.set_kind("v4.local");
  const MadeToken token = Issue(order)->access;
  EXPECT_THAT(token.text, ::testing::StartsWith("v4.local."));
  EXPECT_EQ(Read(token).subject, "alice");
}

TEST_F(IssueTest, ImplicitAssertionIsNeededToRead) {
  IssueOrder order = Order("web");
  order.implicit_assertion = "device 7";
  const MadeToken token = Issue(order)->access;
  EXPECT_EQ(Read(token, "device 7").subject, "alice");
  EXPECT_THAT(ReadOwnToken(*keys_.Current(), kTestIssuer, token.text, ""), Not(IsOk()));
}

TEST_F(IssueTest, FootersTravelInTheirForms) {
  IssueOrder order = Order("web");
  order.grant.mutable_footer()->set_footer_json(R"({"app":"till"})");
  EXPECT_THAT(ReadOwnToken(*keys_.Current(), kTestIssuer, Issue(order)->access.text, "")->token->footer(),
              HasSubstr(R"("app":"till")"));
  order.grant.mutable_footer()->set_footer_text("till 7");
  EXPECT_EQ(ReadOwnToken(*keys_.Current(), kTestIssuer, Issue(order)->access.text, "")->token->footer(), "till 7");
  order.grant.mutable_footer()->set_footer_bytes(std::string("\x00\xFF", 2));
  EXPECT_EQ(ReadOwnToken(*keys_.Current(), kTestIssuer, Issue(order)->access.text, "")->token->footer(),
            std::string("\x00\xFF", 2));
}

TEST_F(IssueTest, WrappedTokenIsReadUnwrapped) {
  IssueOrder order = Order("web");
  order.grant.set_base64_wrapped(true);
  const MadeToken token = Issue(order)->access;
  EXPECT_THAT(token.text, Not(HasSubstr(".")));
  EXPECT_EQ(Read(token).subject, "alice");
}

TEST_F(IssueTest, NotBeforeIsAtMostADayAheadAndWithinTheLifetime) {
  IssueOrder order = Order("web");
  SetTimestamp(clock_.Now() + absl::Minutes(10), *order.grant.mutable_not_before());
  EXPECT_EQ(Read(Issue(order)->access).not_before, clock_.Now() + absl::Minutes(10));
  SetTimestamp(clock_.Now() + absl::Minutes(10) + absl::Seconds(1), *order.grant.mutable_not_before());
  EXPECT_THAT(Issue(order), RefusedFor(v1::REASON_REQUEST_INVALID));
  SetTimestamp(clock_.Now() + absl::Hours(24) + absl::Seconds(1), *order.grant.mutable_not_before());
  EXPECT_THAT(Issue(order), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("one day")));
}

TEST_F(IssueTest, UnknownClientIsNotAllowed) {
  EXPECT_THAT(Issue(Order("stranger")), RefusedFor(v1::REASON_CLIENT_NOT_ALLOWED));
}

TEST_F(IssueTest, DisabledClientIsRefused) { EXPECT_THAT(Issue(Order("off")), RefusedFor(v1::REASON_CLIENT_DISABLED)); }

TEST_F(IssueTest, MissingRefreshKeyOpensNoSession) {
  keys_.Swap(KeySet::Create({TestKey(kV4Public, KeyUse::kAccess)}).value());
  EXPECT_THAT(Issue(PairOrder("web")), RefusedFor(v1::REASON_KEY_NOT_ACTIVE));
  clock_.Advance(absl::Hours(10'000));
  EXPECT_THAT(BlockingStore(*store_).DeleteExpired(clock_.Now(), 100), IsOkAndHolds(0));
}

TEST_F(IssueTest, MissingAccessKeyOpensNoSession) {
  keys_.Swap(KeySet::Create({TestKey(kV4Local, KeyUse::kRefresh)}).value());
  EXPECT_THAT(Issue(PairOrder("web")), RefusedFor(v1::REASON_KEY_NOT_ACTIVE));
  clock_.Advance(absl::Hours(10'000));
  EXPECT_THAT(BlockingStore(*store_).DeleteExpired(clock_.Now(), 100), IsOkAndHolds(0));
}

TEST_F(IssueTest, TokenThatWouldBeTooLongOpensNoSession) {
  IssueOrder order = PairOrder("web");
  order.grant.set_custom_claims_json(R"({"a":")" + std::string(4000, 'x') + R"("})");
  order.grant.mutable_footer()->set_footer_text(std::string(4000, 'y'));
  EXPECT_THAT(Issue(order), RefusedFor(v1::REASON_REQUEST_INVALID));
  clock_.Advance(absl::Hours(10'000));
  EXPECT_THAT(BlockingStore(*store_).DeleteExpired(clock_.Now(), 100), IsOkAndHolds(0));
}

TEST_F(IssueTest, LongestPairThatIsIssuedCanBeRefreshed) {
  size_t low = 0, high = 6000;  // bytes of the claim: issued at low, refused at high
  const auto order_of = [](size_t size) {
    IssueOrder order = PairOrder("web");
    order.fresh = true;
    order.grant.set_custom_claims_json(R"({"a":")" + std::string(size, 'x') + R"("})");
    return order;
  };
  while (high - low > 1) {
    const size_t middle = (low + high) / 2;
    (Issue(order_of(middle)).ok() ? low : high) = middle;
  }
  const IssuedTokens tokens = Issue(order_of(low)).value();
  EXPECT_GT(tokens.access.text.size(), kMaxIssuedTokenBytes - 100);
  EXPECT_THAT(Refresh("web", *tokens.refresh), IsOk());
}

// Each denial of a client that may do next to nothing.
struct Denial {
  const char* name;
  void (*ask)(IssueOrder&);
};

class PolicyDenialTest : public LifecycleTest, public ::testing::WithParamInterface<Denial> {
 protected:
  static config::TokendConfig Narrow() {
    config::TokendConfig config;
    config.set_issuer(kTestIssuer);
    config::Client& client = (*config.mutable_clients())["narrow"];
    client.add_types("access");
    client.add_audiences("shop");
    client.add_scopes("read");
    client.add_subjects("user:*");
    FillDefaults(config);
    return config;
  }
  static IssueOrder Allowed() {
    IssueOrder order = Order("narrow");
    order.subject = "user:alice";
    order.grant.clear_scopes();
    order.grant.add_scopes("read");
    return order;
  }
  PolicyDenialTest() : LifecycleTest(Narrow()) {}
};

TEST_P(PolicyDenialTest, IsNotAllowedAndOpensNoSession) {
  IssueOrder order = Allowed();
  order.with_refresh_token = true;
  ASSERT_THAT(Issue(order), IsOk());
  GetParam().ask(order);
  EXPECT_THAT(Issue(order), RefusedFor(v1::REASON_CLIENT_NOT_ALLOWED));
  clock_.Advance(absl::Hours(10'000));
  EXPECT_THAT(BlockingStore(*store_).DeleteExpired(clock_.Now(), 100), IsOkAndHolds(1));
}

INSTANTIATE_TEST_SUITE_P(Table, PolicyDenialTest,
                         ::testing::Values(Denial{"Type", [](IssueOrder& order) { order.type = "email-verify"; }},
                                           Denial{"Audience",
                                                  [](IssueOrder& order) { order.grant.add_audiences("bank"); }},
                                           Denial{"Scope", [](IssueOrder& order) { order.grant.add_scopes("write"); }},
                                           Denial{"Subject", [](IssueOrder& order) { order.subject = "admin:root"; }},
                                           Denial{"Kind", [](IssueOrder& order) { order.grant.set_kind("v4.local"); }}),
                         [](const auto& info) { return info.param.name; });

TEST_F(IssueTest, JitterShortensTheDefaultLifetimeOnly) {
  config::TokendConfig config = LifecycleConfig();
  config.mutable_tokens()->set_access_lifetime_jitter_permille(100);
  Configure(config);
  ConstantRandom most('\xFF');
  Dependencies jittered{*store_, keys_, *policies_, clock_, forget_clock_, most, dependencies_->settings, {}};
  const Issuer issuer(jittered);
  const auto issue = [&](const IssueOrder& order) {
    return Await<IssuedTokens>([&](auto done) { issuer.Issue(order, std::move(done)); });
  };
  EXPECT_EQ(issue(Order("web"))->access.expires_at, clock_.Now() + absl::Minutes(9));
  IssueOrder named = Order("web");
  SetDuration(absl::Minutes(10), *named.grant.mutable_lifetime());
  EXPECT_EQ(issue(named)->access.expires_at, clock_.Now() + absl::Minutes(10));
}

class RepeatedIssueTest : public LifecycleTest {
 protected:
  static IssueOrder Repeatable(IssueOrder order, const std::string& hash = "hash") {
    order.request = RepeatableRequest{"r-1", hash};
    return order;
  }
};

TEST_F(RepeatedIssueTest, GivesTheSameAccessTokenAndSessionAgain) {
  IssueOrder order = Repeatable(PairOrder("web"));
  order.fresh = true;
  const IssuedTokens first = Issue(order).value();
  clock_.Advance(absl::Minutes(5));
  const IssuedTokens again = Issue(order).value();
  EXPECT_EQ(again.access.text, first.access.text);
  EXPECT_EQ(again.session, first.session);
  EXPECT_EQ(again.refresh->expires_at, first.refresh->expires_at);
  EXPECT_THAT(Refresh("web", *again.refresh), IsOk());
  EXPECT_THAT(Refresh("web", *first.refresh), IsOk());  // the same generation: a race, not a theft
}

TEST_F(RepeatedIssueTest, GivesTheSameTokenWithoutASession) {
  const IssueOrder order = Repeatable(Order("web"));
  const std::string first = Issue(order)->access.text;
  clock_.Advance(absl::Seconds(90));
  EXPECT_EQ(Issue(order)->access.text, first);
}

TEST_F(RepeatedIssueTest, AnotherRequestUnderTheSameIdGetsNoToken) {
  ASSERT_THAT(Issue(Repeatable(PairOrder("web"))), IsOk());
  EXPECT_THAT(Issue(Repeatable(PairOrder("web"), "other")), RefusedFor(v1::REASON_REQUEST_ID_TAKEN));
}

TEST_F(RepeatedIssueTest, IsRefusedAfterItsWindowOrARefresh) {
  ASSERT_THAT(Issue(Repeatable(PairOrder("web"))), IsOk());
  clock_.Advance(kRepeatWindow + absl::Seconds(1));
  EXPECT_THAT(Issue(Repeatable(PairOrder("web"))), RefusedFor(v1::REASON_REQUEST_NOT_REPEATABLE));
  const IssuedTokens other = Issue(Repeatable(PairOrder("shop"))).value();
  ASSERT_THAT(Refresh("shop", *other.refresh), IsOk());
  EXPECT_THAT(Issue(Repeatable(PairOrder("shop"))), RefusedFor(v1::REASON_REQUEST_NOT_REPEATABLE));
}

TEST_F(RepeatedIssueTest, IsRefusedAfterARevocation) {
  ASSERT_THAT(Issue(Repeatable(PairOrder("web"))), IsOk());
  ASSERT_THAT(RevokeSubject("auditor", "alice"), IsOk());
  EXPECT_THAT(Issue(Repeatable(PairOrder("web"))), RefusedFor(v1::REASON_REQUEST_NOT_REPEATABLE));
}

TEST_F(RepeatedIssueTest, ObeysALifetimeThatWasLoweredSince) {
  const IssuedTokens first = Issue(Repeatable(Order("web"))).value();
  config::TokendConfig config = LifecycleConfig();
  SetDuration(absl::Minutes(1), *(*config.mutable_clients())["web"].mutable_max_lifetime());
  Configure(config);
  EXPECT_EQ(Issue(Repeatable(Order("web")))->access.expires_at, clock_.Now() + absl::Minutes(1));
}

}  // namespace
}  // namespace paseto::service
