// Revoker: ends a token, a session, or everything that a subject, a client or anybody holds.
//
// What concerns a subject, a client or everything means "all before now" and is one record, however many sessions it
// ends; a new sign-in is not touched.
// A revocation is answered when it is durable and this process itself refuses what it concerns; when that cannot be
// told although it is durable, with store_unavailable, and the same request may be sent again. A token or session that
// is revoked already gives the revision of that revocation. gRPC-free and asynchronous. Threads: all methods may be
// called from several threads at once.
#ifndef GRPC_PASETO_SERVICE_LIFECYCLE_REVOKE_H_
#define GRPC_PASETO_SERVICE_LIFECYCLE_REVOKE_H_

#include <cstdint>
#include <string>

#include "grpc_paseto/service/lifecycle/dependencies.h"
#include "grpc_paseto/service/lifecycle/own_token.h"

namespace paseto::service {

struct RevokeOrder {
  enum class Target { kToken, kSession, kSubject, kClient, kKey, kEverything };

  ClientId caller;  // authenticated; empty: a mere holder, who may revoke a token only
  Target target = Target::kToken;
  std::string
      id;  // the token's text, a session's id, a subject, a client's id, a key's PASERK id; empty for everything

  // With a token.
  std::string implicit_assertion;
  bool whole_session = false;
};

class Revoker {
 public:
  // The revision at which the revocation is in force; 0 when there was nothing to revoke.
  using RevokeDone = Done<int64_t>;

  explicit Revoker(const Dependencies& dependencies) : dependencies_(dependencies) {}

  // Runs `done` once, inside the call when the store is not needed, else on a thread of the store.
  //
  // Whoever holds a token may revoke it. A session is for the client that it belongs to and for clients that may revoke
  // subjects; a client for itself and for clients that may revoke all; keys and everything for the latter. A revoked
  // key verifies nothing from the answer on, and signs nothing: whoever revokes the active one needs another.
  //
  // Not an error: a token that has expired, or names a key that this service has not (any more).
  // Errors: request_invalid for text that is no token; token_unverifiable for one that names a key of this service and
  // does not verify under it, and for one whose footer is the caller's own text, so that it names no key, and that
  // verifies under none: it may be of a dropped key, which is dropped when all its tokens have expired.
  // client_not_allowed; client_disabled; store_unavailable.
  void Revoke(RevokeOrder order, RevokeDone done) const;

 private:
  void RevokeToken(RevokeOrder order, RevokeDone done) const;
  void RevokeSession(const CallerPolicy& caller, SessionId session, RevokeDone done) const;
  void RevokeHolder(const CallerPolicy& caller, RevokeOrder order, RevokeDone done) const;
  void RevokeKey(const CallerPolicy& caller, const std::string& key_id, RevokeDone done) const;
  void RevokeRefreshToken(OwnToken token, ClientId by, RevokeDone done) const;
  void RevokeSessionOfToken(OwnToken token, ClientId by, RevokeDone done) const;
  void RevokeBearerToken(const Claims& claims, ClientId by, RevokeDone done) const;
  void RevokeFoundSession(const Session& session, ClientId by, RevokeDone done) const;
  void Append(RevocationOrder order, RevokeDone done) const;

  const Dependencies& dependencies_;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_LIFECYCLE_REVOKE_H_
