#include "grpc_paseto/tests/bench/stream_rate.h"

#include <sched.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "grpc_paseto/tests/bench/stream_server.h"

namespace paseto::bench {
namespace {

constexpr int kRounds = 60;
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

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

using Rate = double (*)(Side&, const std::string&);

RateRatios Compare(std::array<Side, 3>& sides, Rate rate, const std::string& token) {
  std::vector<double> to_plain, to_no_op;
  for (int round = -1; round < kRounds; ++round) {  // round -1 warms up
    std::array<double, 3> rates;
    for (size_t turn = 0; turn < sides.size(); ++turn) {  // each side comes first equally often
      const size_t number = (turn + round + 1) % sides.size();
      rates[number] = rate(sides[number], token);
    }
    if (round < 0) continue;
    to_plain.push_back(rates[2] / rates[0]);
    to_no_op.push_back(rates[2] / rates[1]);
  }
  return {Median(to_plain), Median(to_no_op)};
}

}  // namespace

RateRatios CompareRates() {
  const OneCpu bound;
  RateRatios worst = {1e9, 1e9};
  for (const Api api : {Api::kSync, Api::kCallback}) {
    std::array<Side, 3> sides = {Side(Protection::kNone, api), Side(Protection::kNoOpInterceptor, api),
                                 Side(Protection::kGuard, api)};
    const std::string token = sides[2].server.Mint("alice", 0);
    for (const auto& [name, rate] : {std::pair("bidi", &ChatRate), std::pair("server stream", &DownloadRate)}) {
      const RateRatios ratios = Compare(sides, rate, token);
      std::cerr << (api == Api::kSync ? "sync " : "callback ") << name << ": to plain " << ratios.to_plain
                << ", to no-op " << ratios.to_no_op << "\n";
      worst = {std::min(worst.to_plain, ratios.to_plain), std::min(worst.to_no_op, ratios.to_no_op)};
    }
  }
  return worst;
}

}  // namespace paseto::bench
