#include "grpc_paseto/service/store/sqlite_connection.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/service/store/stored_values.h"

namespace paseto::service {
namespace {

constexpr int kBusyTimeoutMs = 1000;          // another program reads the file, for a backup say
constexpr int kLongestValueBytes = 16 << 20;  // no value of ours comes near it
constexpr char kCommonPragmas[] =
    "PRAGMA cell_size_check=ON; PRAGMA trusted_schema=OFF; PRAGMA temp_store=MEMORY; PRAGMA wal_autocheckpoint=0;";

}  // namespace

absl::Status SqliteError(int code) {
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return absl::DataLossError("the store's database is damaged; stop, keep a copy of it and restore a backup");
    case SQLITE_FULL:
      return absl::UnavailableError("the disk of the data folder is full; make room there");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return absl::UnavailableError("the store's database is held by another program; end that program");
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
      return absl::PermissionDeniedError(absl::StrCat("the store's database cannot be opened for writing (SQLite code ",
                                                      code, "); check the owner and the rights of the data folder"));
    case SQLITE_IOERR:
      return absl::UnavailableError(
          absl::StrCat("the disk of the data folder reports an error (SQLite code ", code, "); check the disk"));
    default:
      return absl::UnavailableError(absl::StrCat("the store could not do it (SQLite code ", code, "); try again"));
  }
}

absl::StatusOr<SqliteConnection> SqliteConnection::Open(const std::string& path, Role role) {
  sqlite3* db = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  SqliteConnection connection(db);  // to be closed on failure, too
  if (code != SQLITE_OK) return SqliteError(code);
  sqlite3_extended_result_codes(db, 1);
  sqlite3_busy_timeout(db, kBusyTimeoutMs);
  sqlite3_limit(db, SQLITE_LIMIT_LENGTH, kLongestValueBytes);
  sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  // Two connections that checkpoint can damage the file: only the writer does, and says when.
  sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  if (absl::Status status = connection.Execute(kCommonPragmas); !status.ok()) return status;
  const char* const own_pragmas = role == Role::kReader
                                      ? "PRAGMA query_only=ON; PRAGMA cache_size=-2048;"
                                      : "PRAGMA synchronous=FULL; PRAGMA secure_delete=FAST; PRAGMA cache_size=-16384;";
  if (absl::Status status = connection.Execute(own_pragmas); !status.ok()) return status;
  return connection;
}

absl::Status SqliteConnection::Execute(const char* sql) {
  const int code = sqlite3_exec(db_.get(), sql, nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : SqliteError(code);
}

absl::StatusOr<std::string> SqliteConnection::ReadText(const char* sql) {
  absl::StatusOr<SqliteStatement> statement = SqliteStatement::Prepare(*this, sql);
  if (!statement.ok()) return statement.status();
  SqliteRun run(*statement);
  absl::StatusOr<bool> row = run.Step();
  if (!row.ok()) return row.status();
  if (!*row) return SqliteError(SQLITE_CORRUPT);
  return run.BytesAt(0);
}

absl::StatusOr<int64_t> SqliteConnection::ReadInt(const char* sql) {
  absl::StatusOr<SqliteStatement> statement = SqliteStatement::Prepare(*this, sql);
  if (!statement.ok()) return statement.status();
  SqliteRun run(*statement);
  absl::StatusOr<bool> row = run.Step();
  if (!row.ok()) return row.status();
  if (!*row) return SqliteError(SQLITE_CORRUPT);
  return run.IntAt(0);
}

absl::StatusOr<SqliteStatement> SqliteStatement::Prepare(const SqliteConnection& connection, const char* sql) {
  sqlite3_stmt* raw = nullptr;
  const int code = sqlite3_prepare_v3(connection.handle(), sql, -1, SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  SqliteStatement statement;
  statement.statement_.reset(raw);
  if (code != SQLITE_OK) return SqliteError(code);
  return statement;
}

SqliteRun::~SqliteRun() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

void SqliteRun::Note(int code) {
  ++next_parameter_;
  if (code != SQLITE_OK && bind_error_ == SQLITE_OK) bind_error_ = code;
}

SqliteRun& SqliteRun::Int(int64_t value) {
  Note(sqlite3_bind_int64(statement_, next_parameter_, value));
  return *this;
}

// An empty string_view may have no address, which SQLite would take for NULL.
SqliteRun& SqliteRun::Blob(absl::string_view value) {
  Note(value.empty() ? sqlite3_bind_zeroblob(statement_, next_parameter_, 0)
                     : sqlite3_bind_blob64(statement_, next_parameter_, value.data(), value.size(), SQLITE_STATIC));
  return *this;
}

SqliteRun& SqliteRun::Text(absl::string_view value) {
  Note(sqlite3_bind_text64(statement_, next_parameter_, value.empty() ? "" : value.data(), value.size(), SQLITE_STATIC,
                           SQLITE_UTF8));
  return *this;
}

SqliteRun& SqliteRun::Id(absl::string_view id) {
  const absl::optional<UuidBytes> uuid = ParseUuid(id);
  if (!uuid.has_value()) return Text(id);
  Note(sqlite3_bind_blob64(statement_, next_parameter_, uuid->data(), uuid->size(), SQLITE_TRANSIENT));
  return *this;
}

SqliteRun& SqliteRun::Time(absl::Time time) { return Int(ToStoredTime(time)); }

absl::StatusOr<bool> SqliteRun::Step() {
  if (bind_error_ != SQLITE_OK) return SqliteError(bind_error_);
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return SqliteError(code);
}

absl::Status SqliteRun::Finish() {
  absl::StatusOr<bool> row = Step();
  while (row.ok() && *row) row = Step();
  return row.status();
}

std::string SqliteRun::BytesAt(int column) const {
  const char* const bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  return std::string(bytes == nullptr ? "" : bytes, bytes == nullptr ? 0 : sqlite3_column_bytes(statement_, column));
}

std::string SqliteRun::IdAt(int column) const {
  if (sqlite3_column_type(statement_, column) != SQLITE_BLOB) return BytesAt(column);
  const std::string stored = BytesAt(column);
  UuidBytes bytes = {};
  std::copy_n(stored.begin(), std::min(stored.size(), bytes.size()), bytes.begin());
  return FormatUuid(bytes);
}

absl::Time SqliteRun::TimeAt(int column) const { return FromStoredTime(sqlite3_column_int64(statement_, column)); }

}  // namespace paseto::service
