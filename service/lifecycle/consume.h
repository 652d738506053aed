// Consumer: spends a token that was issued for single use, such as the link in an e-mail.
//
// gRPC-free and asynchronous. Threads: all methods may be called from several threads at once.
#ifndef GRPC_PASETO_SERVICE_LIFECYCLE_CONSUME_H_
#define GRPC_PASETO_SERVICE_LIFECYCLE_CONSUME_H_

#include <string>

#include "grpc_paseto/service/lifecycle/dependencies.h"
#include "grpc_paseto/service/lifecycle/own_token.h"

namespace paseto::service {

struct ConsumeOrder {
  ClientId caller;  // authenticated
  std::string token;
  std::string type;  // what the caller takes it for
  std::string implicit_assertion;
  std::string request_id;  // not empty: the same caller may repeat with it
};

class Consumer {
 public:
  explicit Consumer(const Dependencies& dependencies) : dependencies_(dependencies) {}

  // Gives the claims of a genuine token of the expected type, in its time, not revoked and not spent; exactly one
  // caller gets them. `done` runs once, inside the call when the token is refused without the store, else on a thread
  // of it. Errors: client_not_allowed (also for a token of another client), client_disabled, subject_disabled,
  // request_invalid for a token that is not for single use, token_spent, token_revoked, those of a token that does not
  // verify, store_unavailable.
  void Consume(ConsumeOrder order, Done<Claims> done) const;

 private:
  const Dependencies& dependencies_;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_LIFECYCLE_CONSUME_H_
