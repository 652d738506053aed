#include "grpc_paseto/tests/bench/echo_server.h"

#include <grpcpp/grpcpp.h>
#include <sys/resource.h>

#include <cstdio>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "grpc_paseto/core/token/signer.h"
#include "grpc_paseto/interceptor/gate/guard.h"
#include "grpc_paseto/interceptor/gate/guarded_server_builder.h"
#include "grpc_paseto/interceptor/trust/in_process_trust.h"
#include "tests/bench/bench.grpc.pb.h"

namespace paseto::bench {
namespace {

class EchoService final : public Echo::CallbackService {
 public:
  explicit EchoService(bool guarded) : guarded_(guarded) {}

  grpc::ServerUnaryReactor* Call(grpc::CallbackServerContext* context, const CallRequest* request,
                                 CallResponse* response) override {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    if (guarded_) {
      const absl::StatusOr<interceptor::Principal> who = interceptor::PrincipalFrom(*context);
      if (!who.ok()) {
        reactor->Finish(interceptor::ToGrpcStatus(who.status()));
        return reactor;
      }
    }
    response->mutable_payload()->resize(request->response_bytes());
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  grpc::ServerUnaryReactor* Usage(grpc::CallbackServerContext* context, const UsageRequest*,
                                  UsageResponse* response) override {
    rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    const auto microseconds = [](const timeval& time) { return time.tv_sec * 1'000'000LL + time.tv_usec; };
    response->set_cpu_microseconds(microseconds(usage.ru_utime) + microseconds(usage.ru_stime));
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

 private:
  const bool guarded_;
};

std::string MakeToken(const KeySet& keys) {
  TokenSpec spec;
  spec.claims.issuer = "https://id.shop";
  spec.claims.audiences = {"shop"};
  spec.claims.subject = "alice";
  spec.claims.type = "access";
  spec.claims.token_id = TokenId("0b5c7d3e-6d0c-4f0e-9a53-3f6f1b0f7c11");
  spec.claims.session_id = SessionId("0192f3a4-7c1e-7d42-8c11-1f2e3d4c5b6a");
  spec.claims.client_id = ClientId("web");
  spec.claims.scopes = {"orders:read"};
  spec.claims.issued_at = absl::Now();
  spec.claims.expires_at = absl::Now() + absl::Hours(1);
  return SignToken(keys, spec).value();
}

int WaitForEnd(int port, const std::string& token) {
  std::printf("%d %s\n", port, token.c_str());
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line);) {
  }
  return 0;
}

}  // namespace

int ServeEcho(bool guarded) {
  std::vector<Key> made;
  made.emplace_back(V4SecretKey::Generate(), KeyAttributes{});
  const std::shared_ptr<const KeySet> keys = KeySet::Create(std::move(made)).value();
  const std::string token = MakeToken(*keys);
  EchoService service(guarded);
  int port = 0;
  if (!guarded) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service);
    const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
    return WaitForEnd(port, token);
  }
  auto board = std::make_shared<interceptor::TrustBoard>();
  board->SetKeys(keys);
  const auto guard = interceptor::Guard::Create(
      {.trust = interceptor::TrustFromBoard(board), .issuer = "https://id.shop", .audience = "shop"});
  interceptor::GuardedServerBuilder builder(**guard);
  builder.AddListeningPort("127.0.0.1:0", (*guard)->Plaintext(), &port);
  builder.RegisterService(&service);
  const absl::StatusOr<std::unique_ptr<grpc::Server>> server = builder.Start();
  if (!server.ok()) {
    std::cerr << server.status() << "\n";
    return 1;
  }
  return WaitForEnd(port, token);
}

}  // namespace paseto::bench
