#include "examples/guarded_service/shop.grpc.pb.h"
#include "grpc_paseto/interceptor/gate/guarded_server_builder.h"
#include "grpc_paseto/interceptor/trust/feed_trust.h"
using namespace paseto::interceptor;
using namespace examples::shop::v1;

class Orders final : public Shop::Service {  // its rules stand in shop.proto
  grpc::Status GetOrder(grpc::ServerContext* context, const GetOrderRequest*, GetOrderResponse* order) override {
    absl::StatusOr<Principal> who = PrincipalFrom(*context);
    if (!who.ok()) return ToGrpcStatus(who.status());
    order->set_product("tea for " + who->subject());
    return grpc::Status::OK;
  }
};

int main() {
  FeedTrustOptions feed = {.addresses = {"127.0.0.1:7443"}, .issuer = "https://id.shop", .token_file = "feed.token"};
  auto guard = Guard::Create({.trust = TrustFromFeed(feed).value(), .issuer = feed.issuer, .audience = "shop"}).value();
  Orders orders;
  GuardedServerBuilder builder(*guard);
  builder.AddListeningPort("127.0.0.1:8080", guard->Plaintext());  // to the sidecar of a mesh
  TlsFiles tls = {.certificate_file = "chain.pem", .private_key_file = "key.pem"};
  builder.AddListeningPort("0.0.0.0:8443", guard->TlsFromFiles(tls).value());  // to the world; either port is enough
  builder.RegisterService(&orders);
  builder.Start().value()->Wait();
}
