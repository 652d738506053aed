// TokenShard: a part of the verified-token cache, bounded in entries and bytes.
//
// Eviction gives a second chance: the oldest entry goes, unless it was used since it was last looked at.
// Threads: all methods may be called from several threads at once.
#ifndef GRPC_PASETO_CORE_TOKEN_TOKEN_SHARD_H_
#define GRPC_PASETO_CORE_TOKEN_TOKEN_SHARD_H_

#include <cstddef>
#include <list>
#include <memory>

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
  void Put(const IdentityHash& hash, std::shared_ptr<CachedToken> token);
  size_t size() const;

 private:
  using Order = std::list<IdentityHash>;  // oldest first
  struct Node {
    std::shared_ptr<CachedToken> token;
    Order::iterator place;
  };
  void EraseLocked(const IdentityHash& hash) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void EvictLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const size_t max_entries_;
  const size_t max_bytes_;
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<IdentityHash, Node> nodes_ ABSL_GUARDED_BY(mutex_);
  Order order_ ABSL_GUARDED_BY(mutex_);
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_TOKEN_TOKEN_SHARD_H_
