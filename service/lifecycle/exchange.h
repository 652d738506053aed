// Exchanger: trades an access token for a narrower one for another audience (RFC 8693), so that a service can call the
// next one on behalf of the same subject.
//
// The new token has the subject, session and client of the presented one, so whatever revokes those reaches it; it
// names the caller in `act`, is bound to the caller's certificate, has no more scopes, does not live longer and is not
// fresh. Revoking the presented token's own id does not reach it. No row is kept of it; with auditing, an event.
// gRPC-free and asynchronous. Threads: all methods may be called from several threads at once.
#ifndef GRPC_PASETO_SERVICE_LIFECYCLE_EXCHANGE_H_
#define GRPC_PASETO_SERVICE_LIFECYCLE_EXCHANGE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "grpc_paseto/service/lifecycle/access_token.h"
#include "grpc_paseto/service/lifecycle/dependencies.h"
#include "grpc_paseto/service/lifecycle/own_token.h"

namespace paseto::service {

struct ExchangeOrder {
  ClientId caller;  // authenticated
  std::string token;
  std::string token_assertion;         // that `token` was issued with
  std::vector<std::string> audiences;  // empty: the caller's first exchange audience
  std::vector<std::string> scopes;     // empty: those of `token`
  absl::optional<absl::Duration> lifetime;
  std::string kind;
  std::string implicit_assertion;  // of the new token

  std::string certificate_sha256 = {};  // of the caller's connection; empty: none
};

class Exchanger {
 public:
  explicit Exchanger(const Dependencies& dependencies) : dependencies_(dependencies) {}

  // `done` runs once, inside the call when the order is refused without the store, else on a thread of the store.
  // Errors: client_not_allowed, client_disabled, request_invalid, token_revoked, those of a token that does not verify,
  // key_not_active, store_unavailable.
  void Exchange(ExchangeOrder order, Done<MadeToken> done) const;

 private:
  struct Plan;
  absl::StatusOr<Plan> MakePlan(ExchangeOrder order) const;
  // Lets the audit know first.
  void Answer(Plan plan, bool revoked, int64_t revision, Done<MadeToken> done) const;

  const Dependencies& dependencies_;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_LIFECYCLE_EXCHANGE_H_
