#include "grpc_paseto/service/store/sqlite_writes.h"

#include <algorithm>
#include <utility>

#include "grpc_paseto/service/store/forgetting.h"
#include "grpc_paseto/service/store/stored_values.h"

namespace paseto::service {
namespace {

constexpr char kInsertSession[] =
    "INSERT INTO sessions (id, client, subject, secret, grant_bytes, generation, grace_uses, revoked, auth_revision, "
    "created_at, rotated_at, idle_deadline, absolute_deadline) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT DO NOTHING";
constexpr char kUpdateSession[] =
    "UPDATE sessions SET generation = ?, grace_uses = ?, revoked = ?, rotated_at = ?, idle_deadline = ? WHERE id = ?";
constexpr char kMarkRevoked[] = "UPDATE sessions SET revoked = 1 WHERE id = ? AND revoked = 0";
constexpr char kInsertRecord[] =
    "INSERT INTO revocations (revision, kind, id, revoked_at, forget_after, keep_until) VALUES (?, ?, ?, ?, ?, ?)";
constexpr char kMoveHead[] = "UPDATE feed_head SET revision = ?";
constexpr char kCountCommit[] = "UPDATE feed_head SET commits = ?";
constexpr char kStartEpoch[] = "UPDATE feed_head SET epoch = ?, revision = ?, deleted_through = ?";
constexpr char kStepUp[] = "UPDATE sessions SET grant_bytes = ?, auth_revision = ? WHERE id = ?";
constexpr char kRaiseMarks[] =
    "UPDATE lifetime_marks SET access = max(access, ?), session = max(session, ?) RETURNING access, session";
constexpr char kDisableSubject[] =
    "INSERT INTO disabled_subjects (subject, disabled_at) VALUES (?, ?) ON CONFLICT DO NOTHING";
constexpr char kEnableSubject[] = "DELETE FROM disabled_subjects WHERE subject = ?";
constexpr char kForgetting[] = "SELECT instant, watched, lead FROM forgetting";
constexpr char kMoveForgetting[] = "UPDATE forgetting SET instant = ?, watched = ?, lead = ?";
constexpr char kDeleteSessions[] =
    "DELETE FROM sessions WHERE id IN "
    "(SELECT id FROM sessions WHERE absolute_deadline < ? ORDER BY absolute_deadline LIMIT ?)";
constexpr char kDeleteRecords[] =
    "DELETE FROM revocations WHERE revision IN "
    "(SELECT revision FROM revocations WHERE keep_until < ? ORDER BY keep_until LIMIT ?) RETURNING revision";
constexpr char kRaiseDeletedThrough[] = "UPDATE feed_head SET deleted_through = max(deleted_through, ?)";

// No configuration lets anything live longer.
constexpr absl::Duration kLongestLife = absl::Hours(400 * 24);

// What comes back from a row has whole microseconds; the answer to its writer is the same.
absl::Time AsStored(absl::Time time) { return FromStoredTime(ToStoredTime(time)); }

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteWrites>> SqliteWrites::Prepare(SqliteConnection& connection) {
  std::unique_ptr<SqliteWrites> writes(new SqliteWrites(connection));
  absl::StatusOr<std::unique_ptr<SqliteReads>> reads = SqliteReads::Prepare(connection);
  if (!reads.ok()) return reads.status();
  writes->reads_ = *std::move(reads);
  absl::StatusOr<std::unique_ptr<SqliteKeyWrites>> keys = SqliteKeyWrites::Prepare(connection);
  if (!keys.ok()) return keys.status();
  writes->keys_ = *std::move(keys);
  absl::StatusOr<std::unique_ptr<SqliteRequests>> requests = SqliteRequests::Prepare(connection);
  if (!requests.ok()) return requests.status();
  writes->requests_ = *std::move(requests);
  absl::StatusOr<std::unique_ptr<SqliteSingleUse>> single_use = SqliteSingleUse::Prepare(connection);
  if (!single_use.ok()) return single_use.status();
  writes->single_use_ = *std::move(single_use);
  const std::pair<SqliteStatement*, const char*> statements[] = {
      {&writes->begin_, "BEGIN IMMEDIATE"},
      {&writes->commit_, "COMMIT"},
      {&writes->savepoint_, "SAVEPOINT change"},
      {&writes->release_, "RELEASE change"},
      {&writes->undo_, "ROLLBACK TO change"},
      {&writes->insert_session_, kInsertSession},
      {&writes->update_session_, kUpdateSession},
      {&writes->mark_revoked_, kMarkRevoked},
      {&writes->insert_record_, kInsertRecord},
      {&writes->move_head_, kMoveHead},
      {&writes->count_commit_, kCountCommit},
      {&writes->start_epoch_, kStartEpoch},
      {&writes->step_up_, kStepUp},
      {&writes->raise_marks_, kRaiseMarks},
      {&writes->disable_subject_, kDisableSubject},
      {&writes->enable_subject_, kEnableSubject},
      {&writes->forgetting_, kForgetting},
      {&writes->move_forgetting_, kMoveForgetting},
      {&writes->delete_sessions_, kDeleteSessions},
      {&writes->delete_records_, kDeleteRecords},
      {&writes->raise_deleted_through_, kRaiseDeletedThrough},
  };
  for (const auto& [statement, sql] : statements) {
    absl::StatusOr<SqliteStatement> prepared = SqliteStatement::Prepare(connection, sql);
    if (!prepared.ok()) return prepared.status();
    *statement = *std::move(prepared);
  }
  const absl::StatusOr<FeedPosition> head = writes->reads_->Head();
  const absl::StatusOr<int64_t> commits = connection.ReadInt("SELECT commits FROM feed_head");
  if (!head.ok()) return head.status();
  if (!commits.ok()) return commits.status();
  writes->progress_ = {.epoch = head->epoch, .revision = head->revision, .commits = *commits};
  return writes;
}

absl::Status SqliteWrites::Begin() {
  if (absl::Status status = SqliteRun(begin_).Finish(); !status.ok()) return status;
  const absl::StatusOr<FeedPosition> head = reads_->Head();
  if (!head.ok()) return head.status();
  head_ = *head;
  if (audit_ != nullptr) audit_->Begin();
  changes_before_ = connection_.total_changes();
  return absl::OkStatus();
}

absl::Status SqliteWrites::Commit() {
  if (audit_ != nullptr) {
    if (absl::Status status = audit_->Store(); !status.ok()) return status;
  }
  const bool changed = connection_.total_changes() != changes_before_;
  const StoreProgress next = {head_.epoch, head_.revision, progress_.commits + (changed ? 1 : 0)};
  if (changed) {
    if (absl::Status status = SqliteRun(count_commit_).Int(next.commits).Finish(); !status.ok()) return status;
  }
  if (absl::Status status = SqliteRun(commit_).Finish(); !status.ok()) return status;
  progress_ = next;
  return absl::OkStatus();
}

void SqliteWrites::Rollback() {
  if (in_transaction()) connection_.Execute("ROLLBACK").IgnoreError();
}

absl::Status SqliteWrites::Atomically(absl::FunctionRef<absl::Status()> change) {
  if (absl::Status status = SqliteRun(savepoint_).Finish(); !status.ok()) return status;
  absl::Status changed = change();
  const bool settled = (changed.ok() || SqliteRun(undo_).Finish().ok()) && SqliteRun(release_).Finish().ok();
  if (settled) return changed;
  Rollback();  // half a change may be left: give up the whole transaction
  return changed.ok() ? absl::UnavailableError("the store could not finish a change; try again") : changed;
}

absl::StatusOr<Session> SqliteWrites::Create(Session session) {
  session.auth_revision = head_.revision;
  for (absl::Time* time :
       {&session.created_at, &session.rotated_at, &session.idle_deadline, &session.absolute_deadline}) {
    *time = AsStored(*time);
  }
  SqliteRun run(insert_session_);
  run.Id(session.id.text()).Text(session.client.text()).Text(session.subject).Blob(session.secret).Blob(session.grant);
  run.Int(static_cast<int64_t>(session.generation)).Int(session.grace_uses).Int(session.revoked ? 1 : 0);
  run.Int(session.auth_revision).Time(session.created_at).Time(session.rotated_at);
  run.Time(session.idle_deadline).Time(session.absolute_deadline);
  if (absl::Status status = run.Finish(); !status.ok()) return status;
  if (connection_.changes() == 0) return absl::AlreadyExistsError("a session with this id exists; make a new id");
  return session;
}

absl::StatusOr<IssueResult> SqliteWrites::Issue(const IssueAttempt& attempt, absl::Time now) {
  const absl::StatusOr<Withdrawals> withdrawn = reads_->WithdrawnFrom(attempt.subject, attempt.client);
  if (!withdrawn.ok()) return withdrawn.status();
  if (withdrawn->subject_disabled) return IssueResult{.outcome = IssueOutcome::kSubjectDisabled, .head = head_};
  if (attempt.request.has_value()) {
    const auto remembered = requests_->Find(attempt.client, attempt.request->id);
    if (!remembered.ok()) return remembered.status();
    if (remembered->has_value()) return Repeat(attempt, **remembered, *withdrawn, AsStored(now));
  }
  return StoreIssue(attempt);
}

absl::StatusOr<IssueResult> SqliteWrites::Repeat(const IssueAttempt& attempt, const RememberedIssue& remembered,
                                                 const Withdrawals& withdrawals, absl::Time now) {
  IssueResult result{.token = remembered.token, .head = {.epoch = head_.epoch, .revision = remembered.revision}};
  if (!remembered.session.empty()) {
    absl::StatusOr<absl::optional<Session>> row = reads_->Row(remembered.session);
    if (!row.ok()) return row.status();
    result.session = *std::move(row);
  }
  const auto revoked = reads_->NewestRecord(RevocationKind::kToken, remembered.token.id.text());
  if (!revoked.ok()) return revoked.status();
  result.outcome =
      JudgeRepetition(*attempt.request, remembered, result.session, withdrawals, revoked->has_value(), now);
  return result;
}

absl::Status SqliteWrites::WriteIssue(const IssueAttempt& attempt, IssueResult& result) {
  SessionId id;
  if (attempt.session.has_value()) {
    absl::StatusOr<Session> session = Create(*attempt.session);
    if (!session.ok()) return session.status();
    id = session->id;
    result.session = *std::move(session);
  }
  if (attempt.single_use) {
    absl::Status added = single_use_->Add(attempt.token.id, attempt.token.expires_at);
    if (!added.ok()) return added;
  }
  if (!attempt.request.has_value()) return absl::OkStatus();
  return requests_->Remember(attempt.client, attempt.request->id,
                             {attempt.request->hash, id, attempt.token, head_.revision});
}

absl::StatusOr<IssueResult> SqliteWrites::StoreIssue(const IssueAttempt& attempt) {
  IssueResult result{.token = attempt.token, .head = head_};
  const int rows = attempt.session.has_value() + attempt.single_use + attempt.request.has_value();
  const absl::Status stored = rows > 1 ? Atomically([&] { return WriteIssue(attempt, result); })
                                       : WriteIssue(attempt, result);  // one row is atomic by itself
  if (!stored.ok()) return stored;
  return result;
}

absl::StatusOr<StepUpResult> SqliteWrites::StepUp(const StepUpAttempt& attempt, absl::Time now) {
  StepUpResult result{.head = head_};
  absl::StatusOr<absl::optional<Session>> row = reads_->Row(attempt.session);
  if (!row.ok()) return row.status();
  if (!row->has_value()) return result;
  Session session = **std::move(row);
  const absl::StatusOr<Withdrawals> withdrawn = reads_->WithdrawnFrom(session.subject, session.client);
  if (!withdrawn.ok()) return withdrawn.status();
  result.outcome = service::StepUp(attempt, *withdrawn, head_.revision, AsStored(now), session);
  if (result.outcome != StepUpOutcome::kSteppedUp) return result;
  SqliteRun run(step_up_);
  absl::Status written = run.Blob(session.grant).Int(session.auth_revision).Id(session.id.text()).Finish();
  if (!written.ok()) return written;
  return result;
}

absl::StatusOr<SpendOutcome> SqliteWrites::Spend(const SpendOrder& order) {
  const absl::StatusOr<Withdrawals> withdrawn = reads_->WithdrawnFrom(order.token.subject, order.token.client);
  if (!withdrawn.ok()) return withdrawn.status();
  if (withdrawn->subject_disabled) return SpendOutcome::kSubjectDisabled;
  const absl::StatusOr<bool> revoked = reads_->IsCovered(order.token);
  if (!revoked.ok()) return revoked.status();
  if (*revoked) return SpendOutcome::kRevoked;
  return single_use_->Spend(order.token.token_id, order.spender);
}

absl::StatusOr<FeedPosition> SqliteWrites::DisableSubject(const DisableOrder& order, absl::Time now) {
  const absl::Status done = Atomically([&] {
    absl::Status disabled = SqliteRun(disable_subject_).Text(order.subject).Time(now).Finish();
    if (!disabled.ok()) return disabled;
    return Append({.kind = RevocationKind::kSubject,
                   .id = order.subject,
                   .forget_after = order.forget_after,
                   .keep_until = order.keep_until},
                  now);
  });
  if (!done.ok()) return done;
  return head_;
}

absl::StatusOr<bool> SqliteWrites::EnableSubject(const std::string& subject) {
  absl::Status deleted = SqliteRun(enable_subject_).Text(subject).Finish();
  if (!deleted.ok()) return deleted;
  return connection_.changes() != 0;
}

absl::StatusOr<LifetimeMarks> SqliteWrites::RaiseLifetimes(const LifetimeMarks& marks) {
  SqliteRun run(raise_marks_);
  const absl::StatusOr<bool> row =
      run.Int(absl::ToInt64Microseconds(marks.access)).Int(absl::ToInt64Microseconds(marks.session)).Step();
  if (!row.ok()) return row.status();
  if (!*row) return SqliteError(SQLITE_CORRUPT);
  const LifetimeMarks raised = {absl::Microseconds(run.IntAt(0)), absl::Microseconds(run.IntAt(1))};
  if (absl::Status finished = run.Finish(); !finished.ok()) return finished;
  return raised;
}

absl::StatusOr<absl::optional<FeedPosition>> SqliteWrites::StartEpochAbove(FeedPosition seen, absl::Time now) {
  const FeedPosition before = head_;
  if (seen.epoch != before.epoch || seen.revision <= before.revision) return absl::optional<FeedPosition>();
  if (absl::Status status = CheckSeen(seen, before); !status.ok()) return status;
  const int64_t epoch = std::max(absl::ToUnixMicros(now), before.epoch + 1);
  const absl::Status begun = Atomically([&] { return StartEpoch(epoch, seen.revision + kEpochGap, now); });
  if (begun.ok()) return absl::optional<FeedPosition>(head_);
  head_ = before;
  return begun;
}

int64_t SqliteWrites::NextKeyVersion(int64_t version) const { return std::max(version + 1, head_.epoch); }

absl::Status SqliteWrites::StartEpoch(int64_t epoch, int64_t revision, absl::Time now) {
  absl::Status moved = SqliteRun(start_epoch_).Int(epoch).Int(revision - 1).Int(revision - 1).Finish();
  if (!moved.ok()) return moved;
  head_ = {.epoch = epoch, .revision = revision - 1};
  const absl::StatusOr<KeyTable> keys = reads_->Keys();
  if (!keys.ok()) return keys.status();
  if (absl::Status revoked = keys_->RevokeOwn(NextKeyVersion(keys->version), now); !revoked.ok()) return revoked;
  // Concerns no token without a revision, because none was issued before 1970.
  RevocationOrder everything;
  everything.kind = RevocationKind::kEverything;
  everything.forget_after = everything.keep_until = now + kLongestLife;
  return Append(everything, absl::UnixEpoch());
}

absl::StatusOr<KeyTable> SqliteWrites::ChangeKeys(const KeyChange& change, absl::Time now) {
  const absl::StatusOr<KeyTable> before = reads_->Keys();
  if (!before.ok()) return before.status();
  if (absl::Status allowed = CheckKeyChangeAgainst(*before, change); !allowed.ok()) return allowed;
  absl::Status changed = Atomically([&] { return keys_->Change(change, NextKeyVersion(before->version), now); });
  if (!changed.ok()) return changed;
  return reads_->Keys();
}

absl::StatusOr<int> SqliteWrites::SaveAcks(const std::vector<VerifierAck>& acks, absl::Time now,
                                           absl::Time forget_before) {
  int saved = 0;
  absl::Status done = Atomically([&] {
    const absl::StatusOr<int> result = keys_->SaveAcks(acks, now, forget_before);
    saved = result.value_or(0);
    return result.status();
  });
  if (!done.ok()) return done;
  return saved;
}

absl::StatusOr<RotationResult> SqliteWrites::Rotate(const RotationAttempt& attempt, absl::Time now) {
  RotationResult result;
  result.head = head_;
  absl::StatusOr<absl::optional<Session>> row = reads_->Row(attempt.session);
  if (!row.ok()) return row.status();
  if (!row->has_value()) return result;
  result.session = **std::move(row);
  const absl::StatusOr<Withdrawals> withdrawn = reads_->WithdrawnFrom(result.session.subject, result.session.client);
  if (!withdrawn.ok()) return withdrawn.status();
  result.outcome = service::Rotate(attempt, *withdrawn, AsStored(now), result.session);
  absl::Status written;
  switch (result.outcome) {
    case RotationOutcome::kRotated:
    case RotationOutcome::kRepeated:
      written = UpdateSession(result.session);
      break;
    case RotationOutcome::kReused:
    case RotationOutcome::kGenerationAhead:
      written = RecordTheft(result.session, now + attempt.verifier_retention, now);
      result.head = head_;
      break;
    default:
      break;  // nothing changes
  }
  if (!written.ok()) return written;
  return result;
}

absl::Status SqliteWrites::RecordTheft(const Session& session, absl::Time forget_after, absl::Time now) {
  return Atomically([&] {
    absl::Status updated = UpdateSession(session);
    if (!updated.ok()) return updated;
    return Append({.kind = RevocationKind::kSession,
                   .id = session.id.text(),
                   .forget_after = forget_after,
                   .keep_until = std::max(forget_after, session.absolute_deadline)},
                  now);
  });
}

absl::Status SqliteWrites::UpdateSession(const Session& session) {
  SqliteRun run(update_session_);
  run.Int(static_cast<int64_t>(session.generation)).Int(session.grace_uses).Int(session.revoked ? 1 : 0);
  return run.Time(session.rotated_at).Time(session.idle_deadline).Id(session.id.text()).Finish();
}

absl::Status SqliteWrites::Append(const RevocationOrder& order, absl::Time now) {
  const int64_t revision = head_.revision + 1;
  if (absl::Status status = SqliteRun(move_head_).Int(revision).Finish(); !status.ok()) return status;
  SqliteRun run(insert_record_);
  run.Int(revision).Int(static_cast<int>(order.kind)).Id(order.id).Time(now);
  if (absl::Status status = run.Time(order.forget_after).Time(order.keep_until).Finish(); !status.ok()) return status;
  head_.revision = revision;  // last, so that a failure leaves it alone
  return absl::OkStatus();
}

absl::StatusOr<absl::optional<FeedPosition>> SqliteWrites::FindEarlierOrder(const RevocationOrder& order,
                                                                            bool already_revoked, absl::Time now) {
  if (order.kind != RevocationKind::kToken && order.kind != RevocationKind::kSession) return absl::nullopt;
  const absl::StatusOr<absl::optional<StoredRevocation>> newest = reads_->NewestRecord(order.kind, order.id);
  if (!newest.ok()) return newest.status();
  if (!newest->has_value()) return absl::nullopt;
  const StoredRevocation& there = **newest;
  const bool lasts =
      there.record.forget_after >= AsStored(order.forget_after) && there.keep_until >= AsStored(order.keep_until);
  const bool nothing_minted_since = already_revoked && there.record.forget_after >= now;
  if (!lasts && !nothing_minted_since) return absl::nullopt;
  return FeedPosition{.epoch = head_.epoch, .revision = there.record.revision};
}

absl::StatusOr<FeedPosition> SqliteWrites::Revoke(const RevocationOrder& order, absl::Time now) {
  FeedPosition position;
  const absl::Status done = Atomically([&] {
    bool already_revoked = false;
    if (order.kind == RevocationKind::kSession) {
      absl::Status marked = SqliteRun(mark_revoked_).Id(order.id).Finish();
      if (!marked.ok()) return marked;
      already_revoked = connection_.changes() == 0;
    }
    const absl::StatusOr<absl::optional<FeedPosition>> earlier = FindEarlierOrder(order, already_revoked, now);
    if (!earlier.ok()) return earlier.status();
    absl::Status appended = earlier->has_value() ? absl::OkStatus() : Append(order, now);
    position = earlier->value_or(head_);
    return appended;
  });
  if (!done.ok()) return done;
  return position;
}

absl::StatusOr<absl::Time> SqliteWrites::AdvanceForgetting(absl::Time now, absl::Duration elapsed) {
  SqliteRun run(forgetting_);
  const absl::StatusOr<bool> row = run.Step();
  if (!row.ok()) return row.status();
  if (!*row) return SqliteError(SQLITE_CORRUPT);
  const Forgetting before = {run.TimeAt(0), absl::Microseconds(run.IntAt(1)), absl::Microseconds(run.IntAt(2))};
  if (absl::Status finished = run.Finish(); !finished.ok()) return finished;
  const Forgetting next = MoveOn(before, AsStored(now), elapsed);
  SqliteRun move(move_forgetting_);
  move.Time(next.instant).Int(absl::ToInt64Microseconds(next.watched)).Int(absl::ToInt64Microseconds(next.lead));
  if (absl::Status moved = move.Finish(); !moved.ok()) return moved;
  return AsStored(next.instant);
}

absl::StatusOr<int> SqliteWrites::DeleteExpired(absl::Time now, int limit) {
  int deleted = 0;
  const absl::Status done = Atomically([&] {
    absl::Status sessions = SqliteRun(delete_sessions_).Time(now).Int(limit).Finish();
    if (!sessions.ok()) return sessions;
    deleted = connection_.changes();
    const absl::StatusOr<int> requests = requests_->Forget(now, limit - deleted);
    if (!requests.ok()) return requests.status();
    deleted += *requests;
    const absl::StatusOr<int> single_use = single_use_->DeleteExpired(now, limit - deleted);
    if (!single_use.ok()) return single_use.status();
    deleted += *single_use;
    return DeleteRecords(now, limit - deleted, &deleted);
  });
  if (!done.ok()) return done;
  return deleted;
}

absl::Status SqliteWrites::DeleteRecords(absl::Time now, int limit, int* deleted) {
  int64_t highest = 0;
  SqliteRun run(delete_records_);
  absl::StatusOr<bool> row = run.Time(now).Int(limit).Step();
  for (; row.ok() && *row; row = run.Step()) {
    ++*deleted;
    highest = std::max(highest, run.IntAt(0));
  }
  if (!row.ok() || highest == 0) return row.status();
  return SqliteRun(raise_deleted_through_).Int(highest).Finish();
}

}  // namespace paseto::service
