#include "grpc_paseto/tests/bench/stream_rate.h"

#include <sched.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "grpc_paseto/tests/bench/child_process.h"
#include "grpc_paseto/tests/bench/rounds.h"
#include "grpc_paseto/tests/bench/stream_server.h"

namespace paseto::bench {
namespace {

constexpr int kProcesses = 7;
constexpr int kServers = 7;
constexpr int kRounds = 3;
constexpr int kChatMessages = 500;
constexpr int kDownloadMessages = 5'000;
constexpr int kMessageBytes = 1024;

[[noreturn]] void Fail(const grpc::Status& status) {
  std::cerr << "a stream failed: " << status.error_message() << "\n";
  std::exit(1);
}

double CpuSeconds() {
  timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return absl::ToDoubleSeconds(absl::DurationFromTimespec(time));
}

// Binds this thread, and those that are made meanwhile, to the CPU that it is on.
class OneCpu {
 public:
  OneCpu() {
    if (sched_getaffinity(0, sizeof before_, &before_) != 0) std::abort();
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    if (sched_setaffinity(0, sizeof one, &one) != 0) std::abort();
  }
  ~OneCpu() { sched_setaffinity(0, sizeof before_, &before_); }
  OneCpu(const OneCpu&) = delete;
  OneCpu& operator=(const OneCpu&) = delete;

 private:
  cpu_set_t before_;
};

struct Side {
  Side(Protection protection, Api api) : server(protection, api), stub(ConnectTo(server.port())) {}
  StreamServer server;
  std::unique_ptr<Streams::Stub> stub;
};

// Messages that go there and back.
double ChatRate(Side& side, const std::string& token) {
  grpc::ClientContext context;
  context.AddMetadata("authorization", absl::StrCat("Bearer ", token));
  CallRequest request;
  request.mutable_payload()->resize(kMessageBytes);
  CallResponse response;
  const auto chat = side.stub->Chat(&context);
  chat->WaitForInitialMetadata();
  const double began = CpuSeconds();
  for (int i = 0; i < kChatMessages; ++i) {
    if (!chat->Write(request) || !chat->Read(&response)) Fail(chat->Finish());
  }
  const double seconds = CpuSeconds() - began;
  chat->WritesDone();
  const grpc::Status status = chat->Finish();
  if (!status.ok()) Fail(status);
  return kChatMessages / seconds;
}

// Messages that the server sends.
double DownloadRate(Side& side, const std::string& token) {
  grpc::ClientContext context;
  context.AddMetadata("authorization", absl::StrCat("Bearer ", token));
  DownloadRequest request;
  request.set_messages(kDownloadMessages);
  request.set_response_bytes(kMessageBytes);
  const double began = CpuSeconds();
  const auto reader = side.stub->Download(&context, request);
  for (CallResponse response; reader->Read(&response);) {
  }
  const grpc::Status status = reader->Finish();
  if (!status.ok()) Fail(status);
  return kDownloadMessages / (CpuSeconds() - began);
}

using Rate = double (*)(Side&, const std::string&);

struct Ratios {
  std::vector<double> to_plain, to_no_op;
};

RateRatios CompareServers(Api api, Rate rate) {
  Ratios ratios;
  for (int i = 0; i < kServers; ++i) {
    std::array<Side, 3> sides = {Side(Protection::kNone, api), Side(Protection::kNoOpInterceptor, api),
                                 Side(Protection::kGuard, api)};
    const std::string token = sides[2].server.Mint("alice", 0);
    const auto measure = [&](size_t side) { return rate(sides[side], token); };
    for (const std::vector<double>& rates : InterleavedRounds(sides.size(), kRounds, measure)) {
      ratios.to_plain.push_back(rates[2] / rates[0]);
      ratios.to_no_op.push_back(rates[2] / rates[1]);
    }
  }
  return {Median(ratios.to_plain), Median(ratios.to_no_op)};
}

struct Case {
  const char* name;
  Api api;
  Rate rate;
};
constexpr std::array<Case, 4> kCases = {{{"sync bidi", Api::kSync, &ChatRate},
                                         {"sync server stream", Api::kSync, &DownloadRate},
                                         {"callback bidi", Api::kCallback, &ChatRate},
                                         {"callback server stream", Api::kCallback, &DownloadRate}}};

}  // namespace

int PrintRates() {
  const OneCpu bound;
  for (const Case& compared : kCases) {
    const RateRatios ratios = CompareServers(compared.api, compared.rate);
    std::cout << ratios.to_plain << " " << ratios.to_no_op << " ";
  }
  std::cout << std::endl;
  return 0;
}

RateRatios CompareRates(const std::string& program) {
  std::array<Ratios, kCases.size()> of_processes;
  for (int i = 0; i < kProcesses; ++i) {
    ChildProcess process({program, "rates"});
    std::istringstream line(process.ReadLine());
    for (Ratios& ratios : of_processes) {
      RateRatios read;
      if (!(line >> read.to_plain >> read.to_no_op)) std::exit(1);  // the process said why
      ratios.to_plain.push_back(read.to_plain);
      ratios.to_no_op.push_back(read.to_no_op);
    }
  }
  RateRatios worst = {1e9, 1e9};
  for (size_t i = 0; i < kCases.size(); ++i) {
    const RateRatios median = {Median(of_processes[i].to_plain), Median(of_processes[i].to_no_op)};
    std::cerr << kCases[i].name << ": to plain " << median.to_plain << ", to no-op " << median.to_no_op << "\n";
    worst = {std::min(worst.to_plain, median.to_plain), std::min(worst.to_no_op, median.to_no_op)};
  }
  return worst;
}

}  // namespace paseto::bench
