#include "grpc_paseto/interceptor/client/stream_renewer.h"

#include <grpcpp/alarm.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/random/random.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "grpc_paseto/interceptor/client/callback_thread.h"
#include "grpc_paseto/interceptor/policy/refusal.h"
#include "grpc_paseto/interceptor/stream/stream_renewal.h"
#include "paseto/v1/stream_authorization.grpc.pb.h"

namespace paseto::client {
namespace {

constexpr absl::Duration kFirstPause = absl::Milliseconds(200);
constexpr absl::Duration kLongestPause = absl::Seconds(10);
constexpr absl::Duration kRenewTimeout = absl::Seconds(5);

std::string RandomName() {
  absl::BitGen random;
  return absl::StrCat(absl::Hex(absl::Uniform<uint64_t>(random), absl::kZeroPad16),
                      absl::Hex(absl::Uniform<uint64_t>(random), absl::kZeroPad16));
}

absl::Status FromGrpc(const grpc::Status& status) {
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
}

absl::Duration LifeIn(const v1::RenewResponse& response) {
  if (!response.has_remaining_life()) return absl::InfiniteDuration();
  return absl::Seconds(response.remaining_life().seconds()) + absl::Nanoseconds(response.remaining_life().nanos());
}

bool MayBeTriedAgain(const absl::Status& status) {
  const v1::Reason reason = interceptor::ReasonOf(status.message());
  return reason != v1::REASON_STREAM_ELSEWHERE && reason != v1::REASON_STREAM_REVOKED &&
         reason != v1::REASON_RENEWAL_REFUSED && status.code() != absl::StatusCode::kUnimplemented;
}

}  // namespace

// Shared with the timer's and the calls' callbacks, each of which keeps it alive.
class StreamRenewer::Impl : public std::enable_shared_from_this<Impl> {
 public:
  explicit Impl(StreamRenewerOptions options)
      : options_(std::move(options)), stub_(v1::StreamAuthorization::NewStub(options_.channel)) {}

  const StreamRenewerOptions& options() const { return options_; }
  const std::string& name() const { return name_; }

  void Begin(const TokenKeeper::Token& token) {
    absl::MutexLock lock(&mutex_);
    token_expires_at_ = token.expires_at;
    SetLife(token.expires_at - absl::Now());
  }

  void SetAnnouncedLife(absl::Duration life) {
    absl::MutexLock lock(&mutex_);
    if (!renewing_) SetLife(life);
  }

  void Stop() {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
    alarm_ = nullptr;  // cancels it; its callback, which keeps this alive, goes with it
    if (call_ != nullptr) call_->context.TryCancel();
  }

 private:
  struct Call {
    grpc::ClientContext context;
    v1::RenewRequest request;
    v1::RenewResponse response;
  };

  void SetLife(absl::Duration life) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    ends_at_ = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(std::min(life, absl::Hours(24 * 365)));
    pause_ = kFirstPause;
    WakeIn(life * absl::Uniform(random_, 0.85, 0.95));
  }

  void WakeIn(absl::Duration time) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (stopped_ || time > absl::Hours(24 * 365)) return;
    // Each timer is its own object: the callback of the one before, cancelled here, may still be on its way.
    alarm_ = std::make_unique<grpc::Alarm>();
    alarm_->Set(std::chrono::system_clock::now() + absl::ToChronoMicroseconds(std::max(time, absl::ZeroDuration())),
                [self = shared_from_this(), turn = ++turn_](bool in_time) { self->OnAlarm(in_time, turn); });
  }

  void OnAlarm(bool in_time, int turn) {
    absl::Time expires_at;
    {
      absl::MutexLock lock(&mutex_);
      if (!in_time || stopped_ || turn != turn_ || renewing_) return;
      renewing_ = true;
      expires_at = token_expires_at_;
    }
    options_.keeper->GetNewerThan(expires_at, [self = shared_from_this()](absl::StatusOr<TokenKeeper::Token> token) {
      if (!token.ok()) return self->OnAttempt(token.status(), absl::InfiniteDuration());
      self->Renew(*token);
    });
  }

  void Renew(const TokenKeeper::Token& token) {
    auto call = std::make_shared<Call>();
    if (!options_.channel_adds_token) {
      call->context.AddMetadata("authorization", absl::StrCat("Bearer ", token.text));
    }
    call->context.set_deadline(absl::ToChronoTime(absl::Now() + kRenewTimeout));
    call->request.set_stream_id(name_);
    call->request.set_method(options_.method);
    {
      absl::MutexLock lock(&mutex_);
      if (stopped_) return;
      call_ = call;
      asked_expiry_ = token.expires_at;
    }
    stub_->async()->Renew(&call->context, &call->request, &call->response,
                          [self = shared_from_this(), call](const grpc::Status& status) mutable {
                            LeaveCallbackThread([self = std::move(self), call = std::move(call), status] {
                              self->OnAttempt(FromGrpc(status), LifeIn(call->response));
                            });
                          });
  }

  void OnAttempt(const absl::Status& status, absl::Duration life) {
    {
      absl::MutexLock lock(&mutex_);
      renewing_ = false;
      call_ = nullptr;
      if (stopped_) return;
      if (status.ok()) {
        token_expires_at_ = asked_expiry_;
        SetLife(life);
      } else if (MayBeTriedAgain(status) && std::chrono::steady_clock::now() < ends_at_) {
        WakeIn(pause_ * absl::Uniform(random_, 0.8, 1.2));
        pause_ = std::min(pause_ * 2, kLongestPause);
      }
    }
    if (options_.on_attempt) options_.on_attempt(status);
  }

  const StreamRenewerOptions options_;
  const std::string name_ = RandomName();
  const std::unique_ptr<v1::StreamAuthorization::Stub> stub_;
  absl::Mutex mutex_;
  absl::BitGen random_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<grpc::Alarm> alarm_ ABSL_GUARDED_BY(mutex_);
  int turn_ ABSL_GUARDED_BY(mutex_) = 0;
  std::shared_ptr<Call> call_ ABSL_GUARDED_BY(mutex_);  // under way
  bool renewing_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Time token_expires_at_ ABSL_GUARDED_BY(mutex_);  // of the token that the stream is under
  absl::Time asked_expiry_ ABSL_GUARDED_BY(mutex_);
  std::chrono::steady_clock::time_point ends_at_ ABSL_GUARDED_BY(mutex_);
  absl::Duration pause_ ABSL_GUARDED_BY(mutex_) = kFirstPause;
};

StreamRenewer::StreamRenewer(StreamRenewerOptions options) : impl_(std::make_shared<Impl>(std::move(options))) {}
StreamRenewer::~StreamRenewer() { impl_->Stop(); }

absl::Status StreamRenewer::Prepare(grpc::ClientContext& context) {
  absl::Notification answered;
  absl::StatusOr<TokenKeeper::Token> token = absl::UnknownError("");
  impl_->options().keeper->Get([&](absl::StatusOr<TokenKeeper::Token> answer) {
    token = std::move(answer);
    answered.Notify();
  });
  answered.WaitForNotification();
  if (!token.ok()) return token.status();
  context.AddMetadata(std::string(interceptor::kStreamIdKey), impl_->name());
  if (!impl_->options().channel_adds_token) {
    context.AddMetadata("authorization", absl::StrCat("Bearer ", token->text));
  }
  opened_with_ = token->text;
  impl_->Begin(*token);
  return absl::OkStatus();
}

void StreamRenewer::Adjust(const grpc::ClientContext& context) {
  const auto& metadata = context.GetServerInitialMetadata();
  const auto found = metadata.find({interceptor::kStreamLifeKey.data(), interceptor::kStreamLifeKey.size()});
  int64_t life_ms = 0;
  if (found == metadata.end() ||
      !absl::SimpleAtoi(absl::string_view(found->second.data(), found->second.size()), &life_ms)) {
    return;
  }
  impl_->SetAnnouncedLife(absl::Milliseconds(life_ms));
}

}  // namespace paseto::client
