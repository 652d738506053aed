// Watcher: one Watch call on the server. Keeps its position in the feed and sends what comes next, one message at a
// time.
//
// There is no queue: a watcher that reads slowly holds one message and a position. One whose message has not gone out
// for too many ticks is ended.
// Threads: all methods may be called from several threads at once; uses no thread of its own. Nothing but completions
// of the store holds it beyond OnDone.
#ifndef GRPC_PASETO_SERVICE_FEED_WATCHER_H_
#define GRPC_PASETO_SERVICE_FEED_WATCHER_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <functional>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "grpc_paseto/service/feed/feed_messages.h"
#include "grpc_paseto/service/feed/feed_publisher.h"
#include "grpc_paseto/service/store/key_store.h"
#include "paseto/v1/trust_feed.pb.h"

namespace paseto::service {

class Watcher final : public grpc::ServerBidiReactor<v1::WatchRequest, v1::WatchResponse>,
                      public std::enable_shared_from_this<Watcher> {
 public:
  // `publisher` outlives the call; `on_done` runs last and lets go of the watcher.
  // `self` names the verifier until its first request does.
  Watcher(grpc::CallbackServerContext& context, FeedPublisher& publisher, FeedMessage keys, VerifierAck self,
          int patience_ticks, std::function<void(Watcher*)> on_done);
  // Begins to read. REQUIRES: called once, when a shared_ptr holds the watcher.
  void Start();

  // The feed has moved.
  void Advance();
  // The key set is another one now.
  void SetKeys(FeedMessage keys);
  // A tick has passed: a heartbeat is due.
  void Tick();
  // Who watches, and which key set it has acknowledged.
  VerifierAck acknowledged() const;
  // Ends the call with `status`, after the message in flight.
  void End(grpc::Status status);

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  grpc::Status TakeRequest() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Pump() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  FeedMessage NextMessage() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void EndLocked(grpc::Status status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void StartCatchUp();
  void OnStretch(absl::StatusOr<FeedStretch> stretch);

  grpc::CallbackServerContext& context_;
  FeedPublisher& publisher_;
  const int patience_ticks_;
  const std::function<void(Watcher*)> on_done_;
  v1::WatchRequest incoming_;  // of the read in flight

  mutable absl::Mutex mutex_;
  VerifierAck acknowledged_ ABSL_GUARDED_BY(mutex_);
  int64_t sent_key_version_ ABSL_GUARDED_BY(mutex_) = 0;
  FeedMessage keys_ ABSL_GUARDED_BY(mutex_);  // to be sent; null when the client has the newest
  bool started_ ABSL_GUARDED_BY(mutex_) = false;
  FeedPosition position_ ABSL_GUARDED_BY(mutex_);  // where the client stands when everything so far has arrived
  bool catching_up_ ABSL_GUARDED_BY(mutex_) = false;
  bool catch_up_due_ ABSL_GUARDED_BY(mutex_) = false;
  FeedStretch stretch_ ABSL_GUARDED_BY(mutex_);
  size_t stretch_sent_ ABSL_GUARDED_BY(mutex_) = 0;
  bool heartbeat_due_ ABSL_GUARDED_BY(mutex_) = true;
  FeedMessage outgoing_ ABSL_GUARDED_BY(mutex_);  // of the write in flight; null when there is none
  int ticks_in_flight_ ABSL_GUARDED_BY(mutex_) = 0;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  grpc::Status end_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_FEED_WATCHER_H_
