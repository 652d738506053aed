#include "grpc_paseto/service/store/sqlite_writer.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace paseto::service {
namespace {

constexpr size_t kLargestBatch = 512;  // bounds the time that the first of a batch waits for the last

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteWriter>> SqliteWriter::Start(SqliteConnection connection,
                                                                  std::unique_ptr<ProgressRecord> record,
                                                                  Options options, CompletionPool& pool,
                                                                  std::function<void()> on_head_moved) {
  std::unique_ptr<SqliteWriter> writer(
      new SqliteWriter(std::move(connection), std::move(options), pool, std::move(on_head_moved)));
  absl::StatusOr<std::unique_ptr<SqliteWrites>> writes = SqliteWrites::Prepare(writer->connection_);
  if (!writes.ok()) return writes.status();
  writer->writes_ = *std::move(writes);
  const StoreProgress progress = writer->writes_->progress();
  if (absl::Status status = record->Check(progress); !status.ok()) return status;
  if (absl::Status status = record->Write(progress); !status.ok()) return status;
  if (absl::Status status = writer->StartAudit(); !status.ok()) return status;
  writer->record_ = std::move(record);
  writer->thread_ = std::thread([raw = writer.get()] { raw->Loop(); });
  return writer;
}

SqliteWriter::SqliteWriter(SqliteConnection connection, Options options, CompletionPool& pool,
                           std::function<void()> on_head_moved)
    : options_(std::move(options)),
      pool_(pool),
      on_head_moved_(std::move(on_head_moved)),
      queue_(static_cast<size_t>(options_.max_waiting)),
      connection_(std::move(connection)),
      checkpoints_(connection_) {}

SqliteWriter::~SqliteWriter() { Stop(); }

void SqliteWriter::Submit(std::unique_ptr<WriteOperation> operation) {
  const absl::Status accepted = queue_.Push(operation);
  if (accepted.ok()) return;
  pool_.Post([refused = std::move(operation), accepted] { refused->Finish(accepted); });
}

void SqliteWriter::Stop() {
  queue_.Stop();
  if (thread_.joinable()) thread_.join();
  if (trail_ != nullptr) trail_->Stop();
}

absl::Status SqliteWriter::Close() {
  absl::Status settled;
  while (settled.ok() && trail_ != nullptr && !writes_->audit()->IsSettled(trail_->durable())) {
    settled = writes_->Begin();
    if (settled.ok()) settled = SettleAudit();
    if (settled.ok()) settled = writes_->Commit();
    if (settled.ok()) writes_->audit()->Take();
  }
  writes_->Rollback();
  writes_ = nullptr;
  if (absl::Status emptied = checkpoints_.AtClose(); !emptied.ok()) return emptied;
  return settled;
}

absl::Status SqliteWriter::StartAudit() {
  if (!options_.audit.has_value()) return absl::OkStatus();
  const absl::StatusOr<StoredAudit> stored = ReadStoredAudit(connection_);
  if (!stored.ok()) return stored.status();
  absl::StatusOr<std::unique_ptr<AuditTrail>> trail = AuditTrail::Open(*options_.audit, *stored);
  if (!trail.ok()) return trail.status();
  absl::StatusOr<std::unique_ptr<SqliteAudit>> audit = SqliteAudit::Prepare(connection_, (*trail)->last_id());
  if (!audit.ok()) return audit.status();
  trail_ = *std::move(trail);
  writes_->Audit(*std::move(audit));
  return absl::OkStatus();
}

absl::Status SqliteWriter::SettleAudit() {
  if (trail_ == nullptr) return absl::OkStatus();
  const AuditHead durable = trail_->durable();
  if (writes_->audit()->IsSettled(durable)) return absl::OkStatus();
  return writes_->audit()->Settle(durable, trail_->MacOf(durable));
}

// Company is worth waiting for only when there was some a moment ago: a lonely caller never waits.
void SqliteWriter::Loop() {
  size_t wanted = 1;
  while (true) {
    Batch batch = queue_.Pop(kLargestBatch, wanted, options_.commit_window);
    if (batch.empty()) return;
    wanted = batch.size();
    if (absl::Status failed = Commit(batch); !failed.ok()) {
      Answer(std::move(batch), failed);
    } else {
      AuditBatch events = trail_ == nullptr ? AuditBatch{} : writes_->audit()->Take();
      absl::Status recorded = Record();
      if (!recorded.ok()) recorded = absl::UnknownError(absl::StrCat("it has happened, but ", recorded.message()));
      Tell(std::move(batch), std::move(events), recorded);
    }
    checkpoints_.AfterCommit();
  }
}

absl::Status SqliteWriter::Commit(Batch& batch) {
  absl::Status status = Record();
  if (status.ok() && trail_ != nullptr) status = trail_->Ready();
  if (status.ok()) status = writes_->Begin();
  const FeedPosition head_before = writes_->head();
  for (size_t i = 0; status.ok() && i < batch.size(); ++i) {
    batch[i]->Run(*writes_);
    // Some failures, a full disk for one, make the engine give up the whole transaction.
    if (!writes_->in_transaction()) status = absl::UnavailableError("the store gave up a transaction; try again");
  }
  if (status.ok()) status = SettleAudit();
  if (status.ok()) status = writes_->Commit();
  if (!status.ok()) {
    writes_->Rollback();
    return status;
  }
  if (on_head_moved_ != nullptr && writes_->head() != head_before) pool_.Post(CompletionPool::Task(on_head_moved_));
  return status;
}

absl::Status SqliteWriter::Record() {
  const StoreProgress progress = writes_->progress();
  return record_->last() == progress ? absl::OkStatus() : record_->Write(progress);
}

void SqliteWriter::Tell(Batch batch, AuditBatch events, const absl::Status& recorded) {
  if (events.bodies.empty()) return Answer(std::move(batch), recorded);
  trail_->Append(std::move(events), [this, batch = std::move(batch), recorded](const absl::Status& audited) mutable {
    Answer(std::move(batch), recorded.ok() ? audited : recorded);
  });
}

void SqliteWriter::Answer(Batch batch, const absl::Status& fate) {
  std::vector<CompletionPool::Task> answers;
  answers.reserve(batch.size());
  for (std::unique_ptr<WriteOperation>& operation : batch) {
    answers.push_back([operation = std::move(operation), fate] { operation->Finish(fate); });
  }
  pool_.Post(std::move(answers));
}

}  // namespace paseto::service
