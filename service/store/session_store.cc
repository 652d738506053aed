#include "grpc_paseto/service/store/session_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace paseto::service {
namespace {

constexpr int64_t kRevisionEnd = int64_t{1} << 53;

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

absl::Status CheckIssue(const IssueAttempt& attempt) {
  absl::Status status = CheckSize("the client of an issue", attempt.client.text(), 1, kMaxStoredIdBytes);
  status.Update(CheckSize("the subject of an issue", attempt.subject, 0, kMaxStoredIdBytes));
  if (attempt.session.has_value()) status.Update(CheckSession(*attempt.session));
  if (attempt.single_use) status.Update(CheckSize("a single-use token", attempt.token.id.text(), 1, kMaxStoredIdBytes));
  if (!attempt.request.has_value()) return status;
  status.Update(CheckSize("a request's id", attempt.request->id, 1, kMaxStoredIdBytes));
  status.Update(CheckSize("a request's hash", attempt.request->hash, 1, kMaxStoredIdBytes));
  status.Update(CheckSize("the token of a request", attempt.token.id.text(), 1, kMaxStoredIdBytes));
  return status;
}

absl::Status CheckStepUp(const StepUpAttempt& attempt) {
  return CheckSize("a session's grant", attempt.grant, 0, kMaxGrantBytes);
}

absl::Status CheckSpend(const SpendOrder& order) {
  absl::Status status = CheckSize("a single-use token", order.token.token_id.text(), 1, kMaxStoredIdBytes);
  status.Update(CheckSize("a spender", order.spender, 0, kMaxStoredIdBytes));
  return status;
}

absl::Status CheckSubject(const std::string& subject) { return CheckSize("a subject", subject, 1, kMaxStoredIdBytes); }

absl::Status CheckRevocationOrder(const RevocationOrder& order) {
  if (order.kind == RevocationKind::kEverything) return CheckSize("the id of 'everything'", order.id, 0, 0);
  return CheckSize("the id of a revocation", order.id, 1, kMaxStoredIdBytes);
}

absl::Status CheckLimit(int limit) {
  if (limit > 0) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("a limit must be positive, got ", limit));
}

absl::Status CheckSeen(FeedPosition seen, FeedPosition head) {
  if (seen.revision - head.revision <= kEpochGap && seen.revision < kRevisionEnd - kEpochGap) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("revision ", seen.revision, " lies too far above the head, ",
                                                 head.revision, ", for a store that has forgotten it"));
}

void SessionStore::Create(Session session, Done<Session> done) {
  const absl::Time now = session.created_at;
  IssueAttempt attempt{.client = session.client, .subject = session.subject, .session = std::move(session)};
  Issue(std::move(attempt), now, [done = std::move(done)](absl::StatusOr<IssueResult> result) mutable {
    if (!result.ok()) return std::move(done)(result.status());
    if (result->outcome != IssueOutcome::kIssued) {
      return std::move(done)(absl::FailedPreconditionError("the subject of the session is disabled"));
    }
    std::move(done)(*std::move(result->session));
  });
}

}  // namespace paseto::service
