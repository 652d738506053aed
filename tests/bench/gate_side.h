// GateSide: an echo server in a process of its own, and one channel to it.
#ifndef GRPC_PASETO_TESTS_BENCH_GATE_SIDE_H_
#define GRPC_PASETO_TESTS_BENCH_GATE_SIDE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
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
  // Makes `pairs` good calls, each followed by one over a second connection with the next of `bad`, which is refused.
  // Gives the server's CPU per pair, in microseconds.
  double FloodRound(const std::function<std::string()>& bad, int pairs, int in_flight);
  // Ends the server.
  void Stop() { process_.Stop(); }

 private:
  // One call under way, with what it needs until it ends.
  struct Call;
  static void Start(Echo::Stub& stub, absl::string_view token, Call& call, std::function<void(bool)> done);
  int64_t CpuMicroseconds();

  ChildProcess process_;
  std::string token_;
  std::unique_ptr<Echo::Stub> stub_, second_stub_;
};

}  // namespace paseto::bench

#endif  // GRPC_PASETO_TESTS_BENCH_GATE_SIDE_H_
