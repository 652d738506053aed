// Session: one sign-in of one subject through one client, and the row that a store keeps of it.
#ifndef GRPC_PASETO_SERVICE_SESSION_SESSION_H_
#define GRPC_PASETO_SERVICE_SESSION_SESSION_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "grpc_paseto/core/token/ids.h"

namespace paseto::service {

// A position in the trust feed. Revisions are gap-free and in commit order within an epoch.
struct FeedPosition {
  int64_t epoch = 0;
  int64_t revision = 0;

  friend bool operator==(const FeedPosition&, const FeedPosition&) = default;
};

inline constexpr size_t kSessionSecretBytes = 32;

struct Session {
  SessionId id;
  ClientId client;
  std::string subject;
  std::string secret;         // 32 random bytes: the key of this session's refresh tags
  std::string grant;          // what its tokens are made of: a serialized message, opaque to the store
  uint64_t generation = 1;    // of the newest refresh token; the first one has 1
  uint32_t grace_uses = 0;    // how often the predecessor came again within the grace window, this generation
  bool revoked = false;       // by theft, or by Revoke of this session
  int64_t auth_revision = 0;  // the feed's head at creation or step-up; revocations above it end the session
  absl::Time created_at;
  absl::Time rotated_at;         // when the present generation began
  absl::Time idle_deadline;      // moves with every rotation
  absl::Time absolute_deadline;  // never moves
};

// What has been withdrawn from the one who signed in, read in one transaction with the session's row.
struct Withdrawals {
  int64_t newest_record = 0;  // highest revision of a matching subject, client or everything record; 0 for none
  bool subject_disabled = false;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_SESSION_SESSION_H_
