// Refresher: trades a refresh token for the next pair of its session.
//
// The protocol itself is session/rotation.h, applied by the store in one transaction; here a token becomes an attempt
// and an outcome becomes a pair or a refusal.
// gRPC-free and asynchronous. Threads: all methods may be called from several threads at once.
#ifndef GRPC_PASETO_SERVICE_LIFECYCLE_REFRESH_H_
#define GRPC_PASETO_SERVICE_LIFECYCLE_REFRESH_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "grpc_paseto/service/lifecycle/dependencies.h"
#include "grpc_paseto/service/lifecycle/issue.h"
#include "grpc_paseto/service/lifecycle/refresh_token.h"

namespace paseto::service {

struct RefreshOrder {
  ClientId caller;  // authenticated; empty: a mere holder
  std::string refresh_token;
  std::vector<std::string> scopes;  // empty: the session's
  std::string implicit_assertion;   // of the new access token

  std::string certificate_sha256 = {};  // of the caller's connection; empty: none
};

class Refresher {
 public:
  explicit Refresher(const Dependencies& dependencies) : dependencies_(dependencies) {}

  // `done` runs once, inside the call when the order is refused without the store, else on a thread of the store.
  // Errors: refusals: refresh_invalid, refresh_reused, session_expired, session_revoked, token_revoked,
  // subject_disabled, client_disabled, store_rolled_back, request_invalid, grace_exhausted, key_not_active,
  // store_unavailable, internal.
  void Refresh(RefreshOrder order, Done<IssuedTokens> done) const;

 private:
  struct Attempt;
  absl::StatusOr<Attempt> MakeAttempt(RefreshOrder order) const;
  void CheckScopesThenRotate(Attempt attempt, Done<IssuedTokens> done) const;
  void Rotate(Attempt attempt, Done<IssuedTokens> done) const;
  absl::StatusOr<IssuedTokens> MakePair(const Attempt& attempt, const RotationResult& result) const;

  const Dependencies& dependencies_;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_LIFECYCLE_REFRESH_H_
