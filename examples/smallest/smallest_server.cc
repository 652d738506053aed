// smallest_server: what it takes to guard a service that exists already. README.md shows the part between the marks.
#include <grpcpp/grpcpp.h>

#include <iostream>
#include <memory>
#include <utility>

#include "examples/guarded_service/shop.grpc.pb.h"
#include "grpc_paseto/interceptor/gate/guard.h"
#include "grpc_paseto/interceptor/gate/guarded_server_builder.h"
#include "grpc_paseto/interceptor/trust/feed_trust.h"

namespace {

using examples::shop::v1::GetOrderRequest;
using examples::shop::v1::GetOrderResponse;
using paseto::interceptor::Guard;
using paseto::interceptor::GuardedServerBuilder;
using paseto::interceptor::Principal;
using paseto::interceptor::PrincipalFrom;
using paseto::interceptor::ToGrpcStatus;
using paseto::interceptor::TrustFromFeed;

// README: begin
class Shop final : public examples::shop::v1::Shop::Service {  // a sync service; callback and async work alike
  grpc::Status GetOrder(grpc::ServerContext* context, const GetOrderRequest*, GetOrderResponse* response) override {
    absl::StatusOr<Principal> caller = PrincipalFrom(*context);  // verified before this handler ran
    if (!caller.ok()) return ToGrpcStatus(caller.status());
    response->set_product("tea for " + caller->subject());
    return grpc::Status::OK;
  }
};

absl::Status Serve() {
  auto trust =
      TrustFromFeed({.addresses = {"127.0.0.1:7443"}, .issuer = "https://id.shop", .token_file = "feed.token"});
  if (!trust.ok()) return trust.status();
  auto guard = Guard::Create({.trust = *std::move(trust), .issuer = "https://id.shop", .audience = "shop"});
  if (!guard.ok()) return guard.status();
  Shop shop;
  GuardedServerBuilder builder(**guard);  // a grpc::ServerBuilder
  builder.AddListeningPort("127.0.0.1:50051", (*guard)->Plaintext());
  builder.RegisterService(&shop);
  absl::StatusOr<std::unique_ptr<grpc::Server>> server = builder.Start();
  if (server.ok()) (*server)->Wait();
  return server.status();
}
// README: end

}  // namespace

int main() {
  const absl::Status status = Serve();
  if (!status.ok()) std::cerr << "smallest_server: " << status.message() << "\n";
  return status.ok() ? 0 : 1;
}
