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
  const absl::Duration lifetime_end = now + stream.max_lifetime;
  auto watched = std::make_unique<WatchedStream>();
  const Id id = watched.get();
  id->call = std::move(stream.call);
  id->token = std::move(stream.token);
  id->method = stream.method;
  id->context = stream.context;
  id->deadline = std::min(now + TimeLeft(token.get(), stream.grace), lifetime_end);
  id->limited_by_lifetime = id->deadline == lifetime_end;
  if (!stream.name.empty() && token != nullptr) {
    id->renewal = std::make_unique<WatchedStream::Renewal>();
    id->renewal->name = std::move(stream.name);
    id->renewal->grace = stream.grace;
    id->renewal->lifetime_end = lifetime_end;
  }
  const bool is_due = id->deadline <= now;
  {
    absl::MutexLock lock(&mutex_);
    Register(std::move(watched));
  }
  // Only now, so that a revocation that came meanwhile is seen either here or by the sweep that it started.
  if (token != nullptr && IsRevoked(*token)) {
    EndRevoked(id, token);
  } else if (is_due) {
    EndWhatIsDue();
  }
  return id;
}

void StreamGuard::Register(std::unique_ptr<WatchedStream> stream) {
  const Id id = stream.get();
  streams_.insert(std::move(stream));
  live_.Add(id);
  if (live_.soonest() == id) wake_.Signal();
  if (id->context != nullptr) {
    by_context_[id->context] = id;
    renewed_.Erase(id->context);  // of a call that had this address before
  }
  if (id->renewal != nullptr) {
    by_name_[HashStreamName({id->method, id->renewal->name}, id->token->claims())] = id;
  }
}

absl::Duration StreamGuard::TimeLeft(const VerifiedToken* token, absl::Duration grace) const {
  if (token == nullptr || !token->claims().expires_at.has_value()) return absl::InfiniteDuration();
  // A remaining life that is negative is over; it must not pass for "none given".
  return std::max(*token->claims().expires_at + grace - dependencies_.clock.Now(), absl::ZeroDuration());
}

void StreamGuard::SetWarningTimer(WatchedStream& stream) {
  if (stream.warning == nullptr || stream.deadline == absl::InfiniteDuration()) return;
  const auto place = warnings_.emplace(stream.deadline - stream.warning->before, &stream).first;
  if (place == warnings_.begin()) wake_.Signal();
}

void StreamGuard::ClearWarningTimer(WatchedStream& stream) {
  if (stream.warning != nullptr) warnings_.erase({stream.deadline - stream.warning->before, &stream});
}

void StreamGuard::SetDeadline(WatchedStream& stream, absl::Duration deadline) {
  ClearWarningTimer(stream);
  stream.deadline = deadline;
  live_.Moved(&stream);
  if (live_.soonest() == &stream) wake_.Signal();
  SetWarningTimer(stream);
}

// REQUIRES: it is not over.
StreamGuard::Ending StreamGuard::CloseLocked(WatchedStream& stream) {
  live_.Remove(&stream);
  ClearWarningTimer(stream);
  if (stream.renewal != nullptr) {
    const auto named = by_name_.find(HashStreamName({stream.method, stream.renewal->name}, stream.token->claims()));
    if (named != by_name_.end() && named->second == &stream) by_name_.erase(named);
  }
  return {std::move(stream.call), stream.method, stream.limited_by_lifetime};
}

void StreamGuard::Close(Id id) {
  Ending ending;  // the call is let go without the lock
  absl::MutexLock lock(&mutex_);
  if (!id->is_over()) ending = CloseLocked(*id);
}

void StreamGuard::Forget(Id id) {
  Ending ending;
  decltype(streams_)::node_type forgotten;  // both are destroyed without the lock
  absl::MutexLock lock(&mutex_);
  if (!id->is_over()) ending = CloseLocked(*id);
  if (const auto context = by_context_.find(id->context); context != by_context_.end() && context->second == id) {
    by_context_.erase(context);
    renewed_.Erase(id->context);
  }
  forgotten = streams_.extract(id);
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
    while (!warnings_.empty() && warnings_.begin()->first <= now) {
      to_warn.push_back(warnings_.begin()->second->warning->slot);
      warnings_.erase(warnings_.begin());
    }
    while (!live_.empty() && live_.soonest()->deadline <= now) due.push_back(CloseLocked(*live_.soonest()));
  }
  for (const std::shared_ptr<ListenerSlot>& slot : to_warn) slot->Notify();
  for (const Ending& ending : due) EndExpired(ending);
}

void StreamGuard::EndWhatIsRevoked() {
  std::vector<std::pair<Id, std::shared_ptr<const VerifiedToken>>> tokens;
  {
    absl::MutexLock lock(&mutex_);
    tokens.reserve(live_.streams().size());
    for (const Id id : live_.streams()) {
      if (id->token != nullptr) tokens.emplace_back(id, id->token);
    }
  }
  for (const auto& [id, token] : tokens) {
    if (IsRevoked(*token)) EndRevoked(id, token);
  }
}

size_t StreamGuard::live() const {
  absl::MutexLock lock(&mutex_);
  return live_.streams().size();
}

bool StreamGuard::IsRevoked(const VerifiedToken& token) const {
  Trust trust = dependencies_.trust;
  for (const IssuerTrust& other : dependencies_.more_issuers) {
    if (other.issuer == token.claims().issuer) trust = {&other.source->keys(), &other.source->revocations()};
  }
  if (trust.revocations->IsRevoked(token.claims())) return true;
  const std::shared_ptr<const KeySet> keys = trust.keys->Current();
  const Key* key = keys->Find(token.key_id());
  return key == nullptr || !key->CanVerify();
}

void StreamGuard::EndRevoked(Id id, const std::shared_ptr<const VerifiedToken>& token) {
  Ending ending;
  {
    absl::MutexLock lock(&mutex_);
    if (!streams_.contains(id) || id->is_over()) return;
    if (id->token != token) return;  // renewed meanwhile; the newer token was looked at then
    ending = CloseLocked(*id);
  }
  End(*ending.call, ending.method, Revoked());
}

void StreamGuard::EndExpired(const Ending& ending) const {
  End(*ending.call, ending.method,
      MakeRefusal(v1::REASON_STREAM_EXPIRED, ending.limited_by_lifetime
                                                 ? "the stream reached its longest allowed life; open a new one"
                                                 : "the token expired; open a new stream with a new token"));
}

void StreamGuard::End(LiveCall& call, absl::string_view method, const absl::Status& refusal) const {
  const v1::Reason reason = ReasonOf(refusal.message());
  const bool is_counted = reason == v1::REASON_STREAM_EXPIRED || reason == v1::REASON_STREAM_REVOKED;
  const bool ends = dependencies_.mode == StreamMode::kEnforce || !is_counted;
  if (CallObserver* const observer = dependencies_.observer) {
    try {
      ends ? observer->OnStreamEnded(method, reason) : observer->OnStreamWouldEnd(method, reason);
    } catch (...) {  // it would end the thread, and with it the program
    }
  }
  if (ends) call.End(dependencies_.hide_reasons ? WithoutReason(refusal) : refusal);
}

bool StreamGuard::WaitForWork(bool& sweep) {
  absl::MutexLock lock(&mutex_);
  while (!stopping_ && !sweep_wanted_) {
    absl::Duration next = live_.empty() ? absl::InfiniteDuration() : live_.soonest()->deadline;
    if (!warnings_.empty()) next = std::min(next, warnings_.begin()->first);
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
