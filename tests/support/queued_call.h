// What a server needs that works on a completion queue: the loop that runs steps, and the calls that are made of them.
#ifndef GRPC_PASETO_TESTS_SUPPORT_QUEUED_CALL_H_
#define GRPC_PASETO_TESTS_SUPPORT_QUEUED_CALL_H_

#include <grpcpp/completion_queue.h>

#include <functional>
#include <memory>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "grpc_paseto/tests/support/echo_service.h"

namespace paseto {

// What happens when an operation is done. A tag is a pointer to a step.
using QueueStep = std::function<void(bool ok)>;

// The queue, the thread that serves it, and how many calls are on it.
class QueueThread {
 public:
  ~QueueThread() { Join(); }
  void AddTo(interceptor::GuardedServerBuilder& builder) { queue_ = builder.AddCompletionQueue(); }
  grpc::ServerCompletionQueue& queue() { return *queue_; }
  void Start() {
    thread_ = std::thread([this] { Run(); });
  }
  // REQUIRES: the server has been shut down.
  void Join() {
    if (!thread_.joinable()) return;
    {
      // An operation must not begin on a queue that is going down, and a call that ends may begin its last one.
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(
          +[](int* calls) { return *calls == 0; }, &calls_));
    }
    queue_->Shutdown();
    thread_.join();
  }
  void Count(int calls) {
    absl::MutexLock lock(&mutex_);
    calls_ += calls;
  }

 private:
  void Run() {
    void* tag = nullptr;
    bool ok = false;
    while (queue_->Next(&tag, &ok)) (*static_cast<QueueStep*>(tag))(ok);
  }

  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  std::thread thread_;
  absl::Mutex mutex_;
  int calls_ ABSL_GUARDED_BY(mutex_) = 0;
};

// One call of `Service`. It asks for itself when it is made, is succeeded by another one when it comes, and deletes
// itself when `finished_` runs, or `Delete` is called. `Self` has a Begin.
template <typename Self, typename Service, typename Context = grpc::ServerContext>
class QueuedCall {
 public:
  struct Place {
    Service& service;
    QueueThread& thread;
    EchoCounters& counters;
  };
  QueuedCall(const QueuedCall&) = delete;
  QueuedCall& operator=(const QueuedCall&) = delete;

 protected:
  explicit QueuedCall(const Place& place) : place_(place) { place_.thread.Count(1); }
  ~QueuedCall() { place_.thread.Count(-1); }

  grpc::ServerCompletionQueue* queue() { return &place_.thread.queue(); }

  void Delete() { delete static_cast<Self*>(this); }

  const Place place_;
  Context context_;
  QueueStep accepted_ = [this](bool ok) {
    if (!ok) return Delete();  // the server shuts down
    new Self(place_);
    ++place_.counters.handlers_run;
    static_cast<Self*>(this)->Begin();
  };
  QueueStep finished_ = [this](bool) { Delete(); };
};

}  // namespace paseto

#endif  // GRPC_PASETO_TESTS_SUPPORT_QUEUED_CALL_H_
