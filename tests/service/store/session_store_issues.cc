// Repeatable requests and disabled subjects.
#include <gmock/gmock.h>

#include <atomic>
#include <string>
#include <vector>

#include "absl/synchronization/blocking_counter.h"
#include "grpc_paseto/tests/service/store/sample_sessions.h"
#include "grpc_paseto/tests/service/store/session_store_conformance.h"
#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto::service {

IssueResult SessionStoreIssues::Issue(const IssueAttempt& attempt, absl::Time now) {
  const absl::StatusOr<IssueResult> result = blocking().Issue(attempt, now);
  EXPECT_THAT(result, IsOk());
  return result.value_or(IssueResult());
}

namespace {

using enum IssueOutcome;
using enum RevocationKind;

IssueAttempt PairAttempt(int number, const std::string& request_id = "r-1", const std::string& hash = "hash") {
  const Session session = SampleSession(number);
  IssueAttempt attempt;
  attempt.client = session.client;
  attempt.subject = session.subject;
  attempt.session = session;
  attempt.request = RepeatableRequest{request_id, hash};
  attempt.token = {TokenId("t-" + std::to_string(number)), kNow, kNow + absl::Minutes(10)};
  return attempt;
}

IssueAttempt SingleAttempt(int number) {
  IssueAttempt attempt = PairAttempt(number);
  attempt.session = absl::nullopt;
  return attempt;
}

TEST_P(SessionStoreIssues, RepeatedRequestGivesTheFirstSessionAgain) {
  const IssueResult first = Issue(PairAttempt(1), kNow);
  EXPECT_EQ(first.outcome, kIssued);
  Revoke(kSubject, "bob");  // moves the head
  const IssueResult again = Issue(PairAttempt(2), kNow + kRepeatWindow);
  EXPECT_EQ(again.outcome, kRepeated);
  EXPECT_EQ(again.session->id, SampleSessionId(1));
  EXPECT_EQ(again.token.id, TokenId("t-1"));
  EXPECT_EQ(again.token.issued_at, kNow);
  EXPECT_EQ(again.token.expires_at, kNow + absl::Minutes(10));
  EXPECT_EQ(again.head, first.head);
  EXPECT_FALSE(Has(SampleSessionId(2)));
}

TEST_P(SessionStoreIssues, RepetitionSurvivesAReopening) {
  Issue(PairAttempt(1), kNow);
  Reopen();
  EXPECT_EQ(Issue(PairAttempt(2), kNow).outcome, kRepeated);
}

TEST_P(SessionStoreIssues, AnotherRequestUnderTheSameIdGetsNothing) {
  Issue(PairAttempt(1), kNow);
  EXPECT_EQ(Issue(PairAttempt(2, "r-1", "other"), kNow).outcome, kOtherRequest);
  EXPECT_FALSE(Has(SampleSessionId(2)));
}

TEST_P(SessionStoreIssues, TheSameIdOfAnotherClientIsAnotherRequest) {
  Issue(PairAttempt(1), kNow);
  IssueAttempt other = PairAttempt(2);
  other.client = ClientId("shop");
  other.session->client = ClientId("shop");
  EXPECT_EQ(Issue(other, kNow).outcome, kIssued);
}

TEST_P(SessionStoreIssues, RequestIsNotRepeatableAfterItsWindow) {
  Issue(PairAttempt(1), kNow);
  EXPECT_EQ(Issue(PairAttempt(2), kNow + kRepeatWindow + absl::Microseconds(1)).outcome, kNotRepeatable);
  EXPECT_EQ(Issue(PairAttempt(2), kNow - absl::Hours(1)).outcome, kRepeated);  // the clock was set back
  EXPECT_FALSE(Has(SampleSessionId(2)));
}

TEST_P(SessionStoreIssues, RequestIsNotRepeatableAfterTheFirstRefresh) {
  const Session session = *Issue(PairAttempt(1), kNow).session;
  EXPECT_EQ(Rotate(SampleAttempt(session, 1), kNow), RotationOutcome::kRotated);
  EXPECT_EQ(Issue(PairAttempt(2), kNow).outcome, kNotRepeatable);
}

TEST_P(SessionStoreIssues, RequestIsNotRepeatableWhenItsSessionOrTokenIsRevoked) {
  const std::pair<RevocationKind, std::string> targets[] = {
      {kSession, SampleSessionId(1).text()}, {kSubject, "alice"}, {kClient, "web"}, {kEverything, ""}, {kToken, "t-1"}};
  for (const auto& [kind, id] : targets) {
    SetUp();
    Issue(PairAttempt(1), kNow);
    EXPECT_EQ(Issue(PairAttempt(2), kNow).outcome, kRepeated);
    Revoke(kind, id);
    EXPECT_EQ(Issue(PairAttempt(2), kNow).outcome, kNotRepeatable) << static_cast<int>(kind);
  }
}

TEST_P(SessionStoreIssues, TokenWithoutASessionIsRepeatedUntilItExpiresOrIsRevoked) {
  EXPECT_EQ(Issue(SingleAttempt(1), kNow).outcome, kIssued);
  IssueAttempt again = SingleAttempt(2);
  EXPECT_EQ(Issue(again, kNow + absl::Minutes(10)).outcome, kRepeated);
  EXPECT_EQ(Issue(again, kNow).token.id, TokenId("t-1"));
  EXPECT_FALSE(Issue(again, kNow).session.has_value());
  Revoke(kSubject, "alice");
  EXPECT_EQ(Issue(again, kNow).outcome, kNotRepeatable);
  SetUp();
  IssueAttempt brief = SingleAttempt(1);
  brief.token.expires_at = kNow + absl::Seconds(5);
  Issue(brief, kNow);
  EXPECT_EQ(Issue(brief, kNow + absl::Seconds(5)).outcome, kRepeated);
  EXPECT_EQ(Issue(brief, kNow + absl::Seconds(6)).outcome, kNotRepeatable);
}

TEST_P(SessionStoreIssues, RequestsAreForgottenAfterADayInSmallSteps) {
  for (int i = 1; i <= 3; ++i) {
    IssueAttempt attempt = SingleAttempt(i);
    attempt.request->id = "r-" + std::to_string(i);
    Issue(attempt, kNow);
  }
  EXPECT_THAT(blocking().DeleteExpired(kNow + kRequestMemory, 10), IsOkAndHolds(0));
  EXPECT_THAT(blocking().DeleteExpired(kNow + kRequestMemory + absl::Microseconds(1), 2), IsOkAndHolds(2));
  EXPECT_THAT(blocking().DeleteExpired(kNow + kRequestMemory + absl::Microseconds(1), 2), IsOkAndHolds(1));
  EXPECT_EQ(Issue(SingleAttempt(1), kNow).outcome, kIssued);
}

TEST_P(SessionStoreIssues, OneOfManyCallersOfARequestOpensTheSession) {
  constexpr int kCallers = 64;
  std::atomic<int> issued = 0;
  std::atomic<int> repeated = 0;
  absl::BlockingCounter finished(kCallers);
  for (int i = 1; i <= kCallers; ++i) {
    store().Issue(PairAttempt(i), kNow, [&](absl::StatusOr<IssueResult> result) {
      if (result.ok() && result->outcome == kIssued) ++issued;
      if (result.ok() && result->outcome == kRepeated) ++repeated;
      finished.DecrementCount();
    });
  }
  finished.Wait();
  EXPECT_EQ(issued, 1);
  EXPECT_EQ(repeated, kCallers - 1);
}

// --- Disabled subjects

DisableOrder DisableAlice() { return {"alice", kNow + absl::Minutes(20), kNow + absl::Hours(48)}; }

TEST_P(SessionStoreIssues, DisabledSubjectIsIssuedNothingAndRefreshesNothing) {
  const Session session = Create(SampleSession(1));
  const absl::StatusOr<FeedPosition> position = blocking().DisableSubject(DisableAlice(), kNow);
  ASSERT_THAT(position, IsOk());
  EXPECT_EQ(Head(), *position);
  EXPECT_EQ(Issue(PairAttempt(2), kNow).outcome, kSubjectDisabled);
  EXPECT_EQ(Issue(SingleAttempt(3), kNow).outcome, kSubjectDisabled);
  EXPECT_EQ(Rotate(SampleAttempt(session, 1), kNow), RotationOutcome::kSubjectDisabled);
  EXPECT_TRUE(blocking().ReadSubject("alice")->disabled);
  EXPECT_FALSE(blocking().ReadSubject("bob")->disabled);
  EXPECT_FALSE(Has(SampleSessionId(2)));
}

TEST_P(SessionStoreIssues, DisablingRevokesWhatTheSubjectHolds) {
  Create(SampleSession(1));
  ASSERT_THAT(blocking().DisableSubject(DisableAlice(), kNow), IsOk());
  EXPECT_TRUE(Find(SampleSessionId(1)).revoked);
  EXPECT_THAT(blocking().IsRevoked({.subject = "alice", .revision = 0}), IsOkAndHolds(true));
  EXPECT_EQ(blocking().ReadSnapshot(kNow)->revocations.size(), 1u);
}

TEST_P(SessionStoreIssues, DisabledSubjectStaysDisabledAcrossAReopeningAndForgottenRecords) {
  ASSERT_THAT(blocking().DisableSubject(DisableAlice(), kNow), IsOk());
  Reopen();
  ASSERT_THAT(blocking().DeleteExpired(kNow + absl::Hours(24 * 1000), 100), IsOk());
  EXPECT_EQ(Issue(PairAttempt(1), kNow).outcome, kSubjectDisabled);
}

TEST_P(SessionStoreIssues, EnabledSubjectSignsInAgainAndItsOldSessionsStayRevoked) {
  const Session old = Create(SampleSession(1));
  ASSERT_THAT(blocking().DisableSubject(DisableAlice(), kNow), IsOk());
  EXPECT_THAT(blocking().EnableSubject({"alice"}, kNow), IsOkAndHolds(true));
  EXPECT_THAT(blocking().EnableSubject({"alice"}, kNow), IsOkAndHolds(false));
  EXPECT_EQ(Rotate(SampleAttempt(old, 1), kNow), RotationOutcome::kRevokedByRecord);
  EXPECT_EQ(Issue(PairAttempt(2), kNow).outcome, kIssued);
}

TEST_P(SessionStoreIssues, DisablingTwiceRevokesTwice) {
  ASSERT_THAT(blocking().DisableSubject(DisableAlice(), kNow), IsOk());
  EXPECT_EQ(blocking().DisableSubject(DisableAlice(), kNow)->revision, 2);
}

TEST_P(SessionStoreIssues, RefusesWhatIsBeyondTheLimits) {
  IssueAttempt attempt = PairAttempt(1);
  attempt.request->id = "";
  EXPECT_THAT(blocking().Issue(attempt, kNow), StatusIs(absl::StatusCode::kInvalidArgument));
  attempt = PairAttempt(1);
  attempt.subject = std::string(kMaxStoredIdBytes + 1, 'x');
  EXPECT_THAT(blocking().Issue(attempt, kNow), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(blocking().DisableSubject({"", kNow, kNow}, kNow), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(blocking().EnableSubject({""}, kNow), StatusIs(absl::StatusCode::kInvalidArgument));
}

// --- Sessions of a subject, step-up, single use, marks, keys

TEST_P(SessionStoreIssues, ListsTheLivingSessionsOfASubjectTheNewestFirst) {
  for (int i = 1; i <= 5; ++i) Create(SampleSession(i));
  Session other = SampleSession(6);
  other.subject = "bob";
  Create(other);
  Revoke(kSession, SampleSessionId(4).text());
  const SessionPage first = blocking().List({.subject = "alice", .limit = 2}, kNow).value();
  ASSERT_EQ(first.sessions.size(), 2u);
  EXPECT_EQ(first.sessions[0].id, SampleSessionId(5));
  EXPECT_EQ(first.sessions[1].id, SampleSessionId(3));
  const SessionPage second = blocking().List({.subject = "alice", .before = first.next, .limit = 9}, kNow).value();
  EXPECT_EQ(second.sessions.size(), 2u);
  EXPECT_TRUE(second.next.empty());
  EXPECT_TRUE(blocking().List({.subject = "alice", .client = ClientId("x"), .limit = 9}, kNow)->sessions.empty());
  EXPECT_TRUE(blocking().List({.subject = "alice", .limit = 9}, kNow + absl::Hours(2))->sessions.empty());
  EXPECT_THAT(blocking().List({.subject = "alice", .limit = 0}, kNow), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_P(SessionStoreIssues, AFullPageOfEndedSessionsIsEmptyAndGoesOn) {
  Create(SampleSession(1));
  for (int i = 2; i <= kRowsPerPage + 1; ++i) {
    Session ended = SampleSession(i);
    ended.idle_deadline = kNow - absl::Seconds(1);
    Create(ended);
  }
  const SessionPage first = blocking().List({.subject = "alice", .limit = 5}, kNow).value();
  EXPECT_TRUE(first.sessions.empty());
  EXPECT_EQ(first.next, SampleSessionId(2));
  const SessionPage second = blocking().List({.subject = "alice", .before = first.next, .limit = 5}, kNow).value();
  EXPECT_EQ(second.sessions.size(), 1u);
  EXPECT_TRUE(second.next.empty());
}

// However many sessions a revocation touches, it writes one row, and none of them escapes.
TEST_P(SessionStoreIssues, OneRecordEndsEverySessionOfAClient) {
  constexpr int kMany = 500;
  std::vector<Session> sessions;
  for (int i = 1; i <= kMany; ++i) sessions.push_back(Create(SampleSession(i)));
  const FeedPosition before = Head();
  EXPECT_EQ(Revoke(kClient, "web").revision, before.revision + 1);
  EXPECT_EQ(blocking().ReadChanges(before, kMany)->revocations.size(), 1u);
  for (const Session& session : sessions) {
    EXPECT_EQ(Rotate(SampleAttempt(session, 1), kNow), RotationOutcome::kRevokedByRecord);
  }
}

TEST_P(SessionStoreIssues, StepUpRaisesTheRevisionOfALivingSessionOnly) {
  const Session session = Create(SampleSession(1));
  Revoke(kSubject, "bob");
  StepUpAttempt attempt{session.id, session.client, session.subject, "new grant"};
  EXPECT_EQ(blocking().StepUp(attempt, kNow)->outcome, StepUpOutcome::kSteppedUp);
  Reopen();
  EXPECT_EQ(Find(session.id).grant, "new grant");
  EXPECT_EQ(Find(session.id).auth_revision, Head().revision);
  EXPECT_EQ(Find(session.id).generation, 1u);
  EXPECT_EQ(blocking().StepUp(attempt, kNow + absl::Hours(2))->outcome, StepUpOutcome::kSessionExpired);
  Revoke(kSubject, "alice");
  EXPECT_EQ(blocking().StepUp(attempt, kNow)->outcome, StepUpOutcome::kRevokedByRecord);
  attempt.client = ClientId("shop");
  EXPECT_EQ(blocking().StepUp(attempt, kNow)->outcome, StepUpOutcome::kUnknownSession);
  EXPECT_EQ(Rotate(SampleAttempt(session, 1), kNow), RotationOutcome::kRevokedByRecord);
}

TEST_P(SessionStoreIssues, OneOfManySpendersWinsAndItStaysSpent) {
  IssueAttempt attempt = SingleAttempt(1);
  attempt.single_use = true;
  ASSERT_EQ(Issue(attempt, kNow).outcome, kIssued);
  constexpr int kSpenders = 32;
  std::atomic<int> spent = 0;
  std::atomic<int> late = 0;
  absl::BlockingCounter finished(kSpenders);
  for (int i = 0; i < kSpenders; ++i) {
    store().Spend({{.token_id = TokenId("t-1")}, ""}, [&](absl::StatusOr<SpendOutcome> outcome) {
      if (outcome.ok() && *outcome == SpendOutcome::kSpent) ++spent;
      if (outcome.ok() && *outcome == SpendOutcome::kSpentBefore) ++late;
      finished.DecrementCount();
    });
  }
  finished.Wait();
  EXPECT_EQ(spent, 1);
  EXPECT_EQ(late, kSpenders - 1);
  Reopen();
  EXPECT_THAT(blocking().Spend({{.token_id = TokenId("t-1")}, ""}), IsOkAndHolds(SpendOutcome::kSpentBefore));
  EXPECT_THAT(blocking().IsRevoked({.token_id = TokenId("t-1")}), IsOkAndHolds(true));
  EXPECT_THAT(blocking().Spend({{.token_id = TokenId("t-2")}, ""}), IsOkAndHolds(SpendOutcome::kUnknown));
}

TEST_P(SessionStoreIssues, MarksSurviveAReopening) {
  ASSERT_THAT(blocking().RaiseLifetimes({absl::Hours(5), absl::Hours(7)}), IsOk());
  Reopen();
  EXPECT_THAT(blocking().RaiseLifetimes({absl::Hours(1), absl::Hours(9)}),
              IsOkAndHolds(LifetimeMarks{absl::Hours(5), absl::Hours(9)}));
}

}  // namespace
}  // namespace paseto::service
