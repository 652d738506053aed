// AsyncShop: two methods of the shop on a completion queue. ShopService has them all, in the callback API.
#ifndef GRPC_PASETO_EXAMPLES_GUARDED_SERVICE_ASYNC_SHOP_H_
#define GRPC_PASETO_EXAMPLES_GUARDED_SERVICE_ASYNC_SHOP_H_

#include <grpcpp/server_builder.h>

#include <memory>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "examples/guarded_service/shop.grpc.pb.h"

namespace examples::shop {

class AsyncShop final {
 public:
  // The methods that are served; gRPC answers the others UNIMPLEMENTED.
  using Service = v1::Shop::WithAsyncMethod_GetOrder<v1::Shop::WithAsyncMethod_WatchOrders<v1::Shop::Service>>;

  // Before the server starts.
  void AddTo(grpc::ServerBuilder& builder);
  // After it has started.
  void Serve();
  // After it has been shut down; returns when no call is left.
  void Stop();

  // For the calls.
  Service& service() { return service_; }
  grpc::ServerCompletionQueue* queue() { return queue_.get(); }
  void Count(int calls);

 private:
  void Run();

  Service service_;
  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  std::thread thread_;
  absl::Mutex mutex_;
  int calls_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace examples::shop

#endif  // GRPC_PASETO_EXAMPLES_GUARDED_SERVICE_ASYNC_SHOP_H_
