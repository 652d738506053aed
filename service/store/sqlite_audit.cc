#include "grpc_paseto/service/store/sqlite_audit.h"

#include <utility>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace paseto::service {
namespace {

constexpr char kReadAuditHead[] = "SELECT id, chain, mac FROM audit_head";
constexpr char kOutbox[] =
    "SELECT first_id, events FROM audit_outbox WHERE last_id > (SELECT id FROM audit_head) ORDER BY first_id";
constexpr char kInsertEvents[] = "INSERT INTO audit_outbox (first_id, last_id, events) VALUES (?, ?, ?)";
constexpr char kMoveAuditHead[] = "UPDATE audit_head SET id = ?, chain = ?, mac = ?";
// A commit brings one row, so that the outbox shrinks when it has grown.
constexpr char kDeleteEvents[] =
    "DELETE FROM audit_outbox WHERE first_id IN "
    "(SELECT first_id FROM audit_outbox WHERE last_id <= ? ORDER BY first_id LIMIT ?)";
constexpr int kRowsPerStep = 16;

}  // namespace

absl::StatusOr<StoredAudit> ReadStoredAudit(SqliteConnection& connection) {
  absl::StatusOr<SqliteStatement> head = SqliteStatement::Prepare(connection, kReadAuditHead);
  absl::StatusOr<SqliteStatement> outbox = SqliteStatement::Prepare(connection, kOutbox);
  if (!head.ok()) return head.status();
  if (!outbox.ok()) return outbox.status();
  StoredAudit stored;
  {
    SqliteRun run(*head);
    const absl::StatusOr<bool> row = run.Step();
    if (!row.ok()) return row.status();
    if (!*row) return SqliteError(SQLITE_CORRUPT);
    stored.head = {run.IntAt(0), run.BytesAt(1)};
    stored.mac = run.BytesAt(2);
  }
  SqliteRun run(*outbox);
  absl::StatusOr<bool> row = run.Step();
  for (; row.ok() && *row; row = run.Step()) {
    stored.outbox.push_back({run.IntAt(0), absl::StrSplit(run.BytesAt(1), '\n')});
  }
  if (!row.ok()) return row.status();
  return stored;
}

absl::StatusOr<std::unique_ptr<SqliteAudit>> SqliteAudit::Prepare(SqliteConnection& connection, int64_t last_id) {
  std::unique_ptr<SqliteAudit> audit(new SqliteAudit(connection, last_id));
  const std::pair<SqliteStatement*, const char*> statements[] = {
      {&audit->insert_, kInsertEvents},
      {&audit->move_head_, kMoveAuditHead},
      {&audit->delete_, kDeleteEvents},
  };
  for (const auto& [statement, sql] : statements) {
    absl::StatusOr<SqliteStatement> prepared = SqliteStatement::Prepare(connection, sql);
    if (!prepared.ok()) return prepared.status();
    *statement = *std::move(prepared);
  }
  return audit;
}

void SqliteAudit::Begin() {
  bodies_.clear();
  settling_ = settled_;
}

absl::Status SqliteAudit::Store() {
  if (bodies_.empty()) return absl::OkStatus();
  const std::string events = absl::StrJoin(bodies_, "\n");
  return SqliteRun(insert_)
      .Int(last_id_ + 1)
      .Int(last_id_ + static_cast<int64_t>(bodies_.size()))
      .Blob(events)
      .Finish();
}

AuditBatch SqliteAudit::Take() {
  AuditBatch batch{last_id_ + 1, std::move(bodies_)};
  bodies_.clear();
  last_id_ += static_cast<int64_t>(batch.bodies.size());
  settled_ = settling_;
  return batch;
}

absl::Status SqliteAudit::Settle(const AuditHead& head, const std::string& mac) {
  absl::Status done = SqliteRun(move_head_).Int(head.id).Blob(head.chain).Blob(mac).Finish();
  if (done.ok()) done = SqliteRun(delete_).Int(head.id).Int(kRowsPerStep).Finish();
  if (!done.ok()) return done;
  settling_ = {head.id, connection_.changes() == kRowsPerStep};
  return absl::OkStatus();
}

}  // namespace paseto::service
