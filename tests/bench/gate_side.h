// GateSide: an echo server in a process of its own, and one channel to it.
#ifndef GRPC_PASETO_TESTS_BENCH_GATE_SIDE_H_
#define GRPC_PASETO_TESTS_BENCH_GATE_SIDE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "grpc_paseto/tests/bench/child_process.h"
#include "tests/bench/bench.grpc.pb.h"

namespace paseto::bench {

class GateSide {
 public:
  // `command` runs ServeEcho.
  explicit GateSide(const std::vector<std::string>& command);

  // One that the guard accepts.
  const std::string& token() const { return token_; }
  std::vector<std::string> NewTokens(int count);

  // Makes `calls` calls with `in_flight` at a time, each with the next one of `tokens`, again from the first after the
  // last. Gives the server's CPU per call, in microseconds.
  double Round(const std::vector<std::string>& tokens, int calls, int in_flight);
  // Ends the server.
  void Stop() { process_.Stop(); }

 private:
  int64_t CpuMicroseconds();

  ChildProcess process_;
  std::string token_;
  std::unique_ptr<Echo::Stub> stub_;
};

}  // namespace paseto::bench

#endif  // GRPC_PASETO_TESTS_BENCH_GATE_SIDE_H_
