#include "grpc_paseto/service/session/rotation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <ostream>
#include <string>

#include "grpc_paseto/service/session/refresh_tag.h"

namespace paseto::service {
namespace {

constexpr absl::Duration kTick = absl::Seconds(1);
const absl::Time kStart = absl::FromUnixSeconds(1704067200);
const Binding kBinding{.kind = Binding::Kind::kClient, .value = "spiffe://shop/web"};

// Generation 5, rotated at kStart, idle until +1 h, over at +24 h, made when the feed's head was 40.
Session LiveSession() {
  Session session;
  session.id = SessionId("018cc251-f400-7000-8000-000000000001");
  session.client = ClientId("web");
  session.subject = "alice";
  session.secret = std::string(kSessionSecretBytes, 's');
  session.generation = 5;
  session.auth_revision = 40;
  session.created_at = kStart - absl::Hours(1);
  session.rotated_at = kStart;
  session.idle_deadline = kStart + absl::Hours(1);
  session.absolute_deadline = kStart + absl::Hours(24);
  return session;
}

RotationAttempt AttemptOf(const Session& session, uint64_t generation) {
  RotationAttempt attempt;
  attempt.session = session.id;
  attempt.generation = generation;
  attempt.tag = RefreshTag(session, generation, kBinding);
  attempt.binding = kBinding;
  attempt.client_enabled = true;
  attempt.grace = absl::Seconds(10);
  attempt.grace_limit = 3;
  attempt.idle_timeout = absl::Hours(2);
  return attempt;
}

bool SameRow(const Session& a, const Session& b) {
  return a.generation == b.generation && a.grace_uses == b.grace_uses && a.revoked == b.revoked &&
         a.auth_revision == b.auth_revision && a.rotated_at == b.rotated_at && a.idle_deadline == b.idle_deadline &&
         a.absolute_deadline == b.absolute_deadline && a.secret == b.secret && a.grant == b.grant;
}

struct Case {
  std::string name;
  RotationOutcome want;
  uint64_t generation = 5;
  absl::Duration elapsed = absl::Minutes(5);
  Withdrawals withdrawals = {};
  std::function<void(Session&)> change_session = [](Session&) {};
  std::function<void(RotationAttempt&)> change_attempt = [](RotationAttempt&) {};
};
std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.name; }

class RotationOutcomes : public ::testing::TestWithParam<Case> {};

TEST_P(RotationOutcomes, AreAsTheProtocolSays) {
  const Case& c = GetParam();
  Session session = LiveSession();
  c.change_session(session);
  RotationAttempt attempt = AttemptOf(session, c.generation);
  c.change_attempt(attempt);
  const Session before = session;

  EXPECT_EQ(Rotate(attempt, c.withdrawals, kStart + c.elapsed, session), c.want);

  const bool changes = c.want == RotationOutcome::kRotated || c.want == RotationOutcome::kRepeated ||
                       c.want == RotationOutcome::kReused || c.want == RotationOutcome::kGenerationAhead;
  EXPECT_EQ(SameRow(before, session), !changes);
  const bool theft = c.want == RotationOutcome::kReused || c.want == RotationOutcome::kGenerationAhead;
  EXPECT_EQ(session.revoked, before.revoked || theft);
}

using enum RotationOutcome;

const Case kGenerationCases[] = {
    {.name = "Current", .want = kRotated},
    {.name = "PredecessorAtOnce", .want = kRepeated, .generation = 4, .elapsed = absl::ZeroDuration()},
    {.name = "PredecessorBeforeGraceEnds", .want = kRepeated, .generation = 4, .elapsed = absl::Seconds(9)},
    {.name = "PredecessorAsGraceEnds", .want = kRepeated, .generation = 4, .elapsed = absl::Seconds(10)},
    {.name = "PredecessorAfterGrace", .want = kReused, .generation = 4, .elapsed = absl::Seconds(11)},
    {.name = "PredecessorJustAfterGrace",
     .want = kReused,
     .generation = 4,
     .elapsed = absl::Seconds(10) + absl::Microseconds(1)},
    {.name = "PredecessorAfterClockWentBack", .want = kRepeated, .generation = 4, .elapsed = -absl::Hours(5)},
    {.name = "OlderWithinGrace", .want = kReused, .generation = 3, .elapsed = absl::ZeroDuration()},
    {.name = "FirstWithinGrace", .want = kReused, .generation = 1, .elapsed = absl::ZeroDuration()},
    {.name = "OneAhead", .want = kGenerationAhead, .generation = 6},
    {.name = "HighestPossible", .want = kGenerationAhead, .generation = std::numeric_limits<uint64_t>::max()},
    {.name = "FirstGenerationHasNoPredecessor",
     .want = kReused,
     .generation = 0,
     .elapsed = absl::ZeroDuration(),
     .change_session = [](Session& s) { s.generation = 1; }},
    {.name = "NoGraceButNoTimePassed",
     .want = kRepeated,
     .generation = 4,
     .elapsed = absl::ZeroDuration(),
     .change_attempt = [](RotationAttempt& a) { a.grace = absl::ZeroDuration(); }},
    {.name = "NoGrace",
     .want = kReused,
     .generation = 4,
     .elapsed = kTick,
     .change_attempt = [](RotationAttempt& a) { a.grace = absl::ZeroDuration(); }},
    {.name = "NegativeGraceIsNone",
     .want = kRepeated,
     .generation = 4,
     .elapsed = absl::ZeroDuration(),
     .change_attempt = [](RotationAttempt& a) { a.grace = -kTick; }},
    {.name = "LongestGrace",
     .want = kRepeated,
     .generation = 4,
     .elapsed = absl::Seconds(60),
     .change_attempt = [](RotationAttempt& a) { a.grace = absl::Hours(1); }},
    {.name = "BeyondLongestGrace",
     .want = kReused,
     .generation = 4,
     .elapsed = absl::Seconds(61),
     .change_attempt = [](RotationAttempt& a) { a.grace = absl::Hours(1); }},
};

const Case kGraceLimitCases[] = {
    {.name = "OneBelow",
     .want = kRepeated,
     .generation = 4,
     .elapsed = kTick,
     .change_session = [](Session& s) { s.grace_uses = 2; }},
    {.name = "AtTheLimit",
     .want = kGraceExhausted,
     .generation = 4,
     .elapsed = kTick,
     .change_session = [](Session& s) { s.grace_uses = 3; }},
    {.name = "OneAbove",
     .want = kGraceExhausted,
     .generation = 4,
     .elapsed = kTick,
     .change_session = [](Session& s) { s.grace_uses = 4; }},
    {.name = "AtTheLimitAfterGraceIsTheft",
     .want = kReused,
     .generation = 4,
     .elapsed = absl::Seconds(11),
     .change_session = [](Session& s) { s.grace_uses = 3; }},
    {.name = "AtTheLimitCurrentGoesOn", .want = kRotated, .change_session = [](Session& s) { s.grace_uses = 3; }},
};

const Case kDeadlineCases[] = {
    {.name = "BeforeIdleEnds", .want = kRotated, .elapsed = absl::Hours(1) - kTick},
    {.name = "AsIdleEnds", .want = kRotated, .elapsed = absl::Hours(1)},
    {.name = "AfterIdle", .want = kSessionExpired, .elapsed = absl::Hours(1) + kTick},
    {.name = "BeforeAbsoluteEnds",
     .want = kRotated,
     .elapsed = absl::Hours(24) - kTick,
     .change_session = [](Session& s) { s.idle_deadline = absl::InfiniteFuture(); }},
    {.name = "AsAbsoluteEnds",
     .want = kRotated,
     .elapsed = absl::Hours(24),
     .change_session = [](Session& s) { s.idle_deadline = absl::InfiniteFuture(); }},
    {.name = "AfterAbsolute",
     .want = kSessionExpired,
     .elapsed = absl::Hours(24) + kTick,
     .change_session = [](Session& s) { s.idle_deadline = absl::InfiniteFuture(); }},
};

const Case kRefusalCases[] = {
    {.name = "DisabledSubject", .want = kSubjectDisabled, .withdrawals = {.subject_disabled = true}},
    {.name = "DisabledSubjectBeforeRecords",
     .want = kSubjectDisabled,
     .withdrawals = {.newest_record = 41, .subject_disabled = true}},
    {.name = "RecordOlderThanSession", .want = kRotated, .withdrawals = {.newest_record = 39}},
    {.name = "RecordAtSessionsBirth", .want = kRotated, .withdrawals = {.newest_record = 40}},
    {.name = "RecordNewerThanSession", .want = kRevokedByRecord, .withdrawals = {.newest_record = 41}},
    {.name = "Revoked", .want = kSessionRevoked, .change_session = [](Session& s) { s.revoked = true; }},
    {.name = "ClientDisabled",
     .want = kClientDisabled,
     .change_attempt = [](RotationAttempt& a) { a.client_enabled = false; }},
    {.name = "TagOfOtherGeneration",
     .want = kTagMismatch,
     .change_attempt = [](RotationAttempt& a) { a.generation = 6; }},
    {.name = "EmptyTag", .want = kTagMismatch, .change_attempt = [](RotationAttempt& a) { a.tag.clear(); }},
    {.name = "OtherBindingValue",
     .want = kTagMismatch,
     .change_attempt = [](RotationAttempt& a) { a.binding.value = "spiffe://shop/other"; }},
    {.name = "OtherBindingKind",
     .want = kTagMismatch,
     .change_attempt = [](RotationAttempt& a) { a.binding.kind = Binding::Kind::kHolder; }},
};

// Each breaks one check and every later one; the earlier one answers.
const Case kOrderCases[] = {
    {.name = "TagBeforeStatus",
     .want = kTagMismatch,
     .change_session = [](Session& s) { s.revoked = true; },
     .change_attempt = [](RotationAttempt& a) { a.tag.back() ^= 1; }},
    {.name = "StatusBeforeDeadlines",
     .want = kSessionRevoked,
     .elapsed = absl::Hours(48),
     .change_session = [](Session& s) { s.revoked = true; }},
    {.name = "DeadlinesBeforeRecords",
     .want = kSessionExpired,
     .elapsed = absl::Hours(48),
     .withdrawals = {.newest_record = 41}},
    {.name = "RecordsBeforeClient",
     .want = kRevokedByRecord,
     .withdrawals = {.newest_record = 41},
     .change_attempt = [](RotationAttempt& a) { a.client_enabled = false; }},
    {.name = "ClientBeforeGeneration",
     .want = kClientDisabled,
     .generation = 3,
     .change_attempt = [](RotationAttempt& a) { a.client_enabled = false; }},
};

std::string NameOf(const ::testing::TestParamInfo<Case>& info) { return info.param.name; }
INSTANTIATE_TEST_SUITE_P(Generation, RotationOutcomes, ::testing::ValuesIn(kGenerationCases), NameOf);
INSTANTIATE_TEST_SUITE_P(GraceLimit, RotationOutcomes, ::testing::ValuesIn(kGraceLimitCases), NameOf);
INSTANTIATE_TEST_SUITE_P(Deadline, RotationOutcomes, ::testing::ValuesIn(kDeadlineCases), NameOf);
INSTANTIATE_TEST_SUITE_P(Refusal, RotationOutcomes, ::testing::ValuesIn(kRefusalCases), NameOf);
INSTANTIATE_TEST_SUITE_P(Order, RotationOutcomes, ::testing::ValuesIn(kOrderCases), NameOf);

TEST(Rotation, BeginsANewGeneration) {
  Session session = LiveSession();
  session.grace_uses = 2;
  const absl::Time now = kStart + absl::Minutes(30);

  ASSERT_EQ(Rotate(AttemptOf(session, 5), {}, now, session), kRotated);

  EXPECT_EQ(session.generation, 6u);
  EXPECT_EQ(session.grace_uses, 0u);
  EXPECT_EQ(session.rotated_at, now);
  EXPECT_EQ(session.idle_deadline, now + absl::Hours(2));
  EXPECT_EQ(session.absolute_deadline, kStart + absl::Hours(24));
  EXPECT_EQ(session.auth_revision, 40);
}

TEST(Rotation, NeverMovesTheIdleDeadlineBeyondTheAbsoluteOne) {
  Session session = LiveSession();
  RotationAttempt attempt = AttemptOf(session, 5);
  attempt.idle_timeout = absl::Hours(24 * 7);

  ASSERT_EQ(Rotate(attempt, {}, kStart, session), kRotated);

  EXPECT_EQ(session.idle_deadline, session.absolute_deadline);
}

TEST(Rotation, CountsARepeatAndNothingElse) {
  Session session = LiveSession();
  Session want = session;
  want.grace_uses = 1;

  ASSERT_EQ(Rotate(AttemptOf(session, 4), {}, kStart + kTick, session), kRepeated);

  EXPECT_TRUE(SameRow(session, want));
}

TEST(Rotation, TheftRevokesAndChangesNothingElse) {
  Session session = LiveSession();
  Session want = session;
  want.revoked = true;

  ASSERT_EQ(Rotate(AttemptOf(session, 3), {}, kStart + kTick, session), kReused);

  EXPECT_TRUE(SameRow(session, want));
}

}  // namespace
}  // namespace paseto::service
