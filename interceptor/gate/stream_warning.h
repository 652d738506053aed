// StreamWarning: tells a handler that its stream is about to end, so that it can finish its sentence.
#ifndef GRPC_PASETO_INTERCEPTOR_GATE_STREAM_WARNING_H_
#define GRPC_PASETO_INTERCEPTOR_GATE_STREAM_WARNING_H_

#include <grpcpp/server_context.h>

#include <functional>
#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpc_paseto/interceptor/trust/listener_slot.h"

namespace paseto::interceptor {

// Held by a handler for as long as it wants to be warned. Once this object is gone, no call of the handler's function
// is running. The function must not destroy it.
class StreamWarning {
 public:
  explicit StreamWarning(std::shared_ptr<ListenerSlot> slot) : slot_(std::move(slot)) {}
  ~StreamWarning() { Stop(); }
  StreamWarning(StreamWarning&&) = default;
  StreamWarning& operator=(StreamWarning&& other) {
    Stop();
    slot_ = std::move(other.slot_);
    return *this;
  }

 private:
  void Stop() {
    if (slot_ != nullptr) slot_->Set(nullptr);
  }
  std::shared_ptr<ListenerSlot> slot_;
};

// `warn` runs when the stream of `context` has `before` left, and again after each renewal of the stream; at once when
// less is left. It runs on a thread of the library and must be quick. One warning per stream: a second one takes the
// place of the first. A revocation ends a stream without a warning.
// Errors: UNAUTHENTICATED gate_missing; NOT_FOUND when the call is no stream that a guard watches (unary, or without a
// token and without a longest life), or is over.
[[nodiscard]] absl::StatusOr<StreamWarning> OnStreamEnding(const grpc::ServerContextBase& context,
                                                           absl::Duration before, std::function<void()> warn);

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_GATE_STREAM_WARNING_H_
