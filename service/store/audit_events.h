// What an audit file says of the store's changes. Nothing where nothing happened that concerns anyone: absent.
#ifndef GRPC_PASETO_SERVICE_STORE_AUDIT_EVENTS_H_
#define GRPC_PASETO_SERVICE_STORE_AUDIT_EVENTS_H_

#include <vector>

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "grpc_paseto/service/audit/audit_event.h"
#include "grpc_paseto/service/store/session_store.h"

namespace paseto::service {

AuditEvent EventOf(const IssueAttempt& attempt, const IssueResult& result, absl::Time now);
AuditEvent EventOf(const StepUpAttempt& attempt, const StepUpResult& result, absl::Time now);
// Absent for a session that is not there: whoever keeps an old token could fill the file.
absl::optional<AuditEvent> EventOf(const RotationAttempt& attempt, const RotationResult& result, absl::Time now);
AuditEvent EventOf(const SpendOrder& order, SpendOutcome outcome, absl::Time now);
AuditEvent EventOf(const RevocationOrder& order, const FeedPosition& position, absl::Time now);
AuditEvent EventOf(const DisableOrder& order, const FeedPosition& position, absl::Time now);
AuditEvent EventOf(const EnableOrder& order, bool was_disabled, absl::Time now);
// One for each key whose state is set, and each that goes.
std::vector<AuditEvent> EventsOf(const KeyChange& change, absl::Time now);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_STORE_AUDIT_EVENTS_H_
