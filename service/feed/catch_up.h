// CatchUp: what a watcher needs that the tail in memory does not reach: older changes, or a snapshot.
//
// A snapshot is read and built once, and shared as long as any watcher holds it: a thousand watchers that come back at
// the same time cost one.
// Threads: all methods may be called from several threads at once. The store's completions hold a reference.
#ifndef GRPC_PASETO_SERVICE_FEED_CATCH_UP_H_
#define GRPC_PASETO_SERVICE_FEED_CATCH_UP_H_

#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/optional.h"
#include "grpc_paseto/service/feed/feed_messages.h"
#include "grpc_paseto/service/feed/feed_reader.h"
#include "grpc_paseto/service/store/session_store.h"

namespace paseto::service {

// Messages to be sent in order. Afterwards the watcher stands at `position`, and the tail in memory has come so far.
struct FeedStretch {
  std::shared_ptr<const std::vector<FeedMessage>> messages;
  FeedPosition position;
};

class CatchUp : public std::enable_shared_from_this<CatchUp> {
 public:
  using Done = absl::AnyInvocable<void(absl::StatusOr<FeedStretch>) &&>;

  // The store outlives the last call.
  CatchUp(std::shared_ptr<FeedReader> reader, FeedDependencies dependencies);

  // The changes that follow `position`, or a snapshot. `done` may run inside the call. When `by`, who is trusted, has
  // seen what the store has not, the store has gone back in time, and the snapshot is that of a new epoch.
  // Errors: those of the store, also of StartEpochAbove.
  void From(FeedPosition position, const ClientId& by, Done done);

 private:
  struct Snapshot {
    std::vector<FeedMessage> messages;
    FeedPosition position;
  };

  void StartEpochAbove(FeedPosition seen, const ClientId& by, Done done);
  void ReadOn(FeedPosition position, Done done);
  void ShareSnapshot(Done done);
  void DeliverSnapshot(absl::StatusOr<std::shared_ptr<const Snapshot>> snapshot);
  static FeedStretch StretchOf(const std::shared_ptr<const Snapshot>& snapshot);

  const std::shared_ptr<FeedReader> reader_;
  const FeedDependencies dependencies_;

  absl::Mutex mutex_;
  std::weak_ptr<const Snapshot> snapshot_ ABSL_GUARDED_BY(mutex_);  // the last one, while a watcher holds it
  bool reading_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<Done> waiters_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_FEED_CATCH_UP_H_
