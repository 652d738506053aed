// The refresh protocol as one pure function. Every store engine calls it inside the transaction that applies its
// result, so the protocol exists once and an engine contributes atomicity only.
//
// Order of the checks: tag, status, deadlines, revocations (a disabled subject first), the client's present policy,
// generation. A failed check changes nothing, but for the two that prove theft or a store gone back in time: they
// revoke the session.
#ifndef GRPC_PASETO_SERVICE_SESSION_ROTATION_H_
#define GRPC_PASETO_SERVICE_SESSION_ROTATION_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "grpc_paseto/core/token/assertion.h"
#include "grpc_paseto/core/token/ids.h"
#include "grpc_paseto/service/session/session.h"

namespace paseto::service {

inline constexpr absl::Duration kMaxRefreshGrace = absl::Seconds(60);

// What a caller presents, and the policy that holds for it now.
struct RotationAttempt {
  SessionId session;
  ClientId by = {};  // who presents it, for the audit; empty: a mere holder
  uint64_t generation = 0;
  std::string tag;
  Binding binding;
  bool client_enabled = false;               // the session's client is configured and may refresh this way
  absl::Duration grace = absl::Seconds(10);  // 0 to kMaxRefreshGrace
  uint32_t grace_limit = 1000;               // uses of the predecessor per generation
  absl::Duration idle_timeout = absl::Hours(24 * 7);
  absl::Duration
      verifier_retention;  // a theft's feed record is kept this long: the longest access token life plus skew
};

enum class RotationOutcome {
  kRotated,          // generation + 1; this caller won
  kRepeated,         // the predecessor within the grace window: the present generation is minted again
  kGraceExhausted,   // nothing changes
  kUnknownSession,   // nothing changes
  kTagMismatch,      // nothing changes
  kSessionRevoked,   // nothing changes
  kSessionExpired,   // the absolute or the idle deadline has passed; nothing changes
  kSubjectDisabled,  // nothing changes
  kRevokedByRecord,  // a subject, client or everything revocation is newer than the session; nothing changes
  kClientDisabled,   // nothing changes
  kReused,           // theft: the session is revoked, with a feed record
  kGenerationAhead,  // the store went back in time: the session is revoked, with a feed record
};

struct RotationResult {
  RotationOutcome outcome = RotationOutcome::kUnknownSession;
  Session session;    // as it is after the attempt; empty for kUnknownSession
  FeedPosition head;  // read first in the same transaction; after a revocation, the position of its record
};

// What became of an attempt that was made at `now`, in one lower-case word; a predecessor within the grace window tells
// callers that race ("concurrent") from those that come again after a timeout ("lost_response").
absl::string_view OutcomeName(const RotationResult& result, absl::Time now);

// What to do with `session`, whose row was read in the present transaction, as were the withdrawals that match it.
// `session` is changed in place where the outcome changes the row (kRotated, kRepeated, kReused, kGenerationAhead).
RotationOutcome Rotate(const RotationAttempt& attempt, const Withdrawals& withdrawals, absl::Time now,
                       Session& session);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_SESSION_ROTATION_H_
