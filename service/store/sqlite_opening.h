// How the one connection that may write to a data folder's database is opened.
#ifndef GRPC_PASETO_SERVICE_STORE_SQLITE_OPENING_H_
#define GRPC_PASETO_SERVICE_STORE_SQLITE_OPENING_H_

#include <string>

#include "absl/status/statusor.h"
#include "grpc_paseto/service/store/data_folder.h"
#include "grpc_paseto/service/store/sqlite_connection.h"

namespace paseto::service {

// With a write-ahead log and the present schema; after an unclean stop every page was checked.
// Errors: DATA_LOSS for damage; UNAVAILABLE for a file system without write-ahead logs; those of PrepareSqliteSchema.
absl::StatusOr<SqliteConnection> OpenSqliteWriter(const DataFolder& folder);

// `progress_file`, or where the record of a folder lies when nobody says.
std::string ProgressFileOf(const std::string& folder, const std::string& progress_file);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_STORE_SQLITE_OPENING_H_
