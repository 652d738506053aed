// ShopService: the handlers of the example. They ask who calls; whether the caller may call was decided before them.
#ifndef GRPC_PASETO_EXAMPLES_GUARDED_SERVICE_SHOP_SERVICE_H_
#define GRPC_PASETO_EXAMPLES_GUARDED_SERVICE_SHOP_SERVICE_H_

#include <map>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "examples/guarded_service/shop.grpc.pb.h"

namespace examples::shop {

struct Order {
  std::string customer;
  std::string product;
  int quantity;
};

// Threads: gRPC calls the handlers from several threads at once.
class ShopService final : public v1::Shop::CallbackService {
 public:
  grpc::ServerUnaryReactor* ListProducts(grpc::CallbackServerContext* context, const v1::ListProductsRequest* request,
                                         v1::ListProductsResponse* response) override;
  grpc::ServerUnaryReactor* GetOrder(grpc::CallbackServerContext* context, const v1::GetOrderRequest* request,
                                     v1::GetOrderResponse* response) override;
  grpc::ServerUnaryReactor* DeleteAccount(grpc::CallbackServerContext* context, const v1::DeleteAccountRequest* request,
                                          v1::DeleteAccountResponse* response) override;
  grpc::ServerWriteReactor<v1::WatchOrdersResponse>* WatchOrders(grpc::CallbackServerContext* context,
                                                                 const v1::WatchOrdersRequest* request) override;
  grpc::ServerBidiReactor<v1::ChatRequest, v1::ChatResponse>* Chat(grpc::CallbackServerContext* context) override;

 private:
  std::vector<std::string> OrdersOf(const std::string& customer) const;

  mutable absl::Mutex mutex_;
  std::map<std::string, Order> orders_ ABSL_GUARDED_BY(mutex_) = {
      {"1", {"alice", "tea", 2}},
      {"2", {"alice", "cup", 1}},
      {"3", {"bob", "pot", 1}},
  };
};

}  // namespace examples::shop

#endif  // GRPC_PASETO_EXAMPLES_GUARDED_SERVICE_SHOP_SERVICE_H_
