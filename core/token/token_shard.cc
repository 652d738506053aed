#include "grpc_paseto/core/token/token_shard.h"

#include <utility>

namespace paseto {

std::shared_ptr<CachedToken> TokenShard::Find(const IdentityHash& hash) const {
  absl::ReaderMutexLock lock(&mutex_);
  const auto found = index_.find(hash);
  return found != index_.end() ? slots_[found->second] : nullptr;
}

void TokenShard::Put(std::shared_ptr<CachedToken> token) {
  const size_t token_bytes = token->bytes();
  absl::MutexLock lock(&mutex_);
  if (const auto found = index_.find(token->hash()); found != index_.end()) Empty(found->second);
  if (max_entries_ == 0 || token_bytes > max_bytes_) return;
  while (bytes_ + token_bytes > max_bytes_) NextFreeSlot();
  uint32_t slot = static_cast<uint32_t>(slots_.size());
  if (slot < max_entries_) {
    slots_.emplace_back();
  } else {
    slot = NextFreeSlot();
  }
  token->set_held(true);
  bytes_ += token_bytes;
  index_.emplace(token->hash(), slot);
  slots_[slot] = std::move(token);
}

void TokenShard::Remove(const CachedToken& token) {
  absl::MutexLock lock(&mutex_);
  const auto found = index_.find(token.hash());
  if (found != index_.end() && slots_[found->second].get() == &token) Empty(found->second);
}

size_t TokenShard::size() const {
  absl::ReaderMutexLock lock(&mutex_);
  return index_.size();
}

// REQUIRES: there are slots. Ends: each turn clears one flag or empties, and flags set meanwhile are at most one round
// more.
uint32_t TokenShard::NextFreeSlot() {
  for (size_t chances = 2 * slots_.size();; --chances) {
    const uint32_t slot = hand_;
    hand_ = (hand_ + 1) % slots_.size();
    if (slots_[slot] == nullptr) return slot;
    if (chances > 0 && slots_[slot]->TakeUsed()) continue;
    Empty(slot);
    return slot;
  }
}

void TokenShard::Empty(uint32_t slot) {
  const std::shared_ptr<CachedToken> token = std::move(slots_[slot]);
  token->set_held(false);
  bytes_ -= token->bytes();
  index_.erase(token->hash());
}

}  // namespace paseto
