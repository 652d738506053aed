#include "grpc_paseto/service/store/sqlite_maintenance.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/service/store/data_folder.h"
#include "grpc_paseto/service/store/session_store.h"
#include "grpc_paseto/service/store/sqlite_audit.h"
#include "grpc_paseto/service/store/sqlite_connection.h"
#include "grpc_paseto/service/store/sqlite_opening.h"
#include "grpc_paseto/service/store/sqlite_schema.h"
#include "grpc_paseto/service/store/sqlite_writes.h"

namespace paseto::service {
namespace {

absl::Status FileError(absl::string_view doing, const std::string& path) {
  return absl::UnavailableError(
      absl::StrCat(doing, " '", path, "' failed: ", std::generic_category().message(errno), "; see to the disk"));
}

bool Exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

absl::Status FlushFile(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return FileError("opening", path);
  absl::Status status = fsync(fd) == 0 ? absl::OkStatus() : FileError("flushing", path);
  close(fd);
  return status;
}

// A folder that somebody names by mistake is not turned into a store.
absl::StatusOr<std::unique_ptr<DataFolder>> TakeStore(const std::string& folder) {
  if (!Exists(folder + "/store.db")) {
    return absl::FailedPreconditionError(absl::StrCat("'", folder,
                                                      "' holds no store; name the folder of tokend's "
                                                      "configuration, store.sqlite.folder"));
  }
  return DataFolder::Take(folder);
}

absl::StatusOr<StoreProgress> ProgressOf(SqliteConnection& connection) {
  const absl::StatusOr<int64_t> epoch = connection.ReadInt("SELECT epoch FROM feed_head");
  const absl::StatusOr<int64_t> revision = connection.ReadInt("SELECT revision FROM feed_head");
  const absl::StatusOr<int64_t> commits = connection.ReadInt("SELECT commits FROM feed_head");
  for (const auto* value : {&epoch, &revision, &commits}) {
    if (!value->ok()) return value->status();
  }
  return StoreProgress{*epoch, *revision, *commits};
}

absl::Status CheckWholeIntegrity(SqliteConnection& connection) {
  const absl::StatusOr<std::string> verdict = connection.ReadText("PRAGMA integrity_check(1)");
  if (!verdict.ok()) return verdict.status();
  return *verdict == "ok" ? absl::OkStatus() : SqliteError(SQLITE_CORRUPT);
}

constexpr int kPagesPerStep = 1024;  // between two looks at whether the copy is still wanted

// Every page of `from`, as of the transaction that it is in, or of the first step.
absl::Status CopyPages(SqliteConnection& from, SqliteConnection& to, const std::atomic<bool>& cancelled) {
  sqlite3_backup* const copy = sqlite3_backup_init(to.handle(), "main", from.handle(), "main");
  if (copy == nullptr) return SqliteError(sqlite3_extended_errcode(to.handle()));
  int stepped = SQLITE_OK;
  while (stepped == SQLITE_OK && !cancelled) stepped = sqlite3_backup_step(copy, kPagesPerStep);
  const int finished = sqlite3_backup_finish(copy);
  if (cancelled) return absl::CancelledError("tokend stops; make the backup again when it runs");
  if (stepped != SQLITE_DONE || finished != SQLITE_OK) return SqliteError(finished != SQLITE_OK ? finished : stepped);
  return absl::OkStatus();
}

// Copies `from` into the new file `path`, as one database without a log. Result: what the copy holds.
absl::StatusOr<StoreProgress> CopyInto(SqliteConnection& from, const std::string& path,
                                       const std::atomic<bool>& cancelled = false) {
  const int made = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (made < 0 && errno == EEXIST) {
    return absl::AlreadyExistsError(absl::StrCat("'", path, "' is there already; name a new file"));
  }
  if (made < 0) return FileError("creating", path);
  close(made);
  absl::StatusOr<SqliteConnection> to = SqliteConnection::Open(path, SqliteConnection::Role::kWriter);
  if (!to.ok()) return to.status();
  if (absl::Status status = CopyPages(from, *to, cancelled); !status.ok()) return status;
  const absl::StatusOr<std::string> journal = to->ReadText("PRAGMA journal_mode=DELETE");
  if (!journal.ok()) return journal.status();
  if (absl::Status status = CheckWholeIntegrity(*to); !status.ok()) return status;
  if (absl::Status status = FlushFile(path); !status.ok()) return status;
  return ProgressOf(*to);
}

// Moves the store that is in the folder out of the way of a new one.
absl::Status SetAside(const DataFolder& folder) {
  const std::string database = folder.database();
  for (const char* suffix : {"", "-wal", "-shm"}) {
    const std::string from = database + suffix, to = database + ".replaced" + suffix;
    if (std::rename(from.c_str(), to.c_str()) != 0 && errno != ENOENT) return FileError("moving", from);
  }
  return absl::OkStatus();
}

// Lets events be noted whose ids lie above all that the audit file may have seen.
absl::Status AuditAfterGap(SqliteConnection& store, SqliteWrites& writes) {
  const absl::StatusOr<StoredAudit> stored = ReadStoredAudit(store);
  if (!stored.ok()) return stored.status();
  int64_t last = stored->head.id;
  for (const AuditBatch& batch : stored->outbox) last = batch.first_id + static_cast<int64_t>(batch.bodies.size()) - 1;
  absl::StatusOr<std::unique_ptr<SqliteAudit>> audit = SqliteAudit::Prepare(store, last + kEpochGap);
  if (!audit.ok()) return audit.status();
  writes.Audit(*std::move(audit));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<StoreProgress> BackUpSqliteStore(const std::string& folder, const std::string& file) {
  const absl::StatusOr<std::unique_ptr<DataFolder>> taken = TakeStore(folder);
  if (!taken.ok()) return taken.status();
  absl::StatusOr<SqliteConnection> store = OpenSqliteWriter(**taken);
  if (!store.ok()) return store.status();
  const bool was_there = Exists(file);
  absl::StatusOr<StoreProgress> copied = CopyInto(*store, file);
  if (!copied.ok() && !was_there) unlink(file.c_str());
  return copied;
}

absl::StatusOr<StoreProgress> BackUpOpenSqliteStore(const std::string& folder, const std::string& file,
                                                    const std::atomic<bool>& cancelled) {
  if (Exists(file)) return absl::AlreadyExistsError(absl::StrCat("'", file, "' is there already; name a new file"));
  absl::StatusOr<SqliteConnection> store =
      SqliteConnection::Open(folder + "/store.db", SqliteConnection::Role::kReader);
  if (!store.ok()) return store.status();
  // One snapshot for all steps: without it every commit of the writer would begin the copy anew.
  if (absl::Status status = store->Execute("BEGIN; SELECT revision FROM feed_head"); !status.ok()) return status;
  const std::string partial = file + ".partial";
  unlink(partial.c_str());  // of a backup that was cut off
  absl::StatusOr<StoreProgress> copied = CopyInto(*store, partial, cancelled);
  if (copied.ok() && std::rename(partial.c_str(), file.c_str()) != 0) copied = FileError("moving", partial);
  if (!copied.ok()) {
    unlink(partial.c_str());
    return copied;
  }
  const std::string around = file.substr(0, file.rfind('/') + 1);
  if (absl::Status status = FlushFile(around.empty() ? "." : around); !status.ok()) return status;
  return copied;
}

absl::StatusOr<StoreProgress> RestoreSqliteStore(const std::string& file, const std::string& folder) {
  if (!Exists(file))
    return absl::NotFoundError(absl::StrCat("'", file, "' is not there; name a file of tokenctl backup"));
  absl::StatusOr<SqliteConnection> backup = SqliteConnection::Open(file, SqliteConnection::Role::kReader);
  if (!backup.ok()) return backup.status();
  if (absl::Status status = CheckWholeIntegrity(*backup); !status.ok()) return status;
  const absl::StatusOr<StoreProgress> progress = ProgressOf(*backup);
  if (!progress.ok()) {
    return absl::FailedPreconditionError(absl::StrCat("'", file,
                                                      "' holds no store of this version; name a file of "
                                                      "tokenctl backup"));
  }
  const absl::StatusOr<std::unique_ptr<DataFolder>> taken = DataFolder::Take(folder);
  if (!taken.ok()) return taken.status();
  const std::string incoming = (*taken)->database() + ".incoming";
  unlink(incoming.c_str());  // of a restore that was cut off
  if (const auto copied = CopyInto(*backup, incoming); !copied.ok()) return copied.status();
  if (absl::Status status = (*taken)->MarkInUse(); !status.ok()) return status;  // so that the next start checks it
  if (absl::Status status = SetAside(**taken); !status.ok()) return status;
  if (std::rename(incoming.c_str(), (*taken)->database().c_str()) != 0) return FileError("moving", incoming);
  if (absl::Status status = FlushFile(folder); !status.ok()) return status;
  return progress;
}

absl::StatusOr<StoreHealth> CheckSqliteStore(const StoreFiles& files) {
  const absl::StatusOr<std::unique_ptr<DataFolder>> taken = TakeStore(files.folder);
  if (!taken.ok()) return taken.status();
  absl::StatusOr<SqliteConnection> store = OpenSqliteWriter(**taken);
  if (!store.ok()) return store.status();
  if (absl::Status status = CheckWholeIntegrity(*store); !status.ok()) return status;
  const absl::StatusOr<StoreProgress> progress = ProgressOf(*store);
  if (!progress.ok()) return progress.status();
  const absl::StatusOr<int64_t> sessions = store->ReadInt("SELECT count(*) FROM sessions");
  if (!sessions.ok()) return sessions.status();
  const absl::StatusOr<int64_t> revocations = store->ReadInt("SELECT count(*) FROM revocations");
  if (!revocations.ok()) return revocations.status();
  const auto record = ProgressRecord::Open(ProgressFileOf(files.folder, files.progress_file));
  return StoreHealth{*progress, *sessions, *revocations, record.ok() ? (*record)->Check(*progress) : record.status()};
}

absl::StatusOr<StoredAudit> ReadSqliteAudit(const std::string& folder) {
  const absl::StatusOr<std::unique_ptr<DataFolder>> taken = TakeStore(folder);
  if (!taken.ok()) return taken.status();
  absl::StatusOr<SqliteConnection> store = OpenSqliteWriter(**taken);
  if (!store.ok()) return store.status();
  return ReadStoredAudit(*store);
}

absl::StatusOr<absl::optional<StoreProgress>> AcceptSqliteRollback(const StoreFiles& files, absl::Time now) {
  const absl::StatusOr<std::unique_ptr<DataFolder>> taken = DataFolder::Take(files.folder);
  if (!taken.ok()) return taken.status();
  absl::StatusOr<SqliteConnection> store = OpenSqliteWriter(**taken);
  if (!store.ok()) return store.status();
  const auto record = ProgressRecord::Open(ProgressFileOf(files.folder, files.progress_file));
  if (!record.ok()) return record.status();
  const absl::StatusOr<std::unique_ptr<SqliteWrites>> writes = SqliteWrites::Prepare(*store);
  if (!writes.ok()) return writes.status();
  const StoreProgress there = (*writes)->progress();
  if ((*record)->Check(there).ok()) return absl::optional<StoreProgress>();

  if (files.audited) {
    if (absl::Status status = AuditAfterGap(*store, **writes); !status.ok()) return status;
  }
  const StoreProgress recorded = (*record)->last().value_or(StoreProgress{});
  const int64_t epoch = std::max({absl::ToUnixMicros(now), there.epoch + 1, recorded.epoch + 1});
  const int64_t revision = std::max(there.revision, recorded.revision) + kEpochGap;
  absl::Status status = (*taken)->MarkInUse();
  if (status.ok()) status = (*writes)->Begin();
  if (status.ok()) status = (*writes)->StartEpoch(epoch, revision, now);
  (*writes)->Note(AuditEvent{.event = "accept_rollback", .at = now, .revision = revision});
  if (status.ok()) status = (*writes)->Commit();
  if (status.ok()) status = (*record)->Write((*writes)->progress());
  if (!status.ok()) return status;
  return absl::optional<StoreProgress>((*writes)->progress());
}

}  // namespace paseto::service
