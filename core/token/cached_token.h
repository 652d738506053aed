// CachedToken: one verified token with what is needed to use it again, and what it was last found good against.
//
// It does not hold the token's text: the hash of the text, under a secret, is how the cache finds it.
// Threads: all methods may be called from several threads at once. In the steady state nothing in it is written.
#ifndef GRPC_PASETO_CORE_TOKEN_CACHED_TOKEN_H_
#define GRPC_PASETO_CORE_TOKEN_CACHED_TOKEN_H_

#include <atomic>
#include <cstdint>

#include "grpc_paseto/core/token/key_set.h"
#include "grpc_paseto/core/token/revocation_set.h"
#include "grpc_paseto/core/token/token_identity.h"
#include "grpc_paseto/core/token/verifier.h"

namespace paseto {

class CachedToken {
 public:
  // `serial` is that of the key set that verified `token`.
  CachedToken(const IdentityHash& hash, VerifiedToken token, uint64_t serial);

  const VerifiedToken& token() const { return token_; }
  const IdentityHash& hash() const { return hash_; }
  // Whether a verification with `options` may give this token.
  bool IsAcceptedBy(const VerifyOptions& options) const;
  // Whether the present keys would verify it to the same result. Looks at them only when they have changed.
  bool HasGoodKey(const KeyRing& ring);
  // Looks only when the set has changed since it was found not revoked. Null: nothing is revoked.
  bool IsRevoked(const RevocationSet* revocations);

  // Approximately what it occupies.
  size_t bytes() const { return bytes_; }

  // For eviction: used since last asked. The flag is written only when it changes. Gives what it was.
  bool MarkUsed() {
    const bool was_used = used_.load(std::memory_order_relaxed);
    if (!was_used) used_.store(true, std::memory_order_relaxed);
    return was_used;
  }
  bool TakeUsed() { return used_.exchange(false, std::memory_order_relaxed); }
  // Whether the cache still holds it.
  bool is_held() const { return held_.load(std::memory_order_relaxed); }
  void set_held(bool held) { held_.store(held, std::memory_order_relaxed); }

 private:
  const IdentityHash hash_;
  const VerifiedToken token_;
  std::atomic<uint64_t> good_serial_;   // of the KeySet
  std::atomic<uint64_t> good_changes_;  // of the RevocationSet
  const uint32_t bytes_;
  std::atomic<bool> used_{false}, held_{false};
};

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_TOKEN_CACHED_TOKEN_H_
