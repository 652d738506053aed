#include "grpc_paseto/service/store/sqlite_opening.h"

#include "absl/time/clock.h"
#include "grpc_paseto/service/store/sqlite_schema.h"

namespace paseto::service {

absl::StatusOr<SqliteConnection> OpenSqliteWriter(const DataFolder& folder) {
  absl::StatusOr<SqliteConnection> writer = SqliteConnection::Open(folder.database(), SqliteConnection::Role::kWriter);
  if (!writer.ok()) return writer;
  const absl::StatusOr<std::string> journal = writer->ReadText("PRAGMA journal_mode=WAL");
  if (!journal.ok()) return journal.status();
  if (*journal != "wal") {
    return absl::UnavailableError("the data folder's file system cannot hold a write-ahead log; use a local disk");
  }
  if (!folder.was_stopped_cleanly()) {
    if (absl::Status status = CheckSqliteIntegrity(*writer); !status.ok()) return status;
  }
  if (absl::Status status = PrepareSqliteSchema(*writer, absl::Now()); !status.ok()) return status;
  return writer;
}

std::string ProgressFileOf(const std::string& folder, const std::string& progress_file) {
  return progress_file.empty() ? folder + "/progress" : progress_file;
}

}  // namespace paseto::service
