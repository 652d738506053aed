// TlsFiles: the certificates of a port, in PEM files that may be replaced while the server runs.
#ifndef GRPC_PASETO_INTERCEPTOR_GATE_TLS_FILES_H_
#define GRPC_PASETO_INTERCEPTOR_GATE_TLS_FILES_H_

#include <grpc/grpc_security.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "grpc_paseto/interceptor/trust/watched_file.h"

namespace paseto::interceptor {

struct TlsFiles {
  std::string certificate_file;  // required: the server's certificate chain, its own first
  std::string private_key_file;  // required: of the first certificate
  // Optional: the authorities of client certificates. Without it no client is asked for one.
  std::string client_ca_file = {};
  // With client_ca_file: a connection without a client certificate is refused, too. One with a certificate of another
  // authority always is.
  bool require_client_certificate = false;
};

// Gives gRPC what the files hold. Every new connection looks whether they have changed; connections that exist keep
// what they have. Files that cannot be used, such as a certificate whose key has not been written yet, leave the port
// with what it has, and gRPC's log says why.
// Threads: used by one thread at a time, which gRPC sees to.
class TlsFileReader {
 public:
  // Reads the files once. Errors: those of WatchedFile; INVALID_ARGUMENT when the key does not belong to the
  // certificate, or the file of the authorities has none. Each names its path.
  static absl::StatusOr<std::unique_ptr<TlsFileReader>> Create(const TlsFiles& files);

  // Options that ask this reader, which outlives the credentials that are made of them.
  grpc_ssl_server_credentials_options* MakeOptions();

 private:
  struct Content {
    std::string certificate;
    SecretBytes private_key;
    std::string client_ca;  // empty: none
  };

  explicit TlsFileReader(const TlsFiles& files);
  static grpc_ssl_certificate_config_reload_status Fetch(void* reader, grpc_ssl_server_certificate_config** config);
  absl::StatusOr<Content> Read();
  bool HasChanged() const;

  WatchedFile certificate_;
  WatchedFile private_key_;
  absl::optional<WatchedFile> client_ca_;
  const bool require_client_certificate_;
  absl::optional<Content> unfetched_;  // what was read and not given to gRPC yet
};

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_GATE_TLS_FILES_H_
