// SubjectAccess: disables a subject for good, and enables it again.
//
// A disabled subject is issued no token and refreshes no session, and what it held is revoked. This is lasting, unlike
// revoking a subject, which means "all before now" and lets it sign in again.
// gRPC-free and asynchronous. Threads: all methods may be called from several threads at once.
#ifndef GRPC_PASETO_SERVICE_LIFECYCLE_SUBJECT_ACCESS_H_
#define GRPC_PASETO_SERVICE_LIFECYCLE_SUBJECT_ACCESS_H_

#include <cstdint>
#include <string>

#include "grpc_paseto/service/lifecycle/dependencies.h"

namespace paseto::service {

class SubjectAccess {
 public:
  explicit SubjectAccess(const Dependencies& dependencies) : dependencies_(dependencies) {}

  // Each is for clients that may revoke subjects, and runs `done` once, inside the call when the caller is refused,
  // else on a thread of the store. Errors: client_not_allowed, client_disabled, store_unavailable.

  // Result: the revision at which the revocation is in force, as Revoker gives it.
  void Disable(const ClientId& caller, std::string subject, Done<int64_t> done) const;
  // Result: whether it was disabled. What it held before stays revoked.
  void Enable(const ClientId& caller, std::string subject, Done<bool> done) const;

 private:
  const Dependencies& dependencies_;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_LIFECYCLE_SUBJECT_ACCESS_H_
