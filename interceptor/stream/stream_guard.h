// StreamGuard: ends live streams when their token expires or is revoked.
//
// Every watched stream has a deadline, min(exp + grace, start + max lifetime). The time that remains is taken from the
// wall clock once, at the start; from then on it is counted on the BootClock, so that a step of the wall clock moves no
// deadline. One thread serves all streams: it ends what is due and, when keys or revocations changed, looks at every
// stream again.
//
// Guarantees: a stream is ended at most once. Nothing slips between the gate and here: Watch registers first and looks
// at revocations afterwards.
// Threads: all methods may be called from several threads at once.
#ifndef GRPC_PASETO_INTERCEPTOR_STREAM_STREAM_GUARD_H_
#define GRPC_PASETO_INTERCEPTOR_STREAM_STREAM_GUARD_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "grpc_paseto/core/token/boot_clock.h"
#include "grpc_paseto/core/token/clock.h"
#include "grpc_paseto/core/token/verified_token_cache.h"
#include "grpc_paseto/core/token/verifier.h"
#include "grpc_paseto/interceptor/observe/call_observer.h"

namespace paseto::interceptor {

// A call that can be ended from any thread, also when it is already over.
class LiveCall {
 public:
  virtual ~LiveCall() = default;
  virtual void End(const absl::Status& status) = 0;
};

class StreamGuard {
 public:
  // All outlive the guard.
  struct Dependencies {
    Trust trust;
    const Clock& clock;
    const BootClock& boot_clock;
    CallObserver* observer = nullptr;  // optional
  };
  struct Stream {
    std::shared_ptr<LiveCall> call;
    std::shared_ptr<const VerifiedToken> token;              // null for an anonymous stream
    absl::Duration grace = absl::ZeroDuration();             // after the expiry of the token
    absl::Duration max_lifetime = absl::InfiniteDuration();  // from now
    std::string method;                                      // for the observer
  };
  using Id = uint64_t;

  explicit StreamGuard(const Dependencies& dependencies);
  ~StreamGuard();  // forgets all streams, ends none
  StreamGuard(const StreamGuard&) = delete;
  StreamGuard& operator=(const StreamGuard&) = delete;

  // Starts the thread. Without it a test calls EndWhatIsDue and EndWhatIsRevoked itself.
  void StartThread();

  // Watches a stream that begins now. One that must not go on is ended before this returns.
  Id Watch(Stream stream);
  // The stream is over. Not an error: one that was ended or forgotten before.
  void Forget(Id id);

  // Keys or revocations changed: the thread looks at every stream soon.
  void OnTrustChange();

  void EndWhatIsDue();
  void EndWhatIsRevoked();
  size_t live() const;

 private:
  struct Entry {
    Stream stream;
    absl::Duration deadline;  // on the boot clock
    bool limited_by_lifetime = false;
  };

  bool IsRevoked(const VerifiedToken& token) const;
  Entry MakeEntry(Stream stream) const;
  absl::optional<Entry> Take(Id id);
  absl::optional<Entry> TakeLocked(Id id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void End(const Entry& entry, const absl::Status& refusal);
  void EndExpired(const Entry& entry);
  void EndRevoked(const Entry& entry);
  void RunThread();
  // Gives false when the thread is to end.
  bool WaitForWork(bool& sweep);

  const Dependencies dependencies_;
  mutable absl::Mutex mutex_;
  absl::CondVar wake_;
  Id next_id_ ABSL_GUARDED_BY(mutex_) = 1;
  absl::flat_hash_map<Id, Entry> streams_ ABSL_GUARDED_BY(mutex_);
  absl::btree_set<std::pair<absl::Duration, Id>> by_deadline_ ABSL_GUARDED_BY(mutex_);  // the finite ones
  bool sweep_wanted_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_STREAM_STREAM_GUARD_H_
