// What an operator does to an embedded store that no tokend uses: back up, restore, check, and accept that it has gone
// back in time. Each takes the folder's lock while it works.
#ifndef GRPC_PASETO_SERVICE_STORE_SQLITE_MAINTENANCE_H_
#define GRPC_PASETO_SERVICE_STORE_SQLITE_MAINTENANCE_H_

#include <atomic>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "grpc_paseto/service/audit/audit_trail.h"
#include "grpc_paseto/service/store/progress_record.h"

namespace paseto::service {

struct StoreFiles {
  std::string folder;
  std::string progress_file = {};  // empty: `progress` in the folder
  bool audited = false;            // what is done to the store goes into its audit outbox
};

// Writes the whole store to a new file with mode 0600, which is a database of its own. Result: what it holds.
// Errors: ALREADY_EXISTS when the file is there; FAILED_PRECONDITION when the folder is in use or holds no store;
// DATA_LOSS for damage.
absl::StatusOr<StoreProgress> BackUpSqliteStore(const std::string& folder, const std::string& file);

// The same of a store that this process has open, as it is at one moment. Writers go on; the log is not begun anew
// until the copy is done. The file appears whole or not at all. Errors: those of BackUpSqliteStore; CANCELLED once
// `cancelled`.
absl::StatusOr<StoreProgress> BackUpOpenSqliteStore(const std::string& folder, const std::string& file,
                                                    const std::atomic<bool>& cancelled);

// Puts the store of a backup into the folder, in one step; what was there stays beside it as `store.db.replaced`. The
// progress record is left alone: it tells the next start how far the store had come. Result: what the backup holds.
// Errors: NOT_FOUND when the file is absent; FAILED_PRECONDITION when it is no store, or the folder is in use;
// DATA_LOSS for damage.
absl::StatusOr<StoreProgress> RestoreSqliteStore(const std::string& file, const std::string& folder);

struct StoreHealth {
  StoreProgress progress;
  int64_t sessions = 0;
  int64_t revocations = 0;
  absl::Status standing;  // against the progress record; see ProgressRecord::Check
};

// Checks every page, every index and the progress record.
// Errors: DATA_LOSS for damage; those of opening.
absl::StatusOr<StoreHealth> CheckSqliteStore(const StoreFiles& files);

// Where the store's audit chain ends, and what is not in the audit file yet. Errors: those of opening.
absl::StatusOr<StoredAudit> ReadSqliteAudit(const std::string& folder);

// When the store is behind its progress record, or that is missing: a new epoch begins, above everything that was ever
// acknowledged, and everything that the store holds is revoked in the same transaction, so that what was used up or
// revoked since cannot come back. So are the keys that tokend signs with: one of them may have been revoked since, and
// tokend makes new ones at its start. Result: where the epoch begins; absent when the store is not behind, and nothing
// changes. What was forgotten otherwise (disabled subjects, revoked client and foreign keys, client tokens) is to be
// told again.
absl::StatusOr<absl::optional<StoreProgress>> AcceptSqliteRollback(const StoreFiles& files, absl::Time now);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_STORE_SQLITE_MAINTENANCE_H_
