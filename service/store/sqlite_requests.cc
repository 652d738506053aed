#include "grpc_paseto/service/store/sqlite_requests.h"

#include <utility>

namespace paseto::service {
namespace {

constexpr char kFind[] =
    "SELECT hash, session, token, issued_at, expires_at, revision FROM requests WHERE client = ? AND id = ?";
constexpr char kInsertRequest[] =
    "INSERT INTO requests (client, id, hash, session, token, issued_at, expires_at, revision) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
constexpr char kForget[] =
    "DELETE FROM requests WHERE (client, id) IN "
    "(SELECT client, id FROM requests WHERE issued_at < ? ORDER BY issued_at LIMIT ?)";

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteRequests>> SqliteRequests::Prepare(SqliteConnection& connection) {
  std::unique_ptr<SqliteRequests> requests(new SqliteRequests(connection));
  const std::pair<SqliteStatement*, const char*> statements[] = {
      {&requests->find_, kFind},
      {&requests->insert_, kInsertRequest},
      {&requests->forget_, kForget},
  };
  for (const auto& [statement, sql] : statements) {
    absl::StatusOr<SqliteStatement> prepared = SqliteStatement::Prepare(connection, sql);
    if (!prepared.ok()) return prepared.status();
    *statement = *std::move(prepared);
  }
  return requests;
}

absl::StatusOr<absl::optional<RememberedIssue>> SqliteRequests::Find(const ClientId& client, const std::string& id) {
  SqliteRun run(find_);
  const absl::StatusOr<bool> row = run.Text(client.text()).Text(id).Step();
  if (!row.ok()) return row.status();
  if (!*row) return absl::nullopt;
  return RememberedIssue{.hash = run.BytesAt(0),
                         .session = SessionId(run.IdAt(1)),
                         .token = {TokenId(run.IdAt(2)), run.TimeAt(3), run.TimeAt(4)},
                         .revision = run.IntAt(5)};
}

absl::Status SqliteRequests::Remember(const ClientId& client, const std::string& id, const RememberedIssue& issue) {
  SqliteRun run(insert_);
  run.Text(client.text()).Text(id).Blob(issue.hash).Id(issue.session.text()).Id(issue.token.id.text());
  return run.Time(issue.token.issued_at).Time(issue.token.expires_at).Int(issue.revision).Finish();
}

absl::StatusOr<int> SqliteRequests::Forget(absl::Time now, int limit) {
  absl::Status forgotten = SqliteRun(forget_).Time(now - kRequestMemory).Int(limit).Finish();
  if (!forgotten.ok()) return forgotten;
  return connection_.changes();
}

}  // namespace paseto::service
