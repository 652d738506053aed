#include "grpc_paseto/service/lifecycle/exchange.h"

#include "grpc_paseto/service/config/durations.h"
#include "grpc_paseto/service/lifecycle/timestamps.h"
#include "grpc_paseto/tests/service/lifecycle/lifecycle_fixture.h"
#include "grpc_paseto/tests/support/forwarding_store.h"

namespace paseto::service {
namespace {

using ::testing::ElementsAre;

class ExchangeTest : public LifecycleTest {
 protected:
  static ExchangeOrder ForBilling(const std::string& token) {
    ExchangeOrder order;
    order.caller = ClientId("shop");
    order.token = token;
    order.kind = "v4.public";
    return order;
  }
};

TEST_F(ExchangeTest, NewTokenIsNarrowerAndNamesTheCaller) {
  IssueOrder issue = PairOrder("web");
  issue.fresh = true;
  issue.grant.set_custom_claims_json(R"({"tenant":17})");
  const IssuedTokens parent = Issue(issue).value();
  ExchangeOrder order = ForBilling(parent.access.text);
  order.scopes = {"read"};
  const Claims claims = Read(Exchange(order).value());
  EXPECT_EQ(claims.subject, "alice");
  EXPECT_EQ(claims.session_id, parent.session);
  EXPECT_EQ(claims.client_id, ClientId("web"));
  EXPECT_THAT(claims.audiences, ElementsAre("billing"));
  EXPECT_THAT(claims.scopes, ElementsAre("read"));
  EXPECT_EQ(claims.fresh, false);
  EXPECT_EQ(claims.auth_time, clock_.Now());
  EXPECT_EQ(claims.actor_json, R"({"client_id":"shop"})");
  EXPECT_EQ(claims.custom_json, R"({"tenant":17})");
  EXPECT_EQ(claims.revision, Head());
}

TEST_F(ExchangeTest, ChainOfActorsIsKept) {
  const std::string first = Exchange(ForBilling(Issue(Order("web"))->access.text))->text;
  EXPECT_EQ(Read(Exchange(ForBilling(first)).value()).actor_json, R"({"client_id":"shop","act":{"client_id":"shop"}})");
}

TEST_F(ExchangeTest, NewTokenDoesNotOutliveTheOldOne) {
  const IssuedTokens parent = Issue(Order("web")).value();
  clock_.Advance(absl::Minutes(9));
  ExchangeOrder order = ForBilling(parent.access.text);
  order.lifetime = absl::Minutes(30);
  EXPECT_EQ(Exchange(order)->expires_at, parent.access.expires_at);
  order.lifetime = absl::Seconds(5);
  EXPECT_EQ(Exchange(order)->expires_at, clock_.Now() + absl::Seconds(5));
  clock_.SetNow(parent.access.expires_at + absl::Seconds(1));
  EXPECT_THAT(Exchange(order), RefusedFor(v1::REASON_TOKEN_EXPIRED));
}

TEST_F(ExchangeTest, CallerIsHeldToItsAudiencesAndTheTokensScopes) {
  const std::string parent = Issue(Order("web"))->access.text;
  ExchangeOrder order = ForBilling(parent);
  order.audiences = {"mail"};
  EXPECT_THAT(Exchange(order), IsOk());
  order.audiences = {"bank"};
  EXPECT_THAT(Exchange(order), RefusedFor(v1::REASON_CLIENT_NOT_ALLOWED));
  order = ForBilling(parent);
  order.scopes = {"admin"};
  EXPECT_THAT(Exchange(order), RefusedFor(v1::REASON_REQUEST_INVALID));
  order = ForBilling(parent);
  order.caller = ClientId("web");
  EXPECT_THAT(Exchange(order), RefusedFor(v1::REASON_CLIENT_NOT_ALLOWED));
}

TEST_F(ExchangeTest, OnlyAccessTokensAreExchanged) {
  const IssuedTokens pair = Issue(PairOrder("web")).value();
  EXPECT_THAT(Exchange(ForBilling(pair.refresh->text)), RefusedFor(v1::REASON_WRONG_TYPE));
  IssueOrder custom = Order("web");
  custom.type = "email-verify";
  EXPECT_THAT(Exchange(ForBilling(Issue(custom)->access.text)), RefusedFor(v1::REASON_WRONG_TYPE));
  EXPECT_THAT(Exchange(ForBilling("garbage")), RefusedFor(v1::REASON_TOKEN_MALFORMED));
}

TEST_F(ExchangeTest, RevokedTokenGivesNoneAndRevokingTheSessionReachesTheNewOne) {
  const IssuedTokens pair = Issue(PairOrder("web")).value();
  const MadeToken narrow = Exchange(ForBilling(pair.access.text)).value();
  EXPECT_TRUE(IsActive(narrow));
  ASSERT_THAT(RevokeSession("web", pair.session), IsOk());
  EXPECT_FALSE(IsActive(narrow));
  EXPECT_THAT(Exchange(ForBilling(pair.access.text)), RefusedFor(v1::REASON_TOKEN_REVOKED));
}

class UnwritableStore final : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  void Note(AuditEvent, Done<bool> done) override { std::move(done)(absl::UnavailableError("disk full")); }
};

TEST_F(ExchangeTest, AuditedExchangeThatCannotBeRecordedGivesNoToken) {
  const ExchangeOrder order = ForBilling(Issue(Order("web"))->access.text);
  UnwritableStore store(*store_);
  dependencies_ = std::make_unique<Dependencies>(
      Dependencies{store, keys_, *policies_, clock_, clock_, random_, dependencies_->settings});
  EXPECT_THAT(Exchange(order), IsOk());
  dependencies_->settings.audited = true;
  EXPECT_THAT(Exchange(order), RefusedFor(v1::REASON_STORE_UNAVAILABLE));
}

}  // namespace
}  // namespace paseto::service
