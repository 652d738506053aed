#include "grpc_paseto/service/store/sqlite_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "grpc_paseto/service/store/audit_events.h"
#include "grpc_paseto/service/store/completion_pool.h"
#include "grpc_paseto/service/store/data_folder.h"
#include "grpc_paseto/service/store/sqlite_connection.h"
#include "grpc_paseto/service/store/sqlite_opening.h"
#include "grpc_paseto/service/store/sqlite_readers.h"
#include "grpc_paseto/service/store/sqlite_writer.h"

namespace paseto::service {
namespace {

constexpr int kCompletionThreads = 2;

// Makes the change, and notes in the same transaction what came of it.
template <typename Order, typename T>
absl::StatusOr<T> Audited(SqliteWrites& writes, const Order& order, absl::Time now, absl::StatusOr<T> result) {
  if (result.ok()) writes.Note(EventOf(order, *result, now));
  return result;
}

class SqliteStore final : public SessionStore, private KeyStore {
 public:
  explicit SqliteStore(std::unique_ptr<DataFolder> folder) : folder_(std::move(folder)), pool_(kCompletionThreads) {}
  ~SqliteStore() override;

  absl::Status Start(const SqliteStoreOptions& options);

  void Issue(IssueAttempt attempt, absl::Time now, Done<IssueResult> done) override;
  void Rotate(RotationAttempt attempt, absl::Time now, Done<RotationResult> done) override;
  void Find(SessionId id, Done<absl::optional<Session>> done) override;
  void Revoke(RevocationOrder order, absl::Time now, Done<FeedPosition> done) override;
  void IsRevoked(TokenStanding token, Done<bool> done) override;
  void DisableSubject(DisableOrder order, absl::Time now, Done<FeedPosition> done) override;
  void EnableSubject(EnableOrder order, absl::Time now, Done<bool> done) override;
  void ReadSubject(std::string subject, Done<SubjectStanding> done) override;
  void StepUp(StepUpAttempt attempt, absl::Time now, Done<StepUpResult> done) override;
  void Spend(SpendOrder order, Done<SpendOutcome> done) override;
  void List(SessionQuery query, absl::Time now, Done<SessionPage> done) override;
  void Note(AuditEvent event, Done<bool> done) override;
  void RaiseLifetimes(LifetimeMarks marks, Done<LifetimeMarks> done) override;
  KeyStore& keys() override { return *this; }
  void ReadKeys(Done<KeyTable> done) override;
  void ChangeKeys(KeyChange change, absl::Time now, Done<KeyTable> done) override;
  void SaveAcks(std::vector<VerifierAck> acks, absl::Time now, absl::Time forget_before, Done<int> done) override;
  void ReadAcks(absl::Time since, Done<std::vector<VerifierAck>> done) override;
  void StartEpochAbove(FeedPosition seen, ClientId by, absl::Time now,
                       Done<absl::optional<FeedPosition>> done) override;
  void ReadHead(Done<FeedPosition> done) override;
  void ReadSnapshot(SnapshotScope scope, absl::Time now, Done<FeedSnapshot> done) override;
  void ReadChanges(FeedPosition after, int limit, Done<FeedChanges> done) override;
  void AdvanceForgetting(absl::Time now, absl::Duration elapsed, Done<absl::Time> done) override;
  void DeleteExpired(absl::Time now, int limit, Done<int> done) override;
  void OnHeadMoved(std::function<void()> listener) override;

 private:
  template <typename T, typename Work>
  void Write(Done<T> done, Work work) {
    writer_->Submit(MakeOperation<SqliteWrites, T>(std::move(work), std::move(done)));
  }
  template <typename T, typename Work>
  void Read(Done<T> done, Work work) {
    readers_->Submit(MakeOperation<SqliteReads, T>(std::move(work), std::move(done)));
  }
  void TellListener();

  const std::unique_ptr<DataFolder> folder_;
  CompletionPool pool_;
  std::unique_ptr<SqliteWriter> writer_;
  std::unique_ptr<SqliteReaders> readers_;
  absl::Mutex listener_mutex_;
  std::function<void()> listener_ ABSL_GUARDED_BY(listener_mutex_);
};

absl::Status SqliteStore::Start(const SqliteStoreOptions& options) {
  absl::StatusOr<SqliteConnection> connection = OpenSqliteWriter(*folder_);
  if (!connection.ok()) return connection.status();
  if (absl::Status status = folder_->MarkInUse(); !status.ok()) return status;
  absl::StatusOr<std::unique_ptr<ProgressRecord>> record =
      ProgressRecord::Open(ProgressFileOf(folder_->path(), options.progress_file));
  if (!record.ok()) return record.status();
  absl::StatusOr<std::unique_ptr<SqliteWriter>> writer = SqliteWriter::Start(
      *std::move(connection), *std::move(record), {options.commit_window, options.max_waiting, options.audit}, pool_,
      [this] { TellListener(); });
  if (!writer.ok()) return writer.status();
  writer_ = *std::move(writer);
  absl::StatusOr<std::unique_ptr<SqliteReaders>> readers =
      SqliteReaders::Start(folder_->database(), options.readers, options.max_waiting, pool_);
  if (!readers.ok()) return readers.status();
  readers_ = *std::move(readers);
  return absl::OkStatus();
}

// Completions that still run may call the store: it refuses them through the pool, which is the last to stop.
SqliteStore::~SqliteStore() {
  if (writer_ != nullptr) writer_->Stop();
  if (readers_ != nullptr) readers_->Stop();
  pool_.Stop();
  const bool started = writer_ != nullptr && readers_ != nullptr;
  const bool flushed = started && writer_->Close().ok();
  writer_ = nullptr;
  if (flushed) folder_->MarkStoppedCleanly().IgnoreError();  // without the mark the next start checks the pages
}

void SqliteStore::Issue(IssueAttempt attempt, absl::Time now, Done<IssueResult> done) {
  Write(std::move(done), [attempt = std::move(attempt), now](SqliteWrites& writes) -> absl::StatusOr<IssueResult> {
    if (absl::Status status = CheckIssue(attempt); !status.ok()) return status;
    return Audited(writes, attempt, now, writes.Issue(attempt, now));
  });
}

void SqliteStore::Rotate(RotationAttempt attempt, absl::Time now, Done<RotationResult> done) {
  Write(std::move(done), [attempt = std::move(attempt), now](SqliteWrites& writes) {
    return Audited(writes, attempt, now, writes.Rotate(attempt, now));
  });
}

void SqliteStore::Find(SessionId id, Done<absl::optional<Session>> done) {
  Read(std::move(done), [id = std::move(id)](SqliteReads& reads) { return reads.Find(id); });
}

void SqliteStore::Revoke(RevocationOrder order, absl::Time now, Done<FeedPosition> done) {
  Write(std::move(done), [order = std::move(order), now](SqliteWrites& writes) -> absl::StatusOr<FeedPosition> {
    if (absl::Status status = CheckRevocationOrder(order); !status.ok()) return status;
    return Audited(writes, order, now, writes.Revoke(order, now));
  });
}

void SqliteStore::IsRevoked(TokenStanding token, Done<bool> done) {
  Read(std::move(done), [token = std::move(token)](SqliteReads& reads) { return reads.IsRevoked(token); });
}

void SqliteStore::DisableSubject(DisableOrder order, absl::Time now, Done<FeedPosition> done) {
  Write(std::move(done), [order = std::move(order), now](SqliteWrites& writes) -> absl::StatusOr<FeedPosition> {
    if (absl::Status status = CheckSubject(order.subject); !status.ok()) return status;
    return Audited(writes, order, now, writes.DisableSubject(order, now));
  });
}

void SqliteStore::EnableSubject(EnableOrder order, absl::Time now, Done<bool> done) {
  Write(std::move(done), [order = std::move(order), now](SqliteWrites& writes) -> absl::StatusOr<bool> {
    if (absl::Status status = CheckSubject(order.subject); !status.ok()) return status;
    return Audited(writes, order, now, writes.EnableSubject(order.subject));
  });
}

void SqliteStore::ReadSubject(std::string subject, Done<SubjectStanding> done) {
  Read(std::move(done), [subject = std::move(subject)](SqliteReads& reads) { return reads.Subject(subject); });
}

void SqliteStore::StepUp(StepUpAttempt attempt, absl::Time now, Done<StepUpResult> done) {
  Write(std::move(done), [attempt = std::move(attempt), now](SqliteWrites& writes) -> absl::StatusOr<StepUpResult> {
    if (absl::Status status = CheckStepUp(attempt); !status.ok()) return status;
    return Audited(writes, attempt, now, writes.StepUp(attempt, now));
  });
}

void SqliteStore::Spend(SpendOrder order, Done<SpendOutcome> done) {
  Write(std::move(done), [order = std::move(order)](SqliteWrites& writes) -> absl::StatusOr<SpendOutcome> {
    if (absl::Status status = CheckSpend(order); !status.ok()) return status;
    return Audited(writes, order, order.at, writes.Spend(order));
  });
}

void SqliteStore::List(SessionQuery query, absl::Time now, Done<SessionPage> done) {
  Read(std::move(done), [query = std::move(query), now](SqliteReads& reads) -> absl::StatusOr<SessionPage> {
    if (absl::Status status = CheckLimit(query.limit); !status.ok()) return status;
    return reads.List(query, now);
  });
}

void SqliteStore::Note(AuditEvent event, Done<bool> done) {
  Write(std::move(done), [event = std::move(event)](SqliteWrites& writes) -> absl::StatusOr<bool> {
    writes.Note(event);
    return writes.audit() != nullptr;
  });
}

void SqliteStore::RaiseLifetimes(LifetimeMarks marks, Done<LifetimeMarks> done) {
  Write(std::move(done), [marks](SqliteWrites& writes) { return writes.RaiseLifetimes(marks); });
}

void SqliteStore::ReadKeys(Done<KeyTable> done) {
  Read(std::move(done), [](SqliteReads& reads) { return reads.Keys(); });
}

void SqliteStore::ChangeKeys(KeyChange change, absl::Time now, Done<KeyTable> done) {
  Write(std::move(done), [change = std::move(change), now](SqliteWrites& writes) -> absl::StatusOr<KeyTable> {
    if (absl::Status status = CheckKeyChange(change); !status.ok()) return status;
    absl::StatusOr<KeyTable> table = writes.ChangeKeys(change, now);
    if (!table.ok()) return table;
    for (const AuditEvent& event : EventsOf(change, now)) writes.Note(event);
    return table;
  });
}

void SqliteStore::SaveAcks(std::vector<VerifierAck> acks, absl::Time now, absl::Time forget_before, Done<int> done) {
  Write(std::move(done), [acks = std::move(acks), now, forget_before](SqliteWrites& writes) -> absl::StatusOr<int> {
    if (absl::Status status = CheckAcks(acks); !status.ok()) return status;
    return writes.SaveAcks(acks, now, forget_before);
  });
}

void SqliteStore::ReadAcks(absl::Time since, Done<std::vector<VerifierAck>> done) {
  Read(std::move(done), [since](SqliteReads& reads) { return reads.Acks(since); });
}

void SqliteStore::StartEpochAbove(FeedPosition seen, ClientId by, absl::Time now,
                                  Done<absl::optional<FeedPosition>> done) {
  Write(std::move(done), [seen, by = std::move(by), now](SqliteWrites& writes) {
    absl::StatusOr<absl::optional<FeedPosition>> begun = writes.StartEpochAbove(seen, now);
    if (begun.ok() && begun->has_value()) {
      writes.Note(AuditEvent{.event = "notice_rollback", .at = now, .by = by.text(), .revision = (*begun)->revision});
    }
    return begun;
  });
}

void SqliteStore::ReadHead(Done<FeedPosition> done) {
  Read(std::move(done), [](SqliteReads& reads) { return reads.Head(); });
}

void SqliteStore::ReadSnapshot(SnapshotScope scope, absl::Time now, Done<FeedSnapshot> done) {
  Read(std::move(done), [scope, now](SqliteReads& reads) { return reads.Snapshot(scope, now); });
}

void SqliteStore::ReadChanges(FeedPosition after, int limit, Done<FeedChanges> done) {
  Read(std::move(done), [after, limit](SqliteReads& reads) -> absl::StatusOr<FeedChanges> {
    if (absl::Status status = CheckLimit(limit); !status.ok()) return status;
    return reads.Changes(after, limit);
  });
}

void SqliteStore::AdvanceForgetting(absl::Time now, absl::Duration elapsed, Done<absl::Time> done) {
  Write(std::move(done), [now, elapsed](SqliteWrites& writes) { return writes.AdvanceForgetting(now, elapsed); });
}

void SqliteStore::DeleteExpired(absl::Time now, int limit, Done<int> done) {
  Write(std::move(done), [now, limit](SqliteWrites& writes) -> absl::StatusOr<int> {
    if (absl::Status status = CheckLimit(limit); !status.ok()) return status;
    return writes.DeleteExpired(now, limit);
  });
}

void SqliteStore::OnHeadMoved(std::function<void()> listener) {
  absl::MutexLock lock(&listener_mutex_);
  listener_ = std::move(listener);
}

// Under the lock, so that a listener that was replaced is not running any more.
void SqliteStore::TellListener() {
  absl::MutexLock lock(&listener_mutex_);
  if (listener_ != nullptr) listener_();
}

absl::Status CheckOptions(const SqliteStoreOptions& options) {
  if (options.folder.empty()) return absl::InvalidArgumentError("the store's data folder must be named");
  if (options.commit_window < absl::ZeroDuration() || options.commit_window > absl::Milliseconds(5)) {
    return absl::InvalidArgumentError(
        absl::StrCat("the store's commit window must be 0 to 5 ms, got ", absl::FormatDuration(options.commit_window)));
  }
  if (options.max_waiting < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("the store must let at least 1 operation wait, got ", options.max_waiting));
  }
  if (options.readers < 1 || options.readers > 16) {
    return absl::InvalidArgumentError(absl::StrCat("the store must have 1 to 16 readers, got ", options.readers));
  }
  return absl::OkStatus();
}

// The same code, with the folder's name in front, so that a person knows which store is meant.
absl::Status WithFolder(const absl::Status& status, const std::string& folder) {
  return absl::Status(status.code(), absl::StrCat("store '", folder, "': ", status.message()));
}

}  // namespace

absl::StatusOr<std::unique_ptr<SessionStore>> OpenSqliteStore(const SqliteStoreOptions& options) {
  if (absl::Status status = CheckOptions(options); !status.ok()) return status;
  absl::StatusOr<std::unique_ptr<DataFolder>> folder = DataFolder::Take(options.folder);
  if (!folder.ok()) return folder.status();
  auto store = std::make_unique<SqliteStore>(*std::move(folder));
  if (absl::Status status = store->Start(options); !status.ok()) return WithFolder(status, options.folder);
  return store;
}

}  // namespace paseto::service
