// The example shop in the sync API and on a completion queue: the guard is the same, and so are the rules.
#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "grpc_paseto/examples/guarded_service/async_shop.h"
#include "grpc_paseto/examples/guarded_service/sync_shop.h"
#include "grpc_paseto/interceptor/gate/guard.h"
#include "grpc_paseto/interceptor/gate/guarded_server_builder.h"
#include "grpc_paseto/tests/support/token_mint.h"
#include "gtest/gtest.h"

namespace examples::shop {
namespace {

using ::testing::StartsWith;

class OtherApisTest : public ::testing::Test {
 protected:
  OtherApisTest() { builder_.AddListeningPort("127.0.0.1:0", guard_->Plaintext(), &port_); }

  void Start() {
    server_ = builder_.Start().value();
    stub_ = v1::Shop::NewStub(
        grpc::CreateChannel("127.0.0.1:" + std::to_string(port_), grpc::InsecureChannelCredentials()));
  }

  std::unique_ptr<grpc::ClientContext> ContextOf(const std::string& subject) const {
    auto context = std::make_unique<grpc::ClientContext>();
    context->AddMetadata("authorization", "Bearer " + mint_.Mint(subject, [](paseto::TokenSpec& spec) {
      spec.claims.scopes = {"orders:read"};
    }));
    return context;
  }

  void ExpectThatItServesAndGuards() {
    v1::GetOrderResponse order;
    EXPECT_TRUE(stub_->GetOrder(ContextOf("alice").get(), {}, &order).ok());
    EXPECT_EQ(order.product(), "tea for alice");
    grpc::ClientContext nobody;
    EXPECT_THAT(stub_->GetOrder(&nobody, {}, &order).error_message(), StartsWith("token_missing: "));
    v1::DeleteAccountResponse deleted;
    EXPECT_EQ(stub_->DeleteAccount(ContextOf("alice").get(), {}, &deleted).error_code(),
              grpc::StatusCode::UNIMPLEMENTED);

    const auto alice = ContextOf("alice");
    const auto watch = stub_->WatchOrders(alice.get(), {});
    v1::WatchOrdersResponse event;
    EXPECT_TRUE(watch->Read(&event));
    EXPECT_TRUE(watch->Read(&event));
    EXPECT_EQ(event.state(), "on the road");
    mint_.RevokeSubject("alice");
    while (watch->Read(&event)) continue;
    EXPECT_THAT(watch->Finish().error_message(), StartsWith("stream_revoked: "));
  }

  // A watch of bob is open; `stop` ends the server.
  template <typename Stop>
  void ExpectThatItStopsWithAWatchOpen(Stop stop) {
    const auto bob = ContextOf("bob");
    const auto watch = stub_->WatchOrders(bob.get(), {});
    v1::WatchOrdersResponse event;
    EXPECT_TRUE(watch->Read(&event));
    stop();
    while (watch->Read(&event)) continue;
    watch->Finish();
  }

  paseto::SystemClock clock_;
  paseto::TokenMint mint_{clock_};
  const std::unique_ptr<paseto::interceptor::Guard> guard_ =
      paseto::interceptor::Guard::Create({.trust = paseto::interceptor::TrustFromBoard(mint_.board()),
                                          .issuer = paseto::TokenMint::kIssuer,
                                          .audience = paseto::TokenMint::kAudience})
          .value();
  paseto::interceptor::GuardedServerBuilder builder_{*guard_};
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::Shop::Stub> stub_;
};

TEST_F(OtherApisTest, SyncShopServesAndGuards) {
  SyncShop shop;
  builder_.RegisterService(&shop);
  Start();
  ExpectThatItServesAndGuards();
  ExpectThatItStopsWithAWatchOpen([&] {
    shop.Stop();
    server_->Shutdown();
  });
}

TEST_F(OtherApisTest, AsyncShopServesAndGuards) {
  AsyncShop shop;
  shop.AddTo(builder_);
  Start();
  shop.Serve();
  ExpectThatItServesAndGuards();
  ExpectThatItStopsWithAWatchOpen([&] {
    server_->Shutdown(std::chrono::system_clock::now());
    shop.Stop();
  });
  server_ = nullptr;
}

}  // namespace
}  // namespace examples::shop
