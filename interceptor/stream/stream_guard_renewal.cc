// The half of StreamGuard that its clients ask: renew, describe, current token, warning.
#include <algorithm>

#include "grpc_paseto/interceptor/policy/refusal.h"
#include "grpc_paseto/interceptor/stream/stream_guard.h"

namespace paseto::interceptor {
namespace {

absl::Status Elsewhere() {
  return MakeRefusal(v1::REASON_STREAM_ELSEWHERE, "no such live stream in this process; open a new one");
}

}  // namespace

WatchedStream* StreamGuard::FindLive(const StreamAddress& address, const Claims& holder) const {
  const auto named = by_name_.find(HashStreamName(address, holder));
  if (named == by_name_.end()) return nullptr;
  WatchedStream* const stream = named->second;
  const bool is_it = stream->renewal->name == address.id && stream->method == address.method &&
                     SameHolder(stream->token->claims(), holder);
  return is_it ? stream : nullptr;
}

absl::Duration StreamGuard::LifeOf(const WatchedStream& stream) const {
  return std::max(stream.deadline - dependencies_.boot_clock.SinceBoot(), absl::ZeroDuration());
}

absl::StatusOr<StreamGuard::Description> StreamGuard::Renew(const StreamAddress& address,
                                                            std::shared_ptr<const VerifiedToken> token) {
  Description renewed;
  const absl::StatusOr<Id> id = TryRenew(address, token, renewed);
  if (!id.ok()) return id.status();
  // Only now, so that a revocation that came meanwhile is seen either here or by the sweep that it started.
  if (IsRevoked(*renewed.token)) {
    EndRevoked(*id, renewed.token);
    return MakeRefusal(v1::REASON_STREAM_REVOKED, "the new token was revoked; sign in again");
  }
  return renewed;
}

absl::StatusOr<StreamGuard::Id> StreamGuard::TryRenew(const StreamAddress& address,
                                                      const std::shared_ptr<const VerifiedToken>& token,
                                                      Description& renewed) {
  absl::MutexLock lock(&mutex_);
  WatchedStream* const stream = FindLive(address, token->claims());
  if (stream == nullptr) return Elsewhere();
  if (!IsSameToken(*stream->token, *token)) {
    const absl::Status allowed = CheckRenewal(*stream->token, *token);
    if (!allowed.ok()) return allowed;
    const absl::Duration now = dependencies_.boot_clock.SinceBoot();
    WatchedStream::Renewal& renewal = *stream->renewal;
    if (now - renewal.last < kRenewalInterval) {
      return MakeRefusal(v1::REASON_RENEWAL_TOO_SOON, "the stream was renewed less than a second ago; wait");
    }
    renewal.last = now;
    stream->token = token;
    const absl::Duration deadline = std::min(now + TimeLeft(token.get(), renewal.grace), renewal.lifetime_end);
    stream->limited_by_lifetime = deadline == renewal.lifetime_end;
    SetDeadline(*stream, deadline);
    if (stream->context != nullptr) renewed_.Set(stream->context, token);
  }
  renewed = {stream->token, LifeOf(*stream)};
  return stream;
}

absl::StatusOr<StreamGuard::Description> StreamGuard::Describe(const StreamAddress& address,
                                                               const VerifiedToken& token) const {
  absl::ReaderMutexLock lock(&mutex_);
  const WatchedStream* const stream = FindLive(address, token.claims());
  if (stream == nullptr) return Elsewhere();
  return Description{stream->token, LifeOf(*stream)};
}

std::shared_ptr<const VerifiedToken> StreamGuard::RenewedToken(const void* context) const {
  return renewed_.Find(context);
}

absl::Duration StreamGuard::RemainingLife(Id id) const {
  absl::ReaderMutexLock lock(&mutex_);
  return LifeOf(*id);
}

absl::Status StreamGuard::Warn(const void* context, absl::Duration before, std::shared_ptr<ListenerSlot> slot) {
  absl::MutexLock lock(&mutex_);
  const auto place = by_context_.find(context);
  if (place == by_context_.end() || place->second->is_over()) {
    return absl::NotFoundError("no live stream under this guard belongs to the context");
  }
  WatchedStream& stream = *place->second;
  ClearWarningTimer(stream);
  stream.warning = std::make_unique<WatchedStream::Warning>(WatchedStream::Warning{before, std::move(slot)});
  SetWarningTimer(stream);
  return absl::OkStatus();
}

}  // namespace paseto::interceptor
