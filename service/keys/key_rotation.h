// What the present table of keys wants to become, as pure functions. No I/O, no clock, no store.
//
// Keys live in groups of one kind and use. tokend rotates the groups that it signs with itself (access and refresh):
//
//   announced --(due, and acknowledged or patience over)--> active --(its successor)--> retired --(nobody needs it)-->
//   gone
//
// A successor is always announced. Client keys sign in the operator's hands and foreign keys elsewhere: their states
// change by an administrator only. A revoked active key is followed by its successor in the same change.
#ifndef GRPC_PASETO_SERVICE_KEYS_KEY_ROTATION_H_
#define GRPC_PASETO_SERVICE_KEYS_KEY_ROTATION_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "grpc_paseto/core/token/key.h"
#include "grpc_paseto/service/store/key_store.h"

namespace paseto::service {

struct RotationPolicy {
  absl::Duration every = absl::Hours(30 * 24);      // how long a key signs; infinite: no rotation
  absl::Duration min_announce = absl::Minutes(10);  // no key signs before it was published for so long
  absl::Duration patience = absl::Hours(1);         // how long a due change waits for verifiers
  // The longest lives of tokens, with skew: how long a key that no longer signs is kept.
  absl::Duration keep_access;
  absl::Duration keep_refresh;
  absl::Duration keep_client;
};

// A verifier that was not seen for so long is not waited for.
inline constexpr absl::Duration kVerifierMemory = absl::Hours(1);

// A key that is to be made.
struct WantedKey {
  TokenKind kind;
  KeyUse use;
  KeyState state;
};

struct RotationPlan {
  KeyChange change;
  std::vector<WantedKey> wanted;  // beside the change, as rows of their own

  bool empty() const { return change.put.empty() && change.drop.empty() && wanted.empty(); }
};

// What is due at `now`. `acks` are those of verifiers that were seen within kVerifierMemory. Also makes an empty table
// whole: v4.public access and client keys and a v4.local refresh key.
RotationPlan PlanRotation(const KeyTable& table, absl::Span<const VerifierAck> acks, const RotationPolicy& policy,
                          absl::Time now);

// What an administrator asks for. Asking for what is there already is an empty plan. Errors: NOT_FOUND when the id
// names no key; FAILED_PRECONDITION when the key does not allow it; INVALID_ARGUMENT for a kind that does not go with
// the use.
//
// A new announced key.
absl::StatusOr<RotationPlan> PlanPreparation(const KeyTable& table, TokenKind kind, KeyUse use);
// An announced or retired key with a secret signs from now on; the one before it retires.
absl::StatusOr<RotationPlan> PlanActivation(const KeyTable& table, const std::string& id, absl::Time now);
// The key signs no more. Where tokend signs with it, an announced key takes its place; there has to be one.
absl::StatusOr<RotationPlan> PlanRetirement(const KeyTable& table, const std::string& id, absl::Time now);
// The key verifies nothing from now on, for ever. The oldest announced key takes the place of an active one; where
// tokend signs, one is made when there is none.
absl::StatusOr<RotationPlan> PlanKeyRevocation(const KeyTable& table, const std::string& id, absl::Time now);

// The keys of a key file that the store has never seen, with their states; an active one comes as announced where
// another is active. What the file says to be revoked is revoked.
RotationPlan PlanImport(const KeyTable& table, absl::Span<const KeyRow> file, absl::Time now);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_KEYS_KEY_ROTATION_H_
