// Clock: where the present comes from. Core functions take `now` as an argument; whoever calls them holds a Clock.
#ifndef GRPC_PASETO_CORE_TOKEN_CLOCK_H_
#define GRPC_PASETO_CORE_TOKEN_CLOCK_H_

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace paseto {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;  // wall-clock time; may step
};

class SystemClock final : public Clock {
 public:
  absl::Time Now() const override { return absl::Now(); }
};

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_TOKEN_CLOCK_H_
