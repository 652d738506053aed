// The handlers of paseto.v1.TokenService. Each reads: who calls, is the request well formed, act, fill.
#ifndef GRPC_PASETO_SERVICE_API_TOKEN_SERVICE_H_
#define GRPC_PASETO_SERVICE_API_TOKEN_SERVICE_H_

#include "absl/time/time.h"
#include "grpc_paseto/service/api/call.h"
#include "grpc_paseto/service/api/calls_in_flight.h"
#include "grpc_paseto/service/lifecycle/consume.h"
#include "grpc_paseto/service/lifecycle/dependencies.h"
#include "grpc_paseto/service/lifecycle/exchange.h"
#include "grpc_paseto/service/lifecycle/introspect.h"
#include "grpc_paseto/service/lifecycle/issue.h"
#include "grpc_paseto/service/lifecycle/list_sessions.h"
#include "grpc_paseto/service/lifecycle/refresh.h"
#include "grpc_paseto/service/lifecycle/revoke.h"
#include "grpc_paseto/service/lifecycle/subject_access.h"
#include "grpc_paseto/service/log/rpc_log.h"
#include "grpc_paseto/service/policy/call_rates.h"
#include "paseto/v1/token_service.grpc.pb.h"

namespace paseto::service {

// All arguments outlive the service and every call of it.
class TokenService final : public v1::TokenService::CallbackService {
 public:
  TokenService(const Dependencies& dependencies, const RpcLog& log, CallRates& rates);

  // Refuses new calls and waits for those that run. False when some are left at `deadline`.
  bool Drain(absl::Time deadline) { return calls_.Drain(deadline); }

  grpc::ServerUnaryReactor* Issue(grpc::CallbackServerContext* context, const v1::IssueRequest* request,
                                  v1::IssueResponse* response) override;
  grpc::ServerUnaryReactor* Refresh(grpc::CallbackServerContext* context, const v1::RefreshRequest* request,
                                    v1::RefreshResponse* response) override;
  grpc::ServerUnaryReactor* Revoke(grpc::CallbackServerContext* context, const v1::RevokeRequest* request,
                                   v1::RevokeResponse* response) override;
  grpc::ServerUnaryReactor* Introspect(grpc::CallbackServerContext* context, const v1::IntrospectRequest* request,
                                       v1::IntrospectResponse* response) override;
  grpc::ServerUnaryReactor* Consume(grpc::CallbackServerContext* context, const v1::ConsumeRequest* request,
                                    v1::ConsumeResponse* response) override;
  grpc::ServerUnaryReactor* Exchange(grpc::CallbackServerContext* context, const v1::ExchangeRequest* request,
                                     v1::ExchangeResponse* response) override;
  grpc::ServerUnaryReactor* ListSessions(grpc::CallbackServerContext* context, const v1::ListSessionsRequest* request,
                                         v1::ListSessionsResponse* response) override;
  grpc::ServerUnaryReactor* DisableSubject(grpc::CallbackServerContext* context,
                                           const v1::DisableSubjectRequest* request,
                                           v1::DisableSubjectResponse* response) override;
  grpc::ServerUnaryReactor* EnableSubject(grpc::CallbackServerContext* context, const v1::EnableSubjectRequest* request,
                                          v1::EnableSubjectResponse* response) override;

 private:
  CallsInFlight calls_;
  const Call::Shared shared_;
  const Issuer issuer_;
  const Refresher refresher_;
  const Revoker revoker_;
  const Introspector introspector_;
  const Consumer consumer_;
  const Exchanger exchanger_;
  const SessionLister lister_;
  const SubjectAccess subjects_;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_API_TOKEN_SERVICE_H_
