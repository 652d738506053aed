// Access tokens, and tokens of custom types: a grant and what is particular to one token, made into text.
#ifndef GRPC_PASETO_SERVICE_LIFECYCLE_ACCESS_TOKEN_H_
#define GRPC_PASETO_SERVICE_LIFECYCLE_ACCESS_TOKEN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpc_paseto/core/token/ids.h"
#include "grpc_paseto/core/token/key_set.h"
#include "grpc_paseto/core/token/signer.h"
#include "grpc_paseto/service/lifecycle/dependencies.h"
#include "service/lifecycle/grant.pb.h"

namespace paseto::service {

// A token as its caller gets it.
struct MadeToken {
  std::string text;
  absl::Time expires_at;
  TokenId id;  // empty for a refresh token
};

// What one token says beyond its grant.
struct AccessTokenOrder {
  ClientId client;
  SessionId session;  // empty: none
  std::string subject;
  std::string type;
  std::vector<std::string> scopes;
  bool fresh = false;
  std::string implicit_assertion;                // the caller's bytes
  std::string actor_json;                        // act; empty: none
  std::string certificate_sha256;                // cnf; empty: bound to nothing
  absl::Time deadline = absl::InfiniteFuture();  // of the session
};

// How long a token under `grant` lives from now on: what was requested, else the default less its jitter; never more
// than the client's policy allows.
absl::Duration AccessLifetime(const Grant& grant, const CallerPolicy& policy, const LifecycleSettings& settings,
                              RandomSource& random);

// Everything about the token but its revision, which is read from the store.
// Errors: request_invalid for a footer that breaks a rule.
absl::StatusOr<TokenSpec> PlanAccessToken(const Dependencies& dependencies, const AccessTokenOrder& order,
                                          const Grant& grant, absl::Duration lifetime, absl::Time now);

// OK when FinishAccessToken will succeed, at any revision and also for the session's later tokens, which are not fresh.
// Errors: key_not_active, request_invalid.
absl::Status CheckAccessToken(const KeySet& keys, TokenSpec plan);

// Signs the plan at `revision`.
// Errors: key_not_active, request_invalid.
absl::StatusOr<MadeToken> FinishAccessToken(const KeySet& keys, TokenSpec plan, int64_t revision);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_LIFECYCLE_ACCESS_TOKEN_H_
