// The one place that depends on how a gRPC version lets server credentials be made from C credentials.
//
// Up to gRPC 1.51 a subclass of grpc::ServerCredentials binds its port itself. Later versions keep the C credentials in
// the base class and bind the port there, also when the policy turned out wrong: then the gate refuses every call until
// GuardedServerBuilder::Start has taken the server down again.
//
// The later half has never met a newer gRPC. A test compiles it against a stand-in for the one header that changed.
#ifndef GRPC_PASETO_INTERCEPTOR_GATE_GRPC_COMPAT_H_
#define GRPC_PASETO_INTERCEPTOR_GATE_GRPC_COMPAT_H_

#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/version_info.h>

#include <memory>
#include <string>

#if GRPC_CPP_VERSION_MAJOR == 1 && GRPC_CPP_VERSION_MINOR <= 51
#define GRPC_PASETO_CREDENTIALS_BIND_PORTS 1
#else
#define GRPC_PASETO_CREDENTIALS_BIND_PORTS 0
#endif

namespace paseto::interceptor {

// Owns C credentials. `MayBind` of the subclass says whether the server may have the port.
class CServerCredentials : public grpc::ServerCredentials {
 public:
#if GRPC_PASETO_CREDENTIALS_BIND_PORTS
  explicit CServerCredentials(grpc_server_credentials* credentials) : credentials_(credentials) {}
  ~CServerCredentials() override { grpc_server_credentials_release(credentials_); }
#else
  explicit CServerCredentials(grpc_server_credentials* credentials) : grpc::ServerCredentials(credentials) {}
#endif

  // The port has its processor already; a second one would replace the guard.
  void SetAuthMetadataProcessor(const std::shared_ptr<grpc::AuthMetadataProcessor>&) override { OnSecondProcessor(); }

 protected:
  // Called for a port that could not be bound, or that MayBind refused.
  virtual void OnNotBound(const std::string& address) = 0;
  virtual bool MayBind() const = 0;
  virtual void OnSecondProcessor() = 0;

 private:
#if GRPC_PASETO_CREDENTIALS_BIND_PORTS
  int AddPortToServer(const std::string& address, grpc_server* server) override {
    const int port = MayBind() ? grpc_server_add_http2_port(server, address.c_str(), credentials_) : 0;
    if (port == 0) OnNotBound(address);
    return port;
  }

  grpc_server_credentials* const credentials_;
#endif
};

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_GATE_GRPC_COMPAT_H_
