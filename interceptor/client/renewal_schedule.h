// RenewalSchedule: when a stream is renewed, and when a renewal that failed is tried again.
//
// A stream is renewed at a random 85 to 95 % of the life that it has. A renewal that failed is tried again while that
// life lasts, after pauses of 200 ms that double up to 10 s, each a fifth more or less; not when the server said that
// another attempt is of no use. Then the stream is left to end.
// Instants are times since boot. Threads: none; calls must not overlap.
#ifndef GRPC_PASETO_INTERCEPTOR_CLIENT_RENEWAL_SCHEDULE_H_
#define GRPC_PASETO_INTERCEPTOR_CLIENT_RENEWAL_SCHEDULE_H_

#include "absl/random/random.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace paseto::client {

class RenewalSchedule {
 public:
  // The stream may live for `life` from `now`. After how long it is renewed; infinite for an infinite life.
  absl::Duration Begin(absl::Duration life, absl::Duration now);
  // A renewal failed with `status`. After how long it is tried again; nullopt: it is not.
  absl::optional<absl::Duration> AfterFailure(const absl::Status& status, absl::Duration now);

 private:
  absl::BitGen random_;
  absl::Duration ends_at_;
  absl::Duration pause_;
};

}  // namespace paseto::client

#endif  // GRPC_PASETO_INTERCEPTOR_CLIENT_RENEWAL_SCHEDULE_H_
