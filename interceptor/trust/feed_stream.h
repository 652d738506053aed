// FeedStream: one Watch call, from its start to its end. What comes is applied and acknowledged.
//
// Threads: all methods may be called from several threads at once. Uses no thread of its own.
#ifndef GRPC_PASETO_INTERCEPTOR_TRUST_FEED_STREAM_H_
#define GRPC_PASETO_INTERCEPTOR_TRUST_FEED_STREAM_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "grpc_paseto/interceptor/trust/feed_follower.h"
#include "paseto/v1/trust_feed.grpc.pb.h"

namespace paseto::interceptor {

class FeedStream final : public grpc::ClientBidiReactor<v1::WatchRequest, v1::WatchResponse> {
 public:
  // Starts the call. `follower` outlives this object, and so does what `on_applied` uses, which gets every message
  // after it was applied; `server` is the follower's number for the server, `verifier_id` the name of this verifier for
  // all servers.
  FeedStream(std::shared_ptr<grpc::Channel> channel, absl::string_view token, const std::string& verifier_id,
             size_t server, FeedFollower& follower, std::function<void(const v1::WatchResponse&)> on_applied = nullptr);
  // REQUIRES: the stream has ended.
  ~FeedStream() override;

  // Ends the stream; the first reason given is the one that WaitForEnd tells.
  void Cancel(absl::Status reason);
  // True when the stream has ended, false after `timeout`.
  bool WaitForEnd(absl::Duration timeout);
  // Why the stream ended. REQUIRES: it has.
  absl::Status reason() const;
  // The time since boot at which something new came last.
  absl::Duration last_progress() const { return absl::Nanoseconds(last_progress_ns_.load()); }

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;

 private:
  void Acknowledge();
  void StartWriteOf(const v1::FeedPosition& position, int64_t key_set_version) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  FeedFollower& follower_;
  const std::function<void(const v1::WatchResponse&)> on_applied_;
  const std::unique_ptr<v1::TrustFeed::Stub> stub_;
  grpc::ClientContext context_;
  v1::WatchResponse incoming_;  // of the read in flight
  std::atomic<int64_t> last_progress_ns_;
  absl::Notification ended_;

  mutable absl::Mutex mutex_;
  v1::WatchRequest outgoing_ ABSL_GUARDED_BY(mutex_);  // of the write in flight
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  v1::WatchRequest told_ ABSL_GUARDED_BY(mutex_);  // what the server knows
  absl::Status reason_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_TRUST_FEED_STREAM_H_
