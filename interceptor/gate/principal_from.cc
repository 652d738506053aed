#include <string>

#include "grpc_paseto/interceptor/gate/gate_mark.h"
#include "grpc_paseto/interceptor/gate/guard.h"
#include "grpc_paseto/interceptor/gate/server_gate.h"

namespace paseto::interceptor {

absl::StatusOr<Principal> PrincipalFrom(const grpc::ServerContextBase& context) {
  const ServerGate* const gate = GateOf(context);
  if (gate == nullptr) return GateMissing();
  return gate->Recall(context);
}

grpc::Status ToGrpcStatus(const absl::Status& status) {
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), std::string(status.message()));
}

}  // namespace paseto::interceptor
