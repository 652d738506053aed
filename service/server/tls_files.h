// The server's identity in TLS, from its two PEM files.
#ifndef GRPC_PASETO_SERVICE_SERVER_TLS_FILES_H_
#define GRPC_PASETO_SERVICE_SERVER_TLS_FILES_H_

#include <grpcpp/security/server_credentials.h>

#include "absl/status/statusor.h"
#include "service/config/tokend_config.pb.h"

namespace paseto::service {

// Errors: those of reading the files, each naming its path.
absl::StatusOr<grpc::SslServerCredentialsOptions> ReadTlsFiles(const config::Tls& tls);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_SERVER_TLS_FILES_H_
