// The step-up of a session as one pure function: its subject has signed in again, so what was revoked until now is not
// meant for the session any more, unless it has ended the session already.
#ifndef GRPC_PASETO_SERVICE_SESSION_STEP_UP_H_
#define GRPC_PASETO_SERVICE_SESSION_STEP_UP_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "grpc_paseto/core/token/ids.h"
#include "grpc_paseto/service/session/session.h"

namespace paseto::service {

struct StepUpAttempt {
  SessionId session = {};
  ClientId client = {};
  std::string subject = {};
  std::string grant = {};  // what the session's tokens are made of from now on
};

enum class StepUpOutcome {
  kSteppedUp,        // auth_revision is the feed's head, the grant is the new one
  kUnknownSession,   // there is none, or it is another client's or subject's; nothing changes
  kSessionRevoked,   // nothing changes
  kSessionExpired,   // nothing changes
  kSubjectDisabled,  // nothing changes
  kRevokedByRecord,  // nothing changes
};

struct StepUpResult {
  StepUpOutcome outcome = StepUpOutcome::kUnknownSession;
  FeedPosition head = {};  // the revision that the token carries
};

// `session`, whose row was read in the present transaction, is changed in place for kSteppedUp. The order of the checks
// is that of rotation.h. Neither the generation nor a deadline moves.
StepUpOutcome StepUp(const StepUpAttempt& attempt, const Withdrawals& withdrawals, int64_t head_revision,
                     absl::Time now, Session& session);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_SESSION_STEP_UP_H_
