// ProgressKeeper: holds the answers of committed writes back until the store's progress record says that they happened.
//
// A thread of its own, so that the writer commits the next batch while the record of the last one reaches its disk; one
// record stands for all batches that wait.
//
// Threads: Confirm may be called from several threads at once.
#ifndef GRPC_PASETO_SERVICE_STORE_PROGRESS_KEEPER_H_
#define GRPC_PASETO_SERVICE_STORE_PROGRESS_KEEPER_H_

#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "grpc_paseto/service/store/progress_record.h"

namespace paseto::service {

class ProgressKeeper {
 public:
  // Tells the callers of a batch what became of it; quick.
  using Answer = absl::AnyInvocable<void(const absl::Status& fate) &&>;

  explicit ProgressKeeper(std::unique_ptr<ProgressRecord> record);
  ~ProgressKeeper();

  // OK while the record can be written; after a failure it is tried again here.
  // Errors: UNAVAILABLE: nothing more is to be committed.
  absl::Status Ready();

  // Runs the answer on the keeper's thread, once `progress` is on record. The fate is UNKNOWN when it cannot be
  // recorded: the writes have happened, but nobody may rely on them.
  void Confirm(const StoreProgress& progress, Answer answer);

  // Finishes what was accepted. REQUIRES: nothing is confirmed any more.
  void Stop();

 private:
  bool HasWorkOrIsStopped() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopped_ || !waiting_.empty(); }
  void Loop();

  absl::Status Record(const StoreProgress& progress);

  absl::Mutex record_mutex_;  // held while the record reaches its disk
  const std::unique_ptr<ProgressRecord> record_ ABSL_PT_GUARDED_BY(record_mutex_);
  absl::Mutex mutex_;
  absl::Status trouble_ ABSL_GUARDED_BY(mutex_);
  StoreProgress newest_ ABSL_GUARDED_BY(mutex_);
  std::vector<Answer> waiting_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_STORE_PROGRESS_KEEPER_H_
