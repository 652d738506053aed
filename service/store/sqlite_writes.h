// SqliteWrites: the changes that a SQLite store makes, within a transaction that holds many of them.
//
// Each change happens as a whole or not at all; a failed one leaves the transaction and the others as they were, unless
// the engine gave the whole transaction up (in_transaction() is false then).
//
// Threads: belongs to its connection's thread.
#ifndef GRPC_PASETO_SERVICE_STORE_SQLITE_WRITES_H_
#define GRPC_PASETO_SERVICE_STORE_SQLITE_WRITES_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "grpc_paseto/service/store/progress_record.h"
#include "grpc_paseto/service/store/session_store.h"
#include "grpc_paseto/service/store/sqlite_audit.h"
#include "grpc_paseto/service/store/sqlite_connection.h"
#include "grpc_paseto/service/store/sqlite_keys.h"
#include "grpc_paseto/service/store/sqlite_reads.h"
#include "grpc_paseto/service/store/sqlite_requests.h"
#include "grpc_paseto/service/store/sqlite_single_use.h"

namespace paseto::service {

class SqliteWrites {
 public:
  // `connection` outlives the result.
  static absl::StatusOr<std::unique_ptr<SqliteWrites>> Prepare(SqliteConnection& connection);

  // From now on events are kept; without it Note does nothing.
  void Audit(std::unique_ptr<SqliteAudit> audit) { audit_ = std::move(audit); }
  // Absent without Audit.
  SqliteAudit* audit() { return audit_.get(); }
  // Remembers an event of the present transaction. REQUIRES: what it tells of is done.
  void Note(const absl::optional<AuditEvent>& event) {
    if (audit_ != nullptr && event.has_value()) audit_->Note(*event);
  }

  // Starts the transaction and reads the head of the feed first.
  absl::Status Begin();
  // Makes it durable, and counts it when it changed anything. After an error nothing of it is kept.
  absl::Status Commit();
  void Rollback();
  bool in_transaction() const { return connection_.in_transaction(); }
  // As of the present transaction.
  FeedPosition head() const { return head_; }
  // As of the last commit.
  StoreProgress progress() const { return progress_; }

  // The methods of SessionStore.
  absl::StatusOr<IssueResult> Issue(const IssueAttempt& attempt, absl::Time now);
  absl::StatusOr<RotationResult> Rotate(const RotationAttempt& attempt, absl::Time now);
  absl::StatusOr<FeedPosition> Revoke(const RevocationOrder& order, absl::Time now);
  absl::StatusOr<FeedPosition> DisableSubject(const DisableOrder& order, absl::Time now);
  absl::StatusOr<bool> EnableSubject(const std::string& subject);
  absl::StatusOr<StepUpResult> StepUp(const StepUpAttempt& attempt, absl::Time now);
  absl::StatusOr<SpendOutcome> Spend(const SpendOrder& order);
  absl::StatusOr<LifetimeMarks> RaiseLifetimes(const LifetimeMarks& marks);
  absl::StatusOr<absl::Time> AdvanceForgetting(absl::Time now, absl::Duration elapsed);
  absl::StatusOr<int> DeleteExpired(absl::Time now, int limit);

  // The methods of KeyStore.
  absl::StatusOr<KeyTable> ChangeKeys(const KeyChange& change, absl::Time now);
  absl::StatusOr<int> SaveAcks(const std::vector<VerifierAck>& acks, absl::Time now, absl::Time forget_before);

  absl::StatusOr<absl::optional<FeedPosition>> StartEpochAbove(FeedPosition seen, absl::Time now);

  // Moves the store to `epoch` at `revision` and ends there everything that it holds, and the keys that tokend signs
  // with: one of them may have been revoked in what was lost. Tokens without a revision, such as those of clients, live
  // on. After an error the transaction is to be given up.
  absl::Status StartEpoch(int64_t epoch, int64_t revision, absl::Time now);

 private:
  explicit SqliteWrites(SqliteConnection& connection) : connection_(connection) {}
  // Runs `change`; takes back what it did when it fails half way.
  absl::Status Atomically(absl::FunctionRef<absl::Status()> change);
  absl::StatusOr<Session> Create(Session session);
  // The outcome for a request that was answered before.
  absl::StatusOr<IssueResult> Repeat(const IssueAttempt& attempt, const RememberedIssue& remembered,
                                     const Withdrawals& withdrawals, absl::Time now);
  // The rows of what the attempt asks for, which the caller makes atomic.
  absl::Status WriteIssue(const IssueAttempt& attempt, IssueResult& result);
  // Stores what the attempt asks for.
  absl::StatusOr<IssueResult> StoreIssue(const IssueAttempt& attempt);
  absl::Status UpdateSession(const Session& session);
  // Above every version of this store and of the stores and epochs before it.
  int64_t NextKeyVersion(int64_t version) const;
  // Writes the revoked row and the record that tells the verifiers.
  absl::Status RecordTheft(const Session& session, absl::Time forget_after, absl::Time now);
  // Gives the record the next revision.
  absl::Status Append(const RevocationOrder& order, absl::Time now);
  // The position of a record that makes a token's or session's order needless: it lasts as long, or it is in force and
  // nothing was minted since. Otherwise whoever holds a revoked token could fill the feed with it.
  absl::StatusOr<absl::optional<FeedPosition>> FindEarlierOrder(const RevocationOrder& order, bool already_revoked,
                                                                absl::Time now);
  absl::Status DeleteRecords(absl::Time now, int limit, int* deleted);

  SqliteConnection& connection_;
  std::unique_ptr<SqliteReads> reads_;
  std::unique_ptr<SqliteKeyWrites> keys_;
  std::unique_ptr<SqliteRequests> requests_;
  std::unique_ptr<SqliteSingleUse> single_use_;
  std::unique_ptr<SqliteAudit> audit_;
  FeedPosition head_;
  StoreProgress progress_;
  int changes_before_ = 0;  // of the connection, when the transaction began
  SqliteStatement begin_;
  SqliteStatement commit_;
  SqliteStatement savepoint_;
  SqliteStatement release_;
  SqliteStatement undo_;
  SqliteStatement insert_session_;
  SqliteStatement update_session_;
  SqliteStatement mark_revoked_;
  SqliteStatement insert_record_;
  SqliteStatement move_head_;
  SqliteStatement count_commit_;
  SqliteStatement start_epoch_;
  SqliteStatement step_up_;
  SqliteStatement raise_marks_;
  SqliteStatement disable_subject_;
  SqliteStatement enable_subject_;
  SqliteStatement forgetting_;
  SqliteStatement move_forgetting_;
  SqliteStatement delete_sessions_;
  SqliteStatement delete_records_;
  SqliteStatement raise_deleted_through_;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_STORE_SQLITE_WRITES_H_
