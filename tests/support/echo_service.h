// The Echo service of echo.proto in each of gRPC's server APIs, with counters of what ran.
#ifndef GRPC_PASETO_TESTS_SUPPORT_ECHO_SERVICE_H_
#define GRPC_PASETO_TESTS_SUPPORT_ECHO_SERVICE_H_

#include <grpcpp/server_context.h>

#include <array>
#include <atomic>
#include <memory>

#include "grpc_paseto/interceptor/gate/guarded_server_builder.h"
#include "tests/support/echo.grpc.pb.h"

namespace paseto {

enum class EchoApi { kSync, kCallback, kAsync, kAsyncGeneric, kCallbackGeneric };

inline constexpr std::array<EchoApi, 5> kEveryEchoApi = {EchoApi::kSync, EchoApi::kCallback, EchoApi::kAsync,
                                                         EchoApi::kAsyncGeneric, EchoApi::kCallbackGeneric};
// "CallbackGeneric"
const char* NameOf(EchoApi api);

// What the handlers of one service did.
struct EchoCounters {
  std::atomic<int> handlers_run{0};
  std::atomic<int> streams_cancelled{0};  // Follow handlers that saw the end of their call
};

// The service on one server. Replies say who the handler saw. Follow sends one reply and holds the call until it ends.
class EchoBackend {
 public:
  virtual ~EchoBackend() = default;
  // Once, before the server starts.
  virtual void AddTo(interceptor::GuardedServerBuilder& builder) = 0;
  // After it has started.
  virtual void Serve() {}
  // After it has been shut down: returns when no handler runs any more. Not an error: again.
  virtual void Join() {}
};

std::unique_ptr<EchoBackend> MakeEcho(EchoApi api, EchoCounters& counters);

// The same in the callback API, for builders of the test's own.
std::unique_ptr<grpc::Service> MakeEchoService(EchoCounters& counters);

// What every handler answers.
testing::EchoReply ReplyTo(const grpc::ServerContextBase& context, const testing::EchoRequest& request);

// Those of the APIs that work on completion queues or without generated code; MakeEcho gives them too.
std::unique_ptr<EchoBackend> MakeAsyncEcho(EchoCounters& counters);
std::unique_ptr<EchoBackend> MakeAsyncGenericEcho(EchoCounters& counters);
std::unique_ptr<EchoBackend> MakeCallbackGenericEcho(EchoCounters& counters);

}  // namespace paseto

#endif  // GRPC_PASETO_TESTS_SUPPORT_ECHO_SERVICE_H_
