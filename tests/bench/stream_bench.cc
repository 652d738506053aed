// What the guard costs live streams, and how fast it ends them.
//
// Prints one JSON object:
//   plain_bytes_each       heap of the server per live stream without a guard, 10,000 streams
//   streams_bytes_each     what the guard adds to that, the streams' 10,000 distinct tokens included
//   revoke_10k_streams_s   from the revocation until the last of the 10,000 clients knows
//   plain_end_10k_streams_s  the same where a server without a guard ends them itself
//   stream_message_ratio   messages per second, guarded / plain: see stream_rate.h
//   stream_guard_ratio     the same, guarded / under an interceptor that does nothing
// The servers are this same program, started again.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
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

// `end` has the server end all streams, with a status that begins with `expected`.
double SecondsToEnd(LiveStreams& streams, const std::function<void()>& end, absl::string_view expected) {
  const absl::Time began = absl::Now();
  end();
  for (const auto& stream : streams) {
    const grpc::Status status = stream->call->Finish();
    if (!absl::StartsWith(status.error_message(), expected)) Fail(status);
  }
  return absl::ToDoubleSeconds(absl::Now() - began);
}

int Measure(const char* program) {
  const RateRatios rates = CompareRates(program);
  double plain_bytes = 0, guarded_bytes = 0, revoke_seconds = 0, plain_seconds = 0;
  {
    StreamChild plain(program, "plain");
    LiveStreams streams;
    plain_bytes = BytesEach(plain, streams);
    plain_seconds = SecondsToEnd(
        streams, [&] { plain.EndChats(); }, "ended");
  }
  {
    StreamChild guarded(program, "guarded");
    LiveStreams streams;
    guarded_bytes = BytesEach(guarded, streams);
    revoke_seconds = SecondsToEnd(
        streams, [&] { guarded.RevokeSubject("alice"); }, "stream_revoked: ");
  }
  std::printf(
      "{\"plain_bytes_each\": %.0f, \"streams_bytes_each\": %.0f, \"revoke_10k_streams_s\": %.4f, "
      "\"plain_end_10k_streams_s\": %.4f, "
      "\"stream_message_ratio\": %.4f, \"stream_guard_ratio\": %.4f}\n",
      plain_bytes, guarded_bytes - plain_bytes, revoke_seconds, plain_seconds, rates.to_plain, rates.to_no_op);
  return 0;
}

}  // namespace
}  // namespace paseto::bench

int main(int argc, char** argv) {
  using paseto::bench::Protection;
  if (argc == 2 && std::strcmp(argv[1], "rates") == 0) return paseto::bench::PrintRates();
  if (argc == 2) {
    return paseto::bench::ServeStreams(std::strcmp(argv[1], "guarded") == 0 ? Protection::kGuard : Protection::kNone);
  }
  return paseto::bench::Measure(argv[0]);
}
