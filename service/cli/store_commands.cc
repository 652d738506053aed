#include "grpc_paseto/service/cli/store_commands.h"

#include "grpc_paseto/service/store/sqlite_maintenance.h"
#include "paseto/v1/store_admin.grpc.pb.h"

namespace paseto::service {
namespace {

constexpr char kAcceptRollback[] =
    "Unless this is the newest state of the store, start tokend once with --accept-rollback: it refuses otherwise, and "
    "then ends every session and replaces the keys that tokend signs with.";

void AddProgress(const StoreProgress& progress, Report& report) {
  report.Add("epoch", progress.epoch);
  report.Add("revision", progress.revision);
  report.Add("commits", progress.commits);
}

Outcome BackUpRunning(const BackUpOptions& options) {
  v1::BackUpRequest request;
  request.set_name(options.name);
  return Ask(options.server, &v1::StoreAdmin::Stub::BackUp, request, [](const v1::BackUpResponse& response) {
    Report report;
    report.Add("file", response.file());
    AddProgress({response.epoch(), response.revision(), response.commits()}, report);
    return report;
  });
}

}  // namespace

Outcome BackUp(const BackUpOptions& options) {
  const bool offline = !options.folder.empty() && !options.out.empty();
  if (offline == !options.name.empty()) {
    return UsageFailure("give --folder and --out for the store of a stopped tokend, or --name for a running one");
  }
  if (!offline) return BackUpRunning(options);
  const absl::StatusOr<StoreProgress> progress = BackUpSqliteStore(options.folder, options.out);
  if (!progress.ok()) return UsageFailure(progress.status());
  Report report;
  report.Note("The keys in it are wrapped: keep the key-encryption key (keys.kek), too, in another place.");
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
