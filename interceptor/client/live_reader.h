// LiveReader: reads a server stream for as long as its session lives, across the lives of tokens and servers.
//
// It renews the stream (StreamRenewer). When the stream ends all the same because its token did, or because the server
// went away, it opens another one, with pauses that grow while nothing comes. What the server sent in between is the
// service's own matter: let the request say where to resume.
// Threads: one thread reads; Cancel may be called from any.
#ifndef GRPC_PASETO_INTERCEPTOR_CLIENT_LIVE_READER_H_
#define GRPC_PASETO_INTERCEPTOR_CLIENT_LIVE_READER_H_

#include <grpcpp/client_context.h>
#include <grpcpp/support/sync_stream.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "grpc_paseto/interceptor/client/stream_renewer.h"

namespace paseto::client {

template <typename Response>
class LiveReader {
 public:
  // Opens the stream with a context that is prepared: it carries the token and the stream's name.
  using Open = std::function<std::unique_ptr<grpc::ClientReader<Response>>(grpc::ClientContext*)>;

  LiveReader(StreamRenewerOptions options, Open open) : options_(std::move(options)), open_(std::move(open)) {}

  // The next message. False when there will be none: Finish says why.
  bool Read(Response* response) {
    while (reader_ != nullptr || Reopen()) {
      if (reader_->Read(response)) {
        if (!std::exchange(adjusted_, true)) renewer_->Adjust(*context_);
        pause_ = absl::ZeroDuration();
        return true;
      }
      result_ = reader_->Finish();
      reader_ = nullptr;
      if (!MayReopen()) break;
    }
    return false;
  }

  // REQUIRES: Read gave false.
  grpc::Status Finish() const { return result_; }

  void Cancel() {
    absl::MutexLock lock(&mutex_);
    if (cancelled_.HasBeenNotified()) return;
    cancelled_.Notify();
    if (context_ != nullptr) context_->TryCancel();
  }

 private:
  static constexpr absl::Duration kFirstPause = absl::Milliseconds(200);
  static constexpr absl::Duration kLongestPause = absl::Seconds(30);

  bool Reopen() {
    if (!first_ && cancelled_.WaitForNotificationWithTimeout(pause_)) return Give(grpc::Status::CANCELLED);
    first_ = false;
    pause_ = std::clamp(pause_ * 2, kFirstPause, kLongestPause);
    auto context = std::make_unique<grpc::ClientContext>();
    renewer_ = nullptr;
    renewer_ = std::make_unique<StreamRenewer>(options_);
    const absl::Status prepared = renewer_->Prepare(*context);
    if (!prepared.ok()) {
      return Give(grpc::Status(static_cast<grpc::StatusCode>(prepared.code()), std::string(prepared.message())));
    }
    {
      absl::MutexLock lock(&mutex_);
      if (cancelled_.HasBeenNotified()) return Give(grpc::Status::CANCELLED);
      context_ = std::move(context);
    }
    adjusted_ = false;
    reader_ = open_(context_.get());
    return true;
  }

  bool MayReopen() {
    if (cancelled_.HasBeenNotified()) return false;
    if (result_.error_code() == grpc::StatusCode::UNAVAILABLE) return true;
    const std::string& token = renewer_->opened_with();
    if (!RefreshMayHelp(absl::Status(static_cast<absl::StatusCode>(result_.error_code()), result_.error_message()))) {
      return false;
    }
    // Not a second time with a token that a server refused before it sent anything.
    if (!adjusted_ && token == refused_) return false;
    refused_ = token;
    options_.keeper->Reject(token);
    return true;
  }

  bool Give(const grpc::Status& status) {
    result_ = status;
    return false;
  }

  const StreamRenewerOptions options_;
  const Open open_;
  absl::Mutex mutex_;
  absl::Notification cancelled_;
  std::unique_ptr<StreamRenewer> renewer_;
  std::unique_ptr<grpc::ClientContext> context_;  // replaced under the lock
  std::unique_ptr<grpc::ClientReader<Response>> reader_;
  bool first_ = true;
  bool adjusted_ = false;  // the present stream has given a message
  absl::Duration pause_ = absl::ZeroDuration();
  std::string refused_;
  grpc::Status result_;
};

}  // namespace paseto::client

#endif  // GRPC_PASETO_INTERCEPTOR_CLIENT_LIVE_READER_H_
