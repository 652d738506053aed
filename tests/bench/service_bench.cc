// service.refresh_vs_echo and service.issue_vs_echo: durable operations of tokend per second, beside calls of an echo
// server whose messages have the same sizes. Both with the callback API, 64 in flight on one channel. Rounds are
// interleaved; each figure is the median of the rounds' ratios.
//
//   service_bench TOKEND GATE_BENCH        (gate_bench serves the echo)
//
// Prints one JSON object. tokend runs with its embedded store in a folder beside the present one, which goes at the
// end.

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "grpc_paseto/tests/bench/child_process.h"
#include "grpc_paseto/tests/bench/closed_loop.h"
#include "paseto/v1/token_service.grpc.pb.h"
#include "tests/bench/bench.grpc.pb.h"

namespace paseto::bench {
namespace {

constexpr int kRounds = 7;
constexpr int kInFlight = 64;
constexpr int kCallsPerRound = 8'000;

[[noreturn]] void Fail(const std::string& what) {
  std::cerr << what << "\n";
  std::exit(1);
}

std::string ReadFirstLine(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// tokend --dev in a folder of its own.
class Tokend {
 public:
  explicit Tokend(const std::string& program)
      : folder_(MakeFolder()),
        process_({program, "--dev", absl::StrCat("--data=", (folder_ / "data").string()), "--listen=127.0.0.1:0",
                  absl::StrCat("--port-file=", (folder_ / "port").string()), "--log-level=error"}) {
    const absl::Time give_up = absl::Now() + absl::Seconds(30);
    while (ReadFirstLine(folder_ / "port").empty()) {
      if (absl::Now() > give_up) Fail("tokend did not start");
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    stub_ = v1::TokenService::NewStub(grpc::CreateChannel(absl::StrCat("127.0.0.1:", ReadFirstLine(folder_ / "port")),
                                                          grpc::InsecureChannelCredentials()));
    credential_ = absl::StrCat("Bearer ", ReadFirstLine(folder_ / "data" / "dev.token"));
  }
  ~Tokend() {
    process_.Stop();
    std::filesystem::remove_all(folder_);
  }

  v1::TokenService::Stub& stub() { return *stub_; }
  std::unique_ptr<grpc::ClientContext> NewContext() const {
    auto context = std::make_unique<grpc::ClientContext>();
    context->AddMetadata("authorization", credential_);
    return context;
  }

 private:
  static std::filesystem::path MakeFolder() {
    std::string name = "service_bench.XXXXXX";
    if (mkdtemp(name.data()) == nullptr) Fail("cannot make a folder here");
    return std::filesystem::absolute(name);
  }

  const std::filesystem::path folder_;
  ChildProcess process_;
  std::unique_ptr<v1::TokenService::Stub> stub_;
  std::string credential_;
};

// Calls per second of one kind of call. `prepare(slot)` fills a request, `keep(slot, response)` takes the answer.
template <typename Request, typename Response>
class Load {
 public:
  using Start = std::function<void(grpc::ClientContext*, const Request*, Response*, std::function<void(grpc::Status)>)>;

  std::function<std::unique_ptr<grpc::ClientContext>()> new_context = [] {
    return std::make_unique<grpc::ClientContext>();
  };
  std::function<void(int slot, Request& request)> prepare;
  std::function<void(int slot, const Response& response)> keep = [](int, const Response&) {};
  Start start;

  double Round(int calls = kCallsPerRound) {
    const LoopResult result = RunClosedLoop(kInFlight, calls, [this](int number, std::function<void(bool)> done) {
      Slot& slot = slots_[number];
      slot.context = new_context();
      slot.request.Clear();
      slot.response.Clear();
      prepare(number, slot.request);
      start(slot.context.get(), &slot.request, &slot.response,
            [this, number, done = std::move(done)](grpc::Status status) {
              if (status.ok()) {
                keep(number, slots_[number].response);
              } else {
                std::cerr << status.error_message() << "\n";
              }
              done(status.ok());
            });
    });
    if (result.failures != 0) Fail(absl::StrCat(result.failures, " calls failed"));
    return result.calls_per_second();
  }

  size_t request_bytes() const { return slots_[0].request.ByteSizeLong(); }
  size_t response_bytes() const { return slots_[0].response.ByteSizeLong(); }

 private:
  struct Slot {
    std::unique_ptr<grpc::ClientContext> context;
    Request request;
    Response response;
  };
  std::vector<Slot> slots_ = std::vector<Slot>(kInFlight);
};

using IssueLoad = Load<v1::IssueRequest, v1::IssueResponse>;
using RefreshLoad = Load<v1::RefreshRequest, v1::RefreshResponse>;
using EchoLoad = Load<CallRequest, CallResponse>;

EchoLoad MakeEcho(Echo::Stub& stub, size_t request_bytes, size_t response_bytes) {
  EchoLoad load;
  load.prepare = [=](int, CallRequest& request) {
    request.set_payload(std::string(request_bytes, 'x'));
    request.set_response_bytes(static_cast<int>(response_bytes));
  };
  load.start = [&stub](auto* context, const auto* request, auto* response, auto done) {
    stub.async()->Call(context, request, response, std::move(done));
  };
  return load;
}

struct Figures {
  std::vector<double> per_second, echo_per_second, ratio;

  void Add(double rate, double echo_rate) {
    per_second.push_back(rate);
    echo_per_second.push_back(echo_rate);
    ratio.push_back(rate / echo_rate);
  }
};

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void Print(const char* name, const Figures& figures, const char* end) {
  std::printf("\"%s_per_second\": %.0f, \"%s_echo_per_second\": %.0f, \"%s_vs_echo\": %.4f%s", name,
              Median(figures.per_second), name, Median(figures.echo_per_second), name, Median(figures.ratio), end);
}

int Measure(const std::string& tokend_program, const std::string& echo_program) {
  Tokend tokend(tokend_program);
  ChildProcess echo_server({echo_program, "unguarded"});
  const std::vector<std::string> line = absl::StrSplit(echo_server.ReadLine(), ' ');
  const std::unique_ptr<Echo::Stub> echo_stub =
      Echo::NewStub(grpc::CreateChannel(absl::StrCat("127.0.0.1:", line[0]), grpc::InsecureChannelCredentials()));

  std::vector<std::string> refresh_tokens(kInFlight);
  IssueLoad issue;
  issue.new_context = [&] { return tokend.NewContext(); };
  issue.prepare = [](int slot, v1::IssueRequest& request) {
    request.set_subject(absl::StrCat("user-", slot));
    request.add_audiences("shop");
    request.add_scopes("orders:read");
    request.set_with_refresh_token(true);
  };
  issue.keep = [&](int slot, const v1::IssueResponse& response) {
    refresh_tokens[slot] = response.refresh_token().token();
  };
  issue.start = [&](auto* context, const auto* request, auto* response, auto done) {
    tokend.stub().async()->Issue(context, request, response, std::move(done));
  };

  RefreshLoad refresh;
  refresh.new_context = issue.new_context;
  refresh.prepare = [&](int slot, v1::RefreshRequest& request) { request.set_refresh_token(refresh_tokens[slot]); };
  refresh.keep = [&](int slot, const v1::RefreshResponse& response) {
    refresh_tokens[slot] = response.refresh_token().token();
  };
  refresh.start = [&](auto* context, const auto* request, auto* response, auto done) {
    tokend.stub().async()->Refresh(context, request, response, std::move(done));
  };

  issue.Round(1'000);  // warms up, and tells the sizes
  refresh.Round(1'000);
  EchoLoad issue_echo = MakeEcho(*echo_stub, issue.request_bytes(), issue.response_bytes());
  EchoLoad refresh_echo = MakeEcho(*echo_stub, refresh.request_bytes(), refresh.response_bytes());
  issue_echo.Round(1'000);

  Figures issues, refreshes;
  for (int round = 0; round < kRounds; ++round) {
    const double echo_of_issue = issue_echo.Round();
    issues.Add(issue.Round(), echo_of_issue);
    const double echo_of_refresh = refresh_echo.Round();
    refreshes.Add(refresh.Round(), echo_of_refresh);
  }
  std::printf("{");
  Print("issue", issues, ", ");
  Print("refresh", refreshes, "}\n");
  return 0;
}

}  // namespace
}  // namespace paseto::bench

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: " << argv[0] << " TOKEND GATE_BENCH\n";
    return 2;
  }
  return paseto::bench::Measure(argv[1], argv[2]);
}
