// Introspector: says whether a token is good at this moment, to whom may know.
//
// gRPC-free and asynchronous. Threads: all methods may be called from several threads at once.
#ifndef GRPC_PASETO_SERVICE_LIFECYCLE_INTROSPECT_H_
#define GRPC_PASETO_SERVICE_LIFECYCLE_INTROSPECT_H_

#include <string>

#include "absl/types/optional.h"
#include "grpc_paseto/service/lifecycle/dependencies.h"
#include "grpc_paseto/service/lifecycle/own_token.h"

namespace paseto::service {

struct IntrospectOrder {
  ClientId caller;  // authenticated
  std::string token;
  std::string implicit_assertion;
};

class Introspector {
 public:
  explicit Introspector(const Dependencies& dependencies) : dependencies_(dependencies) {}

  // Gives the claims of a token that is genuine, in its time, not revoked, and visible to the caller; nothing for every
  // other token, whatever the cause. A refresh token is good when it is the newest of a living session whose client may
  // refresh. `done` runs once, inside the call when the store is not needed, else on a thread of the store.
  // Errors: client_not_allowed, client_disabled, store_unavailable.
  void Introspect(IntrospectOrder order, Done<absl::optional<Claims>> done) const;

 private:
  void IntrospectRefreshToken(OwnToken token, Done<absl::optional<Claims>> done) const;
  void IntrospectBearerToken(OwnToken token, Done<absl::optional<Claims>> done) const;
  bool IsGoodRefreshToken(const OwnToken& token, const Session& session) const;

  const Dependencies& dependencies_;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_LIFECYCLE_INTROSPECT_H_
