// The tables of the SQLite engine and their version.
#ifndef GRPC_PASETO_SERVICE_STORE_SQLITE_SCHEMA_H_
#define GRPC_PASETO_SERVICE_STORE_SQLITE_SCHEMA_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "grpc_paseto/service/store/sqlite_connection.h"

namespace paseto::service {

// Creates the tables in an empty database, or brings those of an older version up to this one. A new store's epoch is
// `now` in microseconds since 1970: two stores never share one, so a verifier that meets another store resyncs. Errors:
// FAILED_PRECONDITION for a newer version or another program's database; DATA_LOSS for damage.
absl::Status PrepareSqliteSchema(SqliteConnection& writer, absl::Time now);

// OK when every page is well formed. Cost: reads the whole database.
// Errors: DATA_LOSS.
absl::Status CheckSqliteIntegrity(SqliteConnection& connection);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_STORE_SQLITE_SCHEMA_H_
