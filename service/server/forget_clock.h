// ForgetClock: the instant up to which this process forgets what has expired (store/forgetting.h): rows of the store,
// records of a snapshot, records of its own TrustBoard.
//
// Threads: all methods may be called from several threads at once.
#ifndef GRPC_PASETO_SERVICE_SERVER_FORGET_CLOCK_H_
#define GRPC_PASETO_SERVICE_SERVER_FORGET_CLOCK_H_

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "grpc_paseto/core/token/boot_clock.h"
#include "grpc_paseto/core/token/clock.h"
#include "grpc_paseto/service/store/session_store.h"

namespace paseto::service {

class ForgetClock final : public Clock {
 public:
  // Both outlive this object.
  ForgetClock(const Clock& wall, const BootClock& boot) : wall_(wall), boot_(boot) {}

  // Moves the store's instant on by the time since the last call that succeeded; by none at the first. Blocks.
  // Errors: those of the store; the time counts at the next call.
  absl::Status Advance(SessionStore& store);

  // The store's instant and the time since, at most the wall clock. Before the first Advance the infinite past, by
  // which nothing is forgotten.
  absl::Time Now() const override;

 private:
  const Clock& wall_;
  const BootClock& boot_;
  mutable absl::Mutex mutex_;
  absl::Time instant_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  absl::Duration since_boot_ ABSL_GUARDED_BY(mutex_);  // when the store stood at `instant_`
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_SERVER_FORGET_CLOCK_H_
