#include "grpc_paseto/interceptor/gate/port_credentials.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace paseto::interceptor {
namespace {

grpc_ssl_client_certificate_request_type ClientCertificateRequest(const grpc::SslServerCredentialsOptions& options) {
  return options.force_client_auth ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                                   : options.client_certificate_request;
}

// gRPC's C library must be up before the credentials are made; the object that keeps it up afterwards comes later.
class GrpcLibraryInUse {
 public:
  GrpcLibraryInUse() { grpc_init(); }
  ~GrpcLibraryInUse() { grpc_shutdown(); }
};

}  // namespace

PortCredentials::PortCredentials(grpc_server_credentials* credentials, std::unique_ptr<PortState> state,
                                 const Guard::Impl* guard)
    : CServerCredentials(credentials), guard_(guard), state_(state.release()) {
  grpc_server_credentials_set_auth_metadata_processor(credentials, MakeProcessor(state_));
}

bool PortCredentials::Attach(ServerGate* gate, std::shared_ptr<ServerStart> start) {
  ServerGate* const present = state_->gate.load(std::memory_order_acquire);
  if (present != nullptr && present != gate) return false;
  state_->gate.store(gate, std::memory_order_release);
  start_ = std::move(start);
  return true;
}

void PortCredentials::OnNotBound(const std::string& address) {
  if (start_ == nullptr) {
    WriteLog(GPR_ERROR, absl::StrCat("port ", address, ": credentials of a paseto guard need a GuardedServerBuilder"));
    return;
  }
  if (start_->may_bind) start_->not_bound.push_back(address);
}

void PortCredentials::OnSecondProcessor() {
  WriteLog(GPR_ERROR, "the credentials of a paseto guard have their own auth metadata processor; the other is ignored");
}

std::shared_ptr<grpc::ServerCredentials> MakePlaintextPort(const Guard::Impl* guard, const ClientId& client) {
  const GrpcLibraryInUse library;
  auto state = std::make_unique<PortState>();
  state->clients.every_connection = client;
  return std::make_shared<PortCredentials>(grpc_insecure_server_credentials_create(), std::move(state), guard);
}

std::shared_ptr<grpc::ServerCredentials> MakeTlsPort(const Guard::Impl* guard,
                                                     const grpc::SslServerCredentialsOptions& options) {
  const GrpcLibraryInUse library;
  std::vector<grpc_ssl_pem_key_cert_pair> pairs;
  for (const auto& pair : options.pem_key_cert_pairs) {
    pairs.push_back({pair.private_key.c_str(), pair.cert_chain.c_str()});
  }
  const char* const roots = options.pem_root_certs.empty() ? nullptr : options.pem_root_certs.c_str();
  grpc_ssl_server_certificate_config* const config =
      grpc_ssl_server_certificate_config_create(roots, pairs.data(), pairs.size());
  grpc_ssl_server_credentials_options* const c_options =
      grpc_ssl_server_credentials_create_options_using_config(ClientCertificateRequest(options), config);
  return std::make_shared<PortCredentials>(grpc_ssl_server_credentials_create_with_options(c_options),
                                           std::make_unique<PortState>(), guard);
}

std::shared_ptr<grpc::ServerCredentials> MakeTlsPort(const Guard::Impl* guard,
                                                     const grpc::experimental::TlsServerCredentialsOptions& options) {
  const GrpcLibraryInUse library;
  return std::make_shared<PortCredentials>(grpc_tls_server_credentials_create(options.c_credentials_options()),
                                           std::make_unique<PortState>(), guard);
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeTlsPort(const Guard::Impl* guard, const TlsFiles& files,
                                                                     NameClient name_client) {
  const GrpcLibraryInUse library;
  absl::StatusOr<std::unique_ptr<TlsFileReader>> reader = TlsFileReader::Create(files);
  if (!reader.ok()) return reader.status();
  grpc_ssl_server_credentials_options* const c_options = (*reader)->MakeOptions();
  auto state = std::make_unique<PortState>();
  state->clients.name_client = std::move(name_client);
  state->tls_files = *std::move(reader);
  return std::make_shared<PortCredentials>(grpc_ssl_server_credentials_create_with_options(c_options), std::move(state),
                                           guard);
}

std::shared_ptr<grpc::ServerCredentials> MakeLocalPort(const Guard::Impl* guard, grpc_local_connect_type type) {
  const GrpcLibraryInUse library;
  return std::make_shared<PortCredentials>(grpc_local_server_credentials_create(type), std::make_unique<PortState>(),
                                           guard);
}

}  // namespace paseto::interceptor
