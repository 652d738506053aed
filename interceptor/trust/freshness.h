// Freshness: how old trust data is, counted from the moment at which the feed's server confirmed it.
//
// Age = (time here - as_of) + time since the message arrived. The first term is never below zero (clocks differ); the
// second runs on a clock that no one sets and that goes on while the machine sleeps.
//
// Threads: Age may be called from any thread at any time, without a lock; Confirm from one thread at a time.
#ifndef GRPC_PASETO_INTERCEPTOR_TRUST_FRESHNESS_H_
#define GRPC_PASETO_INTERCEPTOR_TRUST_FRESHNESS_H_

#include <atomic>
#include <cstdint>
#include <limits>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"

namespace paseto::interceptor {

class Freshness {
 public:
  // A message of `server` says `as_of`; `now` and `since_boot` (of a BootClock) are the instants of its arrival here.
  // An instant that stands still confirms nothing: the age never falls by a message whose as_of is that of the server's
  // last one. Result: whether as_of has moved.
  bool Confirm(size_t server, absl::Time as_of, absl::Time now, absl::Duration since_boot);

  // Infinite until the first confirmation.
  absl::Duration Age(absl::Duration since_boot) const;

 private:
  static constexpr int64_t kNever = std::numeric_limits<int64_t>::min();
  absl::flat_hash_map<size_t, absl::Time> last_as_of_;
  std::atomic<int64_t> zero_age_ns_ = kNever;  // the time since boot at which the age was zero
};

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_TRUST_FRESHNESS_H_
