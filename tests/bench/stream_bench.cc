// What the guard costs live streams, and how fast it ends them.
//
// Prints one JSON object:
//   plain_bytes_each       heap of the server per live stream without a guard, 10,000 streams
//   streams_bytes_each     what the guard adds to that, the streams' 10,000 distinct tokens included
//   revoke_10k_streams_s   from the revocation until the last of the 10,000 clients knows
//   stream_message_ratio   messages per second, guarded / plain: see stream_rate.h
//   stream_guard_ratio     the same, guarded / under an interceptor that does nothing
// The servers of the first three are this same program, started twice.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "grpc_paseto/tests/bench/stream_child.h"
#include "grpc_paseto/tests/bench/stream_rate.h"

namespace paseto::bench {
namespace {

constexpr int kStreams = 10'000;
constexpr int kWarmUpStreams = 200;

struct LiveStream {
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientReaderWriter<CallRequest, CallResponse>> call;
};
using LiveStreams = std::vector<std::unique_ptr<LiveStream>>;

[[noreturn]] void Fail(const grpc::Status& status) {
  std::cerr << "a stream failed: " << status.error_message() << "\n";
  std::exit(1);
}

LiveStreams Open(StreamChild& server, const std::vector<std::string>& tokens) {
  LiveStreams streams;
  for (const std::string& token : tokens) {
    auto stream = std::make_unique<LiveStream>();
    stream->context.AddMetadata("authorization", absl::StrCat("Bearer ", token));
    stream->call = server.stub().Chat(&stream->context);
    stream->call->WaitForInitialMetadata();
    streams.push_back(std::move(stream));
  }
  return streams;
}

void Close(LiveStreams& streams) {
  for (const auto& stream : streams) {
    stream->call->WritesDone();
    const grpc::Status status = stream->call->Finish();
    if (!status.ok()) Fail(status);
  }
  streams.clear();
}

// Opens kStreams streams; gives the heap bytes of each.
double BytesEach(StreamChild& server, LiveStreams& streams) {
  LiveStreams warm_up = Open(server, server.Mint("bob", kWarmUpStreams));
  Close(warm_up);
  const std::vector<std::string> tokens = server.Mint("alice", kStreams);
  const double before = server.HeapBytes();
  streams = Open(server, tokens);
  return (server.HeapBytes() - before) / kStreams;
}

double SecondsToEnd(StreamChild& server, LiveStreams& streams) {
  const absl::Time began = absl::Now();
  server.RevokeSubject("alice");
  for (const auto& stream : streams) {
    const grpc::Status status = stream->call->Finish();
    if (status.error_message().rfind("stream_revoked: ", 0) != 0) Fail(status);
  }
  return absl::ToDoubleSeconds(absl::Now() - began);
}

int Measure(const char* program) {
  const RateRatios rates = CompareRates();  // first: it wants a process that is fresh
  double plain_bytes = 0, guarded_bytes = 0, revoke_seconds = 0;
  {
    StreamChild plain(program, "plain");
    LiveStreams streams;
    plain_bytes = BytesEach(plain, streams);
    Close(streams);
  }
  {
    StreamChild guarded(program, "guarded");
    LiveStreams streams;
    guarded_bytes = BytesEach(guarded, streams);
    revoke_seconds = SecondsToEnd(guarded, streams);
  }
  std::printf(
      "{\"plain_bytes_each\": %.0f, \"streams_bytes_each\": %.0f, \"revoke_10k_streams_s\": %.4f, "
      "\"stream_message_ratio\": %.4f, \"stream_guard_ratio\": %.4f}\n",
      plain_bytes, guarded_bytes - plain_bytes, revoke_seconds, rates.to_plain, rates.to_no_op);
  return 0;
}

}  // namespace
}  // namespace paseto::bench

int main(int argc, char** argv) {
  using paseto::bench::Protection;
  if (argc == 2) {
    return paseto::bench::ServeStreams(std::strcmp(argv[1], "guarded") == 0 ? Protection::kGuard : Protection::kNone);
  }
  return paseto::bench::Measure(argv[0]);
}
