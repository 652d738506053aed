// ListenerSlot: the one listener of a TrustSource.
//
// Threads: all methods may be called from several threads at once. A listener must not call Set on its own slot.
#ifndef GRPC_PASETO_INTERCEPTOR_TRUST_LISTENER_SLOT_H_
#define GRPC_PASETO_INTERCEPTOR_TRUST_LISTENER_SLOT_H_

#include <functional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace paseto::interceptor {

class ListenerSlot {
 public:
  // No call of the old listener is running when this returns.
  void Set(std::function<void()> listener) {
    absl::MutexLock lock(&mutex_);
    listener_ = std::move(listener);
  }
  void Notify() {
    absl::MutexLock lock(&mutex_);
    if (listener_) listener_();
  }

 private:
  absl::Mutex mutex_;
  std::function<void()> listener_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_TRUST_LISTENER_SLOT_H_
