// RenewedTokens: the tokens of streams that no longer have the one that they began with, by the context of their call.
//
// Every call that asks for its principal looks here, also unary ones; so a look takes no lock while no stream near it
// in the table is renewed, and otherwise one that few share. Threads: all methods may be called from several threads at
// once.
#ifndef GRPC_PASETO_INTERCEPTOR_STREAM_RENEWED_TOKENS_H_
#define GRPC_PASETO_INTERCEPTOR_STREAM_RENEWED_TOKENS_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/hash/hash.h"
#include "absl/synchronization/mutex.h"
#include "grpc_paseto/core/token/verifier.h"

namespace paseto::interceptor {

class RenewedTokens {
 public:
  // Null when there is none.
  std::shared_ptr<const VerifiedToken> Find(const void* context) const {
    const Shard& shard = ShardOf(context);
    if (shard.size.load(std::memory_order_acquire) == 0) return nullptr;
    absl::ReaderMutexLock lock(&shard.mutex);
    const auto found = shard.tokens.find(context);
    return found != shard.tokens.end() ? found->second : nullptr;
  }
  void Set(const void* context, std::shared_ptr<const VerifiedToken> token) {
    Shard& shard = ShardOf(context);
    absl::MutexLock lock(&shard.mutex);
    shard.tokens[context] = std::move(token);
    shard.size.store(shard.tokens.size(), std::memory_order_release);
  }
  // Not an error: there is none.
  void Erase(const void* context) {
    Shard& shard = ShardOf(context);
    absl::MutexLock lock(&shard.mutex);
    shard.tokens.erase(context);
    shard.size.store(shard.tokens.size(), std::memory_order_release);
  }

 private:
  static constexpr size_t kShards = 64;
  struct alignas(64) Shard {
    mutable absl::Mutex mutex;
    std::atomic<size_t> size{0};
    absl::flat_hash_map<const void*, std::shared_ptr<const VerifiedToken>> tokens ABSL_GUARDED_BY(mutex);
  };
  Shard& ShardOf(const void* context) { return shards_[absl::HashOf(context) % kShards]; }
  const Shard& ShardOf(const void* context) const { return shards_[absl::HashOf(context) % kShards]; }

  std::array<Shard, kShards> shards_;
};

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_STREAM_RENEWED_TOKENS_H_
