#include "grpc_paseto/interceptor/stream/stream_guard.h"

#include <algorithm>
#include <vector>

#include "grpc_paseto/interceptor/policy/refusal.h"

namespace paseto::interceptor {
namespace {

// The thread sleeps at most this long while a deadline is ahead: its sleep counts on another clock than the deadlines,
// which stands still while the machine sleeps.
constexpr absl::Duration kLongestSleep = absl::Seconds(1);

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
  Entry entry = MakeEntry(std::move(stream));
  const absl::Duration deadline = entry.deadline;
  Id id;
  {
    absl::MutexLock lock(&mutex_);
    id = next_id_++;
    streams_.emplace(id, std::move(entry));
    if (deadline != absl::InfiniteDuration()) {
      const auto place = by_deadline_.emplace(deadline, id).first;
      if (place == by_deadline_.begin()) wake_.Signal();
    }
  }
  // Only now, so that a revocation that came meanwhile is seen either here or by the sweep that it started.
  if (token != nullptr && IsRevoked(*token)) {
    if (const absl::optional<Entry> revoked = Take(id)) EndRevoked(*revoked);
  } else if (deadline <= dependencies_.boot_clock.SinceBoot()) {
    if (const absl::optional<Entry> expired = Take(id)) EndExpired(*expired);
  }
  return id;
}

StreamGuard::Entry StreamGuard::MakeEntry(Stream stream) const {
  Entry entry;
  absl::Duration remaining = absl::InfiniteDuration();
  if (stream.token != nullptr && stream.token->claims().expires_at.has_value()) {
    remaining = *stream.token->claims().expires_at + stream.grace - dependencies_.clock.Now();
  }
  entry.limited_by_lifetime = stream.max_lifetime < remaining;
  // A remaining life that is negative is over; it must not pass for "none given".
  remaining = std::max(std::min(remaining, stream.max_lifetime), absl::ZeroDuration());
  entry.deadline = dependencies_.boot_clock.SinceBoot() + remaining;
  entry.stream = std::move(stream);
  return entry;
}

void StreamGuard::Forget(Id id) { Take(id); }

void StreamGuard::OnTrustChange() {
  absl::MutexLock lock(&mutex_);
  sweep_wanted_ = true;
  wake_.Signal();
}

void StreamGuard::EndWhatIsDue() {
  const absl::Duration now = dependencies_.boot_clock.SinceBoot();
  std::vector<Entry> due;
  {
    absl::MutexLock lock(&mutex_);
    while (!by_deadline_.empty() && by_deadline_.begin()->first <= now) {
      due.push_back(*TakeLocked(by_deadline_.begin()->second));
    }
  }
  for (const Entry& entry : due) EndExpired(entry);
}

void StreamGuard::EndWhatIsRevoked() {
  std::vector<std::pair<Id, std::shared_ptr<const VerifiedToken>>> tokens;
  {
    absl::MutexLock lock(&mutex_);
    tokens.reserve(streams_.size());
    for (const auto& [id, entry] : streams_) {
      if (entry.stream.token != nullptr) tokens.emplace_back(id, entry.stream.token);
    }
  }
  for (const auto& [id, token] : tokens) {
    if (!IsRevoked(*token)) continue;
    if (const absl::optional<Entry> revoked = Take(id)) EndRevoked(*revoked);
  }
}

size_t StreamGuard::live() const {
  absl::MutexLock lock(&mutex_);
  return streams_.size();
}

bool StreamGuard::IsRevoked(const VerifiedToken& token) const {
  if (dependencies_.trust.revocations->IsRevoked(token.claims())) return true;
  const std::shared_ptr<const KeySet> keys = dependencies_.trust.keys->Current();
  const Key* key = keys->Find(token.key_id());
  return key == nullptr || !key->CanVerify();
}

absl::optional<StreamGuard::Entry> StreamGuard::Take(Id id) {
  absl::MutexLock lock(&mutex_);
  return TakeLocked(id);
}

absl::optional<StreamGuard::Entry> StreamGuard::TakeLocked(Id id) {
  const auto place = streams_.find(id);
  if (place == streams_.end()) return absl::nullopt;
  Entry entry = std::move(place->second);
  streams_.erase(place);
  by_deadline_.erase({entry.deadline, id});
  return entry;
}

void StreamGuard::EndExpired(const Entry& entry) {
  End(entry, MakeRefusal(v1::REASON_STREAM_EXPIRED, entry.limited_by_lifetime
                                                        ? "the stream reached its longest allowed life; open a new one"
                                                        : "the token expired; open a new stream with a new token"));
}

void StreamGuard::EndRevoked(const Entry& entry) {
  End(entry, MakeRefusal(v1::REASON_STREAM_REVOKED, "the token was revoked; sign in again"));
}

void StreamGuard::End(const Entry& entry, const absl::Status& refusal) {
  if (dependencies_.observer != nullptr) {
    dependencies_.observer->OnStreamEnded(entry.stream.method, ReasonOf(refusal.message()));
  }
  entry.stream.call->End(refusal);
}

bool StreamGuard::WaitForWork(bool& sweep) {
  absl::MutexLock lock(&mutex_);
  while (!stopping_ && !sweep_wanted_) {
    if (by_deadline_.empty()) {
      wake_.Wait(&mutex_);
      continue;
    }
    const absl::Duration remaining = by_deadline_.begin()->first - dependencies_.boot_clock.SinceBoot();
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
