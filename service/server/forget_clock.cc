#include "grpc_paseto/service/server/forget_clock.h"

#include <algorithm>
#include <future>
#include <utility>

namespace paseto::service {

absl::Status ForgetClock::Advance(SessionStore& store) {
  const absl::Duration since_boot = boot_.SinceBoot();
  absl::Duration elapsed;
  {
    absl::MutexLock lock(&mutex_);
    if (instant_ != absl::InfinitePast()) elapsed = since_boot - since_boot_;
  }
  std::promise<absl::StatusOr<absl::Time>> answer;
  store.AdvanceForgetting(wall_.Now(), elapsed,
                          [&answer](absl::StatusOr<absl::Time> moved) { answer.set_value(std::move(moved)); });
  const absl::StatusOr<absl::Time> instant = answer.get_future().get();
  if (!instant.ok()) return instant.status();
  absl::MutexLock lock(&mutex_);
  instant_ = *instant;
  since_boot_ = since_boot;
  return absl::OkStatus();
}

absl::Time ForgetClock::Now() const {
  absl::MutexLock lock(&mutex_);
  return std::min(instant_ + (boot_.SinceBoot() - since_boot_), wall_.Now());
}

}  // namespace paseto::service
