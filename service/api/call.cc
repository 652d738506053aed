#include "grpc_paseto/service/api/call.h"

#include <utility>

#include "grpc_paseto/interceptor/policy/principal.h"
#include "grpc_paseto/service/lifecycle/client_token.h"
#include "grpc_paseto/service/lifecycle/refusals.h"

namespace paseto::service {

absl::StatusOr<ClientId> CallingClient(const grpc::CallbackServerContext& context) {
  const absl::StatusOr<interceptor::Principal> principal = interceptor::PrincipalFrom(context);
  if (!principal.ok()) return principal.status();
  if (principal->anonymous()) return interceptor::ClientFrom(context);  // the connection may name the client
  if (absl::Status status = CheckClientToken(principal->claims()); !status.ok()) return status;
  return principal->client_id();
}

Call::Call(grpc::CallbackServerContext& context, absl::string_view rpc, const Shared& shared)
    : context_(&context),
      reactor_(context.DefaultReactor()),
      shared_(&shared),
      let_in_(shared.calls.Enter()),
      rpc_(rpc),
      start_(std::chrono::steady_clock::now()) {}

absl::StatusOr<ClientId> Call::Caller() {
  if (!let_in_) return ServerStopping();
  absl::StatusOr<ClientId> client = CallingClient(*context_);
  if (!client.ok()) return client.status();
  client_ = *std::move(client);
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
