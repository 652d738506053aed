// greeter: a server guarded by the rule in greeter.proto, and a client whose channel carries a token. Exit code 0 when
// the rule decided every call as it must.
#include <grpcpp/grpcpp.h>

#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "greeter.grpc.pb.h"
#include "grpc_paseto/core/token/signer.h"
#include "grpc_paseto/interceptor/client/call_credentials.h"
#include "grpc_paseto/interceptor/client/refresher.h"
#include "grpc_paseto/interceptor/client/token_keeper.h"
#include "grpc_paseto/interceptor/gate/guard.h"
#include "grpc_paseto/interceptor/gate/guarded_server_builder.h"
#include "grpc_paseto/interceptor/trust/in_process_trust.h"

namespace {

using greeter::v1::Greeter;
using greeter::v1::GreetRequest;
using greeter::v1::GreetResponse;
using paseto::client::TokenKeeper;
using paseto::interceptor::Guard;
using paseto::interceptor::GuardedServerBuilder;
using Keys = std::shared_ptr<const paseto::KeySet>;

constexpr char kIssuer[] = "https://id.example";
constexpr char kAudience[] = "greeter";

class GreeterService final : public Greeter::Service {
  grpc::Status Greet(grpc::ServerContext* context, const GreetRequest*, GreetResponse* response) override {
    const auto caller = paseto::interceptor::PrincipalFrom(*context);
    if (!caller.ok()) return paseto::interceptor::ToGrpcStatus(caller.status());
    response->set_text("hello " + caller->subject());
    return grpc::Status::OK;
  }
};

// A channel to `port` that carries an access token of alice with these scopes.
std::shared_ptr<grpc::Channel> ChannelWith(const Keys& keys, int port, std::vector<std::string> scopes) {
  paseto::TokenSpec spec;
  spec.claims.issuer = kIssuer;
  spec.claims.subject = "alice";
  spec.claims.audiences = {kAudience};
  spec.claims.type = "access";
  spec.claims.scopes = std::move(scopes);
  spec.claims.expires_at = absl::Now() + absl::Minutes(10);
  paseto::client::TokenPair pair;
  pair.access_token = paseto::SignToken(*keys, spec).value();
  pair.access_expires_at = *spec.claims.expires_at;
  const std::string address = "127.0.0.1:" + std::to_string(port);
  paseto::client::TokenKeeperOptions options;
  options.refresher = paseto::client::RefreshThrough(  // never called: the pair has no refresh token
      {.channel = grpc::CreateChannel(address, grpc::InsecureChannelCredentials())});
  std::vector<std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface>> interceptors;
  interceptors.push_back(
      paseto::client::MakeTokenInterceptorFactory(TokenKeeper::Make(std::move(pair), std::move(options))));
  return grpc::experimental::CreateCustomChannelWithInterceptors(address, grpc::InsecureChannelCredentials(), {},
                                                                 std::move(interceptors));
}

// True when a call over `channel` ends with `wanted`; says so when not.
bool GreetEndsWith(grpc::StatusCode wanted, const std::shared_ptr<grpc::Channel>& channel) {
  grpc::ClientContext context;
  GreetResponse response;
  const grpc::Status status = Greeter::NewStub(channel)->Greet(&context, GreetRequest(), &response);
  const bool as_wanted = status.error_code() == wanted && (!status.ok() || response.text() == "hello alice");
  if (!as_wanted) std::cerr << "greeter: expected code " << wanted << ", got " << status.error_code() << "\n";
  return as_wanted;
}

absl::StatusOr<bool> Run() {
  const auto keys = paseto::KeySet::Create({paseto::Key(paseto::V4SecretKey::Generate(), {})});
  if (!keys.ok()) return keys.status();
  const auto board = std::make_shared<paseto::interceptor::TrustBoard>();
  board->SetKeys(*keys);
  const auto guard =
      Guard::Create({.trust = paseto::interceptor::TrustFromBoard(board), .issuer = kIssuer, .audience = kAudience});
  if (!guard.ok()) return guard.status();
  GreeterService service;
  GuardedServerBuilder builder(**guard);
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", (*guard)->Plaintext(), &port);
  builder.RegisterService(&service);
  const auto server = builder.Start();
  if (!server.ok()) return server.status();
  const auto bare = grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials());
  return GreetEndsWith(grpc::StatusCode::UNAUTHENTICATED, bare) &&
         GreetEndsWith(grpc::StatusCode::PERMISSION_DENIED, ChannelWith(*keys, port, {})) &&
         GreetEndsWith(grpc::StatusCode::OK, ChannelWith(*keys, port, {"greetings:read"}));
}

}  // namespace

int main() {
  const absl::StatusOr<bool> as_it_must = Run();
  if (!as_it_must.ok()) std::cerr << "greeter: " << as_it_must.status().message() << "\n";
  return as_it_must.value_or(false) ? 0 : 1;
}
