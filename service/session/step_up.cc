#include "grpc_paseto/service/session/step_up.h"

namespace paseto::service {

StepUpOutcome StepUp(const StepUpAttempt& attempt, const Withdrawals& withdrawals, int64_t head_revision,
                     absl::Time now, Session& session) {
  if (session.client != attempt.client || session.subject != attempt.subject) return StepUpOutcome::kUnknownSession;
  if (session.revoked) return StepUpOutcome::kSessionRevoked;
  if (now > session.absolute_deadline || now > session.idle_deadline) return StepUpOutcome::kSessionExpired;
  if (withdrawals.subject_disabled) return StepUpOutcome::kSubjectDisabled;
  if (withdrawals.newest_record > session.auth_revision) return StepUpOutcome::kRevokedByRecord;
  session.grant = attempt.grant;
  session.auth_revision = head_revision;
  return StepUpOutcome::kSteppedUp;
}

}  // namespace paseto::service
