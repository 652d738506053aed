// Refusals: statuses that carry a paseto.v1.Reason, and their text form "token_expired: the access token expired".
//
// gRPC-free. The text is short printable ASCII without '%' and never contains bytes that a caller sent.
#ifndef GRPC_PASETO_INTERCEPTOR_POLICY_REFUSAL_H_
#define GRPC_PASETO_INTERCEPTOR_POLICY_REFUSAL_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "paseto/v1/reason.pb.h"

namespace paseto::interceptor {

// "token_expired" for REASON_TOKEN_EXPIRED.
absl::string_view ReasonName(v1::Reason reason);

// The status code that reason.proto documents for `reason`.
absl::StatusCode ReasonCode(v1::Reason reason);

// A status with the documented code and the text "name: sentence".
absl::Status MakeRefusal(v1::Reason reason, absl::string_view sentence);

// `refusal` without its reason: the same code, and a text that all refusals with this code share, "unauthenticated".
absl::Status WithoutReason(const absl::Status& refusal);

// A status of core/token as a refusal with the matching reason; any other status as REASON_INTERNAL.
absl::Status RefusalFromTokenError(const absl::Status& status);

// The reason that a status text of this project starts with; REASON_UNSPECIFIED for any other text.
v1::Reason ReasonOf(absl::string_view status_message);

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_POLICY_REFUSAL_H_
