// The issue protocol as one pure function, the counterpart of rotation.h: what becomes of a request for a token or a
// session, when its subject may be disabled and the same request may have been answered before.
//
// A request with an id may be repeated after a lost response: the same request gives the same answer again, so no
// second session appears. The window ends after kRepeatWindow, with the first refresh, and with whatever ends the
// session.
#ifndef GRPC_PASETO_SERVICE_SESSION_ISSUANCE_H_
#define GRPC_PASETO_SERVICE_SESSION_ISSUANCE_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "grpc_paseto/core/token/ids.h"
#include "grpc_paseto/service/session/session.h"

namespace paseto::service {

// How long the answer to a request is made again.
inline constexpr absl::Duration kRepeatWindow = absl::Minutes(10);
// How long the id of a request is remembered. The same request is a new one afterwards: see docs/adr.
inline constexpr absl::Duration kRequestMemory = absl::Hours(24);

// A request that its client may repeat.
struct RepeatableRequest {
  std::string id;    // the client's own choice
  std::string hash;  // of the whole request, so that another request under the same id is noticed
};

// The token that is made with or without a session.
struct TokenMoments {
  TokenId id = {};
  absl::Time issued_at = {};
  absl::Time expires_at = {};
};

// What a caller asks for.
struct IssueAttempt {
  ClientId client = {};
  std::string subject = {};
  absl::optional<Session> session = {};            // the session to be opened
  absl::optional<RepeatableRequest> request = {};  // absent: not repeatable
  TokenMoments token = {};
  bool single_use = false;  // the token is to be spent once
};

// What the first answer to a request was made of.
struct RememberedIssue {
  std::string hash = {};
  SessionId session = {};  // empty: a token without a session
  TokenMoments token = {};
  int64_t revision = 0;  // of the feed when it was made
};

enum class IssueOutcome {
  kIssued,           // what was asked for is stored
  kRepeated,         // the first answer is to be made again; nothing changes
  kSubjectDisabled,  // nothing changes
  kOtherRequest,     // the id belongs to another request; nothing changes
  kNotRepeatable,    // the same request, but its answer may not be made again; nothing changes
};

struct IssueResult {
  IssueOutcome outcome = IssueOutcome::kIssued;
  absl::optional<Session> session = {};  // as stored
  TokenMoments token = {};               // of the answer; for kRepeated those of the first one
  FeedPosition head = {};                // the revision that the token carries; for kRepeated that of the first answer
};

// Whether the answer that is remembered may be made again: kRepeated, kOtherRequest or kNotRepeatable.
// `session` is the row of remembered.session, absent when there is none; `token_revoked` says whether the token's own
// id was revoked.
IssueOutcome JudgeRepetition(const RepeatableRequest& request, const RememberedIssue& remembered,
                             const absl::optional<Session>& session, const Withdrawals& withdrawals, bool token_revoked,
                             absl::Time now);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_SESSION_ISSUANCE_H_
