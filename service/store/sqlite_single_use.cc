#include "grpc_paseto/service/store/sqlite_single_use.h"

#include <utility>

namespace paseto::service {
namespace {

constexpr char kAdd[] = "INSERT INTO single_use_tokens (id, expires_at, spent, spender) VALUES (?, ?, 0, x'')";
constexpr char kSpend[] = "UPDATE single_use_tokens SET spent = 1, spender = ? WHERE id = ? AND spent = 0";
constexpr char kSpender[] = "SELECT spender FROM single_use_tokens WHERE id = ?";
constexpr char kDeleteToken[] =
    "DELETE FROM single_use_tokens WHERE id IN "
    "(SELECT id FROM single_use_tokens WHERE expires_at < ? ORDER BY expires_at LIMIT ?)";

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteSingleUse>> SqliteSingleUse::Prepare(SqliteConnection& connection) {
  std::unique_ptr<SqliteSingleUse> tokens(new SqliteSingleUse(connection));
  const std::pair<SqliteStatement*, const char*> statements[] = {
      {&tokens->add_, kAdd},
      {&tokens->spend_, kSpend},
      {&tokens->spender_, kSpender},
      {&tokens->delete_, kDeleteToken},
  };
  for (const auto& [statement, sql] : statements) {
    absl::StatusOr<SqliteStatement> prepared = SqliteStatement::Prepare(connection, sql);
    if (!prepared.ok()) return prepared.status();
    *statement = *std::move(prepared);
  }
  return tokens;
}

absl::Status SqliteSingleUse::Add(const TokenId& token, absl::Time expires_at) {
  return SqliteRun(add_).Id(token.text()).Time(expires_at).Finish();
}

absl::StatusOr<SpendOutcome> SqliteSingleUse::Spend(const TokenId& token, const std::string& spender) {
  absl::Status spent = SqliteRun(spend_).Blob(spender).Id(token.text()).Finish();
  if (!spent.ok()) return spent;
  if (connection_.changes() != 0) return SpendOutcome::kSpent;
  SqliteRun run(spender_);
  const absl::StatusOr<bool> row = run.Id(token.text()).Step();
  if (!row.ok()) return row.status();
  if (!*row) return SpendOutcome::kUnknown;
  return !spender.empty() && run.BytesAt(0) == spender ? SpendOutcome::kSpent : SpendOutcome::kSpentBefore;
}

absl::StatusOr<int> SqliteSingleUse::DeleteExpired(absl::Time now, int limit) {
  absl::Status deleted = SqliteRun(delete_).Time(now).Int(limit).Finish();
  if (!deleted.ok()) return deleted;
  return connection_.changes();
}

}  // namespace paseto::service
