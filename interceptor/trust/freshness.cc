#include "grpc_paseto/interceptor/trust/freshness.h"

#include <algorithm>

namespace paseto::interceptor {

bool Freshness::Confirm(size_t server, absl::Time as_of, absl::Time now, absl::Duration since_boot) {
  absl::Duration age = std::max(now - as_of, absl::ZeroDuration());
  const auto [last, is_first] = last_as_of_.try_emplace(server, as_of);
  const bool moved = is_first || last->second != as_of;
  last->second = as_of;
  if (!moved) age = std::max(age, Age(since_boot));
  zero_age_ns_.store(absl::ToInt64Nanoseconds(since_boot - age), std::memory_order_release);
  return moved;
}

absl::Duration Freshness::Age(absl::Duration since_boot) const {
  const int64_t zero_age_ns = zero_age_ns_.load(std::memory_order_acquire);
  if (zero_age_ns == kNever) return absl::InfiniteDuration();
  return std::max(since_boot - absl::Nanoseconds(zero_age_ns), absl::ZeroDuration());
}

}  // namespace paseto::interceptor
