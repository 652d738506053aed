// CompletionPool: the threads on which a store runs the completions of its callers, so that signing a token never holds
// up a commit.
//
// Threads: all methods may be called from several threads at once, also from a running task.
#ifndef GRPC_PASETO_SERVICE_STORE_COMPLETION_POOL_H_
#define GRPC_PASETO_SERVICE_STORE_COMPLETION_POOL_H_

#include <deque>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"

namespace paseto::service {

class CompletionPool {
 public:
  using Task = absl::AnyInvocable<void() &&>;

  explicit CompletionPool(int threads);
  ~CompletionPool();
  CompletionPool(const CompletionPool&) = delete;
  CompletionPool& operator=(const CompletionPool&) = delete;

  // Runs the task later on one of the threads; tasks start in the order in which they were posted.
  void Post(Task task);
  void Post(std::vector<Task> tasks);

  // Returns when every posted task has run, those included that running tasks post meanwhile. Afterwards nobody posts.
  // REQUIRES: not called from a task.
  void Stop();

 private:
  void Work();
  bool HasWorkOrIsDone() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  absl::Mutex mutex_;
  std::deque<Task> waiting_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_STORE_COMPLETION_POOL_H_
