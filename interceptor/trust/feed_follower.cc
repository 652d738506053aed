#include "grpc_paseto/interceptor/trust/feed_follower.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/interceptor/trust/wire.h"

namespace paseto::interceptor {
namespace {

constexpr absl::Duration kPruneInterval = absl::Minutes(1);

std::string Text(const v1::FeedPosition& position) { return absl::StrCat(position.epoch(), "/", position.revision()); }

bool SamePosition(const v1::FeedPosition& a, const v1::FeedPosition& b) {
  return a.epoch() == b.epoch() && a.revision() == b.revision();
}

absl::Status NotContinuous(const v1::FeedPosition& expected, absl::string_view got) {
  return absl::OutOfRangeError(absl::StrCat("expected what follows position ", Text(expected), ", got ", got));
}

}  // namespace

FeedFollower::FeedFollower(std::string issuer, const Clock& clock, std::function<void()> on_change)
    : issuer_(std::move(issuer)), clock_(clock), on_change_(std::move(on_change)) {}

bool FeedFollower::WaitForFirstTrust(absl::Duration timeout) {
  absl::MutexLock lock(&mutex_);
  return mutex_.AwaitWithTimeout(absl::Condition(&trusted_), timeout) || restored_;
}

absl::Duration FeedFollower::Age() const {
  const absl::Duration age = freshness_.Age(SystemBootClock().SinceBoot());
  return age == absl::InfiniteDuration() && restored_ ? kUnconfirmedAge : age;
}

absl::Status FeedFollower::SetOwnKeys(std::vector<Key> keys) {
  {
    absl::MutexLock lock(&mutex_);
    std::swap(own_keys_, keys);
    if (!keys_came_) return absl::OkStatus();
    absl::Status swapped = SwapKeys();
    if (!swapped.ok()) {
      std::swap(own_keys_, keys);
      return swapped;
    }
  }
  on_change_();
  return absl::OkStatus();
}

absl::Status FeedFollower::Restore(const v1::WatchResponse& message) {
  if (message.has_heartbeat() || (message.has_changes() && message.changes().has_as_of())) {
    return absl::InvalidArgumentError("only a server confirms");
  }
  const absl::StatusOr<bool> applied = Apply(message);
  if (applied.ok() && position().epoch() != 0) restored_ = true;
  return applied.status();
}

void FeedFollower::WantSnapshot() {
  absl::MutexLock lock(&mutex_);
  needs_snapshot_ = true;
}

v1::FeedPosition FeedFollower::StartStream(size_t server) {
  absl::MutexLock lock(&mutex_);
  server_ = server;
  issuer_confirmed_ = false;
  staged_position_.reset();
  staged_ = {};
  return needs_snapshot_ ? v1::FeedPosition() : position_;
}

v1::FeedPosition FeedFollower::position() const {
  absl::MutexLock lock(&mutex_);
  return position_;
}

int64_t FeedFollower::key_set_version() const {
  absl::MutexLock lock(&mutex_);
  return key_set_version_;
}

absl::StatusOr<bool> FeedFollower::Apply(const v1::WatchResponse& message) {
  const uint64_t keys_before = keys_.serial();
  const uint64_t revocations_before = revocations_.change_count();
  absl::StatusOr<bool> progress = true;
  {
    absl::MutexLock lock(&mutex_);
    if (message.has_keys()) {
      const absl::Status applied = ApplyKeys(message.keys());
      if (!applied.ok()) progress = applied;
    } else if (!issuer_confirmed_) {
      progress = absl::InvalidArgumentError("the stream does not begin with the key set");
    } else {
      progress = ApplyRevocations(message);
      if (!progress.ok()) needs_snapshot_ = true;
    }
  }
  if (keys_.serial() != keys_before || revocations_.change_count() != revocations_before) on_change_();
  return progress;
}

absl::StatusOr<bool> FeedFollower::ApplyRevocations(const v1::WatchResponse& message) {
  switch (message.event_case()) {
    case v1::WatchResponse::kSnapshot: {
      const absl::Status applied = ApplySnapshot(message.snapshot());
      if (!applied.ok()) return applied;
      return true;
    }
    case v1::WatchResponse::kChanges: {
      const absl::Status applied = ApplyChanges(message.changes());
      if (!applied.ok()) return applied;
      // Without as_of, more changes are on their way.
      if (!message.changes().has_as_of()) return true;
      const absl::StatusOr<bool> confirmed = Confirm(message.changes().as_of());
      if (!confirmed.ok()) return confirmed;
      return true;
    }
    case v1::WatchResponse::kHeartbeat: {
      const absl::Status continues = CheckContinues(message.heartbeat().position());
      if (!continues.ok()) return continues;
      if (!SamePosition(message.heartbeat().position(), position_)) {
        return NotContinuous(position_, absl::StrCat("a heartbeat at ", Text(message.heartbeat().position())));
      }
      if (!message.heartbeat().has_as_of()) return absl::InvalidArgumentError("a heartbeat without as_of");
      return Confirm(message.heartbeat().as_of());
    }
    default:
      return absl::InvalidArgumentError("a message of a kind that is unknown here");
  }
}

absl::Status FeedFollower::ApplyKeys(const v1::TrustedKeySet& key_set) {
  if (key_set.issuer() != issuer_) {
    return absl::FailedPreconditionError(
        absl::StrCat("this is the feed of another issuer than ", issuer_, "; correct the addresses or the issuer"));
  }
  // An older key set would bring revoked keys back. Versions rise from epoch to epoch and from store to store.
  if (key_set.version() < key_set_version_) {
    return absl::OutOfRangeError(
        absl::StrCat("the key set went back from version ", key_set_version_, " to ", key_set.version()));
  }
  absl::StatusOr<std::vector<Key>> keys = KeysFromWire(key_set);
  if (!keys.ok()) return keys.status();
  std::swap(feed_keys_, *keys);
  const absl::Status swapped = SwapKeys();
  if (!swapped.ok()) {
    std::swap(feed_keys_, *keys);
    return swapped;
  }
  key_set_version_ = key_set.version();
  issuer_confirmed_ = true;
  keys_came_ = true;
  return absl::OkStatus();
}

absl::Status FeedFollower::SwapKeys() {
  std::vector<Key> all = feed_keys_;
  all.insert(all.end(), own_keys_.begin(), own_keys_.end());
  absl::StatusOr<std::shared_ptr<const KeySet>> set = KeySet::Create(std::move(all));
  if (!set.ok()) return set.status();
  keys_.Swap(*std::move(set));
  return absl::OkStatus();
}

absl::Status FeedFollower::ApplySnapshot(const v1::SnapshotPart& part) {
  const v1::FeedPosition& position = part.position();
  if (position.epoch() == 0 || position.revision() < 0 || position.revision() > kMaxRevision) {
    return absl::InvalidArgumentError(absl::StrCat("a snapshot at the impossible position ", Text(position)));
  }
  if (staged_position_.has_value() && !SamePosition(*staged_position_, position)) {
    return absl::InvalidArgumentError("the parts of a snapshot stand for different positions");
  }
  // A snapshot of the past would bring revoked tokens back. A store that was restored begins a new, higher epoch.
  if (position.epoch() < position_.epoch() ||
      (position.epoch() == position_.epoch() && position.revision() < position_.revision())) {
    return absl::OutOfRangeError(absl::StrCat("the feed went back from ", Text(position_), " to ", Text(position)));
  }
  absl::StatusOr<std::vector<Revocation>> records = RevocationsFromWire(part.revocations());
  if (!records.ok()) return records.status();
  staged_position_ = position;
  std::move(records->begin(), records->end(), std::back_inserter(staged_));
  if (!part.last()) return absl::OkStatus();
  revocations_.Replace(staged_);
  position_ = position;
  needs_snapshot_ = false;
  staged_position_.reset();
  staged_ = {};
  return absl::OkStatus();
}

absl::Status FeedFollower::CheckContinues(const v1::FeedPosition& position) const {
  if (needs_snapshot_) return absl::OutOfRangeError("expected a snapshot first");
  if (staged_position_.has_value()) return absl::InvalidArgumentError("a snapshot was not finished");
  if (position.epoch() == position_.epoch()) return absl::OkStatus();
  return NotContinuous(position_, absl::StrCat("position ", Text(position)));
}

absl::Status FeedFollower::ApplyChanges(const v1::Changes& changes) {
  const absl::Status continues = CheckContinues(changes.position());
  if (!continues.ok()) return continues;
  absl::StatusOr<std::vector<Revocation>> records = RevocationsFromWire(changes.revocations());
  if (!records.ok()) return records.status();
  int64_t revision = position_.revision();
  for (const Revocation& record : *records) {
    if (record.revision != ++revision) return NotContinuous(position_, absl::StrCat("revision ", record.revision));
  }
  if (revision != changes.position().revision()) {
    return NotContinuous(position_, absl::StrCat("changes up to ", Text(changes.position())));
  }
  revocations_.Add(*records);
  position_ = changes.position();
  return absl::OkStatus();
}

absl::StatusOr<bool> FeedFollower::Confirm(const google::protobuf::Timestamp& wire) {
  const absl::StatusOr<absl::Time> as_of = TimeFromWire(wire);
  if (!as_of.ok()) return as_of.status();
  const bool moved = freshness_.Confirm(server_, *as_of, clock_.Now(), SystemBootClock().SinceBoot());
  trusted_ = true;
  Prune(*as_of);
  return moved;
}

// By the earlier of the two clocks: one that runs ahead must not make this process forget too soon.
void FeedFollower::Prune(absl::Time as_of) {
  const absl::Duration since_boot = SystemBootClock().SinceBoot();
  if (since_boot - pruned_at_ < kPruneInterval) return;
  pruned_at_ = since_boot;
  revocations_.Prune(std::min(as_of, clock_.Now()));
}

}  // namespace paseto::interceptor
