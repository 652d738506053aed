// The streaming server of the benchmarks: the same handlers plain, under an interceptor that does nothing, or guarded.
#ifndef GRPC_PASETO_TESTS_BENCH_STREAM_SERVER_H_
#define GRPC_PASETO_TESTS_BENCH_STREAM_SERVER_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "grpc_paseto/core/token/key_set.h"
#include "grpc_paseto/interceptor/gate/guard.h"
#include "grpc_paseto/interceptor/trust/in_process_trust.h"
#include "tests/bench/bench.grpc.pb.h"

namespace paseto::bench {

enum class Protection { kNone, kNoOpInterceptor, kGuard };
enum class Api { kSync, kCallback };

class StreamServer {
 public:
  StreamServer(Protection protection, Api api);
  ~StreamServer();
  StreamServer(const StreamServer&) = delete;
  StreamServer& operator=(const StreamServer&) = delete;

  int port() const { return port_; }
  // A token of `subject`, different for each `number`.
  std::string Mint(absl::string_view subject, int number) const;
  // The guard's servers only: nothing of `subject` is accepted any more.
  void RevokeSubject(absl::string_view subject);
  // With the callback API only: ends all chats, as a handler would.
  void EndChats();

 private:
  const std::shared_ptr<const KeySet> keys_;
  const std::shared_ptr<interceptor::TrustBoard> board_;
  std::unique_ptr<interceptor::Guard> guard_;
  std::unique_ptr<grpc::Service> service_;
  std::function<void()> end_chats_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
};

// A stub on a connection of its own.
std::unique_ptr<Streams::Stub> ConnectTo(int port);

}  // namespace paseto::bench

#endif  // GRPC_PASETO_TESTS_BENCH_STREAM_SERVER_H_
