#include "grpc_paseto/service/store/sqlite_keys.h"

#include <utility>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace paseto::service {
namespace {

constexpr char kVersion[] = "SELECT version FROM key_set";
constexpr char kRows[] =
    "SELECT id, kind, use, state, claims, paserk, kek, seal, state_since, published_version FROM keys "
    "ORDER BY state_since, id";
constexpr char kGone[] = "SELECT id FROM revoked_keys ORDER BY id";
constexpr char kAcks[] = "SELECT client, verifier, key_version FROM verifier_acks WHERE seen_at >= ?";
constexpr char kPut[] =
    "INSERT INTO keys (id, kind, use, state, claims, paserk, kek, seal, state_since, published_version) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET state = excluded.state, "
    "paserk = excluded.paserk, kek = excluded.kek, seal = excluded.seal, state_since = excluded.state_since";
constexpr char kDrop[] = "DELETE FROM keys WHERE id = ?";
constexpr char kMarkGone[] = "INSERT INTO revoked_keys (id, revoked_at) VALUES (?, ?) ON CONFLICT DO NOTHING";
constexpr char kSetVersion[] = "UPDATE key_set SET version = ?";
constexpr char kRevokeOwn[] =
    "UPDATE keys SET state = 'revoked', state_since = ? WHERE use IN ('access', 'refresh') AND state <> 'revoked'";
constexpr char kMarkOwnGone[] =
    "INSERT INTO revoked_keys (id, revoked_at) SELECT id, ? FROM keys WHERE use IN ('access', 'refresh') "
    "ON CONFLICT DO NOTHING";
constexpr char kUpdateAck[] =
    "UPDATE verifier_acks SET key_version = ?, seen_at = max(seen_at, ?) WHERE client = ? AND verifier = ?";
constexpr char kCountAcks[] = "SELECT count(*) FROM verifier_acks WHERE client = ?";
constexpr char kInsertAck[] = "INSERT INTO verifier_acks (key_version, seen_at, client, verifier) VALUES (?, ?, ?, ?)";
constexpr char kForgetAcks[] =
    "DELETE FROM verifier_acks WHERE (client, verifier) IN "
    "(SELECT client, verifier FROM verifier_acks WHERE seen_at < ? ORDER BY seen_at LIMIT 500)";

absl::Status PrepareAll(SqliteConnection& connection,
                        std::initializer_list<std::pair<SqliteStatement*, const char*>> statements) {
  for (const auto& [statement, sql] : statements) {
    absl::StatusOr<SqliteStatement> prepared = SqliteStatement::Prepare(connection, sql);
    if (!prepared.ok()) return prepared.status();
    *statement = *std::move(prepared);
  }
  return absl::OkStatus();
}

absl::StatusOr<KeyRow> RowOf(const SqliteRun& run) {
  const absl::StatusOr<TokenKind> kind = ParseTokenKind(run.BytesAt(1));
  const absl::StatusOr<KeyUse> use = ParseKeyUse(run.BytesAt(2));
  const absl::StatusOr<KeyState> state = ParseKeyState(run.BytesAt(3));
  if (!kind.ok() || !use.ok() || !state.ok()) return SqliteError(SQLITE_CORRUPT);
  return KeyRow{.id = run.BytesAt(0),
                .kind = *kind,
                .use = *use,
                .state = *state,
                .foreign_claims = absl::StrSplit(run.BytesAt(4), ' ', absl::SkipEmpty()),
                .paserk = run.BytesAt(5),
                .kek = run.BytesAt(6),
                .seal = run.BytesAt(7),
                .state_since = run.TimeAt(8),
                .published_version = run.IntAt(9)};
}

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteKeyReads>> SqliteKeyReads::Prepare(SqliteConnection& connection) {
  std::unique_ptr<SqliteKeyReads> reads(new SqliteKeyReads());
  absl::Status prepared = PrepareAll(
      connection,
      {{&reads->version_, kVersion}, {&reads->rows_, kRows}, {&reads->gone_, kGone}, {&reads->acks_, kAcks}});
  if (!prepared.ok()) return prepared;
  return reads;
}

absl::StatusOr<KeyTable> SqliteKeyReads::Table(FeedPosition head) {
  KeyTable table{.version = 0, .rows = {}, .gone = {}, .head = head};
  SqliteRun version(version_);
  absl::StatusOr<bool> there = version.Step();
  if (!there.ok()) return there.status();
  if (!*there) return SqliteError(SQLITE_CORRUPT);
  table.version = version.IntAt(0);
  SqliteRun rows(rows_);
  for (there = rows.Step(); there.ok() && *there; there = rows.Step()) {
    absl::StatusOr<KeyRow> row = RowOf(rows);
    if (!row.ok()) return row.status();
    table.rows.push_back(*std::move(row));
  }
  if (!there.ok()) return there.status();
  SqliteRun gone(gone_);
  for (there = gone.Step(); there.ok() && *there; there = gone.Step()) table.gone.push_back(gone.BytesAt(0));
  if (!there.ok()) return there.status();
  return table;
}

absl::StatusOr<std::vector<VerifierAck>> SqliteKeyReads::Acks(absl::Time since) {
  SqliteRun run(acks_);
  std::vector<VerifierAck> acks;
  absl::StatusOr<bool> row = run.Time(since).Step();
  for (; row.ok() && *row; row = run.Step()) {
    acks.push_back({ClientId(run.BytesAt(0)), run.BytesAt(1), run.IntAt(2)});
  }
  if (!row.ok()) return row.status();
  return acks;
}

absl::StatusOr<std::unique_ptr<SqliteKeyWrites>> SqliteKeyWrites::Prepare(SqliteConnection& connection) {
  std::unique_ptr<SqliteKeyWrites> writes(new SqliteKeyWrites(connection));
  absl::Status prepared = PrepareAll(connection, {{&writes->put_, kPut},
                                                  {&writes->drop_, kDrop},
                                                  {&writes->mark_gone_, kMarkGone},
                                                  {&writes->set_version_, kSetVersion},
                                                  {&writes->revoke_own_, kRevokeOwn},
                                                  {&writes->mark_own_gone_, kMarkOwnGone},
                                                  {&writes->update_ack_, kUpdateAck},
                                                  {&writes->count_acks_, kCountAcks},
                                                  {&writes->insert_ack_, kInsertAck},
                                                  {&writes->forget_acks_, kForgetAcks}});
  if (!prepared.ok()) return prepared;
  return writes;
}

absl::Status SqliteKeyWrites::Put(const KeyRow& row, int64_t version) {
  const std::string claims = absl::StrJoin(row.foreign_claims, " ");
  SqliteRun run(put_);
  run.Text(row.id).Text(TokenKindName(row.kind)).Text(KeyUseName(row.use)).Text(KeyStateName(row.state)).Text(claims);
  run.Text(row.paserk).Text(row.kek).Blob(row.seal).Time(row.state_since).Int(version);
  return run.Finish();
}

absl::Status SqliteKeyWrites::MarkGone(const std::string& id, absl::Time now) {
  return SqliteRun(mark_gone_).Text(id).Time(now).Finish();
}

absl::Status SqliteKeyWrites::Change(const KeyChange& change, int64_t version, absl::Time now) {
  // What becomes active comes last: its place is free then.
  for (const bool active : {false, true}) {
    for (const KeyRow& row : change.put) {
      if ((row.state == KeyState::kActive) != active) continue;
      absl::Status put = Put(row, version);
      if (put.ok() && row.state == KeyState::kRevoked) put = MarkGone(row.id, now);
      if (!put.ok()) return put;
    }
  }
  for (const std::string& id : change.drop) {
    absl::Status dropped = SqliteRun(drop_).Text(id).Finish();
    dropped.Update(MarkGone(id, now));
    if (!dropped.ok()) return dropped;
  }
  return SqliteRun(set_version_).Int(version).Finish();
}

absl::Status SqliteKeyWrites::RevokeOwn(int64_t version, absl::Time now) {
  absl::Status revoked = SqliteRun(revoke_own_).Time(now).Finish();
  if (revoked.ok()) revoked = SqliteRun(mark_own_gone_).Time(now).Finish();
  if (revoked.ok()) revoked = SqliteRun(set_version_).Int(version).Finish();
  return revoked;
}

absl::StatusOr<int> SqliteKeyWrites::SaveAcks(const std::vector<VerifierAck>& acks, absl::Time now,
                                              absl::Time forget_before) {
  int saved = 0;
  for (const VerifierAck& ack : acks) {
    SqliteRun update(update_ack_);
    update.Int(ack.key_version).Time(now).Text(ack.client.text()).Text(ack.verifier);
    if (absl::Status status = update.Finish(); !status.ok()) return status;
    if (connection_.changes() != 0) {
      ++saved;
      continue;
    }
    SqliteRun count(count_acks_);
    const absl::StatusOr<bool> row = count.Text(ack.client.text()).Step();
    if (!row.ok()) return row.status();
    if (count.IntAt(0) >= kMaxVerifiersOfClient) continue;
    SqliteRun insert(insert_ack_);
    insert.Int(ack.key_version).Time(now).Text(ack.client.text()).Text(ack.verifier);
    if (absl::Status status = insert.Finish(); !status.ok()) return status;
    ++saved;
  }
  if (absl::Status status = SqliteRun(forget_acks_).Time(forget_before).Finish(); !status.ok()) return status;
  return saved;
}

}  // namespace paseto::service
