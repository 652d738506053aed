// SqliteReads: the questions that a SQLite store answers, on one connection.
//
// Threads: belongs to its connection's thread.
#ifndef GRPC_PASETO_SERVICE_STORE_SQLITE_READS_H_
#define GRPC_PASETO_SERVICE_STORE_SQLITE_READS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "grpc_paseto/service/store/session_store.h"
#include "grpc_paseto/service/store/sqlite_connection.h"
#include "grpc_paseto/service/store/sqlite_keys.h"

namespace paseto::service {

// A record of the feed with what only the store needs.
struct StoredRevocation {
  Revocation record;
  absl::Time keep_until;
};

class SqliteReads {
 public:
  // `connection` outlives the result.
  static absl::StatusOr<std::unique_ptr<SqliteReads>> Prepare(SqliteConnection& connection);

  // Runs a transaction around what follows, so that it sees one snapshot. Begin, then End on every way out.
  absl::Status Begin();
  void End();

  absl::StatusOr<FeedPosition> Head();
  // The row as it is; absent when there is none.
  absl::StatusOr<absl::optional<Session>> Row(const SessionId& id);
  // What has been withdrawn from a subject that signed in through a client.
  absl::StatusOr<Withdrawals> WithdrawnFrom(const std::string& subject, const ClientId& client);
  // The newest record of exactly this target.
  absl::StatusOr<absl::optional<StoredRevocation>> NewestRecord(RevocationKind kind, const std::string& id);

  // Whether any record covers the token.
  absl::StatusOr<bool> IsCovered(const TokenStanding& token);

  // The methods of SessionStore, inside Begin and End.
  absl::StatusOr<absl::optional<Session>> Find(const SessionId& id);
  absl::StatusOr<bool> IsRevoked(const TokenStanding& token);
  absl::StatusOr<SubjectStanding> Subject(const std::string& subject);
  absl::StatusOr<SessionPage> List(const SessionQuery& query, absl::Time now);
  absl::StatusOr<FeedSnapshot> Snapshot(SnapshotScope scope, absl::Time now);
  absl::StatusOr<FeedChanges> Changes(FeedPosition after, int limit);

  // The methods of KeyStore, inside Begin and End.
  absl::StatusOr<KeyTable> Keys();
  absl::StatusOr<std::vector<VerifierAck>> Acks(absl::Time since) { return keys_->Acks(since); }

 private:
  explicit SqliteReads(SqliteConnection& connection) : connection_(connection) {}
  absl::StatusOr<bool> AnyRecordCovers(RevocationKind kind, const std::string& id, const TokenStanding& token);
  absl::Status CheckResumable(FeedPosition after, FeedPosition head);

  SqliteConnection& connection_;
  std::unique_ptr<SqliteKeyReads> keys_;
  SqliteStatement begin_;
  SqliteStatement end_;
  SqliteStatement head_;
  SqliteStatement deleted_through_;
  SqliteStatement row_;
  SqliteStatement rows_of_subject_;
  SqliteStatement withdrawals_;
  SqliteStatement disabled_;
  SqliteStatement spent_;
  SqliteStatement records_of_target_;
  SqliteStatement snapshot_, snapshot_for_client_tokens_;
  SqliteStatement changes_;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_STORE_SQLITE_READS_H_
