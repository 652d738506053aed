// The refusals of this service, one factory each. Texts are interceptor/policy/refusal.h's: "reason: sentence".
#ifndef GRPC_PASETO_SERVICE_LIFECYCLE_REFUSALS_H_
#define GRPC_PASETO_SERVICE_LIFECYCLE_REFUSALS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "grpc_paseto/core/token/ids.h"

namespace paseto::service {

// request_invalid: "field: rule".
absl::Status RequestInvalid(absl::string_view field, absl::string_view rule);
// client_not_allowed.
absl::Status ClientNotAllowed(absl::string_view sentence);
absl::Status ClientNotConfigured(const ClientId& client);
absl::Status ClientDisabled();
absl::Status RateLimited();
absl::Status RefreshInvalid();
absl::Status SessionExpired();
absl::Status SessionRevoked();
absl::Status SessionUnknown();
// token_revoked: everything that a subject, a client or anybody held.
absl::Status HolderRevoked();
absl::Status SubjectDisabled();
absl::Status TokenSpent();
absl::Status RequestIdTaken();
absl::Status RequestNotRepeatable();
absl::Status TokenUnverifiable(absl::string_view sentence);
absl::Status KeyNotActive(absl::string_view sentence);
absl::Status ServerStopping();
// internal: `cause` is for the operator's log only, see CauseOf.
absl::Status InternalFailure(absl::string_view cause);

// For a status of the store: store_unavailable when trying again may help, internal otherwise.
absl::Status StoreRefusal(const absl::Status& status);
// For a status of when_in_force.
absl::Status NotInForceYet(const absl::Status& status);
// For a status of SignToken: key_not_active, or request_invalid.
absl::Status SigningRefusal(const absl::Status& status);

// What a refusal does not tell its caller; empty when there is nothing.
std::string CauseOf(const absl::Status& refusal);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_LIFECYCLE_REFUSALS_H_
