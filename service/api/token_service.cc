#include "grpc_paseto/service/api/token_service.h"

#include <utility>

#include "grpc_paseto/service/api/answers.h"
#include "grpc_paseto/service/api/call.h"
#include "grpc_paseto/service/api/orders.h"
#include "grpc_paseto/service/lifecycle/refusals.h"

namespace paseto::service {
namespace {

// What the log says about a success beside its code.
template <typename Result>
absl::string_view OutcomeOf(const Result&) {
  return {};
}
absl::string_view OutcomeOf(const IssuedTokens& tokens) { return tokens.outcome; }

// Finishes `call` with the result of an act.
template <typename Result, typename Response>
Done<Result> Answer(Call call, Response* response) {
  return [call = std::move(call), response](absl::StatusOr<Result> result) mutable {
    if (!result.ok()) return call.Finish(result.status());
    Fill(*result, *response);
    call.Finish(absl::OkStatus(), OutcomeOf(*result));
  };
}

// The frame of a handler: who calls, is the request well formed, act. `act` takes the order and the completion.
template <typename Result, typename Request, typename Response, typename Act>
grpc::ServerUnaryReactor* Serve(Call call, const Request& request, Response* response, Act act) {
  grpc::ServerUnaryReactor* const reactor = call.reactor();
  const absl::StatusOr<ClientId> caller = call.Caller();
  if (!caller.ok()) {
    call.Finish(caller.status());
    return reactor;
  }
  auto order = OrderOf(request, Caller{*caller, call.CertificateSha256()});
  if (!order.ok()) {
    call.Finish(order.status());
    return reactor;
  }
  act(*std::move(order), Answer<Result>(std::move(call), response));
  return reactor;
}

}  // namespace

TokenService::TokenService(const Dependencies& dependencies, const RpcLog& log, CallRates& rates)
    : shared_{log, calls_, &rates},
      issuer_(dependencies),
      refresher_(dependencies),
      revoker_(dependencies),
      introspector_(dependencies),
      consumer_(dependencies),
      exchanger_(dependencies),
      lister_(dependencies),
      subjects_(dependencies) {}

grpc::ServerUnaryReactor* TokenService::Issue(grpc::CallbackServerContext* context, const v1::IssueRequest* request,
                                              v1::IssueResponse* response) {
  return Serve<IssuedTokens>(
      Call(*context, "TokenService/Issue", shared_), *request, response,
      [this](IssueOrder order, Done<IssuedTokens> done) { issuer_.Issue(std::move(order), std::move(done)); });
}

grpc::ServerUnaryReactor* TokenService::Refresh(grpc::CallbackServerContext* context, const v1::RefreshRequest* request,
                                                v1::RefreshResponse* response) {
  return Serve<IssuedTokens>(
      Call(*context, "TokenService/Refresh", shared_), *request, response,
      [this](RefreshOrder order, Done<IssuedTokens> done) { refresher_.Refresh(std::move(order), std::move(done)); });
}

grpc::ServerUnaryReactor* TokenService::Revoke(grpc::CallbackServerContext* context, const v1::RevokeRequest* request,
                                               v1::RevokeResponse* response) {
  return Serve<int64_t>(
      Call(*context, "TokenService/Revoke", shared_), *request, response,
      [this](RevokeOrder order, Revoker::RevokeDone done) { revoker_.Revoke(std::move(order), std::move(done)); });
}

grpc::ServerUnaryReactor* TokenService::Introspect(grpc::CallbackServerContext* context,
                                                   const v1::IntrospectRequest* request,
                                                   v1::IntrospectResponse* response) {
  return Serve<absl::optional<Claims>>(Call(*context, "TokenService/Introspect", shared_), *request, response,
                                       [this](IntrospectOrder order, Done<absl::optional<Claims>> done) {
                                         introspector_.Introspect(std::move(order), std::move(done));
                                       });
}

grpc::ServerUnaryReactor* TokenService::Consume(grpc::CallbackServerContext* context, const v1::ConsumeRequest* request,
                                                v1::ConsumeResponse* response) {
  return Serve<Claims>(
      Call(*context, "TokenService/Consume", shared_), *request, response,
      [this](ConsumeOrder order, Done<Claims> done) { consumer_.Consume(std::move(order), std::move(done)); });
}

grpc::ServerUnaryReactor* TokenService::Exchange(grpc::CallbackServerContext* context,
                                                 const v1::ExchangeRequest* request, v1::ExchangeResponse* response) {
  return Serve<MadeToken>(
      Call(*context, "TokenService/Exchange", shared_), *request, response,
      [this](ExchangeOrder order, Done<MadeToken> done) { exchanger_.Exchange(std::move(order), std::move(done)); });
}

grpc::ServerUnaryReactor* TokenService::ListSessions(grpc::CallbackServerContext* context,
                                                     const v1::ListSessionsRequest* request,
                                                     v1::ListSessionsResponse* response) {
  return Serve<ListedSessions>(
      Call(*context, "TokenService/ListSessions", shared_), *request, response,
      [this](ListOrder order, Done<ListedSessions> done) { lister_.List(std::move(order), std::move(done)); });
}

grpc::ServerUnaryReactor* TokenService::DisableSubject(grpc::CallbackServerContext* context,
                                                       const v1::DisableSubjectRequest* request,
                                                       v1::DisableSubjectResponse* response) {
  return Serve<int64_t>(Call(*context, "TokenService/DisableSubject", shared_), *request, response,
                        [this](SubjectOrder order, Done<int64_t> done) {
                          subjects_.Disable(order.caller, std::move(order.subject), std::move(done));
                        });
}

grpc::ServerUnaryReactor* TokenService::EnableSubject(grpc::CallbackServerContext* context,
                                                      const v1::EnableSubjectRequest* request,
                                                      v1::EnableSubjectResponse* response) {
  return Serve<bool>(Call(*context, "TokenService/EnableSubject", shared_), *request, response,
                     [this](SubjectOrder order, Done<bool> done) {
                       subjects_.Enable(order.caller, std::move(order.subject), std::move(done));
                     });
}

}  // namespace paseto::service
