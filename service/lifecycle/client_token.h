// Client tokens: how a configured client proves who it is to this service.
//
// They carry client_id and neither a subject nor a session: a subject is a user, and revoking a user must not reach a
// client of that name. So this service keeps no revocations of subjects and sessions in memory.
#ifndef GRPC_PASETO_SERVICE_LIFECYCLE_CLIENT_TOKEN_H_
#define GRPC_PASETO_SERVICE_LIFECYCLE_CLIENT_TOKEN_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "grpc_paseto/core/token/key_set.h"
#include "grpc_paseto/service/lifecycle/access_token.h"

namespace paseto::service {

// The audience of client tokens, as token_service.proto demands it.
inline constexpr absl::string_view kServiceAudience = "tokend";

// No client token lives longer, so records that concern clients are kept this long.
inline constexpr absl::Duration kLongestClientToken = absl::Hours(400 * 24);

// A v4.public token of the type "client" under the active client key. REQUIRES: lifetime is at most
// kLongestClientToken. Errors: key_not_active.
absl::StatusOr<MadeToken> MakeClientToken(const KeySet& keys, const std::string& issuer, const ClientId& client,
                                          absl::Duration lifetime, absl::Time now, RandomSource& random);

// Whether a genuine token of that type is one. Errors: client_not_allowed.
absl::Status CheckClientToken(const Claims& claims);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_LIFECYCLE_CLIENT_TOKEN_H_
