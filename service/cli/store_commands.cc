#include "grpc_paseto/service/cli/store_commands.h"

#include "grpc_paseto/service/store/sqlite_maintenance.h"

namespace paseto::service {
namespace {

constexpr char kAcceptRollback[] =
    "Unless this is the newest state of the store, start tokend once with --accept-rollback: it refuses otherwise, and "
    "then ends every session.";

void AddProgress(const StoreProgress& progress, Report& report) {
  report.Add("epoch", progress.epoch);
  report.Add("revision", progress.revision);
  report.Add("commits", progress.commits);
}

}  // namespace

Outcome BackUp(const BackUpOptions& options) {
  const absl::StatusOr<StoreProgress> progress = BackUpSqliteStore(options.folder, options.out);
  if (!progress.ok()) return UsageFailure(progress.status());
  Report report;
  report.Add("file", options.out);
  AddProgress(*progress, report);
  return report;
}

Outcome Restore(const RestoreOptions& options) {
  const absl::StatusOr<StoreProgress> progress = RestoreSqliteStore(options.from, options.folder);
  if (!progress.ok()) return UsageFailure(progress.status());
  Report report;
  report.Add("folder", options.folder);
  AddProgress(*progress, report);
  report.Note(kAcceptRollback);
  return report;
}

Outcome Doctor(const DoctorOptions& options) {
  const absl::StatusOr<StoreHealth> health = CheckSqliteStore({options.folder, options.progress_file});
  if (!health.ok()) return UsageFailure(health.status());
  if (!health->standing.ok()) return UsageFailure(health->standing);
  Report report;
  report.Add("pages", "good");
  AddProgress(health->progress, report);
  report.Add("sessions", health->sessions);
  report.Add("revocations", health->revocations);
  return report;
}

}  // namespace paseto::service
