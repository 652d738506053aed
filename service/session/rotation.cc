#include "grpc_paseto/service/session/rotation.h"

#include <algorithm>

#include "grpc_paseto/service/session/refresh_tag.h"

namespace paseto::service {
namespace {

bool DeadlinePassed(const Session& session, absl::Time now) {
  return now > session.absolute_deadline || now > session.idle_deadline;
}

// A clock that was set back must not turn an honest retry into theft: negative elapsed time counts as none.
bool WithinGrace(const RotationAttempt& attempt, const Session& session, absl::Time now) {
  const absl::Duration grace = std::clamp(attempt.grace, absl::ZeroDuration(), kMaxRefreshGrace);
  return std::max(now - session.rotated_at, absl::ZeroDuration()) <= grace;
}

// Generations start with 1, so the first one has no predecessor.
bool IsPredecessor(uint64_t generation, const Session& session) {
  return generation != 0 && generation + 1 == session.generation;
}

RotationOutcome Advance(const RotationAttempt& attempt, absl::Time now, Session& session) {
  ++session.generation;
  session.grace_uses = 0;
  session.rotated_at = now;
  session.idle_deadline = std::min(now + attempt.idle_timeout, session.absolute_deadline);
  return RotationOutcome::kRotated;
}

RotationOutcome Repeat(const RotationAttempt& attempt, Session& session) {
  if (session.grace_uses >= attempt.grace_limit) return RotationOutcome::kGraceExhausted;
  ++session.grace_uses;
  return RotationOutcome::kRepeated;
}

RotationOutcome Kill(RotationOutcome why, Session& session) {
  session.revoked = true;
  return why;
}

RotationOutcome JudgeGeneration(const RotationAttempt& attempt, absl::Time now, Session& session) {
  if (attempt.generation == session.generation) return Advance(attempt, now, session);
  if (attempt.generation > session.generation) return Kill(RotationOutcome::kGenerationAhead, session);
  if (IsPredecessor(attempt.generation, session) && WithinGrace(attempt, session, now)) return Repeat(attempt, session);
  return Kill(RotationOutcome::kReused, session);
}

// Why a predecessor came again: callers that race come at once, retries after a timeout later.
absl::string_view RepetitionName(absl::Duration elapsed) {
  constexpr absl::Duration kRace = absl::Seconds(1);
  return elapsed <= kRace ? "concurrent" : "lost_response";
}

}  // namespace

absl::string_view OutcomeName(const RotationResult& result, absl::Time now) {
  switch (result.outcome) {
    case RotationOutcome::kRotated:
      return "rotated";
    case RotationOutcome::kRepeated:
      return RepetitionName(now - result.session.rotated_at);
    case RotationOutcome::kGraceExhausted:
      return "grace_exhausted";
    case RotationOutcome::kUnknownSession:
    case RotationOutcome::kTagMismatch:
      return "invalid";
    case RotationOutcome::kSessionRevoked:
    case RotationOutcome::kRevokedByRecord:
      return "revoked";
    case RotationOutcome::kSessionExpired:
      return "expired";
    case RotationOutcome::kSubjectDisabled:
      return "subject_disabled";
    case RotationOutcome::kClientDisabled:
      return "client_disabled";
    case RotationOutcome::kReused:
      return "theft";
    case RotationOutcome::kGenerationAhead:
      return "store_rolled_back";
  }
  return "";
}

RotationOutcome Rotate(const RotationAttempt& attempt, const Withdrawals& withdrawals, absl::Time now,
                       Session& session) {
  if (!RefreshTagMatches(session, attempt.generation, attempt.binding, attempt.tag)) {
    return RotationOutcome::kTagMismatch;
  }
  if (session.revoked) return RotationOutcome::kSessionRevoked;
  if (DeadlinePassed(session, now)) return RotationOutcome::kSessionExpired;
  if (withdrawals.subject_disabled) return RotationOutcome::kSubjectDisabled;
  if (withdrawals.newest_record > session.auth_revision) return RotationOutcome::kRevokedByRecord;
  if (!attempt.client_enabled) return RotationOutcome::kClientDisabled;
  return JudgeGeneration(attempt, now, session);
}

}  // namespace paseto::service
