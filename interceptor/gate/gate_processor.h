// The gate as gRPC's auth metadata processor: runs before a call is matched to a method, on every call of a port.
#ifndef GRPC_PASETO_INTERCEPTOR_GATE_GATE_PROCESSOR_H_
#define GRPC_PASETO_INTERCEPTOR_GATE_GATE_PROCESSOR_H_

#include <grpc/grpc_security.h>

#include <atomic>
#include <memory>

#include "grpc_paseto/interceptor/gate/gate_mark.h"
#include "grpc_paseto/interceptor/gate/tls_files.h"

namespace paseto::interceptor {

class ServerGate;

// What a port's processor works with. Owned by gRPC from MakeProcessor on, and destroyed with the credentials.
struct PortState {
  std::atomic<ServerGate*> gate{nullptr};  // set before the server starts; without it every call is refused
  PortClients clients;
  std::unique_ptr<TlsFileReader> tls_files;  // what the port's certificates come from; null: no files
};

grpc_auth_metadata_processor MakeProcessor(PortState* state);

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_GATE_GATE_PROCESSOR_H_
