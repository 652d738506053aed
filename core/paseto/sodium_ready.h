// Initialization of libsodium, once in a process.
#ifndef GRPC_PASETO_CORE_PASETO_SODIUM_READY_H_
#define GRPC_PASETO_CORE_PASETO_SODIUM_READY_H_

namespace paseto {

// Returns when libsodium is ready; ends the process when it cannot be. Whatever makes a key calls this, so that
// whatever takes a key need not.
void EnsureSodiumReady();

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_PASETO_SODIUM_READY_H_
