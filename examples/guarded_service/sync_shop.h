// SyncShop: two methods of the shop in gRPC's sync API. ShopService has them all, in the callback API.
#ifndef GRPC_PASETO_EXAMPLES_GUARDED_SERVICE_SYNC_SHOP_H_
#define GRPC_PASETO_EXAMPLES_GUARDED_SERVICE_SYNC_SHOP_H_

#include "absl/synchronization/notification.h"
#include "examples/guarded_service/shop.grpc.pb.h"

namespace examples::shop {

// Threads: gRPC calls the handlers from several threads at once.
class SyncShop final : public v1::Shop::Service {
 public:
  grpc::Status GetOrder(grpc::ServerContext* context, const v1::GetOrderRequest* request,
                        v1::GetOrderResponse* response) override;
  grpc::Status WatchOrders(grpc::ServerContext* context, const v1::WatchOrdersRequest* request,
                           grpc::ServerWriter<v1::WatchOrdersResponse>* writer) override;

  // Lets live watches return; before the server is shut down.
  void Stop() { stopping_.Notify(); }

 private:
  absl::Notification stopping_;
};

}  // namespace examples::shop

#endif  // GRPC_PASETO_EXAMPLES_GUARDED_SERVICE_SYNC_SHOP_H_
