// StreamGuard: ends live streams when their token expires or is revoked, and lets newer tokens take its place.
//
// Every watched stream has a deadline, min(exp + grace, start + max lifetime). The time that remains is taken from the
// wall clock once, at the start and at each renewal; from then on it is counted on the BootClock, so that a step of the
// wall clock moves no deadline. One thread serves all streams: it ends what is due and, when keys or revocations
// changed, looks at every stream again.
//
// Guarantees: a stream is ended at most once. Nothing slips between the gate and here: Watch and Renew register first
// and look at revocations afterwards. A sweep ends a stream for the token that it has, never for one that was replaced.
// Threads: all methods may be called from several threads at once.
#ifndef GRPC_PASETO_INTERCEPTOR_STREAM_STREAM_GUARD_H_
#define GRPC_PASETO_INTERCEPTOR_STREAM_STREAM_GUARD_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "grpc_paseto/core/token/boot_clock.h"
#include "grpc_paseto/core/token/clock.h"
#include "grpc_paseto/core/token/verified_token_cache.h"
#include "grpc_paseto/core/token/verifier.h"
#include "grpc_paseto/interceptor/observe/call_observer.h"
#include "grpc_paseto/interceptor/stream/deadline_heap.h"
#include "grpc_paseto/interceptor/stream/renewed_tokens.h"
#include "grpc_paseto/interceptor/stream/stream_mode.h"
#include "grpc_paseto/interceptor/stream/stream_renewal.h"
#include "grpc_paseto/interceptor/stream/watched_stream.h"
#include "grpc_paseto/interceptor/trust/issuer_trust.h"
#include "grpc_paseto/interceptor/trust/listener_slot.h"

namespace paseto::interceptor {

class StreamGuard {
 public:
  // All outlive the guard.
  struct Dependencies {
    Trust trust;
    const Clock& clock;
    const BootClock& boot_clock;
    CallObserver* observer = nullptr;  // optional
    StreamMode mode = StreamMode::kEnforce;
    // Decide on the tokens of these issuers in the place of `trust`.
    std::vector<IssuerTrust> more_issuers = {};
    bool hide_reasons = false;  // of the ends that it makes; the observer is told them
  };
  struct Stream {
    std::unique_ptr<LiveCall> call;
    std::shared_ptr<const VerifiedToken> token;              // null for an anonymous stream
    absl::Duration grace = absl::ZeroDuration();             // after the expiry of the token
    absl::Duration max_lifetime = absl::InfiniteDuration();  // from now
    absl::string_view method;                                // outlives the guard
    std::string name;                                        // the client's; empty: cannot be renewed
    const void* context = nullptr;                           // what RenewedToken and Warn find the stream by
  };
  struct Description {
    std::shared_ptr<const VerifiedToken> token;
    absl::Duration remaining_life;
  };
  using Id = WatchedStream*;  // only to be given back

  explicit StreamGuard(const Dependencies& dependencies);
  ~StreamGuard();  // forgets all streams, ends none
  StreamGuard(const StreamGuard&) = delete;
  StreamGuard& operator=(const StreamGuard&) = delete;

  // Starts the thread. Without it a test calls EndWhatIsDue and EndWhatIsRevoked itself.
  void StartThread();

  // Watches a stream that begins now. One that must not go on is ended before this returns. Of two live streams with
  // the same address and holder, the newer one has the name.
  Id Watch(Stream stream);
  // The stream is over: nothing ends it any more. RenewedToken and RemainingLife still know it.
  void Close(Id id);
  // Closes it and drops what is known of it: the id is of no use any more.
  void Forget(Id id);

  // Ends a call that is not watched, and tells the observer. A guard that only counts ends none that expires or is
  // revoked.
  void End(LiveCall& call, absl::string_view method, const absl::Status& refusal) const;

  // Puts the stream under `token`, which the rule of its method accepts.
  // Errors: those of paseto.v1.StreamAuthorization.Renew that are about the stream.
  absl::StatusOr<Description> Renew(const StreamAddress& address, std::shared_ptr<const VerifiedToken> token);
  // The stream, for the holder of `token`. Errors: NOT_FOUND stream_elsewhere.
  absl::StatusOr<Description> Describe(const StreamAddress& address, const VerifiedToken& token) const;

  // The token of the stream with this context when it is not the one that it began with; else null. Cheap while no
  // stream has been renewed.
  std::shared_ptr<const VerifiedToken> RenewedToken(const void* context) const;
  // Infinite for a stream that nothing limits.
  absl::Duration RemainingLife(Id id) const;
  // `slot` is notified, on a thread of the library, when the stream has `before` left, again after each renewal. One
  // slot per stream; a second one takes its place. Errors: NOT_FOUND when no stream with this context is live.
  absl::Status Warn(const void* context, absl::Duration before, std::shared_ptr<ListenerSlot> slot);

  // True when the token or the key that made it is revoked.
  bool IsRevoked(const VerifiedToken& token) const;

  // Keys or revocations changed: the thread looks at every stream soon.
  void OnTrustChange();

  void EndWhatIsDue();
  void EndWhatIsRevoked();
  size_t live() const;

 private:
  // What has to be done to one stream outside the lock.
  struct Ending {
    std::unique_ptr<LiveCall> call;
    absl::string_view method;
    bool limited_by_lifetime = false;
  };

  absl::Duration TimeLeft(const VerifiedToken* token, absl::Duration grace) const;
  // Puts a new stream into the tables.
  void Register(std::unique_ptr<WatchedStream> stream) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SetDeadline(WatchedStream& stream, absl::Duration deadline) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SetWarningTimer(WatchedStream& stream) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ClearWarningTimer(WatchedStream& stream) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Ending CloseLocked(WatchedStream& stream) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Duration LifeOf(const WatchedStream& stream) const;
  // Null when there is none.
  WatchedStream* FindLive(const StreamAddress& address, const Claims& holder) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<Id> TryRenew(const StreamAddress& address, const std::shared_ptr<const VerifiedToken>& token,
                              Description& renewed);
  // Ends the stream if it is live and still has `token`.
  void EndRevoked(Id id, const std::shared_ptr<const VerifiedToken>& token);
  void EndExpired(const Ending& ending) const;
  void RunThread();
  // Gives false when the thread is to end.
  bool WaitForWork(bool& sweep);

  const Dependencies dependencies_;
  mutable absl::Mutex mutex_;
  absl::CondVar wake_;
  absl::flat_hash_set<std::unique_ptr<WatchedStream>> streams_ ABSL_GUARDED_BY(mutex_);
  DeadlineHeap live_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<const void*, Id> by_context_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<uint64_t, Id> by_name_ ABSL_GUARDED_BY(mutex_);  // by HashStreamName; the stream tells for sure
  absl::btree_set<std::pair<absl::Duration, Id>> warnings_ ABSL_GUARDED_BY(mutex_);  // by the time of the warning
  RenewedTokens renewed_;
  bool sweep_wanted_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_STREAM_STREAM_GUARD_H_
