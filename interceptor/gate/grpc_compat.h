// The one place that depends on the version of gRPC: how server credentials are made from C credentials, and its log.
//
// In gRPC 1.51 a subclass of grpc::ServerCredentials keeps the C credentials and binds its port itself. In newer gRPC
// the base class, which is not abstract any more, keeps them, and binds the port unless the subclass does.
//
// The half for newer gRPC has never met it. A test compiles this room against stand-ins for the headers that changed.
#ifndef GRPC_PASETO_INTERCEPTOR_GATE_GRPC_COMPAT_H_
#define GRPC_PASETO_INTERCEPTOR_GATE_GRPC_COMPAT_H_

#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <grpc/support/log.h>
#include <grpcpp/security/server_credentials.h>

#include <cstdio>
#include <memory>
#include <string>
#include <type_traits>

namespace paseto::interceptor {

// Keeps C credentials until it dies, or lets a base class do so that can.
template <typename Base, bool kBaseKeepsThem = !std::is_abstract_v<Base>>
class CredentialsKeeper : public Base {
 public:
  explicit CredentialsKeeper(grpc_server_credentials* credentials) : credentials_(credentials) {}
  ~CredentialsKeeper() override { grpc_server_credentials_release(credentials_); }

 protected:
  grpc_server_credentials* c_creds() const { return credentials_; }

 private:
  grpc_server_credentials* const credentials_;
};

template <typename Base>
class CredentialsKeeper<Base, true> : public Base {
 public:
  explicit CredentialsKeeper(grpc_server_credentials* credentials) : Base(credentials) {}
};

// Owns C credentials. `MayBind` of the subclass says whether the server may have the port.
class CServerCredentials : public CredentialsKeeper<grpc::ServerCredentials> {
 public:
  using CredentialsKeeper::CredentialsKeeper;

  // The port has its processor already; a second one would replace the guard.
  void SetAuthMetadataProcessor(const std::shared_ptr<grpc::AuthMetadataProcessor>&) override { OnSecondProcessor(); }

 protected:
  // Called for a port that could not be bound, or that MayBind refused.
  virtual void OnNotBound(const std::string& address) = 0;
  virtual bool MayBind() const = 0;
  virtual void OnSecondProcessor() = 0;

 private:
  int AddPortToServer(const std::string& address, grpc_server* server) override {
    const int port = MayBind() ? grpc_server_add_http2_port(server, address.c_str(), c_creds()) : 0;
    if (port == 0) OnNotBound(address);
    return port;
  }
};

// One line in gRPC's log, as in WriteLog(GPR_ERROR, "..."); on stderr where gRPC keeps its log to itself.
template <typename Severity>
void WriteLog(const char* file, int line, Severity severity, const std::string& text) {
  if constexpr (requires { gpr_log(file, line, severity, "%s", text.c_str()); }) {
    gpr_log(file, line, severity, "%s", text.c_str());
  } else {
    std::fprintf(stderr, "%s:%d: %s\n", file, line, text.c_str());
  }
}

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_GATE_GRPC_COMPAT_H_
