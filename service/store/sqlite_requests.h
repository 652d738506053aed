// SqliteRequests: the answers that a SQLite store remembers, so that a request may be repeated.
//
// Threads: belongs to its connection's thread.
#ifndef GRPC_PASETO_SERVICE_STORE_SQLITE_REQUESTS_H_
#define GRPC_PASETO_SERVICE_STORE_SQLITE_REQUESTS_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "grpc_paseto/service/session/issuance.h"
#include "grpc_paseto/service/store/sqlite_connection.h"

namespace paseto::service {

class SqliteRequests {
 public:
  // `connection` outlives the result.
  static absl::StatusOr<std::unique_ptr<SqliteRequests>> Prepare(SqliteConnection& connection);

  // What the first answer was made of; absent for a request that is new.
  absl::StatusOr<absl::optional<RememberedIssue>> Find(const ClientId& client, const std::string& id);
  // REQUIRES: the request is new.
  absl::Status Remember(const ClientId& client, const std::string& id, const RememberedIssue& issue);
  // Deletes at most `limit` that are older than kRequestMemory. Result: how many.
  absl::StatusOr<int> Forget(absl::Time now, int limit);

 private:
  explicit SqliteRequests(SqliteConnection& connection) : connection_(connection) {}

  SqliteConnection& connection_;
  SqliteStatement find_;
  SqliteStatement insert_;
  SqliteStatement forget_;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_STORE_SQLITE_REQUESTS_H_
