// PeerCertificate: the certificate that the client of a TLS connection showed and whose key it has.
//
// gRPC-free.
#ifndef GRPC_PASETO_INTERCEPTOR_POLICY_PEER_CERTIFICATE_H_
#define GRPC_PASETO_INTERCEPTOR_POLICY_PEER_CERTIFICATE_H_

#include <functional>
#include <string>
#include <vector>

#include "grpc_paseto/core/token/ids.h"

namespace paseto::interceptor {

struct PeerCertificate {
  std::string sha256;                  // of its DER form: 32 bytes (x5t#S256 of RFC 8705)
  std::vector<std::string> uris;       // subject alternative names; a SPIFFE id is one
  std::vector<std::string> dns_names;  // the same
  std::string common_name;             // the first one of its subject; empty: none
};

// Whom a connection belongs to: nobody (no id), one client, or several, which is refused.
struct NamedClient {
  ClientId id;
  bool ambiguous = false;
};

// Names the client that has `certificate`, which an authority of the port has signed. Runs once per connection on a
// thread of gRPC, so it must not block.
using NameClient = std::function<NamedClient(const PeerCertificate& certificate)>;

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_POLICY_PEER_CERTIFICATE_H_
