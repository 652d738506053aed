#include "grpc_paseto/service/feed/catch_up.h"

#include <utility>

namespace paseto::service {

CatchUp::CatchUp(std::shared_ptr<FeedReader> reader, FeedDependencies dependencies)
    : reader_(std::move(reader)), dependencies_(std::move(dependencies)) {}

void CatchUp::From(FeedPosition position, const ClientId& by, Done done) {
  const FeedPosition head = reader_->head();
  const bool is_ahead = position.epoch == head.epoch && position.revision > head.revision;
  is_ahead ? StartEpochAbove(position, by, std::move(done)) : ReadOn(position, std::move(done));
}

// The store decides: what was read of it may be behind.
void CatchUp::StartEpochAbove(FeedPosition seen, const ClientId& by, Done done) {
  auto then = [self = shared_from_this(), seen, by,
               done = std::move(done)](absl::StatusOr<absl::optional<FeedPosition>> begun) mutable {
    if (!begun.ok()) return std::move(done)(begun.status());
    if (!begun->has_value()) return self->ReadOn(seen, std::move(done));
    const NoticedRollback rollback = {by, seen, **begun};
    auto send_on = [self, rollback, done = std::move(done)]() mutable {
      self->reader_->WhenApplied(rollback.begun, [self, done = std::move(done)](absl::Status status) mutable {
        if (!status.ok()) return std::move(done)(status);
        self->ShareSnapshot(std::move(done));
      });
    };
    if (self->dependencies_.on_rollback == nullptr) return send_on();
    self->dependencies_.on_rollback(rollback, std::move(send_on));
  };
  dependencies_.store->StartEpochAbove(seen, by, dependencies_.clock->Now(), std::move(then));
}

void CatchUp::ReadOn(FeedPosition position, Done done) {
  if (position.epoch != reader_->head().epoch) return ShareSnapshot(std::move(done));
  dependencies_.store->ReadChanges(
      position, kFeedPageRecords,
      [self = shared_from_this(), done = std::move(done)](absl::StatusOr<FeedChanges> changes) mutable {
        if (absl::IsOutOfRange(changes.status())) return self->ShareSnapshot(std::move(done));
        if (!changes.ok()) return std::move(done)(changes.status());
        FeedStretch stretch;
        stretch.messages = std::make_shared<const std::vector<FeedMessage>>(ChangesMessages(
            changes->revocations, changes->position.epoch, absl::nullopt, self->dependencies_.max_message_bytes));
        stretch.position = changes->position;
        self->reader_->WhenApplied(changes->position, [stretch, done = std::move(done)](absl::Status status) mutable {
          if (!status.ok()) return std::move(done)(status);
          std::move(done)(std::move(stretch));
        });
      });
}

void CatchUp::ShareSnapshot(Done done) {
  std::shared_ptr<const Snapshot> shared;
  {
    absl::MutexLock lock(&mutex_);
    shared = snapshot_.lock();
    if (shared == nullptr || !reader_->Reaches(shared->position)) {
      shared = nullptr;
      waiters_.push_back(std::move(done));
      if (std::exchange(reading_, true)) return;
    }
  }
  if (shared != nullptr) return std::move(done)(StretchOf(shared));
  dependencies_.store->ReadSnapshot(
      SnapshotScope::kAll, dependencies_.forget_clock->Now(),
      [self = shared_from_this()](absl::StatusOr<FeedSnapshot> snapshot) {
        if (!snapshot.ok()) return self->DeliverSnapshot(snapshot.status());
        auto built = std::make_shared<const Snapshot>(
            Snapshot{SnapshotMessages(*snapshot, self->dependencies_.max_message_bytes), snapshot->position});
        self->reader_->WhenApplied(built->position, [self, built](absl::Status status) {
          if (!status.ok()) return self->DeliverSnapshot(status);
          self->DeliverSnapshot(built);
        });
      });
}

void CatchUp::DeliverSnapshot(absl::StatusOr<std::shared_ptr<const Snapshot>> snapshot) {
  std::vector<Done> waiters;
  {
    absl::MutexLock lock(&mutex_);
    reading_ = false;
    waiters.swap(waiters_);
    if (snapshot.ok()) snapshot_ = *snapshot;
  }
  for (Done& done : waiters) {
    if (snapshot.ok()) {
      std::move(done)(StretchOf(*snapshot));
    } else {
      std::move(done)(snapshot.status());
    }
  }
}

// The messages keep their snapshot alive.
FeedStretch CatchUp::StretchOf(const std::shared_ptr<const Snapshot>& snapshot) {
  return {std::shared_ptr<const std::vector<FeedMessage>>(snapshot, &snapshot->messages), snapshot->position};
}

}  // namespace paseto::service
