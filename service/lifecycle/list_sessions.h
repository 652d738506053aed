// SessionLister: the living sessions of a subject, page by page.
//
// gRPC-free and asynchronous. Threads: all methods may be called from several threads at once.
#ifndef GRPC_PASETO_SERVICE_LIFECYCLE_LIST_SESSIONS_H_
#define GRPC_PASETO_SERVICE_LIFECYCLE_LIST_SESSIONS_H_

#include <string>
#include <vector>

#include "grpc_paseto/service/lifecycle/dependencies.h"
#include "service/lifecycle/grant.pb.h"

namespace paseto::service {

struct ListOrder {
  ClientId caller;  // authenticated
  std::string subject;
  int page_size = 0;       // at least 1
  std::string page_token;  // empty: the first page
};

struct ListedSession {
  Session session;
  Grant grant;
};

struct ListedSessions {
  std::vector<ListedSession> sessions;  // the newest first
  std::string next_page_token;          // empty: there are no more
};

class SessionLister {
 public:
  explicit SessionLister(const Dependencies& dependencies) : dependencies_(dependencies) {}

  // A client sees the sessions that were opened through it, and those of every client where its policy says so. A page
  // token is sealed: nobody else reads or makes one, and one of another caller or subject, or of before the refresh key
  // was replaced, is refused. `done` runs once, inside the call when the order is refused, else on a thread of the
  // store. Errors: client_not_allowed, client_disabled, request_invalid, key_not_active, store_unavailable.
  void List(ListOrder order, Done<ListedSessions> done) const;

 private:
  const Dependencies& dependencies_;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_LIFECYCLE_LIST_SESSIONS_H_
