// CallsInFlight: how many calls are being served, so that a stopping server can wait for the last one.
//
// Threads: all methods may be called from several threads at once.
#ifndef GRPC_PASETO_SERVICE_API_CALLS_IN_FLIGHT_H_
#define GRPC_PASETO_SERVICE_API_CALLS_IN_FLIGHT_H_

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace paseto::service {

class CallsInFlight {
 public:
  // False when the server takes no new calls. Each call leaves once, also one that was not let in.
  bool Enter() {
    absl::MutexLock lock(&mutex_);
    ++calls_;
    return !stopping_;
  }
  void Leave() {
    absl::MutexLock lock(&mutex_);
    --calls_;
  }

  // Lets nobody in any more and waits for those who are. False when some are left at `deadline`.
  bool Drain(absl::Time deadline) {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    const auto none = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return calls_ == 0; };
    return mutex_.AwaitWithDeadline(absl::Condition(&none), deadline);
  }

 private:
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  int calls_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_API_CALLS_IN_FLIGHT_H_
