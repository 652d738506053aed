#include "grpc_paseto/interceptor/client/stream_renewer.h"

#include <grpcpp/alarm.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/random/random.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/types/optional.h"
#include "grpc_paseto/core/token/boot_clock.h"
#include "grpc_paseto/interceptor/client/callback_thread.h"
#include "grpc_paseto/interceptor/client/renewal_schedule.h"
#include "grpc_paseto/interceptor/stream/stream_renewal.h"
#include "paseto/v1/stream_authorization.grpc.pb.h"

namespace paseto::client {
namespace {

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

absl::Duration Now() { return SystemBootClock().SinceBoot(); }

// The first value of `key` in the server's initial metadata.
absl::optional<absl::string_view> Announced(const grpc::ClientContext& context, absl::string_view key) {
  const auto& metadata = context.GetServerInitialMetadata();
  const auto found = metadata.find({key.data(), key.size()});
  if (found == metadata.end()) return absl::nullopt;
  return absl::string_view(found->second.data(), found->second.size());
}

}  // namespace

// Shared with the timer's and the calls' callbacks, each of which keeps it alive.
class StreamRenewer::Impl : public std::enable_shared_from_this<Impl> {
 public:
  explicit Impl(StreamRenewerOptions options)
      : options_(std::move(options)), stub_(v1::StreamAuthorization::NewStub(options_.channel)) {}

  const StreamRenewerOptions& options() const { return options_; }
  const std::string& name() const { return name_; }

  void AddToken(const TokenKeeper::Token& token, grpc::ClientContext& context) const {
    if (options_.channel_adds_token) return;
    context.AddMetadata(options_.form.metadata_key, MetadataValue(options_.form, token.text));
  }

  void Begin(const TokenKeeper::Token& token) {
    absl::MutexLock lock(&mutex_);
    token_expires_at_ = token.expires_at;
    WakeIn(schedule_.Begin(token.expires_at - absl::Now(), Now()));
  }

  void SetAnnouncedLife(absl::Duration life) {
    absl::MutexLock lock(&mutex_);
    if (!renewing_) WakeIn(schedule_.Begin(life, Now()));
  }

  void SetInstance(absl::string_view instance) {
    absl::MutexLock lock(&mutex_);
    instance_ = std::string(instance);
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
    AddToken(token, call->context);
    call->context.set_deadline(absl::ToChronoTime(absl::Now() + kRenewTimeout));
    call->request.set_stream_id(name_);
    call->request.set_method(options_.method);
    {
      absl::MutexLock lock(&mutex_);
      if (stopped_) return;
      if (!instance_.empty()) call->context.AddMetadata(std::string(interceptor::kInstanceKey), instance_);
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
        WakeIn(schedule_.Begin(life, Now()));
      } else if (const auto pause = schedule_.AfterFailure(status, Now())) {
        WakeIn(*pause);
      }
    }
    if (options_.on_attempt) options_.on_attempt(status);
  }

  const StreamRenewerOptions options_;
  const std::string name_ = RandomName();
  const std::unique_ptr<v1::StreamAuthorization::Stub> stub_;
  absl::Mutex mutex_;
  RenewalSchedule schedule_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<grpc::Alarm> alarm_ ABSL_GUARDED_BY(mutex_);
  int turn_ ABSL_GUARDED_BY(mutex_) = 0;
  std::shared_ptr<Call> call_ ABSL_GUARDED_BY(mutex_);  // under way
  bool renewing_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Time token_expires_at_ ABSL_GUARDED_BY(mutex_);  // of the token that the stream is under
  absl::Time asked_expiry_ ABSL_GUARDED_BY(mutex_);
  std::string instance_ ABSL_GUARDED_BY(mutex_);  // which serves the stream; empty until it said so
};

StreamRenewer::StreamRenewer(StreamRenewerOptions options) : impl_(std::make_shared<Impl>(std::move(options))) {}
StreamRenewer::~StreamRenewer() { impl_->Stop(); }

absl::Status StreamRenewer::Prepare(grpc::ClientContext& context) {
  const absl::StatusOr<TokenKeeper::Token> token = impl_->options().keeper->WaitForToken();
  if (!token.ok()) return token.status();
  context.AddMetadata(std::string(interceptor::kStreamIdKey), impl_->name());
  impl_->AddToken(*token, context);
  opened_with_ = token->text;
  impl_->Begin(*token);
  return absl::OkStatus();
}

void StreamRenewer::Adjust(const grpc::ClientContext& context) {
  if (const auto instance = Announced(context, interceptor::kInstanceKey)) impl_->SetInstance(*instance);
  int64_t life_ms = 0;
  const auto life = Announced(context, interceptor::kStreamLifeKey);
  if (life.has_value() && absl::SimpleAtoi(*life, &life_ms)) impl_->SetAnnouncedLife(absl::Milliseconds(life_ms));
}

}  // namespace paseto::client
