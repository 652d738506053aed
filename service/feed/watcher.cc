#include "grpc_paseto/service/feed/watcher.h"

#include <grpc/grpc.h>

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "grpc_paseto/interceptor/gate/guard.h"
#include "grpc_paseto/interceptor/policy/refusal.h"
#include "grpc_paseto/interceptor/trust/wire.h"

namespace paseto::service {
namespace {

grpc::Status Refusal(v1::Reason reason, absl::string_view sentence) {
  return interceptor::ToGrpcStatus(interceptor::MakeRefusal(reason, sentence));
}

grpc::Status RequestInvalid(absl::string_view sentence) { return Refusal(v1::REASON_REQUEST_INVALID, sentence); }

bool IsVerifierId(const std::string& id) {
  return id.size() <= kMaxVerifierIdBytes &&
         std::all_of(id.begin(), id.end(), [](unsigned char c) { return absl::ascii_isgraph(c); });
}

grpc::Status Gone() { return grpc::Status(grpc::StatusCode::CANCELLED, "the watcher has gone"); }

}  // namespace

Watcher::Watcher(grpc::CallbackServerContext& context, FeedPublisher& publisher, FeedMessage keys, VerifierAck self,
                 int patience_ticks, std::function<void(Watcher*)> on_done)
    : context_(context),
      publisher_(publisher),
      patience_ticks_(patience_ticks),
      on_done_(std::move(on_done)),
      acknowledged_(std::move(self)),
      keys_(std::move(keys)) {}

VerifierAck Watcher::acknowledged() const {
  absl::MutexLock lock(&mutex_);
  return acknowledged_;
}

void Watcher::Start() { StartRead(&incoming_); }

void Watcher::Advance() {
  {
    absl::MutexLock lock(&mutex_);
    Pump();
  }
  StartCatchUp();
}

void Watcher::SetKeys(FeedMessage keys) {
  absl::MutexLock lock(&mutex_);
  keys_ = std::move(keys);
  Pump();
}

void Watcher::Tick() {
  {
    absl::MutexLock lock(&mutex_);
    if (finished_) return;
    if (outgoing_ != nullptr && ++ticks_in_flight_ > patience_ticks_) {
      // Neither a message nor a status can pass a client that does not read: only this ends the call for both sides.
      const grpc::Status slow =
          Refusal(v1::REASON_WATCH_ENDED, "the watcher reads too slowly; watch again from the last position");
      grpc_call_cancel_with_status(context_.c_call(), GRPC_STATUS_UNAVAILABLE, slow.error_message().c_str(), nullptr);
      return EndLocked(slow);
    }
    heartbeat_due_ = true;
    Pump();
  }
  StartCatchUp();
}

void Watcher::End(grpc::Status status) {
  absl::MutexLock lock(&mutex_);
  EndLocked(std::move(status));
}

void Watcher::OnReadDone(bool ok) {
  if (!ok) return;  // the client has no more to say, or the call is over
  {
    absl::MutexLock lock(&mutex_);
    if (finished_) return;
    const grpc::Status taken = TakeRequest();
    if (!taken.ok()) return EndLocked(taken);
    StartRead(&incoming_);
    Pump();
  }
  StartCatchUp();
}

void Watcher::OnWriteDone(bool ok) {
  {
    absl::MutexLock lock(&mutex_);
    outgoing_.reset();
    ticks_in_flight_ = 0;
    if (!ok) EndLocked(Gone());
    Pump();
  }
  StartCatchUp();
}

void Watcher::OnCancel() { End(Gone()); }

void Watcher::OnDone() {
  const std::shared_ptr<Watcher> self = shared_from_this();
  on_done_(this);
}

// The first request says where to start; later ones acknowledge what was sent.
grpc::Status Watcher::TakeRequest() {
  const v1::FeedPosition& position = incoming_.position();
  if (!incoming_.has_position()) return RequestInvalid("position is required");
  if (position.epoch() < 0 || position.revision() < 0 || position.revision() > interceptor::kMaxRevision) {
    return RequestInvalid("position must have an epoch of 0 or more and a revision below 2^53");
  }
  if (!started_) {
    if (!IsVerifierId(incoming_.verifier_id())) {
      return RequestInvalid("verifier_id must have at most 64 printable characters of ASCII");
    }
    if (!incoming_.verifier_id().empty()) acknowledged_.verifier = incoming_.verifier_id();
    started_ = true;
    position_ = FromWire(position);
    // Whoever knows more than this process hears nothing, not even of its keys, until the store has decided.
    const FeedPosition head = publisher_.head();
    catching_up_ = catch_up_due_ = position_.epoch == head.epoch && position_.revision > head.revision;
    return grpc::Status::OK;
  }
  if (position.epoch() == position_.epoch && position.revision() > position_.revision) {
    return RequestInvalid("position acknowledges what was not sent");
  }
  if (incoming_.key_set_version() < 0 || incoming_.key_set_version() > sent_key_version_) {
    return RequestInvalid("key_set_version acknowledges what was not sent");
  }
  acknowledged_.key_version = incoming_.key_set_version();
  return grpc::Status::OK;
}

void Watcher::Pump() {
  if (finished_ || outgoing_ != nullptr) return;
  if (ending_) {
    finished_ = true;
    Finish(end_);
    return;
  }
  if (!started_) return;
  outgoing_ = NextMessage();
  if (outgoing_ != nullptr) StartWrite(outgoing_.get());
}

// Null when there is nothing to send now.
FeedMessage Watcher::NextMessage() {
  if (catching_up_) return nullptr;
  if (keys_ != nullptr) {
    sent_key_version_ = keys_->keys().version();
    return std::exchange(keys_, nullptr);
  }
  if (stretch_.messages != nullptr) {
    if (stretch_sent_ < stretch_.messages->size()) return (*stretch_.messages)[stretch_sent_++];
    stretch_ = {};
  }
  FeedStep step = publisher_.Next(position_, heartbeat_due_);
  switch (step.kind) {
    case FeedStep::Kind::kTooFar:
      catching_up_ = true;
      catch_up_due_ = true;
      return nullptr;
    case FeedStep::Kind::kUpToDate:
      heartbeat_due_ = false;
      return step.message;
    case FeedStep::Kind::kMessage:
      position_ = step.position;
      return step.message;
  }
  return nullptr;
}

// Outside of the lock: the publisher may answer inside the call.
void Watcher::StartCatchUp() {
  FeedPosition position;
  ClientId client;
  {
    absl::MutexLock lock(&mutex_);
    if (finished_ || !std::exchange(catch_up_due_, false)) return;
    position = position_;
    client = acknowledged_.client;
  }
  publisher_.CatchUpFrom(position, client, [self = shared_from_this()](absl::StatusOr<FeedStretch> stretch) {
    self->OnStretch(std::move(stretch));
  });
}

void Watcher::OnStretch(absl::StatusOr<FeedStretch> stretch) {
  {
    absl::MutexLock lock(&mutex_);
    if (finished_) return;
    if (absl::IsInvalidArgument(stretch.status())) {
      return EndLocked(
          RequestInvalid("position lies too far above the feed for a store that has forgotten it; watch with epoch 0, "
                         "for a snapshot"));
    }
    if (!stretch.ok()) {
      return EndLocked(
          grpc::Status(grpc::StatusCode::UNAVAILABLE, "store_unavailable: the feed cannot be read now; watch again"));
    }
    catching_up_ = false;
    position_ = stretch->position;
    stretch_ = *std::move(stretch);
    stretch_sent_ = 0;
    Pump();
  }
  StartCatchUp();
}

void Watcher::EndLocked(grpc::Status status) {
  if (ending_) return;
  ending_ = true;
  end_ = std::move(status);
  Pump();
}

}  // namespace paseto::service
