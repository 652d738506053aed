#include "grpc_paseto/tests/bench/paced_loop.h"

#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"

namespace paseto::bench {
namespace {

class Loop {
 public:
  explicit Loop(int slots) : slots_(slots) {
    for (int slot = 0; slot < slots; ++slot) free_.push_back(slot);
  }

  LoopResult Run(int64_t calls, double per_second, const StartCall& start) {
    const absl::Time began = absl::Now();
    for (int64_t i = 0; i < calls; ++i) {
      const absl::Time due = began + absl::Seconds(static_cast<double>(i) / per_second);
      absl::SleepFor(due - absl::Now());
      const int slot = TakeSlot();
      start(slot, [this, slot, due](bool ok) { Finish(slot, due, ok); });
    }
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(this, &Loop::AllFree));
    result_.elapsed = absl::Now() - began;
    return std::move(result_);
  }

 private:
  bool AnyFree() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !free_.empty(); }
  bool AllFree() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return free_.size() == slots_; }

  int TakeSlot() {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(this, &Loop::AnyFree));
    const int slot = free_.back();
    free_.pop_back();
    return slot;
  }

  void Finish(int slot, absl::Time due, bool ok) {
    absl::MutexLock lock(&mutex_);
    ++result_.calls;
    if (!ok) ++result_.failures;
    result_.latencies.push_back(static_cast<uint32_t>(absl::ToInt64Microseconds(absl::Now() - due)));
    free_.push_back(slot);
  }

  const size_t slots_;
  absl::Mutex mutex_;
  std::vector<int> free_ ABSL_GUARDED_BY(mutex_);
  LoopResult result_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

LoopResult RunPacedLoop(int slots, int64_t calls, double per_second, const StartCall& start) {
  return Loop(slots).Run(calls, per_second, start);
}

}  // namespace paseto::bench
