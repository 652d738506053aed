// WatchedStream: what a StreamGuard keeps of one stream, in as few bytes as it can: there may be very many.
#ifndef GRPC_PASETO_INTERCEPTOR_STREAM_WATCHED_STREAM_H_
#define GRPC_PASETO_INTERCEPTOR_STREAM_WATCHED_STREAM_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "grpc_paseto/core/token/verifier.h"
#include "grpc_paseto/interceptor/trust/listener_slot.h"

namespace paseto::interceptor {

// A call that can be ended from any thread, also when it is already over.
class LiveCall {
 public:
  virtual ~LiveCall() = default;
  virtual void End(const absl::Status& status) = 0;
};

// Deadlines are instants on the boot clock.
struct WatchedStream {
  // Of a stream that its client has named: it can be renewed.
  struct Renewal {
    std::string name;
    absl::Duration grace;
    absl::Duration lifetime_end;
    absl::Duration last = -absl::InfiniteDuration();
  };
  struct Warning {
    absl::Duration before;
    std::shared_ptr<ListenerSlot> slot;
  };

  std::unique_ptr<LiveCall> call;              // null once the stream is over
  std::shared_ptr<const VerifiedToken> token;  // null for an anonymous stream
  absl::string_view method;
  const void* context = nullptr;
  absl::Duration deadline;
  std::unique_ptr<Renewal> renewal;
  std::unique_ptr<Warning> warning;
  uint32_t place = 0;  // in the DeadlineHeap
  bool limited_by_lifetime = false;

  bool is_over() const { return call == nullptr; }
};

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_STREAM_WATCHED_STREAM_H_
