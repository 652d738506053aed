// SqliteWriter: the one thread that writes. It commits whatever waits in one transaction (group commit), answers after
// the commit is durable, on record (progress_record.h) and audited (service/audit), and checkpoints.
//
// Threads: Submit may be called from several threads at once.
#ifndef GRPC_PASETO_SERVICE_STORE_SQLITE_WRITER_H_
#define GRPC_PASETO_SERVICE_STORE_SQLITE_WRITER_H_

#include <functional>
#include <memory>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "grpc_paseto/service/audit/audit_trail.h"
#include "grpc_paseto/service/store/completion_pool.h"
#include "grpc_paseto/service/store/operation_queue.h"
#include "grpc_paseto/service/store/progress_record.h"
#include "grpc_paseto/service/store/sqlite_checkpoints.h"
#include "grpc_paseto/service/store/sqlite_connection.h"
#include "grpc_paseto/service/store/sqlite_writes.h"

namespace paseto::service {

class SqliteWriter {
 public:
  using WriteOperation = Operation<SqliteWrites>;

  struct Options {
    absl::Duration commit_window;  // how long a batch waits at most to become as large as the one before
    int max_waiting = 0;
    absl::optional<AuditOptions> audit = {};
  };

  // `on_head_moved` runs on the pool after each commit that moved the head. `pool` outlives the writer.
  // Errors: those of ProgressRecord::Check, when the store is behind `record`; those of AuditTrail::Open.
  static absl::StatusOr<std::unique_ptr<SqliteWriter>> Start(SqliteConnection connection,
                                                             std::unique_ptr<ProgressRecord> record, Options options,
                                                             CompletionPool& pool, std::function<void()> on_head_moved);
  ~SqliteWriter();

  void Submit(std::unique_ptr<WriteOperation> operation);

  // Finishes what was accepted and refuses the rest.
  void Stop();
  // Empties the write-ahead log and closes the connection. REQUIRES: stopped, and all readers are closed.
  absl::Status Close();

 private:
  using Batch = OperationQueue<SqliteWrites>::Batch;

  SqliteWriter(SqliteConnection connection, Options options, CompletionPool& pool, std::function<void()> on_head_moved);
  void Loop();
  absl::Status StartAudit();
  absl::Status Commit(Batch& batch);
  // Puts on record how far the store has come; after a failure it is tried again before the next commit.
  absl::Status Record();
  // Stores, in the present transaction, how far the audit file is.
  absl::Status SettleAudit();
  // Hands the events of a committed batch to the audit trail, which lets the answers go.
  void Tell(Batch batch, AuditBatch events, const absl::Status& recorded);
  void Answer(Batch batch, const absl::Status& fate);

  const Options options_;
  CompletionPool& pool_;
  const std::function<void()> on_head_moved_;
  OperationQueue<SqliteWrites> queue_;

  // Of the writer's thread while it runs.
  SqliteConnection connection_;
  SqliteCheckpoints checkpoints_;
  std::unique_ptr<SqliteWrites> writes_;

  std::unique_ptr<AuditTrail> trail_;  // absent: nothing is audited
  std::unique_ptr<ProgressRecord> record_;
  std::thread thread_;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_STORE_SQLITE_WRITER_H_
