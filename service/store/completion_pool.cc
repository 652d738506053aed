#include "grpc_paseto/service/store/completion_pool.h"

#include <iterator>
#include <utility>

namespace paseto::service {

CompletionPool::CompletionPool(int threads) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Work(); });
}

CompletionPool::~CompletionPool() { Stop(); }

void CompletionPool::Post(Task task) {
  absl::MutexLock lock(&mutex_);
  waiting_.push_back(std::move(task));
}

void CompletionPool::Post(std::vector<Task> tasks) {
  absl::MutexLock lock(&mutex_);
  waiting_.insert(waiting_.end(), std::make_move_iterator(tasks.begin()), std::make_move_iterator(tasks.end()));
}

void CompletionPool::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

// A task that still runs may post more: its own thread comes back here and finds it.
bool CompletionPool::HasWorkOrIsDone() const { return !waiting_.empty() || stopping_; }

void CompletionPool::Work() {
  absl::MutexLock lock(&mutex_);
  while (true) {
    mutex_.Await(absl::Condition(this, &CompletionPool::HasWorkOrIsDone));
    if (waiting_.empty()) return;
    Task task = std::move(waiting_.front());
    waiting_.pop_front();
    mutex_.Unlock();
    std::move(task)();
    task = nullptr;
    mutex_.Lock();
  }
}

}  // namespace paseto::service
