// Call: one RPC of TokenService from its arrival to its answer. The one place where a result becomes a gRPC status, and
// where its line in the log is written.
#ifndef GRPC_PASETO_SERVICE_API_CALL_H_
#define GRPC_PASETO_SERVICE_API_CALL_H_

#include <grpcpp/support/server_callback.h>

#include <chrono>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "grpc_paseto/core/token/ids.h"
#include "grpc_paseto/interceptor/gate/guard.h"
#include "grpc_paseto/service/api/calls_in_flight.h"
#include "grpc_paseto/service/log/rpc_log.h"
#include "grpc_paseto/service/policy/call_rates.h"

namespace paseto::service {

// The client that calls, by token, certificate or socket; empty for others, where the method allows that.
// Errors: the guard's refusals; client_not_allowed for a client token that does not name its client alone.
absl::StatusOr<ClientId> CallingClient(const grpc::CallbackServerContext& context);

// A value; moves into the completion of its RPC. Finish is called exactly once.
class Call {
 public:
  // What all calls of a service share; it outlives them.
  struct Shared {
    const RpcLog& log;
    CallsInFlight& calls;
    CallRates* rates = nullptr;  // null: nobody is held up
  };

  // `rpc` lives for ever.
  Call(grpc::CallbackServerContext& context, absl::string_view rpc, const Shared& shared);

  // As CallingClient. Errors: server_stopping, rate_limited, too.
  absl::StatusOr<ClientId> Caller();
  // Of the connection's client certificate; empty when it has none.
  std::string CertificateSha256() const { return interceptor::CertificateSha256From(*context_); }

  // What the method gives to gRPC.
  grpc::ServerUnaryReactor* reactor() const { return reactor_; }
  // Answers. Neither request nor response may be touched afterwards.
  void Finish(const absl::Status& status, absl::string_view outcome = {});  // outcome as in RpcLine

 private:
  grpc::CallbackServerContext* context_;
  grpc::ServerUnaryReactor* reactor_;
  const Shared* shared_;
  bool let_in_;
  absl::string_view rpc_;
  std::chrono::steady_clock::time_point start_;
  ClientId client_;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_API_CALL_H_
