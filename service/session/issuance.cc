#include "grpc_paseto/service/session/issuance.h"

#include <algorithm>

namespace paseto::service {
namespace {

// Negative elapsed time counts as none, as in rotation.cc.
bool WithinWindow(const RememberedIssue& remembered, absl::Time now) {
  return std::max(now - remembered.token.issued_at, absl::ZeroDuration()) <= kRepeatWindow;
}

bool LivesInItsFirstGeneration(const absl::optional<Session>& session, int64_t newest_record, absl::Time now) {
  return session.has_value() && !session->revoked && session->generation == 1 && now <= session->absolute_deadline &&
         now <= session->idle_deadline && newest_record <= session->auth_revision;
}

}  // namespace

IssueOutcome JudgeRepetition(const RepeatableRequest& request, const RememberedIssue& remembered,
                             const absl::optional<Session>& session, const Withdrawals& withdrawals, bool token_revoked,
                             absl::Time now) {
  if (request.hash != remembered.hash) return IssueOutcome::kOtherRequest;
  const bool stands = remembered.session.empty()
                          ? now <= remembered.token.expires_at && withdrawals.newest_record <= remembered.revision
                          : LivesInItsFirstGeneration(session, withdrawals.newest_record, now);
  if (!stands || token_revoked || !WithinWindow(remembered, now)) return IssueOutcome::kNotRepeatable;
  return IssueOutcome::kRepeated;
}

}  // namespace paseto::service
