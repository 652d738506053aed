#include "grpc_paseto/service/store/session_store.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace paseto::service {
namespace {

absl::Status CheckSize(absl::string_view what, const std::string& value, size_t lowest, size_t highest) {
  if (value.size() >= lowest && value.size() <= highest) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(what, " must have ", lowest, " to ", highest, " bytes, got ", value.size()));
}

}  // namespace

absl::Status CheckSession(const Session& session) {
  if (session.generation == 0) return absl::InvalidArgumentError("a session's generation starts with 1, got 0");
  for (const absl::Status& status :
       {CheckSize("a session's id", session.id.text(), 1, kMaxStoredIdBytes),
        CheckSize("a session's client", session.client.text(), 1, kMaxStoredIdBytes),
        CheckSize("a session's subject", session.subject, 0, kMaxStoredIdBytes),
        CheckSize("a session's secret", session.secret, kSessionSecretBytes, kSessionSecretBytes),
        CheckSize("a session's grant", session.grant, 0, kMaxGrantBytes)}) {
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status CheckRevocationOrder(const RevocationOrder& order) {
  if (order.kind == RevocationKind::kEverything) return CheckSize("the id of 'everything'", order.id, 0, 0);
  return CheckSize("the id of a revocation", order.id, 1, kMaxStoredIdBytes);
}

absl::Status CheckLimit(int limit) {
  if (limit > 0) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("a limit must be positive, got ", limit));
}

}  // namespace paseto::service
