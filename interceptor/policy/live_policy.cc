#include "grpc_paseto/interceptor/policy/live_policy.h"

#include <utility>
#include <vector>

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
void LivePolicy::Swap(std::shared_ptr<const PolicyTable> table) {
  std::array<std::shared_ptr<const PolicyTable>, kShards> tables;
  for (auto& mine : tables) mine = {table.get(), [table](const PolicyTable*) {}};
  for (Shard& shard : shards_) shard.mutex.lock();
  for (size_t i = 0; i < kShards; ++i) shards_[i].table.swap(tables[i]);
  any_changes_metadata_.store(table->any_changes_metadata(), std::memory_order_release);
  for (Shard& shard : shards_) shard.mutex.unlock();
}

}  // namespace paseto::interceptor
