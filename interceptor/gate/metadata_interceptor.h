// MetadataInterceptor: gives a handler the metadata that its rule says: forwarded claims in, the credential out.
//
// Only calls of methods with such a rule get an interceptor object: with one, gRPC sends every batch of a call through
// the completion queue a second time.
#ifndef GRPC_PASETO_INTERCEPTOR_GATE_METADATA_INTERCEPTOR_H_
#define GRPC_PASETO_INTERCEPTOR_GATE_METADATA_INTERCEPTOR_H_

#include <grpcpp/support/server_interceptor.h>

#include <memory>

namespace paseto::interceptor {

class ServerGate;

// `gate` outlives every server that uses the factory. On the way in, the last interceptor of a server runs first: as
// the last one, it lets the caller's own interceptors see what the handler sees.
std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> MakeMetadataInterceptorFactory(ServerGate& gate);

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_GATE_METADATA_INTERCEPTOR_H_
