// PASETO_CHECK: ends the process when a promise inside our own code is broken. Never for anything that input can cause.
#ifndef GRPC_PASETO_CORE_PASETO_CHECK_H_
#define GRPC_PASETO_CORE_PASETO_CHECK_H_

#include <cstdio>
#include <cstdlib>

namespace paseto::check_internal {

[[noreturn]] inline void Fail(const char* file, int line, const char* condition) {
  std::fprintf(stderr, "%s:%d: check failed: %s\n", file, line, condition);
  std::abort();
}

}  // namespace paseto::check_internal

#define PASETO_CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::paseto::check_internal::Fail(__FILE__, __LINE__, #condition))

#endif  // GRPC_PASETO_CORE_PASETO_CHECK_H_
