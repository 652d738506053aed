#include "grpc_paseto/service/lifecycle/random_source.h"

#include <sodium.h>

#include "absl/base/macros.h"

namespace paseto::service {

SystemRandom::SystemRandom() { ABSL_HARDENING_ASSERT(sodium_init() >= 0); }

std::string SystemRandom::Bytes(size_t size) {
  std::string bytes(size, '\0');
  randombytes_buf(bytes.data(), bytes.size());
  return bytes;
}

}  // namespace paseto::service
