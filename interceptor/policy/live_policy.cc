#include "grpc_paseto/interceptor/policy/live_policy.h"

namespace paseto::interceptor {

size_t LivePolicy::MyShard() {
  static std::atomic<size_t> next{0};
  thread_local const size_t mine = next++ % kShards;
  return mine;
}

absl::Status LivePolicy::Start(PolicySources sources, std::shared_ptr<RuleSource> file) {
  {
    absl::MutexLock lock(&mutex_);
    sources_ = std::move(sources);
  }
  if (file == nullptr) return Replace({});
  const absl::StatusOr<int> number = file->Follow([this](const PlacedRules& rules) { return Replace(rules); });
  if (!number.ok()) return number.status();
  follows_ = *number;
  file_ = std::move(file);
  return absl::OkStatus();
}

void LivePolicy::Stop() {
  if (file_ != nullptr) file_->Unfollow(follows_);
  file_ = nullptr;
}

absl::Status LivePolicy::Replace(const PlacedRules& rules) {
  absl::MutexLock lock(&mutex_);
  sources_.file_rules = rules;
  absl::StatusOr<std::unique_ptr<const PolicyTable>> table = PolicyTable::Create(sources_);
  if (!table.ok()) return table.status();
  std::vector<CredentialShape> shapes;
  for (const CredentialShape* shape : (*table)->shapes()) shapes.push_back(*shape);
  sources_.earlier_shapes = std::move(shapes);
  Swap(*std::move(table));
  return absl::OkStatus();
}

// All at once: a call that one table let pass meets no older one on another thread.
void LivePolicy::Swap(std::unique_ptr<const PolicyTable> table) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  for (Shard& shard : shards_) shard.mutex.Lock();
  for (Shard& shard : shards_) shard.table = table.get();
  any_changes_metadata_.store(table->any_changes_metadata(), std::memory_order_release);
  for (Shard& shard : shards_) shard.mutex.Unlock();
  table_ = std::move(table);  // nobody reads the old one any more
}

}  // namespace paseto::interceptor
