// The example shop on a real port, with tokens from an issuer in this process.
#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "grpc_paseto/examples/guarded_service/shop_service.h"
#include "grpc_paseto/interceptor/gate/guard.h"
#include "grpc_paseto/interceptor/gate/guarded_server_builder.h"
#include "grpc_paseto/tests/support/status_matchers.h"
#include "grpc_paseto/tests/support/token_mint.h"
#include "gtest/gtest.h"

namespace examples::shop {
namespace {

using ::testing::ElementsAre;
using ::testing::StartsWith;

class GuardedServiceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto guard = paseto::interceptor::Guard::Create({.trust = paseto::interceptor::TrustFromBoard(mint_.board()),
                                                     .issuer = paseto::TokenMint::kIssuer,
                                                     .audience = paseto::TokenMint::kAudience});
    ASSERT_THAT(guard, paseto::IsOk());
    guard_ = *std::move(guard);
    int port = 0;
    paseto::interceptor::GuardedServerBuilder builder(*guard_);
    builder.AddListeningPort("127.0.0.1:0", guard_->Plaintext(), &port);
    builder.RegisterService(&shop_);
    auto server = builder.Start();
    ASSERT_THAT(server, paseto::IsOk());
    server_ = *std::move(server);
    stub_ =
        v1::Shop::NewStub(grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials()));
  }

  std::string TokenOf(const std::string& subject, bool fresh = true) const {
    return mint_.Mint(subject, [fresh](paseto::TokenSpec& spec) {
      spec.claims.scopes = {"orders:read"};
      spec.claims.fresh = fresh;
    });
  }

  std::unique_ptr<grpc::ClientContext> ContextWith(const std::string& token) const {
    auto context = std::make_unique<grpc::ClientContext>();
    if (!token.empty()) context->AddMetadata("authorization", "Bearer " + token);
    return context;
  }

  grpc::Status GetOrder(const std::string& token, const std::string& id, v1::GetOrderResponse* response) {
    v1::GetOrderRequest request;
    request.set_order_id(id);
    return stub_->GetOrder(ContextWith(token).get(), request, response);
  }

  grpc::Status DeleteAccount(const std::string& token, v1::DeleteAccountResponse* response) {
    return stub_->DeleteAccount(ContextWith(token).get(), {}, response);
  }

  paseto::SystemClock clock_;
  paseto::TokenMint mint_{clock_};
  ShopService shop_;
  std::unique_ptr<paseto::interceptor::Guard> guard_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::Shop::Stub> stub_;
};

TEST_F(GuardedServiceTest, ListsProductsForEveryone) {
  v1::ListProductsResponse response;
  EXPECT_TRUE(stub_->ListProducts(ContextWith("").get(), {}, &response).ok());
  EXPECT_THAT(response.products(), ElementsAre("cup", "pot", "tea"));
}

TEST_F(GuardedServiceTest, GivesAnOrderToItsCustomerOnly) {
  v1::GetOrderResponse response;
  EXPECT_TRUE(GetOrder(TokenOf("alice"), "1", &response).ok());
  EXPECT_EQ(response.product(), "tea");
  EXPECT_EQ(GetOrder(TokenOf("bob"), "1", &response).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(GuardedServiceTest, RefusesAnOrderWithoutTokenOrScope) {
  v1::GetOrderResponse response;
  const grpc::Status missing = GetOrder("", "1", &response);
  EXPECT_EQ(missing.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_THAT(missing.error_message(), StartsWith("token_missing: "));
  const grpc::Status no_scope = GetOrder(mint_.Mint("alice"), "1", &response);
  EXPECT_EQ(no_scope.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_THAT(no_scope.error_message(), StartsWith("scope_missing: "));
}

TEST_F(GuardedServiceTest, DeletesAnAccountOnlyForAFreshToken) {
  v1::DeleteAccountResponse response;
  const grpc::Status stale = DeleteAccount(TokenOf("alice", /*fresh=*/false), &response);
  EXPECT_EQ(stale.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_THAT(stale.error_message(), StartsWith("not_fresh: "));
  EXPECT_TRUE(DeleteAccount(TokenOf("alice"), &response).ok());
  EXPECT_EQ(response.deleted_orders(), 2);
  v1::GetOrderResponse order;
  EXPECT_EQ(GetOrder(TokenOf("alice"), "1", &order).error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_TRUE(GetOrder(TokenOf("bob"), "3", &order).ok());
}

TEST_F(GuardedServiceTest, EndsAWatchWhenItsTokenIsRevoked) {
  const auto context = ContextWith(TokenOf("alice"));
  const auto reader = stub_->WatchOrders(context.get(), {});
  v1::WatchOrdersResponse event;
  ASSERT_TRUE(reader->Read(&event));
  EXPECT_EQ(event.order_id(), "1");
  EXPECT_EQ(event.state(), "packed");
  mint_.RevokeSubject("alice");
  while (reader->Read(&event)) continue;
  const grpc::Status status = reader->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_THAT(status.error_message(), StartsWith("stream_revoked: "));
}

TEST_F(GuardedServiceTest, TellsACustomerWithoutOrdersSo) {
  const auto context = ContextWith(TokenOf("carol"));
  const auto reader = stub_->WatchOrders(context.get(), {});
  v1::WatchOrdersResponse event;
  EXPECT_FALSE(reader->Read(&event));
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(GuardedServiceTest, TalksWithTheCallerByName) {
  const auto context = ContextWith(TokenOf("alice"));
  const auto stream = stub_->Chat(context.get());
  v1::ChatRequest request;
  request.set_text("hello");
  v1::ChatResponse response;
  ASSERT_TRUE(stream->Write(request));
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.text(), "alice, you said: hello");
  stream->WritesDone();
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_TRUE(stream->Finish().ok());
}

}  // namespace
}  // namespace examples::shop
