// LivePolicy: the policy table of a running server, which a policy file may replace at any time.
//
// Guarantees: every reader sees one whole table; a table that does not stand changes nothing. Threads: Start before any
// other method; then all methods may be called from several threads at once.
#ifndef GRPC_PASETO_INTERCEPTOR_POLICY_LIVE_POLICY_H_
#define GRPC_PASETO_INTERCEPTOR_POLICY_LIVE_POLICY_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "grpc_paseto/interceptor/policy/policy_table.h"
#include "grpc_paseto/interceptor/policy/rule_source.h"

namespace paseto::interceptor {

class LivePolicy {
 public:
  ~LivePolicy() { Stop(); }

  // The first table, and then one for every change of `file`, which may be null. Errors: those of PolicyTable::Create;
  // those of RuleSource::Follow.
  absl::Status Start(PolicySources sources, std::shared_ptr<RuleSource> file);
  // The file is not followed any more; the present table stays.
  void Stop();

  // PolicyTable::any_changes_metadata of the present table, without a lock: every call asks. Once a table let a call
  // pass, the answer is that table's or a later one's.
  bool any_changes_metadata() const { return any_changes_metadata_.load(std::memory_order_acquire); }

  // Runs `use` with the present table. Names of methods outlive `use`, rules do not. REQUIRES: Start succeeded.
  template <typename Use>
  auto With(Use use) const {
    const std::shared_ptr<const PolicyTable> table = Current();
    return use(*table);
  }

 private:
  // Readers of one thread meet readers of few others: one lock, or one count, for all would be what every call waits
  // for.
  static constexpr size_t kShards = 16;
  struct alignas(64) Shard {
    mutable std::mutex mutex;                  // the packages' absl::Mutex looks for deadlocks each time
    std::shared_ptr<const PolicyTable> table;  // guarded by `mutex`; its count is this shard's own
  };
  static size_t MyShard();

  std::shared_ptr<const PolicyTable> Current() const {
    const Shard& shard = shards_[MyShard()];
    const std::lock_guard lock(shard.mutex);
    return shard.table;
  }
  absl::Status Replace(const PlacedRules& rules);
  void Swap(std::shared_ptr<const PolicyTable> table);

  std::array<Shard, kShards> shards_;
  std::atomic<bool> any_changes_metadata_{false};  // written while all shards are locked
  std::shared_ptr<RuleSource> file_;               // set by Start and Stop
  int follows_ = 0;
  absl::Mutex mutex_;
  PolicySources sources_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_POLICY_LIVE_POLICY_H_
