#include "grpc_paseto/service/store/sqlite_checkpoints.h"

namespace paseto::service {
namespace {

constexpr int kCheckpointPages = 4096;  // 16 MiB: large enough to write a hot page once, small enough to be quick
constexpr int kRetryPages = 1024;       // after an attempt from which the log did not begin anew: a reader held it
constexpr int kInsistPages = 65536;     // 256 MiB: readers overlap all the time; wait for a gap

}  // namespace

SqliteCheckpoints::SqliteCheckpoints(SqliteConnection& writer) : writer_(writer), next_attempt_(kCheckpointPages) {
  sqlite3_wal_hook(
      writer_.handle(),
      [](void* log_pages, sqlite3*, const char*, int pages) {
        *static_cast<int*>(log_pages) = pages;
        return SQLITE_OK;
      },
      &log_pages_);
}

void SqliteCheckpoints::AfterCommit() {
  if (log_pages_ < kCheckpointPages) next_attempt_ = kCheckpointPages;  // the log was begun anew
  if (log_pages_ < next_attempt_) return;
  const int mode = log_pages_ < kInsistPages ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_RESTART;
  sqlite3_wal_checkpoint_v2(writer_.handle(), nullptr, mode, nullptr, nullptr);
  next_attempt_ = log_pages_ + kRetryPages;
}

absl::Status SqliteCheckpoints::AtClose() {
  const int code = sqlite3_wal_checkpoint_v2(writer_.handle(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : SqliteError(code);
}

}  // namespace paseto::service
