// SqliteSingleUse: the tokens of a SQLite store that may be spent once.
//
// Threads: belongs to its connection's thread.
#ifndef GRPC_PASETO_SERVICE_STORE_SQLITE_SINGLE_USE_H_
#define GRPC_PASETO_SERVICE_STORE_SQLITE_SINGLE_USE_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpc_paseto/service/store/session_store.h"
#include "grpc_paseto/service/store/sqlite_connection.h"

namespace paseto::service {

class SqliteSingleUse {
 public:
  // `connection` outlives the result.
  static absl::StatusOr<std::unique_ptr<SqliteSingleUse>> Prepare(SqliteConnection& connection);

  absl::Status Add(const TokenId& token, absl::Time expires_at);
  // kSpent, kSpentBefore or kUnknown.
  absl::StatusOr<SpendOutcome> Spend(const TokenId& token, const std::string& spender);
  // Deletes at most `limit` that expired before `now`. Result: how many.
  absl::StatusOr<int> DeleteExpired(absl::Time now, int limit);

 private:
  explicit SqliteSingleUse(SqliteConnection& connection) : connection_(connection) {}

  SqliteConnection& connection_;
  SqliteStatement add_;
  SqliteStatement spend_;
  SqliteStatement spender_;
  SqliteStatement delete_;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_STORE_SQLITE_SINGLE_USE_H_
