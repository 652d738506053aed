// Whoever asks, and the policy of that client.
#ifndef GRPC_PASETO_SERVICE_LIFECYCLE_CALLER_H_
#define GRPC_PASETO_SERVICE_LIFECYCLE_CALLER_H_

#include <string>

#include "absl/status/statusor.h"
#include "grpc_paseto/core/token/ids.h"
#include "grpc_paseto/service/lifecycle/refusals.h"
#include "grpc_paseto/service/policy/caller_policy.h"

namespace paseto::service {

struct Caller {
  ClientId client;                 // authenticated; empty: a mere holder
  std::string certificate_sha256;  // of the connection's client certificate; empty: it has none
};

// Never null. Errors: client_not_allowed when the client is not configured, client_disabled.
inline absl::StatusOr<const CallerPolicy*> EnabledPolicy(const CallerPolicies& policies, const ClientId& client) {
  const CallerPolicy* policy = policies.Find(client);
  if (policy == nullptr) return ClientNotConfigured(client);
  if (!policy->enabled()) return ClientDisabled();
  return policy;
}

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_LIFECYCLE_CALLER_H_
