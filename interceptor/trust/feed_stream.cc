#include "grpc_paseto/interceptor/trust/feed_stream.h"

#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/token/boot_clock.h"

namespace paseto::interceptor {
namespace {

// The other side's words, made fit for a log.
absl::Status FromServer(const grpc::Status& status) {
  if (status.ok()) return absl::UnavailableError("the server ended the stream");
  const std::string text = absl::CHexEscape(status.error_message().substr(0, 200));
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), text);
}

}  // namespace

FeedStream::FeedStream(std::shared_ptr<grpc::Channel> channel, absl::string_view token, const std::string& verifier_id,
                       size_t server, FeedFollower& follower, std::function<void(const v1::WatchResponse&)> on_applied)
    : follower_(follower),
      on_applied_(std::move(on_applied)),
      stub_(v1::TrustFeed::NewStub(std::move(channel))),
      last_progress_ns_(absl::ToInt64Nanoseconds(SystemBootClock().SinceBoot())) {
  if (!token.empty()) context_.AddMetadata("authorization", absl::StrCat("Bearer ", token));
  stub_->async()->Watch(&context_, this);
  {
    absl::MutexLock lock(&mutex_);
    outgoing_.set_verifier_id(verifier_id);
    StartWriteOf(follower_.StartStream(server), 0);
  }
  StartRead(&incoming_);
  StartCall();
}

FeedStream::~FeedStream() { ended_.WaitForNotification(); }

void FeedStream::Cancel(absl::Status reason) {
  {
    absl::MutexLock lock(&mutex_);
    if (reason_.ok()) reason_ = std::move(reason);
  }
  context_.TryCancel();
}

bool FeedStream::WaitForEnd(absl::Duration timeout) { return ended_.WaitForNotificationWithTimeout(timeout); }

absl::Status FeedStream::reason() const {
  absl::MutexLock lock(&mutex_);
  return reason_;
}

void FeedStream::OnReadDone(bool ok) {
  if (!ok) return;  // the end is near
  const absl::StatusOr<bool> progress = follower_.Apply(incoming_);
  if (!progress.ok()) return Cancel(progress.status());
  if (on_applied_) on_applied_(incoming_);
  if (*progress) last_progress_ns_ = absl::ToInt64Nanoseconds(SystemBootClock().SinceBoot());
  Acknowledge();
  StartRead(&incoming_);
}

// What comes while a write is in flight is acknowledged by the next one: only the newest position counts.
void FeedStream::Acknowledge() {
  const v1::FeedPosition position = follower_.position();
  const int64_t keys = follower_.key_set_version();
  absl::MutexLock lock(&mutex_);
  const bool known = position.epoch() == told_.position().epoch() &&
                     position.revision() == told_.position().revision() && keys == told_.key_set_version();
  if (!known && !writing_) StartWriteOf(position, keys);
}

void FeedStream::StartWriteOf(const v1::FeedPosition& position, int64_t key_set_version) {
  writing_ = true;
  *outgoing_.mutable_position() = position;
  outgoing_.set_key_set_version(key_set_version);
  told_ = outgoing_;
  StartWrite(&outgoing_);
}

void FeedStream::OnWriteDone(bool ok) {
  {
    absl::MutexLock lock(&mutex_);
    writing_ = false;
  }
  if (ok) Acknowledge();
}

void FeedStream::OnDone(const grpc::Status& status) {
  {
    absl::MutexLock lock(&mutex_);
    if (reason_.ok()) reason_ = FromServer(status);
  }
  ended_.Notify();
}

}  // namespace paseto::interceptor
