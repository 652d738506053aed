#include "grpc_paseto/service/api/call.h"

#include "grpc_paseto/interceptor/policy/principal.h"
#include "grpc_paseto/service/lifecycle/refusals.h"

namespace paseto::service {

Call::Call(grpc::CallbackServerContext& context, absl::string_view rpc, const Shared& shared)
    : context_(&context),
      reactor_(context.DefaultReactor()),
      shared_(&shared),
      let_in_(shared.calls.Enter()),
      rpc_(rpc),
      start_(std::chrono::steady_clock::now()) {}

absl::StatusOr<ClientId> Call::Caller() {
  if (!let_in_) return ServerStopping();
  const absl::StatusOr<interceptor::Principal> principal = interceptor::PrincipalFrom(*context_);
  if (!principal.ok()) return principal.status();
  if (principal->anonymous()) {  // the connection may name the client
    const absl::StatusOr<ClientId> client = interceptor::ClientFrom(*context_);
    if (!client.ok()) return client.status();
    client_ = *client;
  } else {
    client_ = principal->client_id();
    if (client_.empty()) return ClientNotAllowed("the client token names no client");
  }
  if (shared_->rates != nullptr && !shared_->rates->Take(client_)) return RateLimited();
  return client_;
}

void Call::Finish(const absl::Status& status, absl::string_view outcome) {
  RpcLine line;
  line.rpc = rpc_;
  line.client = client_.text();
  line.status = status;
  line.cause = CauseOf(status);
  line.outcome = outcome;
  line.duration = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start_);
  shared_->log.Write(line);
  shared_->calls.Leave();
  reactor_->Finish(interceptor::ToGrpcStatus(status));  // last: the service may be gone when this returns
}

}  // namespace paseto::service
