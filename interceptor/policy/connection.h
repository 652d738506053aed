// Connection: what a call's connection says about the other end, whatever the call itself says.
//
// gRPC-free. The views live as long as the connection.
#ifndef GRPC_PASETO_INTERCEPTOR_POLICY_CONNECTION_H_
#define GRPC_PASETO_INTERCEPTOR_POLICY_CONNECTION_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace paseto::interceptor {

struct Connection {
  uint64_t id = 0;                            // the same number for all calls of one connection
  absl::string_view certificate_sha256 = {};  // 32 bytes, of the certificate whose key the client has; empty: none
  absl::string_view client = {};              // whom the port or the certificate names; empty: nobody
  bool client_ambiguous = false;              // the certificate names several
};

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_POLICY_CONNECTION_H_
