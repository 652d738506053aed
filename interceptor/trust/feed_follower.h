// FeedFollower: applies the messages of a trust feed to keys and revocations, and knows how far it has come.
//
// A snapshot takes effect at its end marker only. Whatever is not the continuation of what was applied before (a gap, a
// kind of revocation that is unknown here, another epoch) is refused, and the next stream begins with a snapshot.
// Until the server's next confirmation the age goes on growing. So is a feed of the past, as a copy of tokend's store
// would send it: a lower epoch, a lower revision in the same epoch, or a key set of a lower version.
//
// Threads: StartStream and Apply are called by one stream at a time; the rest may be called from any thread.
#ifndef GRPC_PASETO_INTERCEPTOR_TRUST_FEED_FOLLOWER_H_
#define GRPC_PASETO_INTERCEPTOR_TRUST_FEED_FOLLOWER_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "grpc_paseto/core/token/boot_clock.h"
#include "grpc_paseto/core/token/clock.h"
#include "grpc_paseto/core/token/key_set.h"
#include "grpc_paseto/core/token/revocation_set.h"
#include "grpc_paseto/interceptor/trust/freshness.h"
#include "paseto/v1/trust_feed.pb.h"

namespace paseto::interceptor {

class FeedFollower {
 public:
  // Older than any bound: what was restored is stale until a server has confirmed it.
  static constexpr absl::Duration kUnconfirmedAge = absl::Hours(24 * 365 * 100);

  // `on_change` runs after every change of keys or revocations, inside Apply. `clock` outlives this object.
  FeedFollower(std::string issuer, const Clock& clock, std::function<void()> on_change);

  const KeyRing& keys() const { return keys_; }
  const RevocationSet& revocations() const { return revocations_; }
  // kUnconfirmedAge while there is nothing but what was restored.
  absl::Duration Age() const;
  // True, after `timeout`, also for what was restored.
  bool WaitForFirstTrust(absl::Duration timeout);

  // Keys of this process that every key set of the feed is completed with, from now on. Errors: INVALID_ARGUMENT when
  // they clash with those of the feed; the ones before stay.
  absl::Status SetOwnKeys(std::vector<Key> keys);

  // As Apply, for a message of an earlier process. It confirms nothing. Errors: those of Apply; INVALID_ARGUMENT for a
  // message that would confirm something.
  absl::Status Restore(const v1::WatchResponse& message);
  // The next stream asks for a snapshot.
  void WantSnapshot();

  // A stream to `server` (a number of the caller's) begins. What an earlier stream left half done is dropped.
  // Result: the position to resume from, {0, 0} for a snapshot.
  v1::FeedPosition StartStream(size_t server);

  // Applies one message. Result: false when it is a heartbeat that confirms nothing new.
  // Errors: the stream must be ended. FAILED_PRECONDITION for the feed of another issuer; INVALID_ARGUMENT for a
  // message that breaks the contract; OUT_OF_RANGE for a position that does not fit.
  absl::StatusOr<bool> Apply(const v1::WatchResponse& message);

  // What has been applied as a whole; the epoch is 0 when nothing has.
  v1::FeedPosition position() const;
  // The version of the newest key set that was applied; 0 when there is none.
  int64_t key_set_version() const;

 private:
  absl::Status ApplyKeys(const v1::TrustedKeySet& key_set) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status ApplySnapshot(const v1::SnapshotPart& part) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status ApplyChanges(const v1::Changes& changes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status CheckContinues(const v1::FeedPosition& position) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<bool> Confirm(const google::protobuf::Timestamp& as_of) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<bool> ApplyRevocations(const v1::WatchResponse& message) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status SwapKeys() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Prune(absl::Time as_of) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string issuer_;
  const Clock& clock_;
  const std::function<void()> on_change_;
  KeyRing keys_;
  RevocationSet revocations_;
  Freshness freshness_;
  std::atomic<bool> restored_{false};

  mutable absl::Mutex mutex_;
  size_t server_ ABSL_GUARDED_BY(mutex_) = 0;
  bool issuer_confirmed_ ABSL_GUARDED_BY(mutex_) = false;  // by the key set of the present stream
  bool keys_came_ ABSL_GUARDED_BY(mutex_) = false;
  bool needs_snapshot_ ABSL_GUARDED_BY(mutex_) = true;
  bool trusted_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<Key> own_keys_ ABSL_GUARDED_BY(mutex_);
  std::vector<Key> feed_keys_ ABSL_GUARDED_BY(mutex_);
  int64_t key_set_version_ ABSL_GUARDED_BY(mutex_) = 0;
  v1::FeedPosition position_ ABSL_GUARDED_BY(mutex_);
  absl::optional<v1::FeedPosition> staged_position_ ABSL_GUARDED_BY(mutex_);  // of a snapshot that is on its way
  std::vector<Revocation> staged_ ABSL_GUARDED_BY(mutex_);
  absl::Duration pruned_at_ ABSL_GUARDED_BY(mutex_) = absl::ZeroDuration();  // since boot
};

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_TRUST_FEED_FOLLOWER_H_
