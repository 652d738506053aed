// What the guard costs the messages of streams.
#ifndef GRPC_PASETO_TESTS_BENCH_STREAM_RATE_H_
#define GRPC_PASETO_TESTS_BENCH_STREAM_RATE_H_

#include <string>

namespace paseto::bench {

// Of messages of 1 KiB per second of CPU, the worst of {bidi, server stream} x {sync, callback}.
struct RateRatios {
  double to_plain = 0;  // guarded / no interceptor and no gate
  double to_no_op = 0;  // guarded / an interceptor that does nothing
};

// One process, and one server in it, is up to a tenth faster than its twin for as long as it lives; so several
// processes, `program` with the argument "rates", make several servers each. Each figure is the median of medians.
RateRatios CompareRates(const std::string& program);

// One of these processes: client and servers share it and one CPU, so that they take turns as they must on a busy
// machine; CPU time is what the machine's other load does not change. Rounds are interleaved. Prints one line for the
// above. REQUIRES: no use of gRPC in this process before, for the sake of its threads.
int PrintRates();

}  // namespace paseto::bench

#endif  // GRPC_PASETO_TESTS_BENCH_STREAM_RATE_H_
