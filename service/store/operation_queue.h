// OperationQueue: a bounded queue between the callers of a store and one of its threads.
//
// Threads: all methods may be called from several threads at once.
#ifndef GRPC_PASETO_SERVICE_STORE_OPERATION_QUEUE_H_
#define GRPC_PASETO_SERVICE_STORE_OPERATION_QUEUE_H_

#include <cstddef>
#include <deque>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "grpc_paseto/service/store/operation.h"

namespace paseto::service {

template <typename Target>
class OperationQueue {
 public:
  using Batch = std::vector<std::unique_ptr<Operation<Target>>>;

  explicit OperationQueue(size_t capacity) : capacity_(capacity) {}

  // Takes the operation; leaves it with the caller when it gives an error.
  // Errors: UNAVAILABLE when the queue is full or stopped.
  absl::Status Push(std::unique_ptr<Operation<Target>>& operation) {
    absl::MutexLock lock(&mutex_);
    if (stopped_) return absl::UnavailableError("the store is shutting down; ask another replica or try again later");
    if (waiting_.size() >= capacity_) {
      return absl::UnavailableError("too many operations wait for the store; try again later");
    }
    waiting_.push_back(std::move(operation));
    return absl::OkStatus();
  }

  // Waits for an operation, then up to `patience` until `wanted` are there, and gives at most `most` of them. Gives
  // none only when the queue is stopped and empty.
  Batch Pop(size_t most, size_t wanted = 1, absl::Duration patience = absl::ZeroDuration()) {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(this, &OperationQueue::HasWorkOrIsStopped));
    if (waiting_.size() < wanted) {
      wanted_ = wanted;
      mutex_.AwaitWithTimeout(absl::Condition(this, &OperationQueue::HasWantedOrIsStopped), patience);
    }
    Batch batch;
    while (!waiting_.empty() && batch.size() < most) {
      batch.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    return batch;
  }

  // Refuses what comes from now on; what is there already is still given out.
  void Stop() {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
  }

 private:
  bool HasWorkOrIsStopped() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopped_ || !waiting_.empty(); }
  bool HasWantedOrIsStopped() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return stopped_ || waiting_.size() >= wanted_;
  }

  const size_t capacity_;
  absl::Mutex mutex_;
  std::deque<std::unique_ptr<Operation<Target>>> waiting_ ABSL_GUARDED_BY(mutex_);
  size_t wanted_ ABSL_GUARDED_BY(mutex_) = 1;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_STORE_OPERATION_QUEUE_H_
