// What the gate costs a unary call: callback API, the server in its own process, the same metadata on both sides.
//
// Prints one JSON object:
//   ratio              CPU of the server per call, guarded with a cached token / unguarded, 64 in flight
//   cold_overhead      (the same with a token per call that the server never saw - unguarded) / what one raw signature
//                      verification in the handler adds to an unguarded call
//   flood_ratio        CPU of the server for good calls and as many over another connection that are refused for their
//                      form / the same where those carry 100,000 distinct tokens with wrong signatures
//   instruction_ratio  instructions per call under callgrind, one caller, guarded with a cached token / unguarded
// Rounds are interleaved; a figure is the median of the rounds' ratios. The servers are this same program.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/tests/bench/echo_server.h"
#include "grpc_paseto/tests/bench/gate_side.h"

namespace paseto::bench {
namespace {

constexpr int kRounds = 15;
constexpr int kInFlight = 64;
constexpr int kCachedCalls = 12'000;
constexpr int kColdCalls = 3'000;
constexpr int kFloodRounds = 10, kFloodPairs = 10'000;  // 100,000 forged tokens
constexpr int kFewCalls = 200, kManyCalls = 2'200;      // under callgrind: the difference is free of start and stop
constexpr int kInstructionRounds = 5;                   // how often threads wake each other is chance, and counts
constexpr char kValgrind[] = "/usr/bin/valgrind";

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

struct CachedCost {
  double guarded_us, unguarded_us, ratio;
};

CachedCost CompareCached(GateSide& guarded, GateSide& unguarded) {
  const std::vector<std::string> tokens = {guarded.token()};
  std::vector<double> ratios, with, without;
  for (int round = -1; round < kRounds; ++round) {  // round -1 warms up
    const bool guarded_first = round % 2 == 0;
    const double first = (guarded_first ? guarded : unguarded).Round(tokens, kCachedCalls, kInFlight);
    const double second = (guarded_first ? unguarded : guarded).Round(tokens, kCachedCalls, kInFlight);
    if (round < 0) continue;
    with.push_back(guarded_first ? first : second);
    without.push_back(guarded_first ? second : first);
    ratios.push_back(with.back() / without.back());
  }
  return {Median(with), Median(without), Median(ratios)};
}

// All three sides of a round work under the same conditions: a signature costs more while the machine is busy.
double ColdOverhead(GateSide& guarded, GateSide& unguarded, GateSide& raw_verify) {
  std::vector<double> overheads;
  for (int round = -1; round < kRounds; ++round) {
    const std::vector<std::string> tokens = guarded.NewTokens(kColdCalls);
    const double plain = unguarded.Round(tokens, kColdCalls, kInFlight);
    const double cold = guarded.Round(tokens, kColdCalls, kInFlight);
    const double raw = raw_verify.Round(tokens, kColdCalls, kInFlight);
    if (round >= 0) overheads.push_back((cold - plain) / (raw - plain));
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

double FloodRatio(GateSide& guarded) {
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
  GateSide guarded({program, "guarded"}), unguarded({program, "unguarded"}), raw_verify({program, "raw_verify"});
  const CachedCost cached = CompareCached(guarded, unguarded);
  const double cold = ColdOverhead(guarded, unguarded, raw_verify);
  const double flood = FloodRatio(guarded);
  const InstructionCost instructions = CompareInstructions(program);
  std::printf(
      "{\"guarded_cpu_us\": %.2f, \"unguarded_cpu_us\": %.2f, \"ratio\": %.4f, \"cold_overhead\": %.4f, "
      "\"flood_ratio\": %.4f, "
      "\"guarded_instructions\": %.0f, \"unguarded_instructions\": %.0f, \"instruction_ratio\": %.4f}\n",
      cached.guarded_us, cached.unguarded_us, cached.ratio, cold, flood, instructions.guarded, instructions.unguarded,
      instructions.ratio);
  return 0;
}

EchoMode ModeNamed(const std::string& name) {
  if (name == "guarded") return EchoMode::kGuarded;
  return name == "raw_verify" ? EchoMode::kRawVerify : EchoMode::kUnguarded;
}

}  // namespace
}  // namespace paseto::bench

int main(int argc, char** argv) {
  if (argc == 2) return paseto::bench::ServeEcho(paseto::bench::ModeNamed(argv[1]));
  return paseto::bench::Measure(argv[0]);
}
