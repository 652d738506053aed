// GuardedEcho: a guarded server with the Echo service on a port of its own choice, and a client of it.
#ifndef GRPC_PASETO_TESTS_SUPPORT_GUARDED_ECHO_H_
#define GRPC_PASETO_TESTS_SUPPORT_GUARDED_ECHO_H_

#include <grpcpp/grpcpp.h>

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "grpc_paseto/interceptor/gate/guard.h"
#include "grpc_paseto/interceptor/gate/guarded_server_builder.h"
#include "grpc_paseto/tests/support/echo_service.h"
#include "grpc_paseto/tests/support/fake_clock.h"
#include "grpc_paseto/tests/support/temporary_folder.h"
#include "grpc_paseto/tests/support/token_mint.h"

namespace paseto {

enum class Transport { kPlaintext, kTls, kMutualTls, kUnixSocket, kLocal };
enum class CallKind { kSay, kCollect, kFollow, kChat };

inline constexpr std::array<Transport, 5> kEveryTransport = {
    Transport::kPlaintext, Transport::kTls, Transport::kMutualTls,
    Transport::kUnixSocket,  // plaintext over a Unix socket
    Transport::kLocal};      // gRPC's local credentials over a Unix socket
inline constexpr std::array<CallKind, 4> kEveryCallKind = {CallKind::kSay, CallKind::kCollect, CallKind::kFollow,
                                                           CallKind::kChat};
const char* NameOf(Transport transport);
const char* NameOf(CallKind kind);

class GuardedEcho {
 public:
  struct Options {
    EchoApi api = EchoApi::kCallback;
    Transport transport = Transport::kPlaintext;
    v1::AuthRule rule;  // of the whole Echo service
    std::shared_ptr<interceptor::CallObserver> observer;
    std::function<void(interceptor::GuardOptions&)> change_guard;
    std::function<void(interceptor::GuardedServerBuilder&)> change_builder;
  };
  explicit GuardedEcho(Options options);
  ~GuardedEcho();

  FakeClock& clock() { return clock_; }
  TokenMint& mint() { return mint_; }
  EchoCounters& counters() { return counters_; }
  interceptor::Guard& guard() { return *guard_; }
  grpc::Server& server() { return *server_; }
  testing::Echo::Stub& stub() { return *stub_; }
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

  // Shuts the server down at once and returns when no handler runs any more.
  void Stop();

  // "host:port" or "unix:path", as clients call it.
  std::string address() const;
  // What a client of this server needs to reach it.
  std::shared_ptr<grpc::ChannelCredentials> channel_credentials() const;
  // A connection of its own.
  std::shared_ptr<grpc::Channel> NewChannel() const;

  // What a call gave its client.
  struct Outcome {
    grpc::Status status;
    std::vector<testing::EchoReply> replies;
  };
  using Metadata = std::vector<std::pair<std::string, std::string>>;
  // One call of the given kind to its end. A Follow is cancelled after its first reply.
  Outcome Call(CallKind kind, const Metadata& metadata);
  // With "authorization: Bearer <token>".
  Outcome CallWith(CallKind kind, const std::string& token);

 private:
  const Options options_;
  FakeClock clock_;
  TokenMint mint_{clock_};
  EchoCounters counters_;
  std::unique_ptr<interceptor::Guard> guard_;
  const TemporaryFolder folder_;  // of the Unix socket
  std::unique_ptr<EchoBackend> echo_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<testing::Echo::Stub> stub_;
};

// One unary call of any method, "/package.Service/Method", with an empty request.
grpc::Status CallUnary(grpc::Channel& channel, const char* path, const GuardedEcho::Metadata& metadata);

// A metadata list with "authorization: Bearer <token>".
GuardedEcho::Metadata Bearer(const std::string& token);

}  // namespace paseto

#endif  // GRPC_PASETO_TESTS_SUPPORT_GUARDED_ECHO_H_
