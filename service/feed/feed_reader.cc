#include "grpc_paseto/service/feed/feed_reader.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/types/optional.h"

namespace paseto::service {
namespace {

// What this process itself refuses: its callers are clients.
bool MayConcernAClientToken(const Revocation& record) {
  return record.kind != RevocationKind::kSession && record.kind != RevocationKind::kSubject;
}

absl::Status Stopped() { return absl::UnavailableError("the feed has stopped"); }

}  // namespace

FeedReader::FeedReader(FeedDependencies dependencies)
    : dependencies_(std::move(dependencies)), tail_(dependencies_.tail_records) {}

void FeedReader::Load(Applied done) {
  const absl::Time asked = dependencies_.clock->Now();
  dependencies_.store->ReadSnapshot(
      SnapshotScope::kClientTokens, dependencies_.forget_clock->Now(),
      [self = shared_from_this(), asked, done = std::move(done)](absl::StatusOr<FeedSnapshot> snapshot) mutable {
        std::move(done)(self->ApplyEverything(asked, snapshot));
      });
}

void FeedReader::Poll() {
  FeedPosition after;
  {
    absl::MutexLock lock(&mutex_);
    if (stopped_) return;
    if (reading_) {
      again_ = true;
      return;
    }
    reading_ = true;
    ++reads_;
    after = tail_.head();
  }
  const absl::Time asked = dependencies_.clock->Now();
  dependencies_.store->ReadChanges(after, kFeedPageRecords,
                                   [self = shared_from_this(), asked](absl::StatusOr<FeedChanges> changes) {
                                     self->OnChanges(asked, std::move(changes));
                                   });
}

void FeedReader::OnChanges(absl::Time asked, absl::StatusOr<FeedChanges> changes) {
  if (absl::IsOutOfRange(changes.status())) return ReloadEverything();
  if (!changes.ok()) return FinishRead(changes.status(), false, false);
  const bool more = changes->revocations.size() >= kFeedPageRecords;
  const bool moved = !changes->revocations.empty();
  std::vector<Revocation> own;
  std::copy_if(changes->revocations.begin(), changes->revocations.end(), std::back_inserter(own),
               MayConcernAClientToken);
  if (!own.empty()) dependencies_.board->AddRevocations(own);
  const std::vector<FeedMessage> messages =
      ChangesMessages(changes->revocations, changes->position.epoch, more ? absl::nullopt : absl::make_optional(asked),
                      dependencies_.max_message_bytes);
  {
    absl::MutexLock lock(&mutex_);
    tail_.Append(messages);
    if (!more) as_of_ = asked;
  }
  FinishRead(absl::OkStatus(), moved, more);
}

// The store has begun a new epoch, or deleted what this process has not read.
void FeedReader::ReloadEverything() {
  {
    absl::MutexLock lock(&mutex_);
    if (stopped_) return;
  }
  const absl::Time asked = dependencies_.clock->Now();
  const absl::Time forget = dependencies_.forget_clock->Now();
  dependencies_.store->ReadSnapshot(SnapshotScope::kClientTokens, forget,
                                    [self = shared_from_this(), asked](absl::StatusOr<FeedSnapshot> snapshot) {
                                      self->FinishRead(self->ApplyEverything(asked, snapshot), snapshot.ok(), false);
                                    });
}

absl::Status FeedReader::ApplyEverything(absl::Time asked, const absl::StatusOr<FeedSnapshot>& snapshot) {
  if (!snapshot.ok()) return snapshot.status();
  dependencies_.board->ReplaceRevocations(snapshot->revocations);
  absl::MutexLock lock(&mutex_);
  tail_.Reset(snapshot->position);
  as_of_ = asked;
  return absl::OkStatus();
}

void FeedReader::FinishRead(const absl::Status& status, bool moved, bool more) {
  bool read_on = false;
  std::vector<Waiter> ready;
  {
    absl::MutexLock lock(&mutex_);
    reading_ = false;
    read_on = (status.ok() && more) || again_;
    again_ = false;
    std::vector<Waiter> waiting;
    for (Waiter& waiter : waiters_) {
      const bool is_applied =
          waiter.position.epoch == tail_.head().epoch && waiter.position.revision <= tail_.head().revision;
      // A position of an epoch that is over is covered by the snapshot of the new one.
      const bool is_over = status.ok() && waiter.position.epoch != tail_.head().epoch;
      const bool is_decided = waiter.first_read <= reads_ && (is_over || !status.ok());
      (is_applied || is_decided ? ready : waiting).push_back(std::move(waiter));
    }
    waiters_ = std::move(waiting);
  }
  for (Waiter& waiter : ready) std::move(waiter.done)(status);
  if (moved) advance_.Notify();
  if (read_on) Poll();
}

void FeedReader::WhenApplied(FeedPosition position, Applied done) {
  absl::Status now = absl::OkStatus();
  bool wait = false;
  {
    absl::MutexLock lock(&mutex_);
    const FeedPosition head = tail_.head();
    wait = !stopped_ && (position.epoch != head.epoch || position.revision > head.revision);
    if (wait) waiters_.push_back({position, reads_ + 1, std::move(done)});
    if (stopped_) now = Stopped();
  }
  if (!wait) return std::move(done)(now);
  Poll();
}

void FeedReader::Stop() {
  std::vector<Waiter> waiters;
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
    waiters.swap(waiters_);
  }
  for (Waiter& waiter : waiters) std::move(waiter.done)(Stopped());
}

FeedStep FeedReader::Next(FeedPosition position, bool heartbeat) const {
  absl::MutexLock lock(&mutex_);
  if (!tail_.Reaches(position)) return {};
  FeedMessage message = tail_.After(position);
  if (message == nullptr) {
    return {FeedStep::Kind::kUpToDate, heartbeat ? HeartbeatMessage(position, as_of_) : nullptr, position};
  }
  const FeedPosition after = FromWire(message->changes().position());
  return {FeedStep::Kind::kMessage, std::move(message), after};
}

bool FeedReader::Reaches(FeedPosition position) const {
  absl::MutexLock lock(&mutex_);
  return tail_.Reaches(position);
}

FeedPosition FeedReader::head() const {
  absl::MutexLock lock(&mutex_);
  return tail_.head();
}

absl::Time FeedReader::as_of() const {
  absl::MutexLock lock(&mutex_);
  return as_of_;
}

}  // namespace paseto::service
