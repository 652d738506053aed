#include "grpc_paseto/examples/guarded_service/order_watch.h"

#include <array>
#include <chrono>
#include <utility>

namespace examples::shop {
namespace {

constexpr std::array<const char*, 4> kStates = {"packed", "handed to the courier", "on the road", "at the door"};
constexpr std::chrono::milliseconds kStepEvery(250);

}  // namespace

OrderWatch::OrderWatch(std::vector<std::string> order_ids) : order_ids_(std::move(order_ids)) {
  if (order_ids_.empty()) {
    Finish(grpc::Status(grpc::StatusCode::NOT_FOUND, "you have no orders"));
  } else {
    TellNextStep();
  }
}

void OrderWatch::TellNextStep() {
  if (cancelled_) return Finish(grpc::Status::CANCELLED);
  event_.set_order_id(order_ids_[step_ % order_ids_.size()]);
  event_.set_state(kStates[step_ / order_ids_.size() % kStates.size()]);
  ++step_;
  StartWrite(&event_);
}

void OrderWatch::OnWriteDone(bool ok) {
  if (!ok) return Finish(grpc::Status::CANCELLED);
  alarm_.Set(std::chrono::system_clock::now() + kStepEvery, [this](bool) { TellNextStep(); });
}

}  // namespace examples::shop
