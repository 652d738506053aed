// ThreadFront: one thread's own table of the tokens that it used lately, before the shared part of the cache.
//
// It compares whole texts, which costs less than the hash that the shared part needs. A hit touches nothing that
// another thread writes: each slot holds its token by a reference count of its own. It takes no memory before its first
// token, and the cache gives it only tokens that came more than twice.
#ifndef GRPC_PASETO_CORE_TOKEN_THREAD_FRONT_H_
#define GRPC_PASETO_CORE_TOKEN_THREAD_FRONT_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "grpc_paseto/core/token/cached_token.h"
#include "grpc_paseto/core/token/token_identity.h"

namespace paseto {

// Threads: one at a time.
class ThreadFront {
 public:
  static constexpr size_t kSets = 256;
  static constexpr size_t kWays = 4;
  static constexpr size_t kMaxTextBytes = 4096;  // of text and assertion; longer ones are not remembered

  struct Slot {
    uint64_t quick = 0;
    KeptIdentity identity;
    CachedToken* entry = nullptr;  // kept alive by `token`
    std::shared_ptr<const VerifiedToken> token;
  };

  // The slot with this identity, if the cache still holds its entry; null otherwise. Valid until the next Keep.
  const Slot* Find(const TokenIdentity& identity, uint64_t quick) const;
  // Remembers `entry`, in place of another one of its set. Gives its token.
  std::shared_ptr<const VerifiedToken> Keep(const TokenIdentity& identity, uint64_t quick,
                                            std::shared_ptr<CachedToken> entry);
  // Forgets everything, for good: the cache is gone.
  void Retire();
  bool is_retired() const { return retired_.load(std::memory_order_acquire); }

 private:
  struct Set {
    std::array<Slot, kWays> slots;
    size_t next = 0;  // the slot that is given away next
  };
  std::vector<Set> sets_;  // empty before the first Keep
  std::atomic<bool> retired_{false};
};

// The fronts of one cache.
// Threads: Mine may be called from several threads at once. When this object dies, no thread is using its front.
class ThreadFronts {
 public:
  ThreadFronts();
  ~ThreadFronts();
  ThreadFronts(const ThreadFronts&) = delete;
  ThreadFronts& operator=(const ThreadFronts&) = delete;

  // The calling thread's front; it dies with the thread or is emptied with this object.
  ThreadFront& Mine();

 private:
  ThreadFront& MakeMine();
  const uint64_t id_;
  absl::Mutex mutex_;
  std::vector<std::weak_ptr<ThreadFront>> fronts_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_TOKEN_THREAD_FRONT_H_
