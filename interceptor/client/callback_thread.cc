#include "grpc_paseto/interceptor/client/callback_thread.h"

#include <grpcpp/alarm.h>

#include <chrono>
#include <utility>

namespace paseto::client {

void LeaveCallbackThread(std::function<void()> rest) {
  // Deleted by its own callback: gRPC keeps what that still needs until it has returned.
  auto* const alarm = new grpc::Alarm;
  alarm->Set(std::chrono::system_clock::now(), [alarm, rest = std::move(rest)](bool) {
    rest();
    delete alarm;
  });
}

}  // namespace paseto::client
