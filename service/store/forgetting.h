// Forgetting: up to which instant a store may forget what has expired, as a pure function. No clock, no store.
//
// Whoever forgets by one reading of the wall clock forgets, when that runs ahead, revocations of tokens that are valid
// again once it is set right. So the store remembers an instant of its own, which
// - begins as the wall clock when the store is made;
// - moves by the time that passes while a tokend runs, on a clock that nobody sets;
// - is never above a reading of the wall clock.
//
// It falls behind by the time in which no tokend ran, and then everything is kept longer, which does no harm. That time
// is made good once the wall clock has been ahead through kForgettingTrial of running: the instant then moves by the
// least that the wall clock was ahead. So a jump that is set right within that time forgets nothing too soon; one that
// nobody sets right for longer is believed.
#ifndef GRPC_PASETO_SERVICE_STORE_FORGETTING_H_
#define GRPC_PASETO_SERVICE_STORE_FORGETTING_H_

#include "absl/time/time.h"

namespace paseto::service {

// How long the wall clock has to be ahead without a break before that is believed.
inline constexpr absl::Duration kForgettingTrial = absl::Hours(24);

struct Forgetting {
  absl::Time instant;      // what expired before may be forgotten
  absl::Duration watched;  // running time of the trial
  absl::Duration lead;     // the least that the wall clock was ahead of `instant` in that time

  friend bool operator==(const Forgetting&, const Forgetting&) = default;
};

// The wall clock shows `now`, and a tokend has run for `elapsed` since the last time. REQUIRES: elapsed >= 0.
Forgetting MoveOn(Forgetting before, absl::Time now, absl::Duration elapsed);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_STORE_FORGETTING_H_
