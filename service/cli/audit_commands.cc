#include "grpc_paseto/service/cli/audit_commands.h"

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "grpc_paseto/service/audit/audit_key.h"
#include "grpc_paseto/service/audit/audit_verifier.h"
#include "grpc_paseto/service/store/sqlite_maintenance.h"

namespace paseto::service {
namespace {

constexpr char kKeepThem[] = "Keep the files as they are, and find out who could write them";

Failure Tampered(const absl::Status& status) {
  return {ExitCode::kRefused, "", std::string(status.message()), kKeepThem};
}

int64_t EventsAfter(int64_t id, const StoredAudit& stored) {
  int64_t count = 0;
  for (const AuditBatch& batch : stored.outbox) {
    for (size_t i = 0; i < batch.bodies.size(); ++i) count += batch.first_id + static_cast<int64_t>(i) > id ? 1 : 0;
  }
  return count;
}

absl::Status CheckHead(const StoredAudit& stored, const std::string& key) {
  if (stored.mac.empty()) {
    return absl::DataLossError("the store has no head of the chain, so nobody can tell whether the files are whole");
  }
  if (AuditMacMatches(stored.head, key, stored.mac)) return absl::OkStatus();
  return absl::DataLossError("the head of the chain in the store was not made with this key");
}

}  // namespace

Outcome VerifyAudit(const VerifyAuditOptions& options) {
  if (options.files.empty()) return UsageFailure("name at least one audit file with --file");
  const absl::StatusOr<std::string> key = ReadAuditKey(options.key_file);
  if (!key.ok()) return UsageFailure(key.status());
  const absl::StatusOr<StoredAudit> stored = ReadSqliteAudit(options.folder);
  if (!stored.ok()) return UsageFailure(stored.status());
  AuditVerifier verifier(options.older_files_gone ? AuditVerifier::Begins::kAnywhere
                                                  : AuditVerifier::Begins::kWithTheFirstEvent);
  for (const std::string& file : options.files) {
    const absl::Status read = verifier.Read(file);
    if (absl::IsNotFound(read)) return UsageFailure(read);
    if (!read.ok()) return Tampered(read);
  }
  absl::Status whole = CheckHead(*stored, *key);
  whole.Update(verifier.CompareWith(stored->head));
  if (!whole.ok()) return Tampered(whole);
  Report report;
  report.Add("events", verifier.events());
  report.Add("first_id", verifier.first_id());
  report.Add("last_id", verifier.head().id);
  const int64_t waiting = EventsAfter(verifier.head().id, *stored);
  report.Add("waiting", waiting);
  if (waiting != 0) report.Note(absl::StrCat(waiting, " events wait in the store; tokend writes them when it starts."));
  return report;
}

}  // namespace paseto::service
