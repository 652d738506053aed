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

GateSide::GateSide(const std::vector<std::string>& command) : process_(command) {
  const std::vector<std::string> line = absl::StrSplit(process_.ReadLine(), ' ');
  if (line.size() != 2) {
    std::cerr << "the echo server did not start\n";
    std::exit(1);
  }
  token_ = line[1];
  stub_ = Echo::NewStub(grpc::CreateChannel(absl::StrCat("127.0.0.1:", line[0]), grpc::InsecureChannelCredentials()));
}

std::vector<std::string> GateSide::NewTokens(int count) {
  grpc::ClientContext context;
  TokensRequest request;
  TokensResponse response;
  request.set_count(count);
  if (!stub_->Tokens(&context, request, &response).ok()) std::exit(1);
  return {response.tokens().begin(), response.tokens().end()};
}

double GateSide::Round(const std::vector<std::string>& tokens, int calls, int in_flight) {
  struct Call {
    std::unique_ptr<grpc::ClientContext> context;
    CallRequest request;
    CallResponse response;
  };
  std::vector<Call> slots(in_flight);
  std::atomic<size_t> next{0};
  const int64_t before = CpuMicroseconds();
  const LoopResult result = RunClosedLoop(in_flight, calls, [&](int slot, std::function<void(bool)> done) {
    Call& call = slots[slot];
    call.context = std::make_unique<grpc::ClientContext>();
    call.context->AddMetadata("authorization", absl::StrCat("Bearer ", tokens[next++ % tokens.size()]));
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

int64_t GateSide::CpuMicroseconds() {
  grpc::ClientContext context;
  UsageResponse usage;
  if (!stub_->Usage(&context, UsageRequest(), &usage).ok()) std::exit(1);
  return usage.cpu_microseconds();
}

}  // namespace paseto::bench
