// The Echo service of echo.proto in the sync and in the callback API, with counters of what ran.
#ifndef GRPC_PASETO_TESTS_SUPPORT_ECHO_SERVICE_H_
#define GRPC_PASETO_TESTS_SUPPORT_ECHO_SERVICE_H_

#include <grpcpp/server_context.h>

#include <atomic>
#include <memory>

#include "tests/support/echo.grpc.pb.h"

namespace paseto {

enum class EchoApi { kSync, kCallback };

// What the handlers of one service did.
struct EchoCounters {
  std::atomic<int> handlers_run{0};
  std::atomic<int> streams_cancelled{0};  // Follow handlers that saw the end of their call
};

// Replies say who the handler saw. Follow sends one reply and holds the call until it ends.
std::unique_ptr<grpc::Service> MakeEchoService(EchoApi api, EchoCounters& counters);

}  // namespace paseto

#endif  // GRPC_PASETO_TESTS_SUPPORT_ECHO_SERVICE_H_
