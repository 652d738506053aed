#include "grpc_paseto/interceptor/stream/stream_guard.h"

#include <algorithm>
#include <vector>

#include "grpc_paseto/interceptor/policy/refusal.h"

namespace paseto::interceptor {
namespace {

// The thread sleeps at most this long while a deadline is ahead: its sleep counts on another clock than the deadlines,
// which stands still while the machine sleeps.
constexpr absl::Duration kLongestSleep = absl::Seconds(1);

absl::Status Revoked() { return MakeRefusal(v1::REASON_STREAM_REVOKED, "the token was revoked; sign in again"); }

}  // namespace

StreamGuard::StreamGuard(const Dependencies& dependencies) : dependencies_(dependencies) {}

StreamGuard::~StreamGuard() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    wake_.Signal();
  }
  if (thread_.joinable()) thread_.join();
}

void StreamGuard::StartThread() {
  thread_ = std::thread([this] { RunThread(); });
}

StreamGuard::Id StreamGuard::Watch(Stream stream) {
  const std::shared_ptr<const VerifiedToken> token = stream.token;
  const absl::Duration now = dependencies_.boot_clock.SinceBoot();
  auto entry = std::make_unique<Entry>();
  entry->lifetime_end = now + stream.max_lifetime;
  entry->deadline = std::min(now + TimeLeft(stream), entry->lifetime_end);
  entry->stream = std::move(stream);
  Id id;
  bool is_due;
  {
    absl::MutexLock lock(&mutex_);
    id = next_id_++;
    Entry& kept = *streams_.emplace(id, std::move(entry)).first->second;
    ++live_;
    is_due = kept.deadline <= now;
    SetTimer(by_deadline_, kept.deadline, id);
    const Stream& watched = kept.stream;
    if (watched.context != nullptr) by_context_[watched.context] = id;
    if (!watched.name.empty() && token != nullptr) {
      by_name_[HashStreamName({watched.method, watched.name}, token->claims())] = id;
    }
  }
  // Only now, so that a revocation that came meanwhile is seen either here or by the sweep that it started.
  if (token != nullptr && IsRevoked(*token)) {
    EndRevoked(id, token);
  } else if (is_due) {
    EndWhatIsDue();
  }
  return id;
}

absl::Duration StreamGuard::TimeLeft(const Stream& stream) const {
  if (stream.token == nullptr || !stream.token->claims().expires_at.has_value()) return absl::InfiniteDuration();
  // A remaining life that is negative is over; it must not pass for "none given".
  return std::max(*stream.token->claims().expires_at + stream.grace - dependencies_.clock.Now(), absl::ZeroDuration());
}

void StreamGuard::SetTimer(Timers& timers, absl::Duration at, Id id) {
  if (at == absl::InfiniteDuration()) return;
  const auto place = timers.emplace(at, id).first;
  if (place == timers.begin()) wake_.Signal();
}

void StreamGuard::ClearTimers(Id id, const Entry& entry) {
  by_deadline_.erase({entry.deadline, id});
  if (entry.warning != nullptr) by_warning_.erase({entry.deadline - entry.warning->before, id});
}

void StreamGuard::SetDeadline(Id id, Entry& entry) {
  ClearTimers(id, entry);
  const absl::Duration left = TimeLeft(entry.stream);
  entry.deadline = std::min(dependencies_.boot_clock.SinceBoot() + left, entry.lifetime_end);
  SetTimer(by_deadline_, entry.deadline, id);
  if (entry.warning != nullptr) SetTimer(by_warning_, entry.deadline - entry.warning->before, id);
}

StreamGuard::Ending StreamGuard::CloseLocked(Id id, Entry& entry) {
  entry.is_over = true;
  --live_;
  ClearTimers(id, entry);
  const Stream& stream = entry.stream;
  if (!stream.name.empty() && stream.token != nullptr) {
    const auto named = by_name_.find(HashStreamName({stream.method, stream.name}, stream.token->claims()));
    if (named != by_name_.end() && named->second == id) by_name_.erase(named);
  }
  return {stream.call, stream.method, entry.deadline == entry.lifetime_end};
}

void StreamGuard::Close(Id id) {
  absl::MutexLock lock(&mutex_);
  const auto place = streams_.find(id);
  if (place != streams_.end() && !place->second->is_over) CloseLocked(id, *place->second);
}

void StreamGuard::Forget(Id id) {
  std::unique_ptr<Entry> forgotten;  // destroyed without the lock
  absl::MutexLock lock(&mutex_);
  const auto place = streams_.find(id);
  if (place == streams_.end()) return;
  forgotten = std::move(place->second);
  streams_.erase(place);
  if (!forgotten->is_over) CloseLocked(id, *forgotten);
  const auto context = by_context_.find(forgotten->stream.context);
  if (context != by_context_.end() && context->second == id) by_context_.erase(context);
}

void StreamGuard::OnTrustChange() {
  absl::MutexLock lock(&mutex_);
  sweep_wanted_ = true;
  wake_.Signal();
}

void StreamGuard::EndWhatIsDue() {
  const absl::Duration now = dependencies_.boot_clock.SinceBoot();
  std::vector<Ending> due;
  std::vector<std::shared_ptr<ListenerSlot>> to_warn;
  {
    absl::MutexLock lock(&mutex_);
    while (!by_warning_.empty() && by_warning_.begin()->first <= now) {
      to_warn.push_back(streams_[by_warning_.begin()->second]->warning->slot);
      by_warning_.erase(by_warning_.begin());
    }
    while (!by_deadline_.empty() && by_deadline_.begin()->first <= now) {
      const Id id = by_deadline_.begin()->second;
      due.push_back(CloseLocked(id, *streams_[id]));
    }
  }
  for (const std::shared_ptr<ListenerSlot>& slot : to_warn) slot->Notify();
  for (const Ending& ending : due) EndExpired(ending);
}

void StreamGuard::EndWhatIsRevoked() {
  std::vector<std::pair<Id, std::shared_ptr<const VerifiedToken>>> tokens;
  {
    absl::MutexLock lock(&mutex_);
    tokens.reserve(live_);
    for (const auto& [id, entry] : streams_) {
      if (!entry->is_over && entry->stream.token != nullptr) tokens.emplace_back(id, entry->stream.token);
    }
  }
  for (const auto& [id, token] : tokens) {
    if (IsRevoked(*token)) EndRevoked(id, token);
  }
}

size_t StreamGuard::live() const {
  absl::MutexLock lock(&mutex_);
  return live_;
}

bool StreamGuard::IsRevoked(const VerifiedToken& token) const {
  if (dependencies_.trust.revocations->IsRevoked(token.claims())) return true;
  const std::shared_ptr<const KeySet> keys = dependencies_.trust.keys->Current();
  const Key* key = keys->Find(token.key_id());
  return key == nullptr || !key->CanVerify();
}

bool StreamGuard::EndRevoked(Id id, const std::shared_ptr<const VerifiedToken>& token) {
  Ending ending;
  {
    absl::MutexLock lock(&mutex_);
    const auto place = streams_.find(id);
    if (place == streams_.end() || place->second->is_over) return false;
    if (place->second->stream.token != token) return false;  // renewed meanwhile; the newer token was looked at then
    ending = CloseLocked(id, *place->second);
  }
  End(ending, Revoked());
  return true;
}

void StreamGuard::EndExpired(const Ending& ending) const {
  End(ending, MakeRefusal(v1::REASON_STREAM_EXPIRED, ending.limited_by_lifetime
                                                         ? "the stream reached its longest allowed life; open a new one"
                                                         : "the token expired; open a new stream with a new token"));
}

void StreamGuard::End(const Ending& ending, const absl::Status& refusal) const {
  const bool enforce = dependencies_.mode == StreamMode::kEnforce;
  if (CallObserver* const observer = dependencies_.observer) {
    const v1::Reason reason = ReasonOf(refusal.message());
    enforce ? observer->OnStreamEnded(ending.method, reason) : observer->OnStreamWouldEnd(ending.method, reason);
  }
  if (enforce) ending.call->End(refusal);
}

bool StreamGuard::WaitForWork(bool& sweep) {
  absl::MutexLock lock(&mutex_);
  while (!stopping_ && !sweep_wanted_) {
    absl::Duration next = absl::InfiniteDuration();
    if (!by_deadline_.empty()) next = by_deadline_.begin()->first;
    if (!by_warning_.empty()) next = std::min(next, by_warning_.begin()->first);
    if (next == absl::InfiniteDuration()) {
      wake_.Wait(&mutex_);
      continue;
    }
    const absl::Duration remaining = next - dependencies_.boot_clock.SinceBoot();
    if (remaining <= absl::ZeroDuration()) break;
    wake_.WaitWithTimeout(&mutex_, std::min(remaining, kLongestSleep));
  }
  sweep = std::exchange(sweep_wanted_, false);
  return !stopping_;
}

void StreamGuard::RunThread() {
  bool sweep = false;
  while (WaitForWork(sweep)) {
    EndWhatIsDue();
    if (sweep) EndWhatIsRevoked();
  }
}

}  // namespace paseto::interceptor
