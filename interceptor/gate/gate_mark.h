// The mark that a gate leaves on a connection: "the calls on this connection passed me".
//
// It is a property of the connection's auth context, which all calls of the connection share; so it says nothing about
// who calls, and is written once.
#ifndef GRPC_PASETO_INTERCEPTOR_GATE_GATE_MARK_H_
#define GRPC_PASETO_INTERCEPTOR_GATE_GATE_MARK_H_

#include <grpc/grpc_security.h>
#include <grpcpp/server_context.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

namespace paseto::interceptor {

class ServerGate;

// Marks the connections of one server.
// Threads: all methods may be called from several threads at once.
class GateMarks {
 public:
  // Marks the connection of `context` with `gate`, unless it is marked.
  void Mark(grpc_auth_context* context, const ServerGate* gate);

 private:
  static constexpr size_t kShards = 16;
  // The calls of one connection arrive on several threads, and gRPC does not guard its auth context. A handler reads it
  // without this lock: its own call was here before.
  std::array<absl::Mutex, kShards> mutexes_;
};

// The gate that the connection of this call is marked with; null for a call that passed none.
const ServerGate* GateOf(const grpc::ServerContextBase& context);

// A number that is the same for all calls of one connection, as the gate's processor sees it; 0 for a call without one.
uint64_t ConnectionOf(const grpc::ServerContextBase& context);

// UNAUTHENTICATED gate_missing.
absl::Status GateMissing();

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_GATE_GATE_MARK_H_
