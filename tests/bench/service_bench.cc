// service.*: durable operations of tokend per second, beside calls of an echo server whose messages have the same
// sizes. Both with the callback API, 64 in flight on one channel. Rounds are interleaved; each figure is the median of
// the rounds. Then the latency of refreshes that come at half that rate, by the clock.
//
//   service_bench TOKEND GATE_BENCH [ROUNDS [CALLS]]       (gate_bench serves the echo)
//
// Prints one JSON object. tokend runs with its embedded store in a folder beside the present one.

#include <fcntl.h>
#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "grpc_paseto/tests/bench/child_process.h"
#include "grpc_paseto/tests/bench/closed_loop.h"
#include "grpc_paseto/tests/bench/paced_loop.h"
#include "grpc_paseto/tests/bench/rounds.h"
#include "grpc_paseto/tests/bench/tokend_process.h"
#include "grpc_paseto/tests/bench/unary_load.h"
#include "tests/bench/bench.grpc.pb.h"

namespace paseto::bench {
namespace {

constexpr int kInFlight = 64;
constexpr int kSessions =
    512;  // more than are in flight: a slow answer must not hold up the calls that come by the clock
constexpr int kWarmUpCalls = 1'000;
constexpr double kPacedSeconds = 5;

using IssueLoad = UnaryLoad<v1::IssueRequest, v1::IssueResponse>;
using RefreshLoad = UnaryLoad<v1::RefreshRequest, v1::RefreshResponse>;
using EchoLoad = UnaryLoad<CallRequest, CallResponse>;

[[noreturn]] void Fail(const std::string& what) {
  std::cerr << what << "\n";
  std::exit(1);
}

// An echo server in its own process.
class EchoProcess {
 public:
  explicit EchoProcess(const std::string& program) : process_({program, "unguarded"}) {
    const std::vector<std::string> line = absl::StrSplit(process_.ReadLine(), ' ');
    if (line.size() != 2) Fail("the echo server did not start");
    stub_ = Echo::NewStub(grpc::CreateChannel(absl::StrCat("127.0.0.1:", line[0]), grpc::InsecureChannelCredentials()));
  }

  const ChildProcess& process() const { return process_; }

  EchoLoad Load(size_t request_bytes, size_t response_bytes) {
    EchoLoad load(kInFlight);
    load.prepare = [=](int, CallRequest& request) {
      request.set_payload(std::string(request_bytes, 'x'));
      request.set_response_bytes(static_cast<int>(response_bytes));
    };
    load.start = [this](auto* context, const auto* request, auto* response, auto done) {
      stub_->async()->Call(context, request, response, std::move(done));
    };
    return load;
  }

 private:
  ChildProcess process_;
  std::unique_ptr<Echo::Stub> stub_;
};

// tokend with sessions to refresh.
class TokendLoads {
 public:
  explicit TokendLoads(const std::string& program) : tokend_(program), refresh_tokens_(kSessions) {}

  const ChildProcess& process() const { return tokend_.process(); }

  IssueLoad Issue() {
    IssueLoad load(kSessions);
    load.new_context = [this] { return tokend_.NewContext(); };
    load.prepare = [](int slot, v1::IssueRequest& request) {
      request.set_subject(absl::StrCat("user-", slot));
      request.add_audiences("shop");
      request.add_scopes("orders:read");
      request.set_with_refresh_token(true);
    };
    load.keep = [this](int slot, const v1::IssueResponse& response) {
      refresh_tokens_[slot] = response.refresh_token().token();
    };
    load.start = [this](auto* context, const auto* request, auto* response, auto done) {
      tokend_.stub().async()->Issue(context, request, response, std::move(done));
    };
    return load;
  }

  RefreshLoad Refresh() {
    RefreshLoad load(kSessions);
    load.new_context = [this] { return tokend_.NewContext(); };
    load.prepare = [this](int slot, v1::RefreshRequest& request) { request.set_refresh_token(refresh_tokens_[slot]); };
    load.keep = [this](int slot, const v1::RefreshResponse& response) {
      refresh_tokens_[slot] = response.refresh_token().token();
    };
    load.start = [this](auto* context, const auto* request, auto* response, auto done) {
      tokend_.stub().async()->Refresh(context, request, response, std::move(done));
    };
    return load;
  }

 private:
  TokendProcess tokend_;
  std::vector<std::string> refresh_tokens_;  // one for each slot
};

void CheckAllSucceeded(const LoopResult& result) {
  if (result.failures != 0) Fail(absl::StrCat(result.failures, " calls failed"));
}

// What rounds of one load at one server gave.
struct Figures {
  std::vector<double> per_second, cpu_us;

  // One round. Gives its calls per second.
  double Add(const ChildProcess& server, int calls, const StartCall& start) {
    const absl::Duration before = server.CpuTime();
    const LoopResult result = RunClosedLoop(kInFlight, calls, start);
    CheckAllSucceeded(result);
    cpu_us.push_back(absl::ToDoubleMicroseconds(server.CpuTime() - before) / calls);
    per_second.push_back(result.calls_per_second());
    return per_second.back();
  }
};

// An operation beside its echo.
struct Pair {
  Figures operation, echo;
  std::vector<double> ratio;

  void Round(const ChildProcess& tokend, const StartCall& operate, const ChildProcess& echo_server,
             const StartCall& send, int calls) {
    const double echo_rate = echo.Add(echo_server, calls, send);
    ratio.push_back(operation.Add(tokend, calls, operate) / echo_rate);
  }
};

void Print(const char* name, const Pair& pair) {
  std::printf(
      "\"%s_per_second\": %.0f, \"%s_echo_per_second\": %.0f, \"%s_vs_echo\": %.4f, \"%s_cpu_us\": %.1f, "
      "\"%s_echo_cpu_us\": %.1f, ",
      name, Median(pair.operation.per_second), name, Median(pair.echo.per_second), name, Median(pair.ratio), name,
      Median(pair.operation.cpu_us), name, Median(pair.echo.cpu_us));
}

// What a durable write costs on the disk below the present folder: the median of overwriting 4 KiB and flushing them.
double DiskFlushMs() {
  constexpr int kFlushes = 200;
  std::string name = "service_bench.XXXXXX";
  const int file = mkstemp(name.data());
  unlink(name.c_str());
  const std::string block(4096, 'x');
  std::vector<double> milliseconds;
  for (int i = 0; i < kFlushes; ++i) {
    const absl::Time began = absl::Now();
    const bool written = pwrite(file, block.data(), block.size(), 0) == static_cast<ssize_t>(block.size());
    if (!written || fdatasync(file) != 0) Fail("cannot write here");
    milliseconds.push_back(absl::ToDoubleMilliseconds(absl::Now() - began));
  }
  close(file);
  return Median(milliseconds);
}

int Measure(const std::string& tokend_program, const std::string& echo_program, int rounds, int calls) {
  const double disk_flush_ms = DiskFlushMs();
  TokendLoads tokend(tokend_program);
  const double idle_rss_mib = tokend.process().ResidentMib();
  EchoProcess echo(echo_program);
  IssueLoad issue = tokend.Issue();
  RefreshLoad refresh = tokend.Refresh();
  CheckAllSucceeded(RunClosedLoop(kSessions, kWarmUpCalls, issue.Calls()));  // opens a session in every slot
  CheckAllSucceeded(RunClosedLoop(kInFlight, kWarmUpCalls, refresh.Calls()));
  EchoLoad issue_echo = echo.Load(issue.request_bytes(), issue.response_bytes());
  EchoLoad refresh_echo = echo.Load(refresh.request_bytes(), refresh.response_bytes());
  CheckAllSucceeded(RunClosedLoop(kInFlight, kWarmUpCalls, issue_echo.Calls()));

  Pair issues, refreshes;
  for (int round = 0; round < rounds; ++round) {
    issues.Round(tokend.process(), issue.Calls(), echo.process(), issue_echo.Calls(), calls);
    refreshes.Round(tokend.process(), refresh.Calls(), echo.process(), refresh_echo.Calls(), calls);
  }
  const double half = Median(refreshes.operation.per_second) / 2;
  const LoopResult paced = RunPacedLoop(kSessions, static_cast<int64_t>(half * kPacedSeconds), half, refresh.Calls());
  CheckAllSucceeded(paced);

  std::printf("{");
  Print("issue", issues);
  Print("refresh", refreshes);
  std::printf("\"refresh_p50_ms\": %.3f, \"refresh_p99_ms\": %.3f, \"idle_rss_mib\": %.1f, \"disk_flush_ms\": %.3f}\n",
              paced.LatencyMs(0.50), paced.LatencyMs(0.99), idle_rss_mib, disk_flush_ms);
  return 0;
}

}  // namespace
}  // namespace paseto::bench

int main(int argc, char** argv) {
  if (argc < 3 || argc > 5) {
    std::cerr << "usage: " << argv[0] << " TOKEND GATE_BENCH [ROUNDS [CALLS]]\n";
    return 2;
  }
  const int rounds = argc > 3 ? std::atoi(argv[3]) : 7;
  const int calls = argc > 4 ? std::atoi(argv[4]) : 8'000;
  return paseto::bench::Measure(argv[1], argv[2], rounds, calls);
}
