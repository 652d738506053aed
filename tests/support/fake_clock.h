// FakeClock: a Clock that stands still until a test moves it.
//
// Threads: all methods may be called from several threads at once.
#ifndef GRPC_PASETO_TESTS_SUPPORT_FAKE_CLOCK_H_
#define GRPC_PASETO_TESTS_SUPPORT_FAKE_CLOCK_H_

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "grpc_paseto/core/token/clock.h"

namespace paseto {

class FakeClock final : public Clock {
 public:
  // Starts at 2024-01-01T00:00:00Z unless told.
  explicit FakeClock(absl::Time now = absl::FromUnixSeconds(1704067200)) : now_(now) {}

  absl::Time Now() const override {
    absl::MutexLock lock(&mutex_);
    return now_;
  }
  void SetNow(absl::Time now) {
    absl::MutexLock lock(&mutex_);
    now_ = now;
  }
  // Steps by `duration`, which may be negative.
  void Advance(absl::Duration duration) {
    absl::MutexLock lock(&mutex_);
    now_ += duration;
  }

 private:
  mutable absl::Mutex mutex_;
  absl::Time now_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace paseto

#endif  // GRPC_PASETO_TESTS_SUPPORT_FAKE_CLOCK_H_
