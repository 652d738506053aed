// SqliteAudit: the audit outbox of a SQLite store, and the head of its chain (service/audit).
//
// One outbox row for all events of a commit, so that an event costs a few hundred bytes and no row of its own. Rows
// that the audit file has are deleted in small steps, in the transactions that come by.
//
// Threads: belongs to its connection's thread.
#ifndef GRPC_PASETO_SERVICE_STORE_SQLITE_AUDIT_H_
#define GRPC_PASETO_SERVICE_STORE_SQLITE_AUDIT_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "grpc_paseto/service/audit/audit_chain.h"
#include "grpc_paseto/service/audit/audit_event.h"
#include "grpc_paseto/service/audit/audit_trail.h"
#include "grpc_paseto/service/store/sqlite_connection.h"

namespace paseto::service {

// What the tables hold.
absl::StatusOr<StoredAudit> ReadStoredAudit(SqliteConnection& connection);

class SqliteAudit {
 public:
  // `connection` outlives the result. The first event gets the id after `last_id`.
  static absl::StatusOr<std::unique_ptr<SqliteAudit>> Prepare(SqliteConnection& connection, int64_t last_id);

  // Forgets what belonged to a transaction that was not committed.
  void Begin();
  // Remembers an event of the present transaction. REQUIRES: what it tells of is done.
  void Note(const AuditEvent& event) { bodies_.push_back(AuditBody(event)); }
  // Writes the events of the present transaction to the outbox.
  absl::Status Store();
  // What Store has written. Called once after each commit.
  AuditBatch Take();

  // Whether Settle has anything to do.
  bool IsSettled(const AuditHead& head) const { return settled_.id == head.id && !settled_.rows_left; }
  // Stores the head, and deletes some of the rows that it makes needless. Part of the present transaction.
  absl::Status Settle(const AuditHead& head, const std::string& mac);

 private:
  SqliteAudit(SqliteConnection& connection, int64_t last_id) : connection_(connection), last_id_(last_id) {}

  SqliteConnection& connection_;
  int64_t last_id_;
  struct Settled {
    int64_t id = -1;
    bool rows_left = true;  // that could be deleted
  };
  Settled settled_;
  Settled settling_;  // in the present transaction
  std::vector<std::string> bodies_;
  SqliteStatement insert_;
  SqliteStatement move_head_;
  SqliteStatement delete_;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_STORE_SQLITE_AUDIT_H_
