// SqliteConnection, SqliteStatement, SqliteRun: SQLite's C interface with owners and absl::Status.
//
// Errors carry a code and what to do, never a statement or a value. Ids are stored as 16-byte blobs where they are
// UUIDs in their usual spelling, else as text; instants as microseconds since 1970.
//
// Threads: a connection and everything made from it belong to one thread at a time.
#ifndef GRPC_PASETO_SERVICE_STORE_SQLITE_CONNECTION_H_
#define GRPC_PASETO_SERVICE_STORE_SQLITE_CONNECTION_H_

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace paseto::service {

// The status for a result code of SQLite: DATA_LOSS for damage, PERMISSION_DENIED for missing rights, else UNAVAILABLE.
absl::Status SqliteError(int code);

class SqliteConnection {
 public:
  enum class Role {
    kWriter,  // writes and checkpoints; the last to be closed
    kReader,  // cannot write and never checkpoints
  };
  static absl::StatusOr<SqliteConnection> Open(const std::string& path, Role role);

  // Runs statements without parameters and drops their rows.
  absl::Status Execute(const char* sql);
  // The first column of the first row of a statement that has one.
  absl::StatusOr<std::string> ReadText(const char* sql);
  absl::StatusOr<int64_t> ReadInt(const char* sql);

  // How many rows the last statement changed.
  int changes() const { return sqlite3_changes(db_.get()); }
  // How many rows all statements so far have changed.
  int total_changes() const { return sqlite3_total_changes(db_.get()); }
  // False outside of a transaction, also when an error has ended it.
  bool in_transaction() const { return sqlite3_get_autocommit(db_.get()) == 0; }
  sqlite3* handle() const { return db_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
  };
  explicit SqliteConnection(sqlite3* db) : db_(db) {}
  std::unique_ptr<sqlite3, Close> db_;
};

class SqliteStatement {
 public:
  SqliteStatement() = default;
  static absl::StatusOr<SqliteStatement> Prepare(const SqliteConnection& connection, const char* sql);

 private:
  friend class SqliteRun;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

// One execution of a statement: bind its parameters in order, then step. Resets the statement at its end.
// Bound bytes are not copied: they outlive the run.
class SqliteRun {
 public:
  explicit SqliteRun(SqliteStatement& statement) : statement_(statement.statement_.get()) {}
  ~SqliteRun();
  SqliteRun(const SqliteRun&) = delete;
  SqliteRun& operator=(const SqliteRun&) = delete;

  SqliteRun& Int(int64_t value);
  SqliteRun& Blob(absl::string_view value);
  SqliteRun& Text(absl::string_view value);
  SqliteRun& Id(absl::string_view id);
  SqliteRun& Time(absl::Time time);

  // True when there is a row; its columns can be read until the next step. Reports a failed bind, too.
  absl::StatusOr<bool> Step();
  // Steps to the end of a statement whose rows do not matter.
  absl::Status Finish();

  int64_t IntAt(int column) const { return sqlite3_column_int64(statement_, column); }
  bool IsNullAt(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  std::string BytesAt(int column) const;
  std::string IdAt(int column) const;
  absl::Time TimeAt(int column) const;

 private:
  void Note(int code);

  sqlite3_stmt* const statement_;
  int next_parameter_ = 1;
  int bind_error_ = SQLITE_OK;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_STORE_SQLITE_CONNECTION_H_
