// The mark that a gate leaves on a connection: "the calls on this connection pass me, and this is its other end".
//
// It is a property of the connection's auth context, which all calls of the connection share; so it says nothing that a
// call says, and is written once, before the first call is judged. The client's certificate is digested then.
#ifndef GRPC_PASETO_INTERCEPTOR_GATE_GATE_MARK_H_
#define GRPC_PASETO_INTERCEPTOR_GATE_GATE_MARK_H_

#include <grpc/grpc_security.h>
#include <grpcpp/server_context.h>

#include <array>
#include <cstddef>
#include <mutex>

#include "absl/status/status.h"
#include "grpc_paseto/core/token/ids.h"
#include "grpc_paseto/interceptor/policy/connection.h"
#include "grpc_paseto/interceptor/policy/peer_certificate.h"

namespace paseto::interceptor {

class ServerGate;

// Whom the connections of a port belong to, besides what their calls say.
struct PortClients {
  ClientId every_connection;    // empty: see name_client
  NameClient name_client = {};  // of those with a certificate; null: nobody
};

// Marks the connections of one server.
// Threads: all methods may be called from several threads at once.
class GateMarks {
 public:
  // Marks the connection of `context`, which came through a port of `gate`, unless it is marked, and reads the mark.
  Connection Mark(grpc_auth_context* context, const ServerGate* gate, const PortClients& clients);

 private:
  static constexpr size_t kShards = 16;
  // The calls of one connection arrive on several threads, and gRPC does not guard its auth context. What is read from
  // it afterwards needs no lock: its own call was here before, and nothing else is added.
  // Every call takes one, so it is no absl::Mutex, which looks for deadlocks where Abseil is built with assertions.
  std::array<std::mutex, kShards> mutexes_;
};

// What the connection of this call is marked with; no gate for a call that passed none.
struct GateMark {
  const ServerGate* gate = nullptr;
  Connection connection;
};
GateMark MarkOf(const grpc::ServerContextBase& context);

// UNAUTHENTICATED gate_missing.
absl::Status GateMissing();

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_GATE_GATE_MARK_H_
