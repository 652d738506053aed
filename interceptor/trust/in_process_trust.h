// InProcessTrust: keys and revocations that the same process sets, as tokend does for itself.
#ifndef GRPC_PASETO_INTERCEPTOR_TRUST_IN_PROCESS_TRUST_H_
#define GRPC_PASETO_INTERCEPTOR_TRUST_IN_PROCESS_TRUST_H_

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "grpc_paseto/interceptor/trust/trust_source.h"

namespace paseto::interceptor {

// The content; shared by its owner, who writes, and by any number of sources made from it, which read.
class TrustBoard {
 public:
  void SetKeys(std::shared_ptr<const KeySet> keys);
  void AddRevocations(absl::Span<const Revocation> records);
  void ReplaceRevocations(absl::Span<const Revocation> records);
  // Drops what no token alive at `now` or later can need; changes no answer, so no listener runs.
  void Prune(absl::Time now) { revocations_.Prune(now); }

  const KeyRing& keys() const { return keys_; }
  const RevocationSet& revocations() const { return revocations_; }

  // Each listener runs after every change, on the writer's thread; it must be quick, and neither write to the board nor
  // call the two methods here. Returns a number for Unsubscribe, after which no call of the listener is running.
  int Subscribe(std::function<void()> listener);
  void Unsubscribe(int subscription);

 private:
  void Notify();
  KeyRing keys_;
  RevocationSet revocations_;
  absl::Mutex mutex_;
  int next_subscription_ ABSL_GUARDED_BY(mutex_) = 1;
  std::vector<std::pair<int, std::function<void()>>> listeners_ ABSL_GUARDED_BY(mutex_);
};

// A source that reads `board`; it never counts as stale.
std::unique_ptr<TrustSource> TrustFromBoard(std::shared_ptr<TrustBoard> board);

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_TRUST_IN_PROCESS_TRUST_H_
