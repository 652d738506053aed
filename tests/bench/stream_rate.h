// What the guard costs the messages of streams.
#ifndef GRPC_PASETO_TESTS_BENCH_STREAM_RATE_H_
#define GRPC_PASETO_TESTS_BENCH_STREAM_RATE_H_

namespace paseto::bench {

// Of messages of 1 KiB per second of CPU, the worst of {bidi, server stream} x {sync, callback}.
struct RateRatios {
  double to_plain = 0;  // guarded / no interceptor and no gate
  double to_no_op = 0;  // guarded / an interceptor that does nothing
};

// Client and servers share this process and one CPU, so that they take turns as they must on a busy machine; CPU time
// is what the machine's other load does not change. Rounds are interleaved, each figure is the median of the rounds'
// ratios. REQUIRES: no use of gRPC in this process before, for the sake of its threads.
RateRatios CompareRates();

}  // namespace paseto::bench

#endif  // GRPC_PASETO_TESTS_BENCH_STREAM_RATE_H_
