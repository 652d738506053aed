// FailureBudget: which tokens that were never seen before may still have their signature checked.
//
// A wrong signature costs the server a verification and an attacker nothing. So each connection has a number of them
// per second, and the process fifty times that. A connection that has used up its own, and every connection once the
// process has, goes on in the slow lane: one verification in each interval, for all of them together. Garbage buys no
// more than that, and a good token that comes over the same connection (of a proxy, say) still has a chance. Tokens in
// the cache, and those that are refused without a look at the signature, need neither.
//
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
  // Of all connections together, times the budget of one.
  static constexpr uint64_t kProcessFactor = 50;
  // The slow lane lets one pass in each such interval.
  static constexpr absl::Duration kSlowLaneInterval = absl::Milliseconds(10);

  // REQUIRES: failures_per_second > 0.
  explicit FailureBudget(int failures_per_second) : limit_(static_cast<uint32_t>(failures_per_second)) {}

  // Whether a signature may be checked for this connection now; takes the slow lane's place where that is needed.
  // `connection` is any number that stays the same while the connection lives.
  bool MayVerify(uint64_t connection, absl::Time now);
  // A signature that was checked did not match.
  void Spend(uint64_t connection, absl::Time now);

 private:
  // Failures in one second: the upper half is the second, the lower half how many failed in it.
  class Counter {
   public:
    bool Reached(uint64_t limit, absl::Time now) const;
    void Add(absl::Time now);

   private:
    std::atomic<uint64_t> value_{0};
  };
  static size_t SlotOf(uint64_t connection);
  bool EnterSlowLane(absl::Time now);

  const uint32_t limit_;
  std::array<Counter, kSlots> connections_;
  Counter process_;
  std::atomic<int64_t> slow_lane_free_at_{0};  // in microseconds of Unix time
};

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_POLICY_FAILURE_BUDGET_H_
