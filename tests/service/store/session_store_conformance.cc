#include "grpc_paseto/tests/service/store/session_store_conformance.h"

#include <gmock/gmock.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "grpc_paseto/tests/service/store/sample_sessions.h"
#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto::service {

void StoreTest::SetUp() {
  Close();
  engine_ = GetParam()();
  Reopen();
}

void StoreTest::Close() {
  blocking_ = nullptr;
  store_ = nullptr;
}

void StoreTest::Reopen() {
  Close();
  absl::StatusOr<std::unique_ptr<SessionStore>> store = engine_->Open();
  ASSERT_THAT(store, IsOk());
  store_ = *std::move(store);
  blocking_ = std::make_unique<BlockingStore>(*store_);
}

Session StoreTest::Create(const Session& session) {
  absl::StatusOr<Session> stored = blocking().Create(session);
  EXPECT_THAT(stored, IsOk());
  return stored.ok() ? *stored : Session();
}

RotationOutcome StoreTest::Rotate(const RotationAttempt& attempt, absl::Time now) {
  const absl::StatusOr<RotationResult> result = blocking().Rotate(attempt, now);
  EXPECT_THAT(result, IsOk());
  return result.ok() ? result->outcome : RotationOutcome::kUnknownSession;
}

Session StoreTest::Find(const SessionId& id) {
  const absl::StatusOr<absl::optional<Session>> found = blocking().Find(id);
  EXPECT_THAT(found, IsOk());
  EXPECT_TRUE(found.ok() && found->has_value());
  return found.ok() ? found->value_or(Session()) : Session();
}

FeedPosition StoreTest::Revoke(RevocationKind kind, const std::string& id) {
  const absl::StatusOr<FeedPosition> position = blocking().Revoke(SampleOrder(kind, id), kNow);
  EXPECT_THAT(position, IsOk());
  return position.value_or(FeedPosition());
}

FeedPosition StoreTest::Head() {
  const absl::StatusOr<FeedPosition> head = blocking().ReadHead();
  EXPECT_THAT(head, IsOk());
  return head.value_or(FeedPosition());
}

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using enum RevocationKind;
using enum RotationOutcome;

void ExpectSameSession(const Session& got, const Session& want) {
  EXPECT_EQ(got.id, want.id);
  EXPECT_EQ(got.client, want.client);
  EXPECT_EQ(got.subject, want.subject);
  EXPECT_EQ(got.secret, want.secret);
  EXPECT_EQ(got.grant, want.grant);
  EXPECT_EQ(got.generation, want.generation);
  EXPECT_EQ(got.grace_uses, want.grace_uses);
  EXPECT_EQ(got.revoked, want.revoked);
  EXPECT_EQ(got.auth_revision, want.auth_revision);
  EXPECT_EQ(got.created_at, want.created_at);
  EXPECT_EQ(got.rotated_at, want.rotated_at);
  EXPECT_EQ(got.idle_deadline, want.idle_deadline);
  EXPECT_EQ(got.absolute_deadline, want.absolute_deadline);
}

std::vector<int64_t> RevisionsOf(const std::vector<Revocation>& records) {
  std::vector<int64_t> revisions;
  for (const Revocation& record : records) revisions.push_back(record.revision);
  return revisions;
}

// --- Create and Find

TEST_P(SessionStoreConformance, KeepsEveryFieldOfASession) {
  const Session stored = Create(SampleSession(1));
  ExpectSameSession(stored, SampleSession(1));
  ExpectSameSession(Find(SampleSessionId(1)), stored);
}

TEST_P(SessionStoreConformance, KeepsSessionsAcrossAReopening) {
  const Session stored = Create(SampleSession(1));
  const FeedPosition head = Revoke(kToken, "t-1");
  Reopen();
  ExpectSameSession(Find(SampleSessionId(1)), stored);
  EXPECT_EQ(Head(), head);
}

TEST_P(SessionStoreConformance, KeepsIdsByteForByte) {
  const std::string ids[] = {"018CC251-F400-7000-8000-000000000001",
                             "018cc251-f400-7000-8000-000000000001",
                             "018cc251f400700080000000000000001111",
                             "plain",
                             "0",
                             "16 bytes of text",
                             std::string("nul\0inside", 10),
                             "\xff\xfe not utf-8"};
  for (const std::string& id : ids) {
    Session session = SampleSession(1);
    session.id = SessionId(id);
    session.subject = id;
    session.client = ClientId(id);
    Create(session);
  }
  for (const std::string& id : ids) {
    const Session found = Find(SessionId(id));
    EXPECT_EQ(found.id.text(), id);
    EXPECT_EQ(found.subject, id);
    EXPECT_EQ(found.client.text(), id);
  }
}

TEST_P(SessionStoreConformance, KeepsInstantsWithoutAnEnd) {
  Session session = SampleSession(1);
  session.absolute_deadline = absl::InfiniteFuture();
  session.idle_deadline = absl::InfiniteFuture();
  ExpectSameSession(Create(session), session);
  ExpectSameSession(Find(session.id), session);
}

TEST_P(SessionStoreConformance, AnswersWithInstantsAsItStoresThem) {
  Session session = SampleSession(1);
  session.created_at = kNow + absl::Nanoseconds(1234567);
  const Session stored = Create(session);
  EXPECT_EQ(Find(session.id).created_at, stored.created_at);
}

TEST_P(SessionStoreConformance, RefusesASecondSessionWithTheSameId) {
  const Session first = Create(SampleSession(1));
  Session second = SampleSession(1);
  second.subject = "mallory";
  EXPECT_THAT(blocking().Create(second), StatusIs(absl::StatusCode::kAlreadyExists));
  ExpectSameSession(Find(first.id), first);
}

TEST_P(SessionStoreConformance, SetsAuthRevisionToTheHead) {
  Session session = SampleSession(1);
  session.auth_revision = 99;
  EXPECT_EQ(Create(session).auth_revision, 0);
  Revoke(kToken, "t-1");
  Revoke(kToken, "t-2");
  EXPECT_EQ(Create(SampleSession(2)).auth_revision, 2);
  EXPECT_EQ(Find(SampleSessionId(2)).auth_revision, 2);
}

TEST_P(SessionStoreConformance, RefusesSessionsBeyondItsLimits) {
  const std::function<void(Session&)> changes[] = {
      [](Session& s) { s.id = SessionId(); },
      [](Session& s) { s.id = SessionId(std::string(kMaxStoredIdBytes + 1, 'i')); },
      [](Session& s) { s.client = ClientId(); },
      [](Session& s) { s.client = ClientId(std::string(kMaxStoredIdBytes + 1, 'c')); },
      [](Session& s) { s.subject = std::string(kMaxStoredIdBytes + 1, 's'); },
      [](Session& s) { s.secret.pop_back(); },
      [](Session& s) { s.secret.push_back('x'); },
      [](Session& s) { s.grant = std::string(kMaxGrantBytes + 1, 'g'); },
      [](Session& s) { s.generation = 0; },
  };
  for (const auto& change : changes) {
    Session session = SampleSession(1);
    change(session);
    EXPECT_THAT(blocking().Create(session), StatusIs(absl::StatusCode::kInvalidArgument));
  }
  Session largest = SampleSession(1);
  largest.id = SessionId(std::string(kMaxStoredIdBytes, 'i'));
  largest.client = ClientId(std::string(kMaxStoredIdBytes, 'c'));
  largest.subject = std::string(kMaxStoredIdBytes, 's');
  largest.grant = std::string(kMaxGrantBytes, 'g');
  Create(largest);
  ExpectSameSession(Find(largest.id), largest);
}

TEST_P(SessionStoreConformance, FindsNothingForAnUnknownId) {
  for (const char* id : {"unknown", "", "018cc251-f400-7000-8000-000000000001"}) {
    const absl::StatusOr<absl::optional<Session>> found = blocking().Find(SessionId(id));
    ASSERT_THAT(found, IsOk());
    EXPECT_FALSE(found->has_value());
  }
}

// --- Rotate

TEST_P(SessionStoreConformance, RotatesOnceAndKeepsIt) {
  const Session session = Create(SampleSession(1));
  const absl::Time now = kNow + absl::Minutes(5);
  const absl::StatusOr<RotationResult> result = blocking().Rotate(SampleAttempt(session, 1), now);
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(result->outcome, kRotated);
  EXPECT_EQ(result->head, Head());
  Session want = session;
  want.generation = 2;
  want.rotated_at = now;
  want.idle_deadline = now + absl::Hours(1);
  ExpectSameSession(result->session, want);
  ExpectSameSession(Find(session.id), want);
  Reopen();
  ExpectSameSession(Find(session.id), want);
}

TEST_P(SessionStoreConformance, RepeatsTheSameGenerationWithinGrace) {
  const Session session = Create(SampleSession(1));
  ASSERT_EQ(Rotate(SampleAttempt(session, 1), kNow), kRotated);
  const absl::StatusOr<RotationResult> again = blocking().Rotate(SampleAttempt(session, 1), kNow + absl::Seconds(10));
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->outcome, kRepeated);
  EXPECT_EQ(again->session.generation, 2u);
  EXPECT_EQ(Find(session.id).grace_uses, 1u);
  EXPECT_EQ(Find(session.id).rotated_at, kNow);
  EXPECT_EQ(Rotate(SampleAttempt(session, 2), kNow + absl::Seconds(11)), kRotated);
  EXPECT_EQ(Find(session.id).grace_uses, 0u);
}

TEST_P(SessionStoreConformance, StopsRepeatingAtTheGraceLimit) {
  const Session session = Create(SampleSession(1));
  ASSERT_EQ(Rotate(SampleAttempt(session, 1), kNow), kRotated);
  RotationAttempt attempt = SampleAttempt(session, 1);
  attempt.grace_limit = 2;
  EXPECT_EQ(Rotate(attempt, kNow), kRepeated);
  EXPECT_EQ(Rotate(attempt, kNow), kRepeated);
  EXPECT_EQ(Rotate(attempt, kNow), kGraceExhausted);
  EXPECT_EQ(Find(session.id).grace_uses, 2u);
  EXPECT_EQ(Find(session.id).generation, 2u);
}

TEST_P(SessionStoreConformance, ReusedRefreshTokenRevokesSessionAndTellsTheFeed) {
  const Session session = Create(SampleSession(1));
  ASSERT_EQ(Rotate(SampleAttempt(session, 1), kNow), kRotated);
  const FeedPosition before = Head();
  const absl::Time now = kNow + absl::Seconds(11);

  const absl::StatusOr<RotationResult> theft = blocking().Rotate(SampleAttempt(session, 1), now);

  ASSERT_THAT(theft, IsOk());
  EXPECT_EQ(theft->outcome, kReused);
  EXPECT_TRUE(theft->session.revoked);
  EXPECT_EQ(theft->head.revision, before.revision + 1);
  EXPECT_EQ(Head(), theft->head);
  EXPECT_TRUE(Find(session.id).revoked);
  EXPECT_EQ(Rotate(SampleAttempt(session, 2), now), kSessionRevoked);
  const absl::StatusOr<FeedChanges> changes = blocking().ReadChanges(before, 10);
  ASSERT_THAT(changes, IsOk());
  ASSERT_THAT(changes->revocations, SizeIs(1));
  EXPECT_EQ(changes->revocations[0].kind, kSession);
  EXPECT_EQ(changes->revocations[0].id, session.id.text());
  EXPECT_EQ(changes->revocations[0].revoked_at, now);
  EXPECT_EQ(changes->revocations[0].forget_after, now + absl::Minutes(20));
}

TEST_P(SessionStoreConformance, GenerationAheadRevokesSessionAndTellsTheFeed) {
  const Session session = Create(SampleSession(1));
  const FeedPosition before = Head();
  const absl::StatusOr<RotationResult> ahead = blocking().Rotate(SampleAttempt(session, 2), kNow);
  ASSERT_THAT(ahead, IsOk());
  EXPECT_EQ(ahead->outcome, kGenerationAhead);
  EXPECT_EQ(ahead->head.revision, before.revision + 1);
  EXPECT_TRUE(Find(session.id).revoked);
  EXPECT_THAT(blocking().IsRevoked({.session_id = session.id, .revision = 1}), IsOkAndHolds(true));
  EXPECT_EQ(Rotate(SampleAttempt(session, 1), kNow), kSessionRevoked);
}

TEST_P(SessionStoreConformance, AFailedCheckChangesNothing) {
  const Session session = Create(SampleSession(1));
  RotationAttempt wrong_tag = SampleAttempt(session, 1);
  wrong_tag.tag[0] ^= 1;
  RotationAttempt disabled = SampleAttempt(session, 1);
  disabled.client_enabled = false;
  EXPECT_EQ(Rotate(wrong_tag, kNow), kTagMismatch);
  EXPECT_EQ(Rotate(disabled, kNow), kClientDisabled);
  EXPECT_EQ(Rotate(SampleAttempt(session, 1), session.idle_deadline + absl::Seconds(1)), kSessionExpired);
  ExpectSameSession(Find(session.id), session);
  EXPECT_EQ(Head().revision, 0);
}

TEST_P(SessionStoreConformance, RotatesAtTheIdleDeadlineItself) {
  const Session session = Create(SampleSession(1));
  EXPECT_EQ(Rotate(SampleAttempt(session, 1), session.idle_deadline), kRotated);
}

TEST_P(SessionStoreConformance, ReportsAnUnknownSession) {
  const absl::StatusOr<RotationResult> result = blocking().Rotate(SampleAttempt(SampleSession(1), 1), kNow);
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(result->outcome, kUnknownSession);
  EXPECT_TRUE(result->session.id.empty());
  EXPECT_EQ(result->head, Head());
}

// --- Revocations that are newer than a session

struct Target {
  RevocationKind kind;
  std::string mine;
  std::string other;
};
const Target kBroadTargets[] = {{kSubject, "alice", "alicia"}, {kClient, "web", "app"}, {kEverything, "", ""}};

TEST_P(SessionStoreConformance, ANewerRecordEndsTheSession) {
  int number = 0;
  for (const Target& target : kBroadTargets) {
    const Session session = Create(SampleSession(++number));
    Revoke(target.kind, target.mine);
    EXPECT_EQ(Rotate(SampleAttempt(session, 1), kNow), kRevokedByRecord);
    EXPECT_TRUE(Find(session.id).revoked);
    EXPECT_EQ(Find(session.id).generation, 1u);
  }
}

TEST_P(SessionStoreConformance, ARecordAtTheSessionsOwnRevisionDoesNotEndIt) {
  int number = 0;
  for (const Target& target : kBroadTargets) {
    const FeedPosition record = Revoke(target.kind, target.mine);
    const Session session = Create(SampleSession(++number));
    ASSERT_EQ(session.auth_revision, record.revision);
    EXPECT_EQ(Rotate(SampleAttempt(session, 1), kNow), kRotated);
    EXPECT_FALSE(Find(session.id).revoked);
  }
}

TEST_P(SessionStoreConformance, ARecordForAnotherTargetDoesNotEndTheSession) {
  const Session session = Create(SampleSession(1));
  Revoke(kSubject, "alicia");
  Revoke(kSubject, "web");
  Revoke(kClient, "app");
  Revoke(kClient, "alice");
  Revoke(kToken, "alice");
  Revoke(kSession, SampleSessionId(2).text());
  EXPECT_EQ(Rotate(SampleAttempt(session, 1), kNow), kRotated);
  EXPECT_FALSE(Find(session.id).revoked);
}

TEST_P(SessionStoreConformance, TheNewestOfSeveralRecordsCounts) {
  Revoke(kSubject, "alice");
  const Session session = Create(SampleSession(1));
  Revoke(kSubject, "alice");
  Revoke(kSubject, "bob");
  EXPECT_EQ(Rotate(SampleAttempt(session, 1), kNow), kRevokedByRecord);
}

TEST_P(SessionStoreConformance, SubjectsThatAreUuidsAreMatched) {
  Session session = SampleSession(1);
  session.subject = "9f0c2c9e-7a1d-4b53-9a5e-0123456789ab";
  Create(session);
  Revoke(kSubject, session.subject);
  EXPECT_EQ(Rotate(SampleAttempt(session, 1), kNow), kRevokedByRecord);
}

// --- Revoke

TEST_P(SessionStoreConformance, RevokingASessionMarksItAndTellsTheFeed) {
  const Session session = Create(SampleSession(1));
  const FeedPosition position = Revoke(kSession, session.id.text());
  EXPECT_EQ(position, Head());
  EXPECT_EQ(position.revision, 1);
  EXPECT_TRUE(Find(session.id).revoked);
  EXPECT_EQ(Rotate(SampleAttempt(session, 1), kNow), kSessionRevoked);
}

TEST_P(SessionStoreConformance, RevokingAnUnknownSessionSucceeds) {
  EXPECT_EQ(Revoke(kSession, "unknown").revision, 1);
  EXPECT_THAT(blocking().IsRevoked({.session_id = SessionId("unknown"), .revision = 5}), IsOkAndHolds(true));
}

TEST_P(SessionStoreConformance, RevokingATokenOrSessionAgainDoesNotGrowTheFeed) {
  Create(SampleSession(1));
  const FeedPosition token = Revoke(kToken, "t-1");
  const FeedPosition session = Revoke(kSession, SampleSessionId(1).text());
  const FeedPosition unknown = Revoke(kSession, "unknown");
  EXPECT_EQ(Revoke(kToken, "t-1"), token);
  EXPECT_EQ(Revoke(kSession, SampleSessionId(1).text()), session);
  EXPECT_EQ(Revoke(kSession, "unknown"), unknown);
  RevocationOrder later = SampleOrder(kSession, SampleSessionId(1).text());
  later.forget_after += absl::Minutes(1);
  EXPECT_THAT(blocking().Revoke(later, kNow), IsOkAndHolds(session));
  EXPECT_EQ(Head().revision, 3);
}

TEST_P(SessionStoreConformance, ATokensRecordIsRenewedWhenItMustLastLonger) {
  Revoke(kToken, "t-1");
  RevocationOrder longer = SampleOrder(kToken, "t-1");
  longer.forget_after += absl::Seconds(1);
  EXPECT_THAT(blocking().Revoke(longer, kNow), IsOkAndHolds(FeedPosition{Head().epoch, 2}));
}

TEST_P(SessionStoreConformance, ASessionMadeAfterItsRecordIsStillMarked) {
  Revoke(kSession, SampleSessionId(1).text());
  const Session session = Create(SampleSession(1));
  Revoke(kSession, session.id.text());
  EXPECT_EQ(Rotate(SampleAttempt(session, 1), kNow), kSessionRevoked);
}

TEST_P(SessionStoreConformance, RevokingASubjectAgainIsANewRecord) {
  const Session first = Create(SampleSession(1));
  EXPECT_EQ(Revoke(kSubject, "alice").revision, 1);
  const Session second = Create(SampleSession(2));
  EXPECT_EQ(Revoke(kSubject, "alice").revision, 2);
  EXPECT_EQ(Rotate(SampleAttempt(second, 1), kNow), kRevokedByRecord);
}

TEST_P(SessionStoreConformance, RefusesMalformedOrders) {
  for (const RevocationOrder& order :
       {SampleOrder(kToken, ""), SampleOrder(kSession, ""), SampleOrder(kSubject, ""), SampleOrder(kClient, ""),
        SampleOrder(kEverything, "x"), SampleOrder(kSubject, std::string(kMaxStoredIdBytes + 1, 's'))}) {
    EXPECT_THAT(blocking().Revoke(order, kNow), StatusIs(absl::StatusCode::kInvalidArgument));
  }
  EXPECT_EQ(Head().revision, 0);
}

// --- IsRevoked

TEST_P(SessionStoreConformance, ATokenIsRevokedWhenAnyRecordCoversIt) {
  const TokenStanding token{.token_id = TokenId("t-1"),
                            .session_id = SampleSessionId(1),
                            .subject = "alice",
                            .client = ClientId("web"),
                            .revision = 0};
  EXPECT_THAT(blocking().IsRevoked(token), IsOkAndHolds(false));
  const std::pair<RevocationKind, std::string> orders[] = {
      {kToken, "t-1"}, {kSession, SampleSessionId(1).text()}, {kSubject, "alice"}, {kClient, "web"}, {kEverything, ""}};
  for (const auto& [kind, id] : orders) {
    SCOPED_TRACE(static_cast<int>(kind));
    SetUp();
    Revoke(kToken, "t-2");
    Revoke(kSubject, "bob");
    EXPECT_THAT(blocking().IsRevoked(token), IsOkAndHolds(false));
    Revoke(kind, id);
    EXPECT_THAT(blocking().IsRevoked(token), IsOkAndHolds(true));
  }
}

TEST_P(SessionStoreConformance, BroadRecordsCoverOlderRevisionsOnly) {
  for (const Target& target : kBroadTargets) {
    const int64_t revision = Revoke(target.kind, target.mine).revision;
    TokenStanding token{.subject = "alice", .client = ClientId("web"), .revision = revision - 1};
    EXPECT_THAT(blocking().IsRevoked(token), IsOkAndHolds(true));
    token.revision = revision;
    EXPECT_THAT(blocking().IsRevoked(token), IsOkAndHolds(false));
    token.revision = revision + 1;
    EXPECT_THAT(blocking().IsRevoked(token), IsOkAndHolds(false));
  }
}

TEST_P(SessionStoreConformance, BroadRecordsCompareInstantsForTokensWithoutARevision) {
  for (const Target& target : kBroadTargets) {
    Revoke(target.kind, target.mine);
    TokenStanding token{.subject = "alice", .client = ClientId("web"), .issued_at = kNow - absl::Seconds(1)};
    EXPECT_THAT(blocking().IsRevoked(token), IsOkAndHolds(true));
    token.issued_at = kNow;
    EXPECT_THAT(blocking().IsRevoked(token), IsOkAndHolds(true));
    token.issued_at = kNow + absl::Seconds(1);
    EXPECT_THAT(blocking().IsRevoked(token), IsOkAndHolds(false));
    token.issued_at = absl::nullopt;
    EXPECT_THAT(blocking().IsRevoked(token), IsOkAndHolds(true));
  }
}

TEST_P(SessionStoreConformance, TokenAndSessionRecordsHoldForEver) {
  const int64_t revision = Revoke(kToken, "t-1").revision;
  EXPECT_THAT(blocking().IsRevoked({.token_id = TokenId("t-1"), .revision = revision + 7}), IsOkAndHolds(true));
  EXPECT_THAT(blocking().IsRevoked({.token_id = TokenId("t-2"), .revision = 0}), IsOkAndHolds(false));
}

TEST_P(SessionStoreConformance, AbsentIdsMatchNoRecord) {
  Revoke(kToken, "t-1");
  Revoke(kSubject, "alice");
  EXPECT_THAT(blocking().IsRevoked({.revision = 0}), IsOkAndHolds(false));
}

// --- The feed

TEST_P(SessionStoreConformance, ANewStoresHeadIsZeroInAnEpochOfItsOwn) {
  const FeedPosition head = Head();
  EXPECT_EQ(head.revision, 0);
  EXPECT_GT(head.epoch, 0);
  SetUp();
  EXPECT_NE(Head().epoch, head.epoch);
}

TEST_P(SessionStoreConformance, ReopeningKeepsTheEpoch) {
  const FeedPosition head = Head();
  Reopen();
  EXPECT_EQ(Head(), head);
}

TEST_P(SessionStoreConformance, ReadsChangesInOrderAndInSteps) {
  const FeedPosition start = Head();
  const std::pair<RevocationKind, std::string> orders[] = {{kToken, "9f0c2c9e-7a1d-4b53-9a5e-0123456789ab"},
                                                           {kSession, "s"},
                                                           {kSubject, "alice"},
                                                           {kClient, "web"},
                                                           {kEverything, ""}};
  for (const auto& [kind, id] : orders) Revoke(kind, id);
  const absl::StatusOr<FeedChanges> first = blocking().ReadChanges(start, 2);
  ASSERT_THAT(first, IsOk());
  EXPECT_THAT(RevisionsOf(first->revocations), ElementsAre(1, 2));
  EXPECT_EQ(first->position, (FeedPosition{start.epoch, 2}));
  const absl::StatusOr<FeedChanges> rest = blocking().ReadChanges(first->position, 10);
  ASSERT_THAT(rest, IsOk());
  EXPECT_THAT(RevisionsOf(rest->revocations), ElementsAre(3, 4, 5));
  EXPECT_EQ(rest->position, Head());
  std::vector<Revocation> all = first->revocations;
  all.insert(all.end(), rest->revocations.begin(), rest->revocations.end());
  for (size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].kind, orders[i].first);
    EXPECT_EQ(all[i].id, orders[i].second);
    EXPECT_EQ(all[i].revoked_at, kNow);
    EXPECT_EQ(all[i].forget_after, kNow + absl::Minutes(20));
  }
}

TEST_P(SessionStoreConformance, ReadsNoChangesAtTheHead) {
  Revoke(kToken, "t-1");
  const absl::StatusOr<FeedChanges> changes = blocking().ReadChanges(Head(), 10);
  ASSERT_THAT(changes, IsOk());
  EXPECT_THAT(changes->revocations, IsEmpty());
  EXPECT_EQ(changes->position, Head());
}

TEST_P(SessionStoreConformance, RefusesPositionsThatItDoesNotHave) {
  Revoke(kToken, "t-1");
  const FeedPosition head = Head();
  for (const FeedPosition& position :
       {FeedPosition{head.epoch, 2}, FeedPosition{head.epoch - 1, 1}, FeedPosition{head.epoch + 1, 0},
        FeedPosition{0, 0}, FeedPosition{head.epoch, -1}}) {
    EXPECT_THAT(blocking().ReadChanges(position, 10), StatusIs(absl::StatusCode::kOutOfRange, HasSubstr("snapshot")));
  }
}

TEST_P(SessionStoreConformance, RefusesLimitsThatAreNotPositive) {
  EXPECT_THAT(blocking().ReadChanges(Head(), 0), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(blocking().ReadChanges(Head(), -1), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(blocking().DeleteExpired(kNow, 0), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_P(SessionStoreConformance, ASnapshotHoldsWhatVerifiersMustNotForgetYet) {
  Revoke(kToken, "t-1");
  RevocationOrder longer = SampleOrder(kToken, "t-2");
  longer.forget_after += absl::Seconds(1);
  ASSERT_THAT(blocking().Revoke(longer, kNow), IsOk());
  const absl::Time end = kNow + absl::Minutes(20);
  for (const auto& [now, want] :
       std::vector<std::pair<absl::Time, std::vector<int64_t>>>{{end - absl::Seconds(1), {1, 2}},
                                                                {end, {1, 2}},
                                                                {end + absl::Seconds(1), {2}},
                                                                {end + absl::Seconds(2), {}}}) {
    const absl::StatusOr<FeedSnapshot> snapshot = blocking().ReadSnapshot(now);
    ASSERT_THAT(snapshot, IsOk());
    EXPECT_EQ(RevisionsOf(snapshot->revocations), want);
    EXPECT_EQ(snapshot->position, Head());
  }
}

TEST_P(SessionStoreConformance, ASnapshotForClientTokensLeavesOutSessionsAndSubjects) {
  Revoke(kToken, "t-1");
  Revoke(kSession, "s-1");
  Revoke(RevocationKind::kSubject, "alice");
  Revoke(RevocationKind::kClient, "shop");
  Revoke(RevocationKind::kEverything, "");
  const absl::StatusOr<FeedSnapshot> snapshot = blocking().ReadSnapshot(kNow, SnapshotScope::kClientTokens);
  ASSERT_THAT(snapshot, IsOk());
  EXPECT_THAT(RevisionsOf(snapshot->revocations), UnorderedElementsAre(1, 4, 5));
  EXPECT_EQ(snapshot->position, Head());
}

// --- StartEpochAbove

TEST_P(SessionStoreConformance, APositionAboveTheHeadBeginsAnEpochThatEndsEverything) {
  const Session session = Create(SampleSession(1));
  const FeedPosition head = Revoke(kToken, "t-1");
  const FeedPosition seen = {head.epoch, head.revision + 5};
  const auto begun = blocking().StartEpochAbove(seen, kNow);
  ASSERT_THAT(begun, IsOk());
  ASSERT_TRUE(begun->has_value());
  EXPECT_GT((*begun)->epoch, head.epoch);
  EXPECT_EQ((*begun)->revision, seen.revision + kEpochGap);
  EXPECT_EQ(Head(), **begun);
  EXPECT_EQ(Rotate(SampleAttempt(session, 1), kNow), kRevokedByRecord);
  EXPECT_THAT(blocking().IsRevoked({.revision = seen.revision}), IsOkAndHolds(true));
  EXPECT_THAT(blocking().ReadChanges(head, 10), StatusIs(absl::StatusCode::kOutOfRange));
  Reopen();
  EXPECT_EQ(Head(), **begun);
}

TEST_P(SessionStoreConformance, APositionThatTheStoreHasOrThatIsOfAnotherEpochChangesNothing) {
  const FeedPosition head = Revoke(kToken, "t-1");
  for (const FeedPosition& seen : {head, FeedPosition{head.epoch, 0}, FeedPosition{head.epoch - 1, head.revision + 1},
                                   FeedPosition{head.epoch + 1, head.revision + 1}}) {
    EXPECT_THAT(blocking().StartEpochAbove(seen, kNow), IsOkAndHolds(absl::nullopt));
    EXPECT_EQ(Head(), head);
  }
}

TEST_P(SessionStoreConformance, APositionThatNoStoreCanHaveForgottenIsRefused) {
  const FeedPosition head = Head();
  EXPECT_THAT(blocking().StartEpochAbove({head.epoch, kEpochGap + 1}, kNow),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(Head(), head);
  EXPECT_THAT(blocking().StartEpochAbove({head.epoch, kEpochGap}, kNow), IsOk());
  EXPECT_EQ(Head().revision, 2 * kEpochGap);
}

// --- AdvanceForgetting

TEST_P(SessionStoreConformance, TheInstantOfForgettingMovesByRunningTimeOverRestarts) {
  ASSERT_THAT(blocking().AdvanceForgetting(kNow, absl::ZeroDuration()), IsOkAndHolds(kNow));
  const absl::Time ahead = kNow + absl::Hours(3);
  EXPECT_THAT(blocking().AdvanceForgetting(ahead, absl::Minutes(1)), IsOkAndHolds(kNow + absl::Minutes(1)));
  Reopen();
  EXPECT_THAT(blocking().AdvanceForgetting(ahead, absl::ZeroDuration()), IsOkAndHolds(kNow + absl::Minutes(1)));
  EXPECT_THAT(blocking().AdvanceForgetting(ahead, absl::Minutes(1)), IsOkAndHolds(kNow + absl::Minutes(2)));
  EXPECT_THAT(blocking().AdvanceForgetting(kNow, absl::Minutes(1)), IsOkAndHolds(kNow));
}

// --- DeleteExpired

TEST_P(SessionStoreConformance, DeletesSessionsPastTheirAbsoluteDeadlineOnly) {
  const Session session = Create(SampleSession(1));
  EXPECT_THAT(blocking().DeleteExpired(session.absolute_deadline - absl::Seconds(1), 10), IsOkAndHolds(0));
  EXPECT_THAT(blocking().DeleteExpired(session.absolute_deadline, 10), IsOkAndHolds(0));
  Find(session.id);
  EXPECT_THAT(blocking().DeleteExpired(session.absolute_deadline + absl::Seconds(1), 10), IsOkAndHolds(1));
  EXPECT_EQ(Rotate(SampleAttempt(session, 1), kNow), kUnknownSession);
}

TEST_P(SessionStoreConformance, DeletesRecordsPastTheirEndOnly) {
  Revoke(kToken, "t-1");
  const absl::Time end = kNow + absl::Hours(48);
  const TokenStanding token{.token_id = TokenId("t-1")};
  EXPECT_THAT(blocking().DeleteExpired(end, 10), IsOkAndHolds(0));
  EXPECT_THAT(blocking().IsRevoked(token), IsOkAndHolds(true));
  EXPECT_THAT(blocking().DeleteExpired(end + absl::Seconds(1), 10), IsOkAndHolds(1));
  EXPECT_THAT(blocking().IsRevoked(token), IsOkAndHolds(false));
}

TEST_P(SessionStoreConformance, DeletesAtMostTheLimitOfBothTogether) {
  for (int i = 1; i <= 3; ++i) Create(SampleSession(i));
  for (int i = 1; i <= 3; ++i) Revoke(kToken, std::to_string(i));
  const absl::Time later = kNow + absl::Hours(100);
  EXPECT_THAT(blocking().DeleteExpired(later, 2), IsOkAndHolds(2));
  EXPECT_THAT(blocking().DeleteExpired(later, 2), IsOkAndHolds(2));
  EXPECT_THAT(blocking().DeleteExpired(later, 100), IsOkAndHolds(2));
  EXPECT_THAT(blocking().DeleteExpired(later, 100), IsOkAndHolds(0));
}

TEST_P(SessionStoreConformance, ChangesBeforeADeletedRecordAreOutOfRange) {
  const FeedPosition start = Head();
  Revoke(kToken, "t-1");
  RevocationOrder shorter = SampleOrder(kToken, "t-2");
  shorter.keep_until = kNow + absl::Hours(1);
  ASSERT_THAT(blocking().Revoke(shorter, kNow), IsOk());
  Revoke(kToken, "t-3");
  ASSERT_THAT(blocking().DeleteExpired(kNow + absl::Hours(2), 10), IsOkAndHolds(1));
  for (const bool reopened : {false, true}) {
    if (reopened) Reopen();
    EXPECT_THAT(blocking().ReadChanges(start, 10), StatusIs(absl::StatusCode::kOutOfRange));
    EXPECT_THAT(blocking().ReadChanges({start.epoch, 1}, 10), StatusIs(absl::StatusCode::kOutOfRange));
    const absl::StatusOr<FeedChanges> changes = blocking().ReadChanges({start.epoch, 2}, 10);
    ASSERT_THAT(changes, IsOk());
    EXPECT_THAT(RevisionsOf(changes->revocations), ElementsAre(3));
  }
}

TEST_P(SessionStoreConformance, TheHeadDoesNotGoBackWhenEverythingIsDeleted) {
  Revoke(kToken, "t-1");
  const FeedPosition head = Revoke(kToken, "t-2");
  ASSERT_THAT(blocking().DeleteExpired(kNow + absl::Hours(100), 10), IsOkAndHolds(2));
  Reopen();
  EXPECT_EQ(Head(), head);
  EXPECT_EQ(Revoke(kToken, "t-3").revision, 3);
}

// --- The listener and the completions

TEST_P(SessionStoreConformance, TellsTheListenerWhenTheHeadMoved) {
  absl::Notification told;
  std::atomic<int64_t> seen = -1;
  store().OnHeadMoved([&] {
    store().ReadHead([&](absl::StatusOr<FeedPosition> head) {
      seen = head.ok() ? head->revision : -2;
      told.Notify();
    });
  });
  Revoke(kToken, "t-1");
  told.WaitForNotification();
  store().OnHeadMoved(nullptr);
  EXPECT_EQ(seen, 1);
}

TEST_P(SessionStoreConformance, DoesNotTellTheListenerWhenTheHeadStands) {
  std::atomic<int> calls = 0;
  store().OnHeadMoved([&] { ++calls; });
  const Session session = Create(SampleSession(1));
  EXPECT_EQ(Rotate(SampleAttempt(session, 1), kNow), kRotated);
  store().OnHeadMoved(nullptr);
  Revoke(kToken, "t-1");
  Close();
  EXPECT_EQ(calls, 0);
}

TEST_P(SessionStoreConformance, CompletionsRunOnAnotherThreadAndMayCallTheStore) {
  absl::Notification finished;
  std::thread::id completion_thread;
  store().Create(SampleSession(1), [&](absl::StatusOr<Session> session) {
    completion_thread = std::this_thread::get_id();
    store().Find(session->id, [&](absl::StatusOr<absl::optional<Session>>) { finished.Notify(); });
  });
  finished.WaitForNotification();
  EXPECT_NE(completion_thread, std::this_thread::get_id());
}

}  // namespace
}  // namespace paseto::service
