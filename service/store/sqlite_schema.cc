#include "grpc_paseto/service/store/sqlite_schema.h"

#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"

namespace paseto::service {
namespace {

constexpr int64_t kApplicationId = 0x50535453;  // "PSTS", in the file's header

// Ids have no declared type: a UUID is a blob, any other id is text. Sessions are clustered by their time-ordered id,
// so creation touches the last page only; rotation touches no index.
constexpr char kVersion1[] = R"sql(
CREATE TABLE feed_head (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  epoch INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  deleted_through INTEGER NOT NULL
);
CREATE TABLE sessions (
  id BLOB PRIMARY KEY,
  client TEXT NOT NULL,
  subject TEXT NOT NULL,
  secret BLOB NOT NULL,
  grant_bytes BLOB NOT NULL,
  generation INTEGER NOT NULL,
  grace_uses INTEGER NOT NULL,
  revoked INTEGER NOT NULL,
  auth_revision INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  rotated_at INTEGER NOT NULL,
  idle_deadline INTEGER NOT NULL,
  absolute_deadline INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX sessions_by_deadline ON sessions (absolute_deadline);
CREATE TABLE revocations (
  revision INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL,
  id BLOB NOT NULL,
  revoked_at INTEGER NOT NULL,
  forget_after INTEGER NOT NULL,
  keep_until INTEGER NOT NULL
);
CREATE INDEX revocations_by_target ON revocations (kind, id);
CREATE INDEX revocations_by_end ON revocations (keep_until);
)sql";

// Answers that may be asked for again, and subjects that may not be issued tokens.
constexpr char kVersion2[] = R"sql(
CREATE TABLE requests (
  client TEXT NOT NULL,
  id TEXT NOT NULL,
  hash BLOB NOT NULL,
  session BLOB NOT NULL,
  token BLOB NOT NULL,
  issued_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  PRIMARY KEY (client, id)
) WITHOUT ROWID;
CREATE INDEX requests_by_age ON requests (issued_at);
CREATE TABLE disabled_subjects (
  subject TEXT PRIMARY KEY,
  disabled_at INTEGER NOT NULL
) WITHOUT ROWID;
)sql";

// The longest lives that were ever allowed, revoked keys, and the sessions of a subject. A store that has sessions may
// have tokens of the longest life that a configuration can allow (30 days).
constexpr char kVersion3[] = R"sql(
CREATE TABLE lifetime_marks (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  access INTEGER NOT NULL,
  session INTEGER NOT NULL
);
INSERT INTO lifetime_marks SELECT 1,
  CASE WHEN EXISTS (SELECT 1 FROM sessions) THEN 2592000000000 ELSE 0 END,
  ifnull((SELECT max(absolute_deadline - created_at) FROM sessions), 0);
CREATE TABLE revoked_keys (
  id TEXT PRIMARY KEY,
  revoked_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX sessions_by_subject ON sessions (subject);
)sql";

constexpr char kVersion4[] = R"sql(
CREATE TABLE single_use_tokens (
  id BLOB PRIMARY KEY,
  expires_at INTEGER NOT NULL,
  spent INTEGER NOT NULL,
  spender BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX single_use_tokens_by_end ON single_use_tokens (expires_at);
)sql";

// How many commits the store has seen, for its progress record.
constexpr char kVersion5[] = "ALTER TABLE feed_head ADD COLUMN commits INTEGER NOT NULL DEFAULT 0";

// tokend's own keys, wrapped, and what verifiers have applied of them. The version rises with every change. At most one
// key that holds a secret signs for a kind and use.
constexpr char kVersion6[] = R"sql(
CREATE TABLE key_set (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  version INTEGER NOT NULL
);
INSERT INTO key_set VALUES (1, 0);
CREATE TABLE keys (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  use TEXT NOT NULL,
  state TEXT NOT NULL,
  claims TEXT NOT NULL,
  paserk TEXT NOT NULL,
  kek TEXT NOT NULL,
  seal BLOB NOT NULL,
  state_since INTEGER NOT NULL,
  published_version INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX one_active_key ON keys (kind, use) WHERE state = 'active' AND kek <> '';
CREATE TABLE verifier_acks (
  client TEXT NOT NULL,
  verifier TEXT NOT NULL,
  key_version INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  PRIMARY KEY (client, verifier)
) WITHOUT ROWID;
CREATE INDEX verifier_acks_by_age ON verifier_acks (seen_at);
)sql";

// The audit outbox, and the head of the chain that its events went into.
constexpr char kVersion7[] = R"sql(
CREATE TABLE audit_head (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  id INTEGER NOT NULL,
  chain BLOB NOT NULL,
  mac BLOB NOT NULL
);
INSERT INTO audit_head VALUES (1, 0, zeroblob(32), x'');
CREATE TABLE audit_outbox (
  first_id INTEGER PRIMARY KEY,
  last_id INTEGER NOT NULL,
  events BLOB NOT NULL
);
)sql";

// Up to when the store may forget (forgetting.h), from the wall clock on that makes the table.
constexpr char kVersion8[] = R"sql(
CREATE TABLE forgetting (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  instant INTEGER NOT NULL,
  watched INTEGER NOT NULL,
  lead INTEGER NOT NULL
);
INSERT INTO forgetting VALUES (1, unixepoch() * 1000000, 0, 0);
)sql";

// The script of each version makes it from the one before.
constexpr const char* kVersions[] = {kVersion1, kVersion2, kVersion3, kVersion4,
                                     kVersion5, kVersion6, kVersion7, kVersion8};
constexpr int64_t kSchemaVersion = std::size(kVersions);

absl::Status CreateHead(SqliteConnection& writer, absl::Time now) {
  const std::string script = absl::StrCat("INSERT INTO feed_head VALUES (1, ", absl::ToUnixMicros(now),
                                          ", 0, 0); PRAGMA application_id=", kApplicationId, ";");
  return writer.Execute(script.c_str());
}

// Each version in a transaction of its own: an interrupted migration goes on where it stopped.
absl::Status Migrate(SqliteConnection& writer, int64_t from, absl::Time now) {
  for (int64_t version = from; version < kSchemaVersion; ++version) {
    absl::Status status = writer.Execute("BEGIN IMMEDIATE");
    status.Update(writer.Execute(kVersions[version]));
    if (version == 0) status.Update(CreateHead(writer, now));
    status.Update(writer.Execute(absl::StrCat("PRAGMA user_version=", version + 1).c_str()));
    status.Update(writer.Execute("COMMIT"));
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status PrepareSqliteSchema(SqliteConnection& writer, absl::Time now) {
  const absl::StatusOr<int64_t> objects = writer.ReadInt("SELECT count(*) FROM sqlite_schema");
  if (!objects.ok()) return objects.status();
  if (*objects == 0) return Migrate(writer, 0, now);
  const absl::StatusOr<int64_t> application = writer.ReadInt("PRAGMA application_id");
  if (!application.ok()) return application.status();
  if (*application != kApplicationId) {
    return absl::FailedPreconditionError("store.db belongs to another program; name another data folder");
  }
  const absl::StatusOr<int64_t> version = writer.ReadInt("PRAGMA user_version");
  if (!version.ok()) return version.status();
  if (*version < 1 || *version > kSchemaVersion) {
    return absl::FailedPreconditionError(absl::StrCat("the store has schema version ", *version,
                                                      ", this program knows ", kSchemaVersion,
                                                      "; use the version of the program that wrote it"));
  }
  return Migrate(writer, *version, now);
}

absl::Status CheckSqliteIntegrity(SqliteConnection& connection) {
  const absl::StatusOr<std::string> verdict = connection.ReadText("PRAGMA quick_check(1)");
  if (!verdict.ok()) return verdict.status();
  return *verdict == "ok" ? absl::OkStatus() : SqliteError(SQLITE_CORRUPT);
}

}  // namespace paseto::service
