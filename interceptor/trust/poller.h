// Poller: a thread that does one thing again and again, with a pause between.
#ifndef GRPC_PASETO_INTERCEPTOR_TRUST_POLLER_H_
#define GRPC_PASETO_INTERCEPTOR_TRUST_POLLER_H_

#include <functional>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace paseto::interceptor {

class Poller {
 public:
  Poller(absl::Duration pause, std::function<void()> work)
      : pause_(pause), work_(std::move(work)), thread_([this] { Run(); }) {}
  // Waits for the work in progress.
  ~Poller() {
    {
      absl::MutexLock lock(&mutex_);
      stopping_ = true;
    }
    thread_.join();
  }

 private:
  void Run() {
    for (;;) {
      {
        absl::MutexLock lock(&mutex_);
        if (mutex_.AwaitWithTimeout(absl::Condition(&stopping_), pause_)) return;
      }
      work_();
    }
  }

  const absl::Duration pause_;
  const std::function<void()> work_;
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // last: it uses everything above
};

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_TRUST_POLLER_H_
