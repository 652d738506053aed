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
  // Takes over `credentials`. `guard` is only compared.
  PortCredentials(grpc_server_credentials* credentials, const Guard::Impl* guard);

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

std::shared_ptr<grpc::ServerCredentials> MakePlaintextPort(const Guard::Impl* guard);
std::shared_ptr<grpc::ServerCredentials> MakeTlsPort(const Guard::Impl* guard,
                                                     const grpc::SslServerCredentialsOptions& options);

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_GATE_PORT_CREDENTIALS_H_
