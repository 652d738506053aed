// A closed loop of unary calls: a fixed number in flight, each one's end starts the next.
#ifndef GRPC_PASETO_TESTS_BENCH_CLOSED_LOOP_H_
#define GRPC_PASETO_TESTS_BENCH_CLOSED_LOOP_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/time/time.h"

namespace paseto::bench {

// What a loop did. Latencies are in microseconds, one per call, unsorted.
struct LoopResult {
  int64_t calls = 0;
  int64_t failures = 0;
  absl::Duration elapsed;
  std::vector<uint32_t> latencies;

  double calls_per_second() const { return static_cast<double>(calls) / absl::ToDoubleSeconds(elapsed); }
  // The latency that `share` (0 to 1) of the calls do not exceed, in milliseconds.
  double LatencyMs(double share) const;
};

// Starts one call in `slot` (0 to in_flight - 1) and calls `done(ok)` once when it has ended, on any thread.
using StartCall = std::function<void(int slot, std::function<void(bool ok)> done)>;

// Runs until `calls` calls have been started, then waits for the last.
LoopResult RunClosedLoop(int in_flight, int64_t calls, const StartCall& start);

}  // namespace paseto::bench

#endif  // GRPC_PASETO_TESTS_BENCH_CLOSED_LOOP_H_
