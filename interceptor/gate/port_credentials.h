// PortCredentials: the credentials of one guarded port.
#ifndef GRPC_PASETO_INTERCEPTOR_GATE_PORT_CREDENTIALS_H_
#define GRPC_PASETO_INTERCEPTOR_GATE_PORT_CREDENTIALS_H_

#include <memory>
#include <string>
#include <vector>

#include "grpc_paseto/interceptor/gate/gate_processor.h"
#include "grpc_paseto/interceptor/gate/grpc_compat.h"
#include "grpc_paseto/interceptor/gate/guard.h"

namespace paseto::interceptor {

// How the start of one server goes on; shared by its builder, its plugin and its ports.
struct ServerStart {
  bool may_bind = false;               // the policy stands and trust has come
  std::vector<std::string> not_bound;  // addresses
};

class PortCredentials final : public CServerCredentials {
 public:
  // Takes over `credentials` and `state`. `guard` is only compared.
  PortCredentials(grpc_server_credentials* credentials, std::unique_ptr<PortState> state, const Guard::Impl* guard);

  const Guard::Impl* guard() const { return guard_; }
  // Gives the port to a server. False when it belongs to another one.
  bool Attach(ServerGate* gate, std::shared_ptr<ServerStart> start);

 private:
  bool MayBind() const override { return start_ != nullptr && start_->may_bind; }
  void OnNotBound(const std::string& address) override;
  void OnSecondProcessor() override;

  const Guard::Impl* const guard_;
  PortState* const state_;  // owned by the C credentials, which the base class holds
  std::shared_ptr<ServerStart> start_;
};

// The credentials that Guard's methods of these names give.
std::shared_ptr<grpc::ServerCredentials> MakePlaintextPort(const Guard::Impl* guard, const ClientId& client);
std::shared_ptr<grpc::ServerCredentials> MakeTlsPort(const Guard::Impl* guard,
                                                     const grpc::SslServerCredentialsOptions& options);
std::shared_ptr<grpc::ServerCredentials> MakeTlsPort(const Guard::Impl* guard,
                                                     const grpc::experimental::TlsServerCredentialsOptions& options);
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeTlsPort(const Guard::Impl* guard, const TlsFiles& files,
                                                                     NameClient name_client);
std::shared_ptr<grpc::ServerCredentials> MakeLocalPort(const Guard::Impl* guard, grpc_local_connect_type type);

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_GATE_PORT_CREDENTIALS_H_
