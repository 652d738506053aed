// TokenShard: a part of the verified-token cache, bounded in entries and bytes.
//
// Eviction gives a second chance: a hand goes round the slots and takes the first entry that was not used since it came
// by. New entries are put where the hand was, so that they are looked at last.
// Threads: all methods may be called from several threads at once.
#ifndef GRPC_PASETO_CORE_TOKEN_TOKEN_SHARD_H_
#define GRPC_PASETO_CORE_TOKEN_TOKEN_SHARD_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "grpc_paseto/core/token/cached_token.h"
#include "grpc_paseto/core/token/token_identity.h"

namespace paseto {

class TokenShard {
 public:
  TokenShard(size_t max_entries, size_t max_bytes) : max_entries_(max_entries), max_bytes_(max_bytes) {}

  std::shared_ptr<CachedToken> Find(const IdentityHash& hash) const;  // null when there is none
  // Takes the place of an entry with the same hash. Not kept when it alone is over the bounds.
  void Put(std::shared_ptr<CachedToken> token);
  // Drops `token`, unless another one has taken its place.
  void Remove(const CachedToken& token);
  size_t size() const;

 private:
  // Gives the slot that the hand comes to, emptied, and moves on.
  uint32_t NextFreeSlot() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Empty(uint32_t slot) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const size_t max_entries_;
  const size_t max_bytes_;
  mutable absl::Mutex mutex_;
  std::vector<std::shared_ptr<CachedToken>> slots_ ABSL_GUARDED_BY(mutex_);  // null: free
  absl::flat_hash_map<IdentityHash, uint32_t> index_ ABSL_GUARDED_BY(mutex_);
  uint32_t hand_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_TOKEN_TOKEN_SHARD_H_
