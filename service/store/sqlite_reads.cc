#include "grpc_paseto/service/store/sqlite_reads.h"

#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"

namespace paseto::service {
namespace {

constexpr char kHead[] = "SELECT epoch, revision FROM feed_head";
constexpr char kDeletedThrough[] = "SELECT deleted_through FROM feed_head";
constexpr char kRow[] =
    "SELECT id, client, subject, secret, grant_bytes, generation, grace_uses, revoked, auth_revision, created_at, "
    "rotated_at, idle_deadline, absolute_deadline FROM sessions WHERE id = ?";
constexpr char kRowsOfSubject[] =
    "SELECT id, client, subject, secret, grant_bytes, generation, grace_uses, revoked, auth_revision, created_at, "
    "rotated_at, idle_deadline, absolute_deadline FROM sessions WHERE subject = ? AND id < ? ORDER BY id DESC LIMIT ?";
constexpr char kWithdrawals[] =
    "SELECT max(ifnull((SELECT max(revision) FROM revocations WHERE kind = 3 AND id = ?), 0), "
    "ifnull((SELECT max(revision) FROM revocations WHERE kind = 4 AND id = ?), 0), "
    "ifnull((SELECT max(revision) FROM revocations WHERE kind = 5 AND id = ''), 0)), "
    "EXISTS (SELECT 1 FROM disabled_subjects WHERE subject = ?)";
static_assert(static_cast<int>(RevocationKind::kSubject) == 3 && static_cast<int>(RevocationKind::kClient) == 4 &&
              static_cast<int>(RevocationKind::kEverything) == 5);
constexpr char kDisabled[] = "SELECT 1 FROM disabled_subjects WHERE subject = ?";
constexpr char kSpent[] = "SELECT 1 FROM single_use_tokens WHERE id = ? AND spent = 1";
constexpr char kRecordsOfTarget[] =
    "SELECT kind, id, revision, revoked_at, forget_after, keep_until FROM revocations WHERE kind = ? AND id = ? "
    "ORDER BY revision DESC";
constexpr char kSnapshot[] =
    "SELECT kind, id, revision, revoked_at, forget_after FROM revocations WHERE forget_after >= ? ORDER BY revision";
// The index leads past the records of sessions and subjects, which live as long as sessions do and may be many.
constexpr char kSnapshotForClientTokens[] =
    "SELECT kind, id, revision, revoked_at, forget_after FROM revocations INDEXED BY revocations_by_target "
    "WHERE kind IN (1, 4, 5) AND forget_after >= ?";
static_assert(static_cast<int>(RevocationKind::kToken) == 1 && static_cast<int>(RevocationKind::kClient) == 4 &&
              static_cast<int>(RevocationKind::kEverything) == 5);
constexpr char kChanges[] =
    "SELECT kind, id, revision, revoked_at, forget_after FROM revocations WHERE revision > ? ORDER BY revision LIMIT ?";

Session SessionOf(const SqliteRun& run) {
  return {.id = SessionId(run.IdAt(0)),
          .client = ClientId(run.BytesAt(1)),
          .subject = run.BytesAt(2),
          .secret = run.BytesAt(3),
          .grant = run.BytesAt(4),
          .generation = static_cast<uint64_t>(run.IntAt(5)),
          .grace_uses = static_cast<uint32_t>(run.IntAt(6)),
          .revoked = run.IntAt(7) != 0,
          .auth_revision = run.IntAt(8),
          .created_at = run.TimeAt(9),
          .rotated_at = run.TimeAt(10),
          .idle_deadline = run.TimeAt(11),
          .absolute_deadline = run.TimeAt(12)};
}

Revocation RecordOf(const SqliteRun& run) {
  return {.kind = static_cast<RevocationKind>(run.IntAt(0)),
          .id = run.IdAt(1),
          .revision = run.IntAt(2),
          .revoked_at = run.TimeAt(3),
          .forget_after = run.TimeAt(4)};
}

absl::StatusOr<std::vector<Revocation>> AllRecords(SqliteRun& run) {
  std::vector<Revocation> records;
  absl::StatusOr<bool> row = run.Step();
  for (; row.ok() && *row; row = run.Step()) records.push_back(RecordOf(run));
  if (!row.ok()) return row.status();
  return records;
}

// Token and session records hold for ever; the others for what is older than they are. A token that tells neither its
// revision nor its age is taken for older, and so is one of the same instant: its date is cut to whole seconds.
bool Covers(const Revocation& record, const TokenStanding& token) {
  if (record.kind == RevocationKind::kToken || record.kind == RevocationKind::kSession) return true;
  if (token.revision.has_value()) return *token.revision < record.revision;
  if (token.issued_at.has_value()) return *token.issued_at <= record.revoked_at;
  return true;
}

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteReads>> SqliteReads::Prepare(SqliteConnection& connection) {
  std::unique_ptr<SqliteReads> reads(new SqliteReads(connection));
  absl::StatusOr<std::unique_ptr<SqliteKeyReads>> keys = SqliteKeyReads::Prepare(connection);
  if (!keys.ok()) return keys.status();
  reads->keys_ = *std::move(keys);
  const std::pair<SqliteStatement*, const char*> statements[] = {
      {&reads->begin_, "BEGIN"},
      {&reads->end_, "COMMIT"},
      {&reads->head_, kHead},
      {&reads->deleted_through_, kDeletedThrough},
      {&reads->row_, kRow},
      {&reads->rows_of_subject_, kRowsOfSubject},
      {&reads->withdrawals_, kWithdrawals},
      {&reads->disabled_, kDisabled},
      {&reads->spent_, kSpent},
      {&reads->records_of_target_, kRecordsOfTarget},
      {&reads->snapshot_, kSnapshot},
      {&reads->snapshot_for_client_tokens_, kSnapshotForClientTokens},
      {&reads->changes_, kChanges},
  };
  for (const auto& [statement, sql] : statements) {
    absl::StatusOr<SqliteStatement> prepared = SqliteStatement::Prepare(connection, sql);
    if (!prepared.ok()) return prepared.status();
    *statement = *std::move(prepared);
  }
  return reads;
}

absl::Status SqliteReads::Begin() { return SqliteRun(begin_).Finish(); }

// A failed end has nothing to lose: nothing was written. Rolling back frees the snapshot in any case.
void SqliteReads::End() {
  if (!SqliteRun(end_).Finish().ok()) connection_.Execute("ROLLBACK").IgnoreError();
}

absl::StatusOr<FeedPosition> SqliteReads::Head() {
  SqliteRun run(head_);
  const absl::StatusOr<bool> row = run.Step();
  if (!row.ok()) return row.status();
  if (!*row) return SqliteError(SQLITE_CORRUPT);
  return FeedPosition{.epoch = run.IntAt(0), .revision = run.IntAt(1)};
}

absl::StatusOr<absl::optional<Session>> SqliteReads::Row(const SessionId& id) {
  SqliteRun run(row_);
  const absl::StatusOr<bool> row = run.Id(id.text()).Step();
  if (!row.ok()) return row.status();
  if (!*row) return absl::nullopt;
  Session session = SessionOf(run);
  if (session.secret.size() != kSessionSecretBytes) return SqliteError(SQLITE_CORRUPT);
  return session;
}

absl::StatusOr<Withdrawals> SqliteReads::WithdrawnFrom(const std::string& subject, const ClientId& client) {
  SqliteRun run(withdrawals_);
  const absl::StatusOr<bool> row = run.Id(subject).Id(client.text()).Text(subject).Step();
  if (!row.ok()) return row.status();
  return Withdrawals{.newest_record = run.IntAt(0), .subject_disabled = run.IntAt(1) != 0};
}

absl::StatusOr<SubjectStanding> SqliteReads::Subject(const std::string& subject) {
  const absl::StatusOr<FeedPosition> head = Head();
  if (!head.ok()) return head.status();
  SqliteRun run(disabled_);
  const absl::StatusOr<bool> disabled = run.Text(subject).Step();
  if (!disabled.ok()) return disabled.status();
  return SubjectStanding{.disabled = *disabled, .head = *head};
}

absl::StatusOr<absl::optional<StoredRevocation>> SqliteReads::NewestRecord(RevocationKind kind, const std::string& id) {
  SqliteRun run(records_of_target_);
  const absl::StatusOr<bool> row = run.Int(static_cast<int>(kind)).Id(id).Step();
  if (!row.ok()) return row.status();
  if (!*row) return absl::nullopt;
  return StoredRevocation{.record = RecordOf(run), .keep_until = run.TimeAt(5)};
}

absl::StatusOr<SessionPage> SqliteReads::List(const SessionQuery& query, absl::Time now) {
  static const std::string kAboveEveryId(17, '\xff');  // ids are texts, or blobs of 16 bytes, which sort above texts
  SqliteRun run(rows_of_subject_);
  run.Text(query.subject);
  query.before.empty() ? run.Blob(kAboveEveryId) : run.Id(query.before.text());
  run.Int(kRowsPerPage);
  SessionPage page;
  absl::flat_hash_map<ClientId, Withdrawals> withdrawn;  // by client: the subject is one
  int examined = 0;
  SessionId last;
  absl::StatusOr<bool> row = run.Step();
  for (; row.ok() && *row; row = run.Step()) {
    Session session = SessionOf(run);
    ++examined;
    last = session.id;
    if (!query.client.empty() && session.client != query.client) continue;
    if (session.revoked || now > session.idle_deadline || now > session.absolute_deadline) continue;
    const auto [known, is_new] = withdrawn.try_emplace(session.client);
    if (is_new) {
      const absl::StatusOr<Withdrawals> found = WithdrawnFrom(session.subject, session.client);
      if (!found.ok()) return found.status();
      known->second = *found;
    }
    if (known->second.newest_record > session.auth_revision) continue;
    page.sessions.push_back(std::move(session));
    if (static_cast<int>(page.sessions.size()) == query.limit) break;
  }
  if (!row.ok()) return row.status();
  if (*row || examined == kRowsPerPage) page.next = last;
  return page;
}

absl::StatusOr<KeyTable> SqliteReads::Keys() {
  const absl::StatusOr<FeedPosition> head = Head();
  if (!head.ok()) return head.status();
  return keys_->Table(*head);
}

absl::StatusOr<absl::optional<Session>> SqliteReads::Find(const SessionId& id) {
  absl::StatusOr<absl::optional<Session>> session = Row(id);
  if (!session.ok() || !session->has_value()) return session;
  const absl::StatusOr<Withdrawals> withdrawn = WithdrawnFrom((*session)->subject, (*session)->client);
  if (!withdrawn.ok()) return withdrawn.status();
  if (withdrawn->newest_record > (*session)->auth_revision) (*session)->revoked = true;
  return session;
}

absl::StatusOr<bool> SqliteReads::AnyRecordCovers(RevocationKind kind, const std::string& id,
                                                  const TokenStanding& token) {
  if (id.empty() && kind != RevocationKind::kEverything) return false;
  SqliteRun run(records_of_target_);
  absl::StatusOr<bool> row = run.Int(static_cast<int>(kind)).Id(id).Step();
  for (; row.ok() && *row; row = run.Step()) {
    if (Covers(RecordOf(run), token)) return true;
  }
  return row;
}

absl::StatusOr<bool> SqliteReads::IsCovered(const TokenStanding& token) {
  const std::pair<RevocationKind, const std::string*> targets[] = {
      {RevocationKind::kToken, &token.token_id.text()},
      {RevocationKind::kSession, &token.session_id.text()},
      {RevocationKind::kSubject, &token.subject},
      {RevocationKind::kClient, &token.client.text()},
  };
  for (const auto& [kind, id] : targets) {
    absl::StatusOr<bool> covered = AnyRecordCovers(kind, *id, token);
    if (!covered.ok() || *covered) return covered;
  }
  return AnyRecordCovers(RevocationKind::kEverything, "", token);
}

absl::StatusOr<bool> SqliteReads::IsRevoked(const TokenStanding& token) {
  const absl::StatusOr<bool> covered = IsCovered(token);
  if (!covered.ok() || *covered) return covered;
  return SqliteRun(spent_).Id(token.token_id.text()).Step();
}

absl::StatusOr<FeedSnapshot> SqliteReads::Snapshot(SnapshotScope scope, absl::Time now) {
  const absl::StatusOr<FeedPosition> head = Head();
  if (!head.ok()) return head.status();
  SqliteRun run(scope == SnapshotScope::kAll ? snapshot_ : snapshot_for_client_tokens_);
  absl::StatusOr<std::vector<Revocation>> records = AllRecords(run.Time(now));
  if (!records.ok()) return records.status();
  return FeedSnapshot{.revocations = *std::move(records), .position = *head};
}

// Records above deleted_through are all there, so what follows any position from there on is gap-free.
absl::Status SqliteReads::CheckResumable(FeedPosition after, FeedPosition head) {
  SqliteRun run(deleted_through_);
  const absl::StatusOr<bool> row = run.Step();
  if (!row.ok()) return row.status();
  if (after.epoch == head.epoch && after.revision <= head.revision && after.revision >= run.IntAt(0)) {
    return absl::OkStatus();
  }
  return absl::OutOfRangeError(absl::StrCat("the feed cannot be read on from revision ", after.revision, " of epoch ",
                                            after.epoch, ", its head is ", head.revision, " of epoch ", head.epoch,
                                            "; take a snapshot"));
}

absl::StatusOr<FeedChanges> SqliteReads::Changes(FeedPosition after, int limit) {
  const absl::StatusOr<FeedPosition> head = Head();
  if (!head.ok()) return head.status();
  if (absl::Status status = CheckResumable(after, *head); !status.ok()) return status;
  SqliteRun run(changes_);
  absl::StatusOr<std::vector<Revocation>> records = AllRecords(run.Int(after.revision).Int(limit));
  if (!records.ok()) return records.status();
  FeedPosition position = *head;
  if (!records->empty()) position.revision = records->back().revision;
  return FeedChanges{.revocations = *std::move(records), .position = position};
}

}  // namespace paseto::service
