// OrderWatch: one live WatchOrders call, which tells a step of an order four times a second.
#ifndef GRPC_PASETO_EXAMPLES_GUARDED_SERVICE_ORDER_WATCH_H_
#define GRPC_PASETO_EXAMPLES_GUARDED_SERVICE_ORDER_WATCH_H_

#include <grpcpp/alarm.h>

#include <atomic>
#include <cstddef>
#include <string>
#include <vector>

#include "examples/guarded_service/shop.grpc.pb.h"

namespace examples::shop {

// Deletes itself when the call is over.
class OrderWatch final : public grpc::ServerWriteReactor<v1::WatchOrdersResponse> {
 public:
  explicit OrderWatch(std::vector<std::string> order_ids);

  // The client went away, or the guard ended the stream: its token has expired or was revoked.
  void OnCancel() override { cancelled_ = true; }
  void OnWriteDone(bool ok) override;
  void OnDone() override { delete this; }

 private:
  void TellNextStep();

  const std::vector<std::string> order_ids_;
  std::atomic<bool> cancelled_ = false;
  size_t step_ = 0;
  v1::WatchOrdersResponse event_;
  grpc::Alarm alarm_;
};

}  // namespace examples::shop

#endif  // GRPC_PASETO_EXAMPLES_GUARDED_SERVICE_ORDER_WATCH_H_
