// RecordingObserver: a CallObserver that keeps what it is told.
//
// Threads: all methods may be called from several threads at once.
#ifndef GRPC_PASETO_TESTS_SUPPORT_RECORDING_OBSERVER_H_
#define GRPC_PASETO_TESTS_SUPPORT_RECORDING_OBSERVER_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "grpc_paseto/interceptor/observe/call_observer.h"

namespace paseto {

class RecordingObserver : public interceptor::CallObserver {
 public:
  using Event = std::pair<std::string, v1::Reason>;  // method, reason

  void OnAllowed(absl::string_view method, bool anonymous, bool was_cached) override {
    absl::MutexLock lock(&mutex_);
    allowed_.push_back(absl::StrCat(method, anonymous ? " anonymous" : "", was_cached ? " cached" : ""));
  }
  void OnRefused(absl::string_view method, v1::Reason reason) override {
    absl::MutexLock lock(&mutex_);
    refused_.emplace_back(method, reason);
  }
  void OnStreamEnded(absl::string_view method, v1::Reason reason) override {
    absl::MutexLock lock(&mutex_);
    ended_.emplace_back(method, reason);
  }
  void OnStreamWouldEnd(absl::string_view method, v1::Reason reason) override {
    absl::MutexLock lock(&mutex_);
    would_end_.emplace_back(method, reason);
  }
  void OnStaleTrustUsed(absl::string_view method) override {
    absl::MutexLock lock(&mutex_);
    stale_.emplace_back(method);
  }

  std::vector<std::string> allowed() const { return Copy(allowed_); }
  std::vector<Event> refused() const { return Copy(refused_); }
  std::vector<Event> ended() const { return Copy(ended_); }
  std::vector<Event> would_end() const { return Copy(would_end_); }
  std::vector<std::string> stale() const { return Copy(stale_); }

 private:
  template <typename T>
  T Copy(const T& value) const {
    absl::MutexLock lock(&mutex_);
    return value;
  }

  mutable absl::Mutex mutex_;
  std::vector<std::string> allowed_;  // all under mutex_, through Copy
  std::vector<Event> refused_;
  std::vector<Event> ended_;
  std::vector<Event> would_end_;
  std::vector<std::string> stale_;
};

}  // namespace paseto

#endif  // GRPC_PASETO_TESTS_SUPPORT_RECORDING_OBSERVER_H_
