#include "grpc_paseto/examples/guarded_service/shop_service.h"

#include "grpc_paseto/examples/guarded_service/order_watch.h"
#include "grpc_paseto/interceptor/gate/guard.h"

namespace examples::shop {
namespace {

using paseto::interceptor::Principal;
using paseto::interceptor::PrincipalFrom;
using paseto::interceptor::ToGrpcStatus;

grpc::ServerUnaryReactor* Answer(grpc::CallbackServerContext* context, const grpc::Status& status) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(status);
  return reactor;
}

// A stream that ends with `status` before it has begun.
template <typename Reactor>
class Refusal final : public Reactor {
 public:
  explicit Refusal(const grpc::Status& status) { this->Finish(status); }
  void OnDone() override { delete this; }
};

// Answers each line of the caller. Deletes itself when the call is over.
class Talk final : public grpc::ServerBidiReactor<v1::ChatRequest, v1::ChatResponse> {
 public:
  explicit Talk(std::string caller) : caller_(std::move(caller)) { StartRead(&request_); }

  void OnReadDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::OK);
    response_.set_text(caller_ + ", you said: " + request_.text());
    StartWrite(&response_);
  }
  void OnWriteDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::CANCELLED);
    StartRead(&request_);
  }
  void OnDone() override { delete this; }

 private:
  const std::string caller_;
  v1::ChatRequest request_;
  v1::ChatResponse response_;
};

}  // namespace

grpc::ServerUnaryReactor* ShopService::ListProducts(grpc::CallbackServerContext* context,
                                                    const v1::ListProductsRequest*,
                                                    v1::ListProductsResponse* response) {
  for (const char* product : {"cup", "pot", "tea"}) response->add_products(product);
  return Answer(context, grpc::Status::OK);
}

grpc::ServerUnaryReactor* ShopService::GetOrder(grpc::CallbackServerContext* context,
                                                const v1::GetOrderRequest* request, v1::GetOrderResponse* response) {
  const absl::StatusOr<Principal> caller = PrincipalFrom(*context);
  if (!caller.ok()) return Answer(context, ToGrpcStatus(caller.status()));
  absl::MutexLock lock(&mutex_);
  const auto order = orders_.find(request->order_id());
  if (order == orders_.end() || order->second.customer != caller->subject()) {
    return Answer(context, grpc::Status(grpc::StatusCode::NOT_FOUND, "you have no such order"));
  }
  response->set_product(order->second.product);
  response->set_quantity(order->second.quantity);
  return Answer(context, grpc::Status::OK);
}

grpc::ServerUnaryReactor* ShopService::DeleteAccount(grpc::CallbackServerContext* context,
                                                     const v1::DeleteAccountRequest*,
                                                     v1::DeleteAccountResponse* response) {
  const absl::StatusOr<Principal> caller = PrincipalFrom(*context);
  if (!caller.ok()) return Answer(context, ToGrpcStatus(caller.status()));
  absl::MutexLock lock(&mutex_);
  const auto deleted =
      std::erase_if(orders_, [&](const auto& order) { return order.second.customer == caller->subject(); });
  response->set_deleted_orders(static_cast<int>(deleted));
  return Answer(context, grpc::Status::OK);
}

grpc::ServerWriteReactor<v1::WatchOrdersResponse>* ShopService::WatchOrders(grpc::CallbackServerContext* context,
                                                                            const v1::WatchOrdersRequest*) {
  const absl::StatusOr<Principal> caller = PrincipalFrom(*context);
  if (!caller.ok()) {
    return new Refusal<grpc::ServerWriteReactor<v1::WatchOrdersResponse>>(ToGrpcStatus(caller.status()));
  }
  return new OrderWatch(OrdersOf(caller->subject()));
}

grpc::ServerBidiReactor<v1::ChatRequest, v1::ChatResponse>* ShopService::Chat(grpc::CallbackServerContext* context) {
  const absl::StatusOr<Principal> caller = PrincipalFrom(*context);
  if (!caller.ok()) {
    return new Refusal<grpc::ServerBidiReactor<v1::ChatRequest, v1::ChatResponse>>(ToGrpcStatus(caller.status()));
  }
  return new Talk(caller->subject());
}

std::vector<std::string> ShopService::OrdersOf(const std::string& customer) const {
  absl::MutexLock lock(&mutex_);
  std::vector<std::string> ids;
  for (const auto& [id, order] : orders_) {
    if (order.customer == customer) ids.push_back(id);
  }
  return ids;
}

}  // namespace examples::shop
