// A paced loop of unary calls: they start by the clock, whether or not earlier ones have ended.
#ifndef GRPC_PASETO_TESTS_BENCH_PACED_LOOP_H_
#define GRPC_PASETO_TESTS_BENCH_PACED_LOOP_H_

#include <cstdint>

#include "grpc_paseto/tests/bench/closed_loop.h"

namespace paseto::bench {

// Starts `calls` calls, `per_second` of them each second, in whichever of `slots` slots is free, and waits for the
// last. A latency counts from the instant at which its call was due, so that a server that stalls cannot hide the calls
// that it held up.
LoopResult RunPacedLoop(int slots, int64_t calls, double per_second, const StartCall& start);

}  // namespace paseto::bench

#endif  // GRPC_PASETO_TESTS_BENCH_PACED_LOOP_H_
