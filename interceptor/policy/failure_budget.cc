#include "grpc_paseto/interceptor/policy/failure_budget.h"

#include "absl/hash/hash.h"

namespace paseto::interceptor {
namespace {

uint32_t SecondOf(absl::Time now) { return static_cast<uint32_t>(absl::ToUnixSeconds(now)); }

uint32_t FailuresIn(uint64_t slot, uint32_t second) { return (slot >> 32) == second ? static_cast<uint32_t>(slot) : 0; }

}  // namespace

size_t FailureBudget::SlotOf(uint64_t connection) { return absl::Hash<uint64_t>()(connection) % kSlots; }

bool FailureBudget::Exhausted(uint64_t connection, absl::Time now) const {
  const uint64_t slot = slots_[SlotOf(connection)].load(std::memory_order_relaxed);
  // The usual case costs no division of the time: nothing has ever failed here.
  return slot != 0 && FailuresIn(slot, SecondOf(now)) >= limit_;
}

void FailureBudget::Spend(uint64_t connection, absl::Time now) {
  Slot& slot = slots_[SlotOf(connection)];
  const uint32_t second = SecondOf(now);
  uint64_t seen = slot.load(std::memory_order_relaxed);
  uint64_t next;
  do {
    const uint32_t failures = FailuresIn(seen, second);
    next = (uint64_t{second} << 32) | (failures < limit_ ? failures + 1 : failures);
  } while (!slot.compare_exchange_weak(seen, next, std::memory_order_relaxed));
}

}  // namespace paseto::interceptor
