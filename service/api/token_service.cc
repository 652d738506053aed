#include "grpc_paseto/service/api/token_service.h"

#include <utility>

#include "grpc_paseto/service/api/answers.h"
#include "grpc_paseto/service/api/call.h"
#include "grpc_paseto/service/api/orders.h"
#include "grpc_paseto/service/lifecycle/refusals.h"

namespace paseto::service {
namespace {

// Finishes `call` with the result of an act.
template <typename Result, typename Response>
Done<Result> Answer(Call call, Response* response) {
  return [call = std::move(call), response](absl::StatusOr<Result> result) mutable {
    if (result.ok()) Fill(*result, *response);
    call.Finish(result.status());
  };
}

// What is wrong before anything is looked up.
grpc::ServerUnaryReactor* Refuse(Call& call, const absl::Status& status) {
  call.Finish(status);
  return call.reactor();
}

}  // namespace

TokenService::TokenService(const Dependencies& dependencies, const RpcLog& log)
    : shared_{log, calls_},
      issuer_(dependencies),
      refresher_(dependencies),
      revoker_(dependencies),
      introspector_(dependencies) {}

grpc::ServerUnaryReactor* TokenService::Issue(grpc::CallbackServerContext* context, const v1::IssueRequest* request,
                                              v1::IssueResponse* response) {
  Call call(*context, "TokenService/Issue", shared_);
  const absl::StatusOr<ClientId> caller = call.Caller();
  if (!caller.ok()) return Refuse(call, caller.status());
  absl::StatusOr<IssueOrder> order = OrderOf(*request, *caller);
  if (!order.ok()) return Refuse(call, order.status());
  grpc::ServerUnaryReactor* reactor = call.reactor();
  issuer_.Issue(*std::move(order), Answer<IssuedTokens>(std::move(call), response));
  return reactor;
}

grpc::ServerUnaryReactor* TokenService::Refresh(grpc::CallbackServerContext* context, const v1::RefreshRequest* request,
                                                v1::RefreshResponse* response) {
  Call call(*context, "TokenService/Refresh", shared_);
  const absl::StatusOr<ClientId> caller = call.Caller();
  if (!caller.ok()) return Refuse(call, caller.status());
  absl::StatusOr<RefreshOrder> order = OrderOf(*request, *caller);
  if (!order.ok()) return Refuse(call, order.status());
  grpc::ServerUnaryReactor* reactor = call.reactor();
  refresher_.Refresh(*std::move(order), Answer<IssuedTokens>(std::move(call), response));
  return reactor;
}

grpc::ServerUnaryReactor* TokenService::Revoke(grpc::CallbackServerContext* context, const v1::RevokeRequest* request,
                                               v1::RevokeResponse* response) {
  Call call(*context, "TokenService/Revoke", shared_);
  const absl::StatusOr<ClientId> caller = call.Caller();
  if (!caller.ok()) return Refuse(call, caller.status());
  if (absl::Status status = CheckRevoke(*request); !status.ok()) return Refuse(call, status);
  grpc::ServerUnaryReactor* reactor = call.reactor();
  RevokeTarget(*request, *caller, Answer<int64_t>(std::move(call), response));
  return reactor;
}

void TokenService::RevokeTarget(const v1::RevokeRequest& request, const ClientId& caller,
                                Revoker::RevokeDone done) const {
  if (request.has_token()) {
    TokenRevokeOrder order{request.token(), request.implicit_assertion(), request.whole_session()};
    return revoker_.RevokeToken(std::move(order), std::move(done));
  }
  if (caller.empty()) {
    return std::move(done)(
        ClientNotAllowed("only configured clients may revoke sessions by id and subjects; send a "
                         "client token"));
  }
  if (request.has_session_id()) {
    return revoker_.RevokeSession(caller, SessionId(request.session_id()), std::move(done));
  }
  revoker_.RevokeSubject(caller, request.subject(), std::move(done));
}

grpc::ServerUnaryReactor* TokenService::Introspect(grpc::CallbackServerContext* context,
                                                   const v1::IntrospectRequest* request,
                                                   v1::IntrospectResponse* response) {
  Call call(*context, "TokenService/Introspect", shared_);
  const absl::StatusOr<ClientId> caller = call.Caller();
  if (!caller.ok()) return Refuse(call, caller.status());
  absl::StatusOr<IntrospectOrder> order = OrderOf(*request, *caller);
  if (!order.ok()) return Refuse(call, order.status());
  grpc::ServerUnaryReactor* reactor = call.reactor();
  introspector_.Introspect(*std::move(order), Answer<absl::optional<Claims>>(std::move(call), response));
  return reactor;
}

}  // namespace paseto::service
