#include "grpc_paseto/tests/bench/gate_side.h"

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "grpc_paseto/tests/bench/closed_loop.h"

namespace paseto::bench {
namespace {

// Over a connection of its own.
std::unique_ptr<Echo::Stub> ConnectTo(const std::string& port) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return Echo::NewStub(
      grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", port), grpc::InsecureChannelCredentials(), arguments));
}

}  // namespace

struct GateSide::Call {
  std::unique_ptr<grpc::ClientContext> context;
  CallRequest request;
  CallResponse response;
};

GateSide::GateSide(const std::vector<std::string>& command) : process_(command) {
  const std::vector<std::string> line = absl::StrSplit(process_.ReadLine(), ' ');
  if (line.size() != 2) {
    std::cerr << "the echo server did not start\n";
    std::exit(1);
  }
  token_ = line[1];
  stub_ = ConnectTo(line[0]);
  second_stub_ = ConnectTo(line[0]);
}

std::vector<std::string> GateSide::NewTokens(int count) {
  grpc::ClientContext context;
  TokensRequest request;
  TokensResponse response;
  request.set_count(count);
  if (!stub_->Tokens(&context, request, &response).ok()) std::exit(1);
  return {response.tokens().begin(), response.tokens().end()};
}

void GateSide::Start(Echo::Stub& stub, absl::string_view token, Call& call, std::function<void(bool)> done) {
  call.context = std::make_unique<grpc::ClientContext>();
  call.context->AddMetadata("authorization", absl::StrCat("Bearer ", token));
  call.request.set_payload("ping");
  call.request.set_response_bytes(64);
  stub.async()->Call(call.context.get(), &call.request, &call.response,
                     [done = std::move(done)](grpc::Status status) { done(status.ok()); });
}

double GateSide::Round(const std::vector<std::string>& tokens, int calls, int in_flight) {
  std::vector<Call> slots(in_flight);
  std::atomic<size_t> next{0};
  const int64_t before = CpuMicroseconds();
  const LoopResult result = RunClosedLoop(in_flight, calls, [&](int slot, std::function<void(bool)> done) {
    Start(*stub_, tokens[next++ % tokens.size()], slots[slot], std::move(done));
  });
  if (result.failures != 0) {
    std::cerr << result.failures << " calls failed\n";
    std::exit(1);
  }
  return static_cast<double>(CpuMicroseconds() - before) / calls;
}

double GateSide::FloodRound(const std::function<std::string()>& bad, int pairs, int in_flight) {
  std::vector<Call> slots(in_flight);
  const int64_t before = CpuMicroseconds();
  const LoopResult result = RunClosedLoop(in_flight, pairs, [&](int slot, std::function<void(bool)> done) {
    Start(*stub_, token_, slots[slot], [this, &bad, &call = slots[slot], done = std::move(done)](bool good_ok) {
      Start(*second_stub_, bad(), call, [good_ok, done](bool bad_ok) { done(good_ok && !bad_ok); });
    });
  });
  if (result.failures != 0) {
    std::cerr << result.failures << " pairs went wrong\n";
    std::exit(1);
  }
  return static_cast<double>(CpuMicroseconds() - before) / pairs;
}

int64_t GateSide::CpuMicroseconds() {
  grpc::ClientContext context;
  UsageResponse usage;
  if (!stub_->Usage(&context, UsageRequest(), &usage).ok()) std::exit(1);
  return usage.cpu_microseconds();
}

}  // namespace paseto::bench
