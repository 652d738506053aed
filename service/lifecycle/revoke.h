// Revoker: ends a token, a session, or everything that a subject holds.
//
// A revocation is answered when it is durable and this process itself refuses what it concerns. A token or session that
// is revoked already gives the revision of that revocation.
// gRPC-free and asynchronous. Threads: all methods may be called from several threads at once.
#ifndef GRPC_PASETO_SERVICE_LIFECYCLE_REVOKE_H_
#define GRPC_PASETO_SERVICE_LIFECYCLE_REVOKE_H_

#include <cstdint>
#include <string>

#include "grpc_paseto/service/lifecycle/dependencies.h"
#include "grpc_paseto/service/lifecycle/own_token.h"

namespace paseto::service {

struct TokenRevokeOrder {
  std::string token;
  std::string implicit_assertion;
  bool whole_session = false;
};

class Revoker {
 public:
  // The revision at which the revocation is in force; 0 when there was nothing to revoke.
  using RevokeDone = Done<int64_t>;

  explicit Revoker(const Dependencies& dependencies) : dependencies_(dependencies) {}

  // Each runs `done` once, inside the call when the store is not needed, else on a thread of the store.

  // Whoever holds a token may revoke it.
  // Errors: request_invalid for text that is no token; token_unverifiable; store_unavailable.
  void RevokeToken(TokenRevokeOrder order, RevokeDone done) const;

  // For the client that the session belongs to, and for clients that may revoke subjects.
  // Errors: client_not_allowed, client_disabled, store_unavailable.
  void RevokeSession(const ClientId& caller, SessionId session, RevokeDone done) const;

  // Errors: client_not_allowed, client_disabled, store_unavailable.
  void RevokeSubject(const ClientId& caller, std::string subject, RevokeDone done) const;

 private:
  void RevokeRefreshToken(OwnToken token, RevokeDone done) const;
  void RevokeSessionOfToken(OwnToken token, RevokeDone done) const;
  void RevokeBearerToken(const Claims& claims, RevokeDone done) const;
  void RevokeFoundSession(const Session& session, RevokeDone done) const;
  void Append(RevocationOrder order, RevokeDone done) const;

  const Dependencies& dependencies_;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_LIFECYCLE_REVOKE_H_
