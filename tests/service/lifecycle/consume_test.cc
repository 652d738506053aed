#include "grpc_paseto/service/lifecycle/consume.h"

#include "grpc_paseto/service/config/durations.h"
#include "grpc_paseto/service/lifecycle/timestamps.h"
#include "grpc_paseto/tests/service/lifecycle/lifecycle_fixture.h"

namespace paseto::service {
namespace {

class ConsumeTest : public LifecycleTest {
 protected:
  std::string IssueLink(bool single_use = true) {
    IssueOrder order = Order("web");
    order.type = "email-verify";
    order.single_use = single_use;
    order.grant.set_custom_claims_json(R"({"mail":"a@b"})");
    return Issue(order)->access.text;
  }
};

TEST_F(ConsumeTest, TokenIsSpentOnceAndGivesItsClaims) {
  const std::string link = IssueLink();
  const absl::StatusOr<Claims> claims = Consume("web", link, "email-verify");
  ASSERT_THAT(claims, IsOk());
  EXPECT_EQ(claims->subject, "alice");
  EXPECT_EQ(claims->custom_json, R"({"mail":"a@b"})");
  EXPECT_THAT(Consume("web", link, "email-verify"), RefusedFor(v1::REASON_TOKEN_SPENT));
  EXPECT_FALSE(Introspect("web", link).value().has_value());
}

TEST_F(ConsumeTest, LostAnswerIsRepeatedForTheSameRequestOnly) {
  const std::string link = IssueLink();
  EXPECT_THAT(Consume("web", link, "email-verify", "c-1"), IsOk());
  EXPECT_THAT(Consume("web", link, "email-verify", "c-1"), IsOk());
  EXPECT_THAT(Consume("web", link, "email-verify", "c-2"), RefusedFor(v1::REASON_TOKEN_SPENT));
  EXPECT_THAT(Consume("web", link, "email-verify"), RefusedFor(v1::REASON_TOKEN_SPENT));
}

TEST_F(ConsumeTest, TokenForAnotherUseClientOrTimeIsNotSpent) {
  const std::string link = IssueLink();
  EXPECT_THAT(Consume("web", link, "password-reset"), RefusedFor(v1::REASON_WRONG_TYPE));
  EXPECT_THAT(Consume("shop", link, "email-verify"), RefusedFor(v1::REASON_CLIENT_NOT_ALLOWED));
  EXPECT_THAT(Consume("off", link, "email-verify"), RefusedFor(v1::REASON_CLIENT_DISABLED));
  EXPECT_THAT(Consume("web", "garbage", "email-verify"), RefusedFor(v1::REASON_TOKEN_MALFORMED));
  clock_.Advance(absl::Minutes(11));
  EXPECT_THAT(Consume("web", link, "email-verify"), RefusedFor(v1::REASON_TOKEN_EXPIRED));
  clock_.Advance(-absl::Minutes(11));
  EXPECT_THAT(Consume("web", link, "email-verify"), IsOk());
}

TEST_F(ConsumeTest, TokenThatIsNotForSingleUseIsRefused) {
  EXPECT_THAT(Consume("web", IssueLink(false), "email-verify"), RefusedFor(v1::REASON_REQUEST_INVALID));
}

TEST_F(ConsumeTest, RevokedTokenAndDisabledSubjectAreRefused) {
  const std::string first = IssueLink();
  ASSERT_THAT(RevokeToken(first), IsOk());
  EXPECT_THAT(Consume("web", first, "email-verify"), RefusedFor(v1::REASON_TOKEN_REVOKED));
  const std::string second = IssueLink();
  ASSERT_THAT(RevokeSubject("auditor", "alice"), IsOk());
  EXPECT_THAT(Consume("web", second, "email-verify"), RefusedFor(v1::REASON_TOKEN_REVOKED));
  const std::string third = IssueLink();
  ASSERT_THAT(Disable("auditor", "alice"), IsOk());
  EXPECT_THAT(Consume("web", third, "email-verify"), RefusedFor(v1::REASON_SUBJECT_DISABLED));
}

// A row that was cleaned away must not make a token whose time comes again, after the clock was set back, spendable.
TEST_F(ConsumeTest, SpentTokenStaysSpentAfterCleaningAndAClockSetBack) {
  const std::string link = IssueLink();
  ASSERT_THAT(Consume("web", link, "email-verify"), IsOk());
  EXPECT_THAT(BlockingStore(*store_).DeleteExpired(clock_.Now() + absl::Hours(1), 100), IsOkAndHolds(1));
  EXPECT_FALSE(Consume("web", link, "email-verify").ok());
}

}  // namespace
}  // namespace paseto::service
