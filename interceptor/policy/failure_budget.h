// FailureBudget: how many signatures may still fail for one connection in this second.
//
// A failed signature costs the server a verification and an attacker nothing, so each connection has a budget of them.
// Connections are counted in a fixed number of slots, found by a hash with a secret seed: memory is bounded and nothing
// is to be freed when a connection ends. The price: two connections that fall into one slot share its budget.
//
// Threads: all methods may be called from several threads at once.
#ifndef GRPC_PASETO_INTERCEPTOR_POLICY_FAILURE_BUDGET_H_
#define GRPC_PASETO_INTERCEPTOR_POLICY_FAILURE_BUDGET_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"

namespace paseto::interceptor {

class FailureBudget {
 public:
  static constexpr size_t kSlots = 4096;

  // REQUIRES: failures_per_second > 0.
  explicit FailureBudget(int failures_per_second) : limit_(static_cast<uint32_t>(failures_per_second)) {}

  // `connection` is any number that stays the same while the connection lives.
  bool Exhausted(uint64_t connection, absl::Time now) const;
  void Spend(uint64_t connection, absl::Time now);

 private:
  // The upper half is the second that is counted, the lower half how many failed in it.
  using Slot = std::atomic<uint64_t>;
  static size_t SlotOf(uint64_t connection);

  const uint32_t limit_;
  std::array<Slot, kSlots> slots_{};
};

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_POLICY_FAILURE_BUDGET_H_
