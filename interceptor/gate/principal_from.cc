#include <string>

#include "grpc_paseto/interceptor/gate/gate_mark.h"
#include "grpc_paseto/interceptor/gate/guard.h"
#include "grpc_paseto/interceptor/gate/server_gate.h"

namespace paseto::interceptor {

absl::StatusOr<Principal> PrincipalFrom(const grpc::ServerContextBase& context) {
  const ServerGate* const gate = MarkOf(context).gate;
  if (gate == nullptr) return GateMissing();
  return gate->Recall(context);
}

absl::StatusOr<ClientId> ClientFrom(const grpc::ServerContextBase& context) {
  const absl::StatusOr<Principal> principal = PrincipalFrom(context);
  if (!principal.ok()) return principal.status();
  if (!principal->anonymous()) return principal->client_id();
  return ClientId(std::string(MarkOf(context).connection.client));
}

std::string CertificateSha256From(const grpc::ServerContextBase& context) {
  return std::string(MarkOf(context).connection.certificate_sha256);
}

grpc::Status ToGrpcStatus(const absl::Status& status) {
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), std::string(status.message()));
}

}  // namespace paseto::interceptor
