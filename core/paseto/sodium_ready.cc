#include "grpc_paseto/core/paseto/sodium_ready.h"

#include <sodium.h>

#include "grpc_paseto/core/paseto/check.h"

namespace paseto {

void EnsureSodiumReady() {
  static const bool ready = sodium_init() >= 0;  // 1: another part of the process was first
  PASETO_CHECK(ready);
}

}  // namespace paseto
