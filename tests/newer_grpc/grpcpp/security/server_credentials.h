// Stands in for the header of a newer gRPC, in which the base class holds the C credentials and binds the port with
// them unless a subclass does: the shape of the class as its public header has it, written anew; no code of gRPC.
#ifndef GRPCPP_SECURITY_SERVER_CREDENTIALS_H
#define GRPCPP_SECURITY_SERVER_CREDENTIALS_H

#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <grpc/grpc_security_constants.h>
#include <grpcpp/security/auth_metadata_processor.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <memory>
#include <string>
#include <vector>

namespace grpc {

class Server;
class ServerBuilder;

class ServerCredentials {
 public:
  virtual ~ServerCredentials() { grpc_server_credentials_release(c_creds_); }
  virtual void SetAuthMetadataProcessor(const std::shared_ptr<AuthMetadataProcessor>&) {}

 protected:
  explicit ServerCredentials(grpc_server_credentials* creds) : c_creds_(creds) {}
  grpc_server_credentials* c_creds() const { return c_creds_; }

 private:
  friend class Server;
  friend class ServerBuilder;

  virtual int AddPortToServer(const std::string& addr, grpc_server* server) {
    return grpc_server_add_http2_port(server, addr.c_str(), c_creds_);
  }

  grpc_server_credentials* c_creds_ = nullptr;
};

struct SslServerCredentialsOptions {
  struct PemKeyCertPair {
    std::string private_key;
    std::string cert_chain;
  };
  std::string pem_root_certs;
  std::vector<PemKeyCertPair> pem_key_cert_pairs;
  bool force_client_auth = false;
  grpc_ssl_client_certificate_request_type client_certificate_request = GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE;
};

}  // namespace grpc

#endif  // GRPCPP_SECURITY_SERVER_CREDENTIALS_H
