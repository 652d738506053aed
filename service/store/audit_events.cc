#include "grpc_paseto/service/store/audit_events.h"

namespace paseto::service {
namespace {

constexpr absl::string_view kRevoked = "revoked";
constexpr absl::string_view kSubjectDisabled = "subject_disabled";

absl::string_view NameOf(IssueOutcome outcome) {
  switch (outcome) {
    case IssueOutcome::kIssued:
      return "issued";
    case IssueOutcome::kRepeated:
      return "repeated";
    case IssueOutcome::kSubjectDisabled:
      return kSubjectDisabled;
    case IssueOutcome::kOtherRequest:
      return "request_id_taken";
    case IssueOutcome::kNotRepeatable:
      return "request_not_repeatable";
  }
  return "";
}

absl::string_view NameOf(StepUpOutcome outcome) {
  switch (outcome) {
    case StepUpOutcome::kSteppedUp:
      return "issued";
    case StepUpOutcome::kUnknownSession:
      return "session_unknown";
    case StepUpOutcome::kSessionRevoked:
    case StepUpOutcome::kRevokedByRecord:
      return kRevoked;
    case StepUpOutcome::kSessionExpired:
      return "expired";
    case StepUpOutcome::kSubjectDisabled:
      return kSubjectDisabled;
  }
  return "";
}

absl::string_view NameOf(SpendOutcome outcome) {
  switch (outcome) {
    case SpendOutcome::kSpent:
      return "spent";
    case SpendOutcome::kSpentBefore:
      return "spent_before";
    case SpendOutcome::kUnknown:
      return "not_single_use";
    case SpendOutcome::kRevoked:
      return kRevoked;
    case SpendOutcome::kSubjectDisabled:
      return kSubjectDisabled;
  }
  return "";
}

absl::string_view KindName(RevocationKind kind) {
  switch (kind) {
    case RevocationKind::kToken:
      return "token";
    case RevocationKind::kSession:
      return "session";
    case RevocationKind::kSubject:
      return "subject";
    case RevocationKind::kClient:
      return "client";
    case RevocationKind::kEverything:
      return "everything";
  }
  return "";
}

}  // namespace

AuditEvent EventOf(const IssueAttempt& attempt, const IssueResult& result, absl::Time now) {
  AuditEvent event{.event = "issue", .outcome = NameOf(result.outcome), .at = now};
  event.by = event.client = attempt.client.text();
  event.subject = attempt.subject;
  const bool made = result.outcome == IssueOutcome::kIssued || result.outcome == IssueOutcome::kRepeated;
  if (!made) return event;
  event.token = result.token.id.text();
  if (result.session.has_value()) event.session = result.session->id.text();
  return event;
}

AuditEvent EventOf(const StepUpAttempt& attempt, const StepUpResult& result, absl::Time now) {
  AuditEvent event{.event = "step_up", .outcome = NameOf(result.outcome), .at = now};
  event.by = event.client = attempt.client.text();
  event.subject = attempt.subject;
  event.session = attempt.session.text();
  return event;
}

absl::optional<AuditEvent> EventOf(const RotationAttempt& attempt, const RotationResult& result, absl::Time now) {
  if (result.outcome == RotationOutcome::kUnknownSession) return absl::nullopt;
  AuditEvent event{.event = "refresh", .outcome = OutcomeName(result, now), .at = now};
  event.by = attempt.by.text();
  event.client = result.session.client.text();
  event.subject = result.session.subject;
  event.session = attempt.session.text();
  event.generation = static_cast<int64_t>(result.session.generation);
  const bool has_record =
      result.outcome == RotationOutcome::kReused || result.outcome == RotationOutcome::kGenerationAhead;
  if (has_record) event.revision = result.head.revision;
  return event;
}

AuditEvent EventOf(const SpendOrder& order, SpendOutcome outcome, absl::Time now) {
  AuditEvent event{.event = "consume", .outcome = NameOf(outcome), .at = now};
  event.by = event.client = order.token.client.text();
  event.subject = order.token.subject;
  event.token = order.token.token_id.text();
  return event;
}

AuditEvent EventOf(const RevocationOrder& order, const FeedPosition& position, absl::Time now) {
  AuditEvent event{.event = "revoke", .outcome = KindName(order.kind), .at = now};
  event.by = order.by.text();
  if (order.kind == RevocationKind::kToken) event.token = order.id;
  if (order.kind == RevocationKind::kSession) event.session = order.id;
  if (order.kind == RevocationKind::kSubject) event.subject = order.id;
  if (order.kind == RevocationKind::kClient) event.client = order.id;
  event.revision = position.revision;
  return event;
}

AuditEvent EventOf(const DisableOrder& order, const FeedPosition& position, absl::Time now) {
  return {.event = "disable_subject",
          .at = now,
          .by = order.by.text(),
          .subject = order.subject,
          .revision = position.revision};
}

AuditEvent EventOf(const EnableOrder& order, bool was_disabled, absl::Time now) {
  return {.event = "enable_subject",
          .outcome = was_disabled ? "enabled" : "was_enabled",
          .at = now,
          .by = order.by.text(),
          .subject = order.subject};
}

std::vector<AuditEvent> EventsOf(const KeyChange& change, absl::Time now) {
  std::vector<AuditEvent> events;
  for (const KeyRow& row : change.put) {
    events.push_back(
        {.event = "key", .outcome = KeyStateName(row.state), .at = now, .by = change.by.text(), .key = row.id});
  }
  for (const std::string& id : change.drop) {
    events.push_back({.event = "key", .outcome = "dropped", .at = now, .by = change.by.text(), .key = id});
  }
  return events;
}

}  // namespace paseto::service
