// ChangeWaiter: waits until a condition holds, looking again each time that it is told of a change.
//
// Threads: Notify may be called from any thread.
#ifndef GRPC_PASETO_TESTS_SUPPORT_CHANGE_WAITER_H_
#define GRPC_PASETO_TESTS_SUPPORT_CHANGE_WAITER_H_

#include <cstdint>
#include <functional>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace paseto {

class ChangeWaiter {
 public:
  void Notify() {
    absl::MutexLock lock(&mutex_);
    ++changes_;
  }

  // False when `holds` has not become true within `timeout`.
  bool Await(const std::function<bool()>& holds, absl::Duration timeout = absl::Minutes(1)) {
    const absl::Time deadline = absl::Now() + timeout;
    for (;;) {
      absl::MutexLock lock(&mutex_);
      seen_ = changes_;
      mutex_.Unlock();
      const bool done = holds();
      mutex_.Lock();
      if (done) return true;
      const auto changed = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return changes_ != seen_; };
      if (!mutex_.AwaitWithDeadline(absl::Condition(&changed), deadline)) return false;
    }
  }

 private:
  absl::Mutex mutex_;
  uint64_t changes_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t seen_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace paseto

#endif  // GRPC_PASETO_TESTS_SUPPORT_CHANGE_WAITER_H_
