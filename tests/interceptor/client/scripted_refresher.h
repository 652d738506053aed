// ScriptedRefresher: a Refresher whose answers a test gives, one by one, when it wants.
#ifndef GRPC_PASETO_TESTS_INTERCEPTOR_CLIENT_SCRIPTED_REFRESHER_H_
#define GRPC_PASETO_TESTS_INTERCEPTOR_CLIENT_SCRIPTED_REFRESHER_H_

#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "grpc_paseto/interceptor/client/refresher.h"

namespace paseto::client {

class ScriptedRefresher final : public Refresher {
 public:
  using Done = std::function<void(absl::StatusOr<TokenPair>)>;

  void Refresh(const std::string& refresh_token, Done done) override {
    absl::MutexLock lock(&mutex_);
    presented_.push_back(refresh_token);
    pending_.push_back(std::move(done));
  }
  // Waits for a refresh and answers it.
  void Answer(absl::StatusOr<TokenPair> pair) {
    Done done;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(
          +[](std::deque<Done>* pending) { return !pending->empty(); }, &pending_));
      done = std::move(pending_.front());
      pending_.pop_front();
    }
    done(std::move(pair));
  }
  // Leaves what is still to be answered unanswered. Without it such a refresh keeps its keeper alive, and that keeps
  // this.
  void Forget() {
    std::deque<Done> forgotten;  // destroyed without the lock
    absl::MutexLock lock(&mutex_);
    forgotten.swap(pending_);
  }
  // The refresh tokens that were presented, in order.
  std::vector<std::string> presented() const {
    absl::MutexLock lock(&mutex_);
    return presented_;
  }

 private:
  mutable absl::Mutex mutex_;
  std::vector<std::string> presented_ ABSL_GUARDED_BY(mutex_);
  std::deque<Done> pending_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace paseto::client

#endif  // GRPC_PASETO_TESTS_INTERCEPTOR_CLIENT_SCRIPTED_REFRESHER_H_
