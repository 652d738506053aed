// Requests become orders: every rule of a request's form is checked here, before anything is looked up.
#ifndef GRPC_PASETO_SERVICE_API_ORDERS_H_
#define GRPC_PASETO_SERVICE_API_ORDERS_H_

#include <string>

#include "absl/status/statusor.h"
#include "grpc_paseto/core/token/ids.h"
#include "grpc_paseto/service/lifecycle/caller.h"
#include "grpc_paseto/service/lifecycle/consume.h"
#include "grpc_paseto/service/lifecycle/exchange.h"
#include "grpc_paseto/service/lifecycle/introspect.h"
#include "grpc_paseto/service/lifecycle/issue.h"
#include "grpc_paseto/service/lifecycle/list_sessions.h"
#include "grpc_paseto/service/lifecycle/refresh.h"
#include "grpc_paseto/service/lifecycle/revoke.h"
#include "paseto/v1/token_service.pb.h"

namespace paseto::service {

// Errors: request_invalid naming the field and its limit.
absl::StatusOr<IssueOrder> OrderOf(const v1::IssueRequest& request, const Caller& caller);
absl::StatusOr<RefreshOrder> OrderOf(const v1::RefreshRequest& request, const Caller& caller);
absl::StatusOr<RevokeOrder> OrderOf(const v1::RevokeRequest& request, const Caller& caller);
absl::StatusOr<IntrospectOrder> OrderOf(const v1::IntrospectRequest& request, const Caller& caller);

absl::StatusOr<ConsumeOrder> OrderOf(const v1::ConsumeRequest& request, const Caller& caller);
absl::StatusOr<ExchangeOrder> OrderOf(const v1::ExchangeRequest& request, const Caller& caller);
absl::StatusOr<ListOrder> OrderOf(const v1::ListSessionsRequest& request, const Caller& caller);

// What DisableSubject and EnableSubject are told.
struct SubjectOrder {
  ClientId caller;
  std::string subject;
};
absl::StatusOr<SubjectOrder> OrderOf(const v1::DisableSubjectRequest& request, const Caller& caller);
absl::StatusOr<SubjectOrder> OrderOf(const v1::EnableSubjectRequest& request, const Caller& caller);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_API_ORDERS_H_
