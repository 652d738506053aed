// grpc.unary_gate_cpu_ratio: CPU of the server per call, guarded / unguarded, callback API, 64 in flight on one
// channel, the same metadata on both sides. Rounds are interleaved; the figure is the median of the rounds' ratios.
//
// Prints one JSON object. The servers are this same program, started twice.

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "grpc_paseto/tests/bench/child_process.h"
#include "grpc_paseto/tests/bench/closed_loop.h"
#include "grpc_paseto/tests/bench/echo_server.h"
#include "tests/bench/bench.grpc.pb.h"

namespace paseto::bench {
namespace {

constexpr int kRounds = 15;
constexpr int kInFlight = 64;
constexpr int kCallsPerRound = 12'000;

// One server in its own process, and one channel to it.
class Side {
 public:
  Side(const char* program, const char* mode) : process_({program, mode}) {
    const std::vector<std::string> line = absl::StrSplit(process_.ReadLine(), ' ');
    if (line.size() != 2) std::exit(1);
    token_ = line[1];
    stub_ = Echo::NewStub(grpc::CreateChannel(absl::StrCat("127.0.0.1:", line[0]), grpc::InsecureChannelCredentials()));
  }

  const std::string& token() const { return token_; }

  // Server CPU per call, in microseconds.
  double Round(const std::string& token, int calls) {
    struct Call {
      std::unique_ptr<grpc::ClientContext> context;
      CallRequest request;
      CallResponse response;
    };
    std::vector<Call> slots(kInFlight);
    const int64_t before = CpuMicroseconds();
    const LoopResult result = RunClosedLoop(kInFlight, calls, [&](int slot, std::function<void(bool)> done) {
      Call& call = slots[slot];
      call.context = std::make_unique<grpc::ClientContext>();
      call.context->AddMetadata("authorization", absl::StrCat("Bearer ", token));
      call.request.set_payload("ping");
      call.request.set_response_bytes(64);
      stub_->async()->Call(call.context.get(), &call.request, &call.response,
                           [done = std::move(done)](grpc::Status status) { done(status.ok()); });
    });
    if (result.failures != 0) {
      std::cerr << result.failures << " calls failed\n";
      std::exit(1);
    }
    return static_cast<double>(CpuMicroseconds() - before) / calls;
  }

 private:
  int64_t CpuMicroseconds() {
    grpc::ClientContext context;
    UsageResponse usage;
    if (!stub_->Usage(&context, UsageRequest(), &usage).ok()) std::exit(1);
    return usage.cpu_microseconds();
  }

  ChildProcess process_;
  std::string token_;
  std::unique_ptr<Echo::Stub> stub_;
};

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

int Measure(const char* program) {
  Side guarded(program, "guarded"), unguarded(program, "unguarded");
  const std::string token = guarded.token();
  std::vector<double> ratios, with, without;
  for (int round = -1; round < kRounds; ++round) {  // round -1 warms up
    const bool guarded_first = round % 2 == 0;
    const double first = (guarded_first ? guarded : unguarded).Round(token, kCallsPerRound);
    const double second = (guarded_first ? unguarded : guarded).Round(token, kCallsPerRound);
    if (round < 0) continue;
    with.push_back(guarded_first ? first : second);
    without.push_back(guarded_first ? second : first);
    ratios.push_back(with.back() / without.back());
  }
  std::printf("{\"guarded_cpu_us\": %.2f, \"unguarded_cpu_us\": %.2f, \"ratio\": %.4f}\n", Median(with),
              Median(without), Median(ratios));
  return 0;
}

}  // namespace
}  // namespace paseto::bench

int main(int argc, char** argv) {
  if (argc == 2) return paseto::bench::ServeEcho(std::strcmp(argv[1], "guarded") == 0);
  return paseto::bench::Measure(argv[0]);
}
