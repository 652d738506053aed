// What the gate costs a unary call: callback API, the server in its own process, the same metadata on both sides.
//
// Prints one JSON object:
//   ratio              CPU of the server per call, guarded with a cached token / unguarded, 64 in flight
//   empty_gate_ratio   the same for a server whose gate lets every call pass and whose handler reads its metadata: what
//                      gRPC takes for any gate
//   cold_overhead      (the same with a token per call that the server never saw - unguarded) / what one raw signature
//                      verification in the handler adds to an unguarded call
//   flood_ratio        CPU of the server for good calls and as many over another connection that are refused for their
//                      form / the same where those carry 100,000 distinct tokens with wrong signatures
//   instruction_ratio  instructions per call under callgrind, one caller, guarded with a cached token / unguarded
// Rounds are interleaved; a figure is the median of the rounds' ratios. The servers are this same program, started anew
// every few rounds: one process is faster than its twin for as long as it lives.
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/tests/bench/echo_server.h"
#include "grpc_paseto/tests/bench/gate_side.h"
#include "grpc_paseto/tests/bench/rounds.h"

namespace paseto::bench {
namespace {

constexpr int kServers = 9;
constexpr int kRounds = 6;  // of each set of servers
constexpr int kInFlight = 64;
constexpr int kCachedCalls = 2'400;
constexpr int kColdCalls = 1'000;
constexpr int kFloodRounds = 10, kFloodPairs = 10'000;  // 100,000 forged tokens
constexpr int kFewCalls = 200, kManyCalls = 2'200;      // under callgrind: the difference is free of start and stop
constexpr int kInstructionRounds = 5;                   // how often threads wake each other is chance, and counts
constexpr char kValgrind[] = "/usr/bin/valgrind";

std::vector<std::unique_ptr<GateSide>> StartSides(const std::string& program, const std::vector<std::string>& modes) {
  std::vector<std::unique_ptr<GateSide>> sides;
  for (const std::string& mode : modes) {
    sides.push_back(std::make_unique<GateSide>(std::vector<std::string>{program, mode}));
  }
  return sides;
}

struct CachedCost {
  double guarded_us, unguarded_us, ratio, empty_gate_ratio;
};

CachedCost CompareCached(const std::string& program) {
  std::vector<double> ratios, empty_ratios, with, without;
  for (int i = 0; i < kServers; ++i) {
    auto sides = StartSides(program, {"guarded", "unguarded", "empty_gate"});
    const std::vector<std::string> tokens = {sides[0]->token()};
    const auto cost = [&](size_t side) { return sides[side]->Round(tokens, kCachedCalls, kInFlight); };
    for (const std::vector<double>& costs : InterleavedRounds(sides.size(), kRounds, cost)) {
      with.push_back(costs[0]);
      without.push_back(costs[1]);
      ratios.push_back(costs[0] / costs[1]);
      empty_ratios.push_back(costs[2] / costs[1]);
    }
  }
  return {Median(with), Median(without), Median(ratios), Median(empty_ratios)};
}

// All three sides of a round work under the same conditions: a signature costs more while the machine is busy.
double ColdOverhead(const std::string& program) {
  std::vector<double> overheads;
  for (int i = 0; i < kServers; ++i) {
    auto sides = StartSides(program, {"guarded", "unguarded", "raw_verify"});
    const auto cost = [&](size_t side) {
      return sides[side]->Round(sides[0]->NewTokens(kColdCalls), kColdCalls, kInFlight);
    };
    for (const std::vector<double>& costs : InterleavedRounds(sides.size(), kRounds, cost)) {
      overheads.push_back((costs[0] - costs[1]) / (costs[2] - costs[1]));
    }
  }
  return Median(overheads);
}

// Tokens that differ from a good one in their signature, each from every other.
class Forger {
 public:
  explicit Forger(std::string token)
      : token_(std::move(token)), at_(token_.find('.', kHeaderBytes) - kSignatureChars) {}

  std::string Next() {
    constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef";
    std::string token = token_;
    uint32_t number = ++made_;
    for (size_t i = 0; i < 5; ++i, number /= 32) token[at_ + i] = kDigits[number % 32];
    return token;
  }
  // As long as the others, and no token.
  std::string Malformed() {
    std::string token = Next();
    token[0] = 'x';
    return token;
  }

 private:
  static constexpr size_t kHeaderBytes = 10;     // "v4.public."
  static constexpr size_t kSignatureChars = 80;  // of 86
  const std::string token_;
  const size_t at_;
  std::atomic<uint32_t> made_{0};
};

double FloodRatio(const std::string& program) {
  GateSide guarded({program, "guarded"});
  Forger forger(guarded.token());
  const std::function<std::string()> forged = [&] { return forger.Next(); };
  const std::function<std::string()> malformed = [&] { return forger.Malformed(); };
  std::vector<double> ratios;
  for (int round = -1; round < kFloodRounds; ++round) {  // round -1 warms up
    const bool forged_first = round % 2 == 0;
    const double first = guarded.FloodRound(forged_first ? forged : malformed, kFloodPairs, kInFlight);
    const double second = guarded.FloodRound(forged_first ? malformed : forged, kFloodPairs, kInFlight);
    if (round >= 0) ratios.push_back(forged_first ? second / first : first / second);
  }
  return Median(ratios);
}

// Instructions that a server runs from its start to its end, with `calls` calls in between.
double InstructionsOf(const std::string& program, const std::string& mode, int calls) {
  const std::string file = absl::StrCat("/tmp/gate_bench_callgrind.", getpid());
  GateSide side({kValgrind, "-q", "--tool=callgrind", absl::StrCat("--callgrind-out-file=", file), program, mode});
  side.Round({side.token()}, calls, 1);
  side.Stop();
  double instructions = 0;
  std::ifstream profile(file);
  for (std::string line; std::getline(profile, line);) {
    if (line.rfind("totals: ", 0) == 0) instructions = std::stod(line.substr(8));
  }
  unlink(file.c_str());
  if (instructions == 0) {
    std::cerr << "callgrind wrote no total\n";
    std::exit(1);
  }
  return instructions;
}

double InstructionsPerCall(const std::string& program, const std::string& mode) {
  return (InstructionsOf(program, mode, kManyCalls) - InstructionsOf(program, mode, kFewCalls)) /
         (kManyCalls - kFewCalls);
}

struct InstructionCost {
  double guarded, unguarded, ratio;
};

InstructionCost CompareInstructions(const std::string& program) {
  std::vector<double> ratios, with, without;
  for (int round = 0; round < kInstructionRounds; ++round) {
    with.push_back(InstructionsPerCall(program, "guarded"));
    without.push_back(InstructionsPerCall(program, "unguarded"));
    ratios.push_back(with.back() / without.back());
  }
  return {Median(with), Median(without), Median(ratios)};
}

int Measure(const std::string& program) {
  const CachedCost cached = CompareCached(program);
  const double cold = ColdOverhead(program);
  const double flood = FloodRatio(program);
  const InstructionCost instructions = CompareInstructions(program);
  std::printf(
      "{\"guarded_cpu_us\": %.2f, \"unguarded_cpu_us\": %.2f, \"ratio\": %.4f, \"empty_gate_ratio\": %.4f, "
      "\"cold_overhead\": %.4f, \"flood_ratio\": %.4f, "
      "\"guarded_instructions\": %.0f, \"unguarded_instructions\": %.0f, \"instruction_ratio\": %.4f}\n",
      cached.guarded_us, cached.unguarded_us, cached.ratio, cached.empty_gate_ratio, cold, flood, instructions.guarded,
      instructions.unguarded, instructions.ratio);
  return 0;
}

EchoMode ModeNamed(const std::string& name) {
  if (name == "guarded") return EchoMode::kGuarded;
  if (name == "empty_gate") return EchoMode::kEmptyGate;
  return name == "raw_verify" ? EchoMode::kRawVerify : EchoMode::kUnguarded;
}

}  // namespace
}  // namespace paseto::bench

int main(int argc, char** argv) {
  if (argc == 2) return paseto::bench::ServeEcho(paseto::bench::ModeNamed(argv[1]));
  return paseto::bench::Measure(argv[0]);
}
