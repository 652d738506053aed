// SessionStore: what tokend remembers. One row per session, none per token; the revocations; the head of the feed.
//
// Every method hands its work over and returns at once; `done` runs later, exactly once, on a thread of the store's
// completion pool (never on its writer thread, and never inside the call), also during shutdown. A write's `done` runs
// with OK only after the write is durable. Time is an argument.
//
// Errors of every method: INVALID_ARGUMENT for an argument beyond the limits below; UNAVAILABLE when the engine cannot
// work now (busy, full, shutting down); nothing was changed. UNKNOWN when a write has happened, but what proves it
// later (the progress record, the audit file) could not be written: the caller makes the same call again. DATA_LOSS
// when the store is damaged. Texts name what to do, never a driver's statement or a value.
//
// Threads: all methods may be called from several threads at once, also from completions. The destructor finishes what
// was accepted; it is not called from a completion.
#ifndef GRPC_PASETO_SERVICE_STORE_SESSION_STORE_H_
#define GRPC_PASETO_SERVICE_STORE_SESSION_STORE_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "grpc_paseto/core/token/ids.h"
#include "grpc_paseto/core/token/revocation_set.h"
#include "grpc_paseto/service/audit/audit_event.h"
#include "grpc_paseto/service/session/issuance.h"
#include "grpc_paseto/service/session/rotation.h"
#include "grpc_paseto/service/session/session.h"
#include "grpc_paseto/service/session/step_up.h"
#include "grpc_paseto/service/store/key_store.h"

namespace paseto::service {

inline constexpr size_t kMaxStoredIdBytes = 255;  // session, client, subject, token, request
inline constexpr size_t kMaxGrantBytes = size_t{64} * 1024;

// A new epoch begins this far above every revision that was seen, so that none of an unseen future is met again.
inline constexpr int64_t kEpochGap = int64_t{1} << 32;

// A revocation that is to be made. The store gives it the next revision.
struct RevocationOrder {
  RevocationKind kind = RevocationKind::kToken;
  std::string id;           // jti, sid, sub or client_id; empty for kEverything
  absl::Time forget_after;  // verifiers may forget it then: no access token that it concerns is alive
  absl::Time keep_until;    // the store keeps it until then: no session that it concerns is alive
  ClientId by = {};         // who ordered it, for the audit; empty: a mere holder
};

// What decides whether a token is revoked. What is absent matches no record.
struct TokenStanding {
  TokenId token_id = {};
  SessionId session_id = {};
  std::string subject = {};
  ClientId client = {};
  absl::optional<int64_t> revision = {};
  absl::optional<absl::Time> issued_at = {};
};

// Everything that verifiers must know, as of `position`.
enum class SnapshotScope {
  kAll,
  kClientTokens,  // what may concern a client token, which has no subject and no session
};

struct FeedSnapshot {
  std::vector<Revocation> revocations;
  FeedPosition position;
};

// What came after a position, in the order of revisions, gap-free.
struct FeedChanges {
  std::vector<Revocation> revocations;
  FeedPosition position;  // of the last of them; the head when there is nothing left
};

// A subject that may not be issued tokens any more, and the revocation of what it holds.
struct DisableOrder {
  std::string subject;
  absl::Time forget_after;  // as in RevocationOrder
  absl::Time keep_until;
  ClientId by = {};
};

// A subject that may be issued tokens again.
struct EnableOrder {
  std::string subject;
  ClientId by = {};  // as in RevocationOrder
};

// What a token for a subject needs that is minted without a row.
struct SubjectStanding {
  bool disabled = false;
  FeedPosition head;
};

// A single-use token that is to be spent.
struct SpendOrder {
  TokenStanding token = {};
  std::string spender = {};  // who repeats with the same value gets kSpent again; empty: nobody
  absl::Time at = {};        // for the audit
};

enum class SpendOutcome {
  kSpent,
  kSpentBefore,      // nothing changes
  kUnknown,          // not issued for single use, or expired long ago; nothing changes
  kRevoked,          // nothing changes
  kSubjectDisabled,  // nothing changes
};

// The longest lives that any configuration of this store has allowed. They only rise: a limit that is lowered does not
// shorten the tokens and sessions that are alive, and what revokes them is kept as long as they may live.
struct LifetimeMarks {
  absl::Duration access;   // of access and custom tokens
  absl::Duration session;  // of sessions

  friend bool operator==(const LifetimeMarks&, const LifetimeMarks&) = default;
};

// Whose living sessions are wanted.
struct SessionQuery {
  std::string subject = {};
  ClientId client = {};   // empty: of every client
  SessionId before = {};  // sessions that are older than this one; empty: from the newest on
  int limit = 0;
};

struct SessionPage {
  std::vector<Session> sessions;  // the newest first
  SessionId next;                 // ask again before this one; empty: there are no more
};

// How many rows List looks at: a page may be short, or empty, although more follow.
inline constexpr int kRowsPerPage = 1000;

// What every engine checks before anything else.
// Errors: INVALID_ARGUMENT for an empty or overlong id, client or grant, a secret that has not kSessionSecretBytes, a
// generation of 0, an order for everything that has an id or any other that has none.
absl::Status CheckSession(const Session& session);
absl::Status CheckIssue(const IssueAttempt& attempt);
absl::Status CheckRevocationOrder(const RevocationOrder& order);
absl::Status CheckStepUp(const StepUpAttempt& attempt);
absl::Status CheckSpend(const SpendOrder& order);
absl::Status CheckSubject(const std::string& subject);
absl::Status CheckLimit(int limit);
// What every engine checks inside the transaction of StartEpochAbove. Errors: those of StartEpochAbove.
absl::Status CheckSeen(FeedPosition seen, FeedPosition head);

class SessionStore {
 public:
  virtual ~SessionStore() = default;

  // Applies the issue protocol (issuance.h) in one transaction. The auth_revision of a new session is set to the head
  // read in the same transaction. Every outcome is a result, not an error.
  // Errors: ALREADY_EXISTS for a session id that is taken.
  virtual void Issue(IssueAttempt attempt, absl::Time now, Done<IssueResult> done) = 0;
  // Issue for a session alone. Result: the session as stored.
  // Errors: those of Issue; FAILED_PRECONDITION for a disabled subject.
  void Create(Session session, Done<Session> done);

  // Applies the step-up (step_up.h) in one transaction. Every outcome is a result, not an error.
  virtual void StepUp(StepUpAttempt attempt, absl::Time now, Done<StepUpResult> done) = 0;

  // Spends the token in one transaction: exactly one spender wins. Every outcome is a result, not an error.
  virtual void Spend(SpendOrder order, Done<SpendOutcome> done) = 0;

  // The sessions that are neither revoked nor past a deadline at `now`.
  virtual void List(SessionQuery query, absl::Time now, Done<SessionPage> done) = 0;

  // Applies the refresh protocol (rotation.h) in one transaction. Every outcome is a result, not an error.
  virtual void Rotate(RotationAttempt attempt, absl::Time now, Done<RotationResult> done) = 0;

  // The row, with `revoked` set also when a subject, client or everything record is newer than the session. Absent when
  // there is no such session.
  virtual void Find(SessionId id, Done<absl::optional<Session>> done) = 0;

  // Appends a record to the feed; kSession also marks the row, if there is one. Result: the record's position. A token
  // or session whose record is in force already gets none again, but the position of that one.
  virtual void Revoke(RevocationOrder order, absl::Time now, Done<FeedPosition> done) = 0;

  // True when any record covers the token (the OR of all), or when it was for single use and is spent.
  virtual void IsRevoked(TokenStanding token, Done<bool> done) = 0;

  // Disables the subject and appends a record against everything that it holds, in one transaction; a subject that is
  // disabled already gets a record again. Result: the record's position.
  virtual void DisableSubject(DisableOrder order, absl::Time now, Done<FeedPosition> done) = 0;
  // Result: whether it was disabled. What it held before stays revoked.
  virtual void EnableSubject(EnableOrder order, absl::Time now, Done<bool> done) = 0;
  // Read in one snapshot, the head first.
  virtual void ReadSubject(std::string subject, Done<SubjectStanding> done) = 0;

  // Keeps the event of an act that changes nothing here. Result: false when the store is not audited; then nothing is
  // kept.
  virtual void Note(AuditEvent event, Done<bool> done) = 0;

  // Raises the marks to at least `marks`. Result: the marks as they are then.
  virtual void RaiseLifetimes(LifetimeMarks marks, Done<LifetimeMarks> done) = 0;

  // tokend's own keys, in the same store.
  virtual KeyStore& keys() = 0;

  // `by`, who is trusted, has seen this position. When it is of the store's epoch and above its head, the store has
  // gone back in time: in one transaction a new epoch begins, kEpochGap above, which ends everything that the store
  // holds and revokes the keys that tokend signs with. Result: where the epoch begins; absent when that is not so, and
  // nothing changes. Errors: INVALID_ARGUMENT when the position lies more than kEpochGap above the head, as no store
  // forgets so much; nothing changes.
  virtual void StartEpochAbove(FeedPosition seen, ClientId by, absl::Time now,
                               Done<absl::optional<FeedPosition>> done) = 0;

  // The head of the feed.
  virtual void ReadHead(Done<FeedPosition> done) = 0;

  // Moves the instant of forgetting.h, which the store keeps: the wall clock shows `now`, and `elapsed` (0 or more) has
  // passed since the last call of this process. Result: the instant. It is what ReadSnapshot and DeleteExpired are to
  // be given as `now`.
  virtual void AdvanceForgetting(absl::Time now, absl::Duration elapsed, Done<absl::Time> done) = 0;

  // Every record of that scope whose forget_after is not before `now`.
  virtual void ReadSnapshot(SnapshotScope scope, absl::Time now, Done<FeedSnapshot> done) = 0;

  // At most `limit` records after `after`.
  // Errors: OUT_OF_RANGE when the epoch differs, `after` lies above the head, or records after it were deleted: take a
  // snapshot instead.
  virtual void ReadChanges(FeedPosition after, int limit, Done<FeedChanges> done) = 0;

  // Deletes at most `limit` sessions past their absolute deadline, records past keep_until, requests that are no
  // longer remembered and single-use tokens past their expiry. Result: how many rows.
  virtual void DeleteExpired(absl::Time now, int limit, Done<int> done) = 0;

  // `listener` runs after each commit that moved the head, one call at a time, on a thread of the store; it must be
  // quick and not call this method. One listener; setting another, or nullptr, first waits for a call that is running.
  virtual void OnHeadMoved(std::function<void()> listener) = 0;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_STORE_SESSION_STORE_H_
