#include "grpc_paseto/core/token/token_shard.h"

#include <utility>

namespace paseto {

std::shared_ptr<CachedToken> TokenShard::Find(const IdentityHash& hash) const {
  absl::ReaderMutexLock lock(&mutex_);
  const auto found = nodes_.find(hash);
  return found != nodes_.end() ? found->second.token : nullptr;
}

void TokenShard::Put(const IdentityHash& hash, std::shared_ptr<CachedToken> token) {
  const size_t token_bytes = token->bytes();
  absl::MutexLock lock(&mutex_);
  EraseLocked(hash);
  if (max_entries_ == 0 || token_bytes > max_bytes_) return;
  bytes_ += token_bytes;
  token->set_held(true);
  nodes_.emplace(hash, Node{std::move(token), order_.insert(order_.end(), hash)});
  while (nodes_.size() > max_entries_ || bytes_ > max_bytes_) EvictLocked();
}

size_t TokenShard::size() const {
  absl::ReaderMutexLock lock(&mutex_);
  return nodes_.size();
}

void TokenShard::EraseLocked(const IdentityHash& hash) {
  const auto found = nodes_.find(hash);
  if (found == nodes_.end()) return;
  found->second.token->set_held(false);
  bytes_ -= found->second.token->bytes();
  order_.erase(found->second.place);
  nodes_.erase(found);
}

// REQUIRES: not empty. Ends: each turn clears one flag or evicts, and flags set meanwhile are at most one round more.
void TokenShard::EvictLocked() {
  for (size_t chances = 2 * order_.size(); chances > 0; --chances) {
    const IdentityHash oldest = order_.front();
    if (!nodes_.find(oldest)->second.token->TakeUsed()) break;
    order_.splice(order_.end(), order_, order_.begin());
  }
  const IdentityHash oldest = order_.front();
  EraseLocked(oldest);
}

}  // namespace paseto
