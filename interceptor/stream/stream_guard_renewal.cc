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

StreamGuard::Entry* StreamGuard::FindLive(const StreamAddress& address, const Claims& holder, Id& id) const {
  const auto named = by_name_.find(HashStreamName(address, holder));
  if (named == by_name_.end()) return nullptr;
  id = named->second;
  Entry& entry = *streams_.at(id);
  const Stream& stream = entry.stream;
  const bool is_it =
      stream.name == address.id && stream.method == address.method && SameHolder(stream.token->claims(), holder);
  return is_it ? &entry : nullptr;
}

absl::Duration StreamGuard::LifeOf(const Entry& entry) const {
  return std::max(entry.deadline - dependencies_.boot_clock.SinceBoot(), absl::ZeroDuration());
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
  Id id = 0;
  Entry* const entry = FindLive(address, token->claims(), id);
  if (entry == nullptr) return Elsewhere();
  Stream& stream = entry->stream;
  if (!IsSameToken(*stream.token, *token)) {
    const absl::Status allowed = CheckRenewal(*stream.token, *token);
    if (!allowed.ok()) return allowed;
    const absl::Duration now = dependencies_.boot_clock.SinceBoot();
    if (now - entry->renewed_at < kRenewalInterval) {
      return MakeRefusal(v1::REASON_RENEWAL_TOO_SOON, "the stream was renewed less than a second ago; wait");
    }
    entry->renewed_at = now;
    stream.token = token;
    SetDeadline(id, *entry);
    any_renewed_.store(true, std::memory_order_release);
  }
  renewed = {stream.token, LifeOf(*entry)};
  return id;
}

absl::StatusOr<StreamGuard::Description> StreamGuard::Describe(const StreamAddress& address,
                                                               const VerifiedToken& token) const {
  absl::ReaderMutexLock lock(&mutex_);
  Id id = 0;
  const Entry* const entry = FindLive(address, token.claims(), id);
  if (entry == nullptr) return Elsewhere();
  return Description{entry->stream.token, LifeOf(*entry)};
}

std::shared_ptr<const VerifiedToken> StreamGuard::RenewedToken(const void* context) const {
  if (!any_renewed_.load(std::memory_order_acquire)) return nullptr;
  absl::ReaderMutexLock lock(&mutex_);
  const auto place = by_context_.find(context);
  if (place == by_context_.end()) return nullptr;
  const Entry& entry = *streams_.at(place->second);
  return entry.renewed_at == -absl::InfiniteDuration() ? nullptr : entry.stream.token;
}

absl::Duration StreamGuard::RemainingLife(Id id) const {
  absl::ReaderMutexLock lock(&mutex_);
  const auto place = streams_.find(id);
  return place == streams_.end() ? absl::InfiniteDuration() : LifeOf(*place->second);
}

absl::Status StreamGuard::Warn(const void* context, absl::Duration before, std::shared_ptr<ListenerSlot> slot) {
  absl::MutexLock lock(&mutex_);
  const auto place = by_context_.find(context);
  if (place == by_context_.end() || streams_[place->second]->is_over) {
    return absl::NotFoundError("no live stream under this guard belongs to the context");
  }
  const Id id = place->second;
  Entry& entry = *streams_[id];
  if (entry.warning != nullptr) by_warning_.erase({entry.deadline - entry.warning->before, id});
  entry.warning = std::make_unique<Warning>(Warning{before, std::move(slot)});
  SetTimer(by_warning_, entry.deadline - before, id);
  return absl::OkStatus();
}

}  // namespace paseto::interceptor
