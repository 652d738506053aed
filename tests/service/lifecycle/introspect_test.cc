#include "grpc_paseto/service/lifecycle/introspect.h"

#include "grpc_paseto/service/lifecycle/timestamps.h"
#include "grpc_paseto/tests/service/lifecycle/lifecycle_fixture.h"

namespace paseto::service {
namespace {

class IntrospectTest : public LifecycleTest {};

MATCHER(IsInactive, "") { return arg.ok() && !arg->has_value(); }

TEST_F(IntrospectTest, OwnTokensAreShown) {
  const IssuedTokens tokens = Issue(PairOrder("web")).value();
  const absl::StatusOr<absl::optional<Claims>> access = Introspect("web", tokens.access.text);
  ASSERT_THAT(access, IsOk());
  ASSERT_TRUE(access->has_value());
  EXPECT_EQ((*access)->token_id, tokens.access.id);
  const absl::StatusOr<absl::optional<Claims>> refresh = Introspect("web", tokens.refresh->text);
  ASSERT_THAT(refresh, IsOk());
  ASSERT_TRUE(refresh->has_value());
  EXPECT_EQ((*refresh)->type, "refresh");
}

TEST_F(IntrospectTest, OtherClientsTokensLookLikeGarbage) {
  const IssuedTokens tokens = Issue(PairOrder("web")).value();
  EXPECT_THAT(Introspect("shop", tokens.access.text), IsInactive());
  EXPECT_THAT(Introspect("shop", tokens.refresh->text), IsInactive());
  EXPECT_THAT(Introspect("shop", "garbage"), IsInactive());
}

TEST_F(IntrospectTest, ClientThatMayIntrospectAnySeesAll) {
  const IssuedTokens tokens = Issue(PairOrder("web")).value();
  EXPECT_TRUE(IsActive(tokens.access));
  EXPECT_TRUE(IsActive(*tokens.refresh));
  EXPECT_TRUE(IsActive(*Issue(PairOrder("app"))->refresh));
}

TEST_F(IntrospectTest, DisabledAndUnknownClientsAreRefused) {
  const IssuedTokens tokens = Issue(Order("web")).value();
  EXPECT_THAT(Introspect("off", tokens.access.text), RefusedFor(v1::REASON_CLIENT_DISABLED));
  EXPECT_THAT(Introspect("stranger", tokens.access.text), RefusedFor(v1::REASON_CLIENT_NOT_ALLOWED));
}

TEST_F(IntrospectTest, TokenIsInactiveAfterItsExpiryAndNotBefore) {
  const MadeToken token = Issue(Order("web"))->access;
  clock_.SetNow(token.expires_at);
  EXPECT_TRUE(IsActive(token));
  clock_.SetNow(token.expires_at + absl::Seconds(1));
  EXPECT_FALSE(IsActive(token));
}

TEST_F(IntrospectTest, TokenIsInactiveBeforeItsTime) {
  IssueOrder order = Order("web");
  const absl::Time start = clock_.Now() + absl::Minutes(5);
  SetTimestamp(start, *order.grant.mutable_not_before());
  const MadeToken token = Issue(order)->access;
  EXPECT_FALSE(IsActive(token));
  clock_.SetNow(start);
  EXPECT_TRUE(IsActive(token));
}

TEST_F(IntrospectTest, UsedRefreshTokenIsInactive) {
  const IssuedTokens first = Issue(PairOrder("web")).value();
  const IssuedTokens second = Refresh("web", *first.refresh).value();
  EXPECT_FALSE(IsActive(*first.refresh));
  EXPECT_TRUE(IsActive(*second.refresh));
}

TEST_F(IntrospectTest, RefreshTokenOfAnIdleSessionIsInactive) {
  const IssuedTokens tokens = Issue(PairOrder("web")).value();
  clock_.Advance(absl::Hours(7 * 24));
  EXPECT_TRUE(IsActive(*tokens.refresh));
  clock_.Advance(absl::Seconds(1));
  EXPECT_FALSE(IsActive(*tokens.refresh));
}

TEST_F(IntrospectTest, RefreshTokenOfADisabledClientIsInactive) {
  const IssuedTokens tokens = Issue(PairOrder("web")).value();
  config::TokendConfig config = LifecycleConfig();
  (*config.mutable_clients())["web"].set_disabled(true);
  Configure(config);
  EXPECT_FALSE(IsActive(*tokens.refresh));
}

TEST_F(IntrospectTest, RefreshTokenWithAForgedTagIsInactive) {
  const IssuedTokens tokens = Issue(PairOrder("web")).value();
  Session forged = Stored(tokens.session);
  forged.secret = std::string(kSessionSecretBytes, 'x');
  const MadeToken token = MakeRefreshToken(*keys_.Current(), kTestIssuer, forged,
                                           BindingFor(Binding::Kind::kClient, ClientId("web")), clock_.Now())
                              .value();
  EXPECT_FALSE(IsActive(token));
}

TEST_F(IntrospectTest, AssertionMustBeGivenAgain) {
  IssueOrder order = Order("web");
  order.implicit_assertion = "device 7";
  const MadeToken token = Issue(order)->access;
  EXPECT_THAT(Introspect("web", token.text), IsInactive());
  EXPECT_TRUE(Introspect("web", token.text, "device 7")->has_value());
}

TEST_F(IntrospectTest, TokenOfAnotherIssuerIsInactive) {
  const MadeToken token = Issue(Order("web"))->access;
  config::TokendConfig config = LifecycleConfig();
  config.set_issuer("https://id.other");
  Configure(config);
  EXPECT_FALSE(IsActive(token));
}

}  // namespace
}  // namespace paseto::service
