// SqliteKeyReads, SqliteKeyWrites: the keys and the acknowledgements of a SQLite store (key_store.h).
//
// Threads: belong to their connection's thread.
#ifndef GRPC_PASETO_SERVICE_STORE_SQLITE_KEYS_H_
#define GRPC_PASETO_SERVICE_STORE_SQLITE_KEYS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "grpc_paseto/service/store/key_store.h"
#include "grpc_paseto/service/store/sqlite_connection.h"

namespace paseto::service {

class SqliteKeyReads {
 public:
  static absl::StatusOr<std::unique_ptr<SqliteKeyReads>> Prepare(SqliteConnection& connection);

  // Inside a transaction; `head` is the feed's in the same.
  absl::StatusOr<KeyTable> Table(FeedPosition head);
  absl::StatusOr<std::vector<VerifierAck>> Acks(absl::Time since);

 private:
  SqliteKeyReads() = default;
  SqliteStatement version_;
  SqliteStatement rows_;
  SqliteStatement gone_;
  SqliteStatement acks_;
};

class SqliteKeyWrites {
 public:
  // `connection` outlives the result.
  static absl::StatusOr<std::unique_ptr<SqliteKeyWrites>> Prepare(SqliteConnection& connection);

  // The caller makes each atomic, and has checked the change; the table then has this version.
  absl::Status Change(const KeyChange& change, int64_t version, absl::Time now);
  // Revokes every key that tokend signs with itself (access and refresh).
  absl::Status RevokeOwn(int64_t version, absl::Time now);
  absl::StatusOr<int> SaveAcks(const std::vector<VerifierAck>& acks, absl::Time now, absl::Time forget_before);

 private:
  explicit SqliteKeyWrites(SqliteConnection& connection) : connection_(connection) {}
  absl::Status Put(const KeyRow& row, int64_t version);
  absl::Status MarkGone(const std::string& id, absl::Time now);

  SqliteConnection& connection_;
  SqliteStatement put_;
  SqliteStatement drop_;
  SqliteStatement mark_gone_;
  SqliteStatement set_version_;
  SqliteStatement revoke_own_;
  SqliteStatement mark_own_gone_;
  SqliteStatement update_ack_;
  SqliteStatement count_acks_;
  SqliteStatement insert_ack_;
  SqliteStatement forget_acks_;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_STORE_SQLITE_KEYS_H_
