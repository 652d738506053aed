// FeedReader: reads the store's feed, one read at a time, and applies it to the process' own TrustBoard.
//
// The board is changed before the head moves: whoever sees a head knows that this process refuses what it revokes.
// Threads: all methods may be called from several threads at once. The store's completions hold a reference.
#ifndef GRPC_PASETO_SERVICE_FEED_FEED_READER_H_
#define GRPC_PASETO_SERVICE_FEED_FEED_READER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "grpc_paseto/core/token/clock.h"
#include "grpc_paseto/interceptor/trust/in_process_trust.h"
#include "grpc_paseto/interceptor/trust/listener_slot.h"
#include "grpc_paseto/service/feed/feed_messages.h"
#include "grpc_paseto/service/feed/feed_tail.h"
#include "grpc_paseto/service/store/session_store.h"

namespace paseto::service {

// How many records are asked of the store at a time.
inline constexpr int kFeedPageRecords = 2000;

// The next step of a watcher.
struct FeedStep {
  enum class Kind {
    kMessage,   // send `message`; the watcher then stands at `position`
    kUpToDate,  // nothing is new; `message` is a heartbeat if one was asked for
    kTooFar,    // the tail in memory does not reach the watcher: CatchUp
  };
  Kind kind = Kind::kTooFar;
  FeedMessage message;
  FeedPosition position;
};

// The store had gone back in time, as `by` proved, who had seen `seen`; a new epoch begins at `begun`.
struct NoticedRollback {
  ClientId by;
  FeedPosition seen;
  FeedPosition begun;
};

struct FeedDependencies {
  SessionStore* store = nullptr;                   // required
  std::shared_ptr<interceptor::TrustBoard> board;  // required: the process' own; its revocations are set here alone
  const Clock* clock = nullptr;                    // required; outlives the store
  const Clock* forget_clock = nullptr;             // required, as `clock`: what expired before may be left out
  absl::Duration tick = absl::Seconds(1);          // between two looks at the store, and between heartbeats
  size_t tail_records = 65536;                     // kept in memory for watchers that resume
  size_t max_message_bytes = kMaxRecordBytes;      // of records in one message
  // Optional: told of a rollback, on a thread of the store. Who noticed it is sent on when `done` has been called: by
  // then new keys are to be on the board.
  std::function<void(const NoticedRollback& rollback, absl::AnyInvocable<void() &&> done)> on_rollback = nullptr;
};

class FeedReader : public std::enable_shared_from_this<FeedReader> {
 public:
  using Applied = absl::AnyInvocable<void(absl::Status) &&>;

  explicit FeedReader(FeedDependencies dependencies);

  // Reads what is in force and concerns clients: what this process itself has to refuse. REQUIRES: called once, before
  // all others.
  void Load(Applied done);
  // Reads what is new; joins a read that is in flight.
  void Poll();
  // As FeedPublisher::WhenApplied.
  void WhenApplied(FeedPosition position, Applied done);
  // Starts nothing more; whoever waits gets UNAVAILABLE.
  void Stop();

  FeedStep Next(FeedPosition position, bool heartbeat) const;
  bool Reaches(FeedPosition position) const;
  FeedPosition head() const;
  absl::Time as_of() const;
  // Runs after the head moved.
  interceptor::ListenerSlot& advance() { return advance_; }

 private:
  struct Waiter {
    FeedPosition position;
    uint64_t first_read = 0;  // the first read that begins after it came, and so decides about it
    Applied done;
  };

  void OnChanges(absl::Time asked, absl::StatusOr<FeedChanges> changes);
  void ReloadEverything();
  absl::Status ApplyEverything(absl::Time asked, const absl::StatusOr<FeedSnapshot>& snapshot);
  void FinishRead(const absl::Status& status, bool moved, bool more);

  const FeedDependencies dependencies_;
  interceptor::ListenerSlot advance_;

  mutable absl::Mutex mutex_;
  FeedTail tail_ ABSL_GUARDED_BY(mutex_);
  absl::Time as_of_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  uint64_t reads_ ABSL_GUARDED_BY(mutex_) = 0;  // begun so far
  bool reading_ ABSL_GUARDED_BY(mutex_) = false;
  bool again_ ABSL_GUARDED_BY(mutex_) = false;  // asked for while a read was in flight
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<Waiter> waiters_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_FEED_FEED_READER_H_
