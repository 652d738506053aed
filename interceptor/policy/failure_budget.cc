#include "grpc_paseto/interceptor/policy/failure_budget.h"

#include <limits>

#include "absl/hash/hash.h"

namespace paseto::interceptor {
namespace {

uint32_t SecondOf(absl::Time now) { return static_cast<uint32_t>(absl::ToUnixSeconds(now)); }

uint32_t FailuresIn(uint64_t value, uint32_t second) {
  return (value >> 32) == second ? static_cast<uint32_t>(value) : 0;
}

}  // namespace

bool FailureBudget::Counter::Reached(uint64_t limit, absl::Time now) const {
  const uint64_t value = value_.load(std::memory_order_relaxed);
  // The usual case costs no division of the time: nothing has ever failed here.
  return value != 0 && FailuresIn(value, SecondOf(now)) >= limit;
}

void FailureBudget::Counter::Add(absl::Time now) {
  const uint32_t second = SecondOf(now);
  uint64_t seen = value_.load(std::memory_order_relaxed);
  uint64_t next;
  do {
    const uint32_t failures = FailuresIn(seen, second);
    const bool is_full = failures == std::numeric_limits<uint32_t>::max();
    next = (uint64_t{second} << 32) | (is_full ? failures : failures + 1);
  } while (!value_.compare_exchange_weak(seen, next, std::memory_order_relaxed));
}

size_t FailureBudget::SlotOf(uint64_t connection) { return absl::Hash<uint64_t>()(connection) % kSlots; }

bool FailureBudget::MayVerify(uint64_t connection, absl::Time now) {
  const bool is_over =
      connections_[SlotOf(connection)].Reached(limit_, now) || process_.Reached(limit_ * kProcessFactor, now);
  return !is_over || EnterSlowLane(now);
}

void FailureBudget::Spend(uint64_t connection, absl::Time now) {
  connections_[SlotOf(connection)].Add(now);
  process_.Add(now);
}

bool FailureBudget::EnterSlowLane(absl::Time now) {
  const int64_t at = absl::ToUnixMicros(now);
  const int64_t interval = absl::ToInt64Microseconds(kSlowLaneInterval);
  int64_t free_at = slow_lane_free_at_.load(std::memory_order_relaxed);
  // Further ahead than one interval: the clock was set back.
  if (at < free_at && free_at - at <= interval) return false;
  return slow_lane_free_at_.compare_exchange_strong(free_at, at + interval, std::memory_order_relaxed);
}

}  // namespace paseto::interceptor
