// Step-up: a fresh token within a session, by Issue with a session id.
#include "grpc_paseto/service/config/durations.h"
#include "grpc_paseto/service/lifecycle/timestamps.h"
#include "grpc_paseto/tests/service/lifecycle/lifecycle_fixture.h"

namespace paseto::service {
namespace {

using ::testing::ElementsAre;

class StepUpTest : public LifecycleTest {
 protected:
  IssueOrder StepUp(const SessionId& session) {
    IssueOrder order = Order("web");
    order.fresh = true;
    order.session = session;
    return order;
  }
};

TEST_F(StepUpTest, GivesAFreshTokenOfTheSessionAndMovesItsSignIn) {
  const IssuedTokens pair = Issue(PairOrder("web")).value();
  clock_.Advance(absl::Minutes(7));
  const IssuedTokens stepped = Issue(StepUp(pair.session)).value();
  EXPECT_FALSE(stepped.refresh.has_value());
  const Claims claims = Read(stepped.access);
  EXPECT_EQ(claims.session_id, pair.session);
  EXPECT_EQ(claims.fresh, true);
  EXPECT_EQ(claims.auth_time, clock_.Now());
  const Claims refreshed = Read(Refresh("web", *pair.refresh)->access);
  EXPECT_EQ(refreshed.fresh, false);
  EXPECT_EQ(refreshed.auth_time, clock_.Now());
  EXPECT_THAT(refreshed.scopes, ElementsAre("read", "write"));
}

TEST_F(StepUpTest, DoesNotUseUpTheRefreshToken) {
  const IssuedTokens pair = Issue(PairOrder("web")).value();
  ASSERT_THAT(Issue(StepUp(pair.session)), IsOk());
  EXPECT_EQ(Stored(pair.session).generation, 1u);
}

TEST_F(StepUpTest, RaisesTheRevisionThatTheSessionBeganAt) {
  const IssuedTokens pair = Issue(PairOrder("web")).value();
  ASSERT_THAT(RevokeSubject("auditor", "bob"), IsOk());
  ASSERT_THAT(Issue(StepUp(pair.session)), IsOk());
  EXPECT_EQ(Stored(pair.session).auth_revision, Head());
}

TEST_F(StepUpTest, DoesNotBringBackAnEndedSession) {
  const IssuedTokens by_record = Issue(PairOrder("web")).value();
  ASSERT_THAT(RevokeSubject("auditor", "alice"), IsOk());
  EXPECT_THAT(Issue(StepUp(by_record.session)), RefusedFor(v1::REASON_TOKEN_REVOKED));
  EXPECT_THAT(Refresh("web", *by_record.refresh), RefusedFor(v1::REASON_TOKEN_REVOKED));
  const IssuedTokens by_id = Issue(PairOrder("web")).value();
  ASSERT_THAT(RevokeSession("web", by_id.session), IsOk());
  EXPECT_THAT(Issue(StepUp(by_id.session)), RefusedFor(v1::REASON_SESSION_REVOKED));
  const IssuedTokens idle = Issue(PairOrder("web")).value();
  clock_.Advance(absl::Hours(24 * 8));
  EXPECT_THAT(Issue(StepUp(idle.session)), RefusedFor(v1::REASON_SESSION_EXPIRED));
}

TEST_F(StepUpTest, IsForTheSessionsOwnClientAndSubject) {
  const IssuedTokens pair = Issue(PairOrder("web")).value();
  IssueOrder other = StepUp(pair.session);
  other.client = ClientId("shop");
  EXPECT_THAT(Issue(other), RefusedFor(v1::REASON_SESSION_UNKNOWN));
  other = StepUp(pair.session);
  other.subject = "bob";
  EXPECT_THAT(Issue(other), RefusedFor(v1::REASON_SESSION_UNKNOWN));
  EXPECT_THAT(Issue(StepUp(SessionId("none"))), RefusedFor(v1::REASON_SESSION_UNKNOWN));
  ASSERT_THAT(Disable("auditor", "alice"), IsOk());
  EXPECT_THAT(Issue(StepUp(pair.session)), RefusedFor(v1::REASON_SUBJECT_DISABLED));
}

}  // namespace
}  // namespace paseto::service
