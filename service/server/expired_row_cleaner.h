// ExpiredRowCleaner: deletes expired sessions and records from a store now and then, in small steps. Each cleaning
// first moves the clock on up to which it deletes.
//
// Threads: one of its own. The destructor waits for the step that is running.
#ifndef GRPC_PASETO_SERVICE_SERVER_EXPIRED_ROW_CLEANER_H_
#define GRPC_PASETO_SERVICE_SERVER_EXPIRED_ROW_CLEANER_H_

#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "grpc_paseto/service/log/json_log.h"
#include "grpc_paseto/service/server/forget_clock.h"
#include "grpc_paseto/service/store/session_store.h"

namespace paseto::service {

class ExpiredRowCleaner {
 public:
  // Cleans once per `interval`, and goes on at once while whole steps are found. What it holds outlives it.
  ExpiredRowCleaner(SessionStore& store, ForgetClock& clock, const JsonLog& log, absl::Duration interval);
  ~ExpiredRowCleaner();

 private:
  void Run();
  absl::StatusOr<int> DeleteSome();
  bool CleanOneStep();  // true when there may be more

  SessionStore& store_;
  ForgetClock& clock_;
  const JsonLog& log_;
  const absl::Duration interval_;
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_SERVER_EXPIRED_ROW_CLEANER_H_
