// VerifiedTokenCache: verifies each distinct token text once.
//
// It keeps the cryptographic result and the parsed claims, never a method's decision: time, rules and types are judged
// by the caller on every call. Key state is looked at again whenever the key set has changed, revocations whenever the
// revocation set has changed. Entries are found by SipHash-2-4-128 under a secret of this process over the exact text
// and assertion (and what else the result depends on): another spelling of a token is a miss, never a wrong hit.
//
// Bounds: entries and bytes, evicting what was not used lately. Failed verifications are not kept. A genuine token that
// is revoked is: it is refused again without a second look at its signature. One whose key was revoked, went or changed
// is dropped when it is next asked for. A small table per thread (at most 1,024
// tokens with their texts, of at most 4 KiB each) stands before the shards; it compares whole texts, in constant time,
// instead of hashes. It serves nothing that was evicted, but may keep its memory until the slot is used again.
// Threads: all methods may be called from several threads at once, on any number of caches.
#ifndef GRPC_PASETO_CORE_TOKEN_VERIFIED_TOKEN_CACHE_H_
#define GRPC_PASETO_CORE_TOKEN_VERIFIED_TOKEN_CACHE_H_

#include <cstddef>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "grpc_paseto/core/token/key_set.h"
#include "grpc_paseto/core/token/revocation_set.h"
#include "grpc_paseto/core/token/verifier.h"

namespace paseto {

// The keys and revocations of one issuer. Both outlive every cache that is used with them.
struct Trust {
  const KeyRing* keys = nullptr;
  const RevocationSet* revocations = nullptr;
};

class VerifiedTokenCache {
 public:
  struct Options {
    size_t max_entries = 65536;
    size_t max_bytes = 128 * 1024 * 1024;  // of claims, approximately
  };
  struct Result {
    std::shared_ptr<const VerifiedToken> token;
    bool was_cached = false;
  };

  explicit VerifiedTokenCache(Options options);
  ~VerifiedTokenCache();

  // VerifyToken with the present keys, then the revocation set.
  // Errors: as VerifyToken, and kRevoked.
  absl::StatusOr<Result> Verify(const Trust& trust, absl::string_view text, const VerifyOptions& options);

  // True when Verify would not have to verify a signature.
  bool Contains(const Trust& trust, absl::string_view text, const VerifyOptions& options) const;

  size_t size() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_TOKEN_VERIFIED_TOKEN_CACHE_H_
