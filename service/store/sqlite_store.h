// The embedded engine: SQLite in one data folder, used by one process at a time.
//
// WAL with synchronous=FULL: an acknowledged write survives kill -9 and power loss. One writer thread commits whatever
// is waiting in one transaction (group commit) and runs the checkpoints; readers have connections of their own.
#ifndef GRPC_PASETO_SERVICE_STORE_SQLITE_STORE_H_
#define GRPC_PASETO_SERVICE_STORE_SQLITE_STORE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "grpc_paseto/service/audit/audit_trail.h"
#include "grpc_paseto/service/store/session_store.h"

namespace paseto::service {

struct SqliteStoreOptions {
  std::string folder;                                      // created with mode 0700 when absent
  absl::Duration commit_window = absl::Microseconds(500);  // how long a commit waits at most for company; 0 to 5 ms
  int max_waiting = 16384;                                 // writes that may wait; more are refused with UNAVAILABLE
  int readers = 2;                                         // threads with a read connection each, 1 to 16
  std::string progress_file = {};                          // the progress record; empty: `progress` in the folder
  absl::optional<AuditOptions> audit = {};                 // absent: nothing is audited
};

// Errors: FAILED_PRECONDITION when another process uses the folder, the schema is newer than this program, or the store
// is behind its progress record or does not go with its audit file;
// DATA_LOSS when the check after an unclean stop finds damage; PERMISSION_DENIED or UNAVAILABLE for the file system.
absl::StatusOr<std::unique_ptr<SessionStore>> OpenSqliteStore(const SqliteStoreOptions& options);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_STORE_SQLITE_STORE_H_
