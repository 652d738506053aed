// RevocationSet: everything of one issuer that is revoked, in memory, exact.
//
// Token and session records hold for that id for ever; subject, client and everything records mean "all before now" and
// are compared by feed revision (token.rev < record.revision), by iat where the token has no revision (iat <=
// revoked_at; a token with neither is revoked). Records without an id, other than kEverything, concern nothing and are
// not kept.
//
// Memory: about 48 bytes per token or session record. Ids are kept as 128-bit SipHash values under a secret of this
// process.
// Threads: all methods may be called from several threads at once; lookups lock one shard only.
#ifndef GRPC_PASETO_CORE_TOKEN_REVOCATION_SET_H_
#define GRPC_PASETO_CORE_TOKEN_REVOCATION_SET_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "grpc_paseto/core/token/claims.h"

namespace paseto {

enum class RevocationKind { kToken = 1, kSession, kSubject, kClient, kEverything };

struct Revocation {
  RevocationKind kind = RevocationKind::kToken;
  std::string id;           // jti, sid, sub or client_id; empty for kEverything
  int64_t revision = 0;     // of the feed
  absl::Time revoked_at;    // for tokens without a revision
  absl::Time forget_after;  // no token that it concerns is alive after this instant
};

class RevocationSet {
 public:
  RevocationSet();
  ~RevocationSet();
  RevocationSet(const RevocationSet&) = delete;
  RevocationSet& operator=(const RevocationSet&) = delete;

  // Adds records. For subject, client and everything the highest revision (and latest instant) wins.
  void Add(absl::Span<const Revocation> records);
  // Replaces the whole content; readers see the old content or the new one.
  void Replace(absl::Span<const Revocation> records);
  // Drops records whose forget_after lies before `now`. Gives how many.
  size_t Prune(absl::Time now);

  bool IsRevoked(const Claims& claims) const;

  // Moves each time that something was added or replaced: what was found clean at one count is clean until it moves.
  uint64_t change_count() const;
  size_t size() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_TOKEN_REVOCATION_SET_H_
