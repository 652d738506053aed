// The certificate of a connection's client, out of gRPC's auth context.
#ifndef GRPC_PASETO_INTERCEPTOR_GATE_PEER_CERTIFICATE_H_
#define GRPC_PASETO_INTERCEPTOR_GATE_PEER_CERTIFICATE_H_

#include <grpc/grpc_security.h>

#include "absl/types/optional.h"
#include "grpc_paseto/interceptor/policy/peer_certificate.h"

namespace paseto::interceptor {

// Nothing for a connection without a client certificate, or with one that cannot be read.
absl::optional<PeerCertificate> ReadPeerCertificate(const grpc_auth_context* context);

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_GATE_PEER_CERTIFICATE_H_
