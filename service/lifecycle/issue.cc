#include "grpc_paseto/service/lifecycle/issue.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "grpc_paseto/service/lifecycle/caller.h"
#include "grpc_paseto/service/lifecycle/new_ids.h"
#include "grpc_paseto/service/lifecycle/refresh_token.h"
#include "grpc_paseto/service/lifecycle/refusals.h"
#include "grpc_paseto/service/lifecycle/timestamps.h"

namespace paseto::service {
namespace {

constexpr absl::Duration kFarthestNotBefore = absl::Hours(24);

absl::Status CheckPolicy(const CallerPolicy& policy, const IssueOrder& order) {
  const absl::StatusOr<TokenKind> kind = ParseTokenKind(order.grant.kind());
  if (!kind.ok()) return RequestInvalid("kind", "must be v4.public or v4.local");
  const std::vector<std::string> audiences(order.grant.audiences().begin(), order.grant.audiences().end());
  const std::vector<std::string> scopes(order.grant.scopes().begin(), order.grant.scopes().end());
  absl::Status allowed = policy.CheckType(order.type);
  allowed.Update(policy.CheckSubject(order.subject));
  allowed.Update(policy.CheckAudiences(audiences));
  allowed.Update(policy.CheckScopes(scopes));
  allowed.Update(policy.CheckKind(*kind));
  return allowed.ok() ? allowed : ClientNotAllowed(allowed.message());
}

absl::Status CheckNotBefore(const Grant& grant, const Claims& claims, absl::Time now) {
  if (!grant.has_not_before()) return absl::OkStatus();
  if (ToAbslTime(grant.not_before()) > now + kFarthestNotBefore) {
    return RequestInvalid("not_before", "must be at most one day ahead");
  }
  if (ToAbslTime(grant.not_before()) > *claims.expires_at) {
    return RequestInvalid("not_before", "must not lie after the expiry of the token; ask for a longer lifetime");
  }
  return absl::OkStatus();
}

Binding::Kind BindingKindOf(const Grant& grant) {
  return grant.binding() == Grant::BINDING_HOLDER ? Binding::Kind::kHolder : Binding::Kind::kClient;
}

// What the request leaves to the service: the default audience, the instant of the sign-in, the binding.
void CompleteGrant(const CallerPolicy& policy, absl::Time now, IssueOrder& order) {
  Grant& grant = order.grant;
  if (grant.audiences().empty() && !policy.default_audience().empty()) grant.add_audiences(policy.default_audience());
  if (order.fresh) SetTimestamp(FloorToSecond(now), *grant.mutable_authenticated_at());
  if (!order.with_refresh_token) return;
  grant.set_binding(policy.refresh_by() == RefreshBy::kHolder ? Grant::BINDING_HOLDER : Grant::BINDING_CLIENT);
}

// OK for the outcomes that give tokens.
absl::Status RefusalOf(IssueOutcome outcome) {
  switch (outcome) {
    case IssueOutcome::kIssued:
    case IssueOutcome::kRepeated:
      return absl::OkStatus();
    case IssueOutcome::kSubjectDisabled:
      return SubjectDisabled();
    case IssueOutcome::kOtherRequest:
      return RequestIdTaken();
    case IssueOutcome::kNotRepeatable:
      return RequestNotRepeatable();
  }
  return InternalFailure("unknown issue outcome");
}

absl::Status RefusalOf(StepUpOutcome outcome) {
  switch (outcome) {
    case StepUpOutcome::kSteppedUp:
      return absl::OkStatus();
    case StepUpOutcome::kUnknownSession:
      return SessionUnknown();
    case StepUpOutcome::kSessionRevoked:
      return SessionRevoked();
    case StepUpOutcome::kSessionExpired:
      return SessionExpired();
    case StepUpOutcome::kSubjectDisabled:
      return SubjectDisabled();
    case StepUpOutcome::kRevokedByRecord:
      return HolderRevoked();
  }
  return InternalFailure("unknown step-up outcome");
}

// The claims of the first answer. A limit that was lowered since holds for the repeated one, too.
void TakeOver(const IssueResult& first, Claims& claims) {
  claims.token_id = first.token.id;
  claims.issued_at = FloorToSecond(first.token.issued_at);
  claims.expires_at = std::min(*claims.expires_at, first.token.expires_at);
  if (claims.auth_time.has_value()) claims.auth_time = claims.issued_at;
  if (first.session.has_value()) claims.session_id = first.session->id;
}

AccessTokenOrder AccessOrderOf(const CallerPolicy& policy, const IssueOrder& order,
                               const absl::optional<Session>& session) {
  AccessTokenOrder access;
  access.client = order.client;
  access.subject = order.subject;
  access.type = order.type;
  access.scopes.assign(order.grant.scopes().begin(), order.grant.scopes().end());
  access.fresh = order.fresh;
  access.implicit_assertion = order.implicit_assertion;
  // Tokens of other types are made to be handed on.
  if (policy.binds_tokens() && order.type == kAccessType) access.certificate_sha256 = order.certificate_sha256;
  if (session.has_value()) {
    access.session = session->id;
    access.deadline = session->absolute_deadline;
  }
  return access;
}

}  // namespace

struct Issuer::Plan {
  std::shared_ptr<const KeySet> keys;
  TokenSpec access;
  IssueAttempt attempt;
  Binding binding;  // of the session
  absl::Time now;
};

absl::StatusOr<Session> Issuer::PlanSession(const IssueOrder& order, const CallerPolicy& policy, absl::Time now) const {
  const LifecycleSettings& settings = dependencies_.settings;
  Session session;
  session.id = NewSessionId(dependencies_.random, now);
  session.client = order.client;
  session.subject = order.subject;
  session.secret = dependencies_.random.Bytes(kSessionSecretBytes);
  session.created_at = now;
  session.rotated_at = now;
  session.absolute_deadline =
      FloorToSecond(now + policy.CapSessionLifetime(order.session_lifetime, settings.session_lifetime));
  session.idle_deadline = std::min(now + settings.idle_timeout, session.absolute_deadline);
  if (!order.grant.SerializeToString(&session.grant)) return InternalFailure("the grant does not serialize");
  return session;
}

absl::StatusOr<Issuer::Plan> Issuer::MakePlan(IssueOrder order) const {
  const absl::StatusOr<const CallerPolicy*> policy = EnabledPolicy(dependencies_.policies, order.client);
  if (!policy.ok()) return policy.status();
  Plan plan;
  plan.attempt.client = order.client;
  plan.attempt.subject = order.subject;
  plan.attempt.request = order.request;
  plan.attempt.single_use = order.single_use;
  plan.now = dependencies_.clock.Now();
  plan.keys = dependencies_.keys.Current();
  CompleteGrant(**policy, plan.now, order);
  if (absl::Status status = CheckPolicy(**policy, order); !status.ok()) return status;
  if (order.with_refresh_token) {
    if (absl::Status status = CheckRefreshKey(*plan.keys); !status.ok()) return status;
    absl::StatusOr<Session> session = PlanSession(order, **policy, plan.now);
    if (!session.ok()) return session.status();
    plan.attempt.session = *std::move(session);
    plan.binding = BindingFor(BindingKindOf(order.grant), order.client);
  }
  const absl::Duration lifetime = AccessLifetime(order.grant, **policy, dependencies_.settings, dependencies_.random);
  absl::StatusOr<TokenSpec> access = PlanAccessToken(
      dependencies_, AccessOrderOf(**policy, order, plan.attempt.session), order.grant, lifetime, plan.now);
  if (!access.ok()) return access.status();
  if (absl::Status status = CheckNotBefore(order.grant, access->claims, plan.now); !status.ok()) return status;
  if (absl::Status status = CheckAccessToken(*plan.keys, *access); !status.ok()) return status;
  plan.access = *std::move(access);
  plan.attempt.token = {plan.access.claims.token_id, plan.now, *plan.access.claims.expires_at};
  return plan;
}

void Issuer::Issue(IssueOrder order, Done<IssuedTokens> done) const {
  if (!order.session.empty()) return IssueWithinSession(std::move(order), std::move(done));
  absl::StatusOr<Plan> plan = MakePlan(std::move(order));
  if (!plan.ok()) return std::move(done)(plan.status());
  const IssueAttempt& attempt = plan->attempt;
  const bool needs_row = attempt.session.has_value() || attempt.request.has_value() || attempt.single_use ||
                         dependencies_.settings.audited;
  if (needs_row) return IssueWithRow(*std::move(plan), std::move(done));
  IssueWithoutRow(*std::move(plan), std::move(done));
}

// The session's grant gets the new instant of the sign-in; its other members, and so later refreshes, stay as they
// were.
absl::StatusOr<Issuer::Plan> Issuer::PlanWithinSession(IssueOrder order, const Session& session) const {
  const absl::StatusOr<const CallerPolicy*> policy = EnabledPolicy(dependencies_.policies, order.client);
  if (!policy.ok()) return policy.status();
  Plan plan;
  plan.now = dependencies_.clock.Now();
  plan.keys = dependencies_.keys.Current();
  CompleteGrant(**policy, plan.now, order);
  if (absl::Status status = CheckPolicy(**policy, order); !status.ok()) return status;
  const absl::Duration lifetime = AccessLifetime(order.grant, **policy, dependencies_.settings, dependencies_.random);
  absl::StatusOr<TokenSpec> access =
      PlanAccessToken(dependencies_, AccessOrderOf(**policy, order, session), order.grant, lifetime, plan.now);
  if (!access.ok()) return access.status();
  if (absl::Status status = CheckNotBefore(order.grant, access->claims, plan.now); !status.ok()) return status;
  if (absl::Status status = CheckAccessToken(*plan.keys, *access); !status.ok()) return status;
  plan.access = *std::move(access);
  return plan;
}

void Issuer::IssueWithinSession(IssueOrder order, Done<IssuedTokens> done) const {
  const SessionId id = order.session;
  dependencies_.store.Find(id, [this, order = std::move(order),
                                done = std::move(done)](absl::StatusOr<absl::optional<Session>> found) mutable {
    if (!found.ok()) return std::move(done)(StoreRefusal(found.status()));
    const bool its_own = found->has_value() && (*found)->client == order.client && (*found)->subject == order.subject;
    if (!its_own) return std::move(done)(SessionUnknown());
    absl::StatusOr<Plan> plan = PlanWithinSession(order, **found);
    if (!plan.ok()) return std::move(done)(plan.status());
    Grant grant;
    if (!grant.ParseFromString((*found)->grant)) {
      return std::move(done)(InternalFailure("the grant of a session does not parse"));
    }
    SetTimestamp(FloorToSecond(plan->now), *grant.mutable_authenticated_at());
    StepUpAttempt attempt{order.session, order.client, order.subject, grant.SerializeAsString()};
    const absl::Time now = plan->now;
    dependencies_.store.StepUp(std::move(attempt), now,
                               [id = order.session, plan = *std::move(plan),
                                done = std::move(done)](absl::StatusOr<StepUpResult> result) mutable {
                                 if (!result.ok()) return std::move(done)(StoreRefusal(result.status()));
                                 if (absl::Status refusal = RefusalOf(result->outcome); !refusal.ok())
                                   return std::move(done)(refusal);
                                 absl::StatusOr<MadeToken> access =
                                     FinishAccessToken(*plan.keys, std::move(plan.access), result->head.revision);
                                 if (!access.ok()) return std::move(done)(access.status());
                                 std::move(done)(IssuedTokens{*std::move(access), absl::nullopt, id});
                               });
  });
}

void Issuer::IssueWithoutRow(Plan plan, Done<IssuedTokens> done) const {
  std::string subject = plan.attempt.subject;
  dependencies_.store.ReadSubject(std::move(subject), [this, plan = std::move(plan), done = std::move(done)](
                                                          absl::StatusOr<SubjectStanding> standing) mutable {
    if (!standing.ok()) return std::move(done)(StoreRefusal(standing.status()));
    if (standing->disabled) return std::move(done)(SubjectDisabled());
    const IssueResult result{.token = plan.attempt.token, .head = standing->head};
    std::move(done)(MakeTokens(std::move(plan), result));
  });
}

void Issuer::IssueWithRow(Plan plan, Done<IssuedTokens> done) const {
  IssueAttempt attempt = plan.attempt;
  const absl::Time now = plan.now;
  dependencies_.store.Issue(
      std::move(attempt), now,
      [this, plan = std::move(plan), done = std::move(done)](absl::StatusOr<IssueResult> result) mutable {
        if (!result.ok()) return std::move(done)(StoreRefusal(result.status()));
        if (absl::Status refusal = RefusalOf(result->outcome); !refusal.ok()) return std::move(done)(refusal);
        std::move(done)(MakeTokens(std::move(plan), *result));
      });
}

absl::StatusOr<IssuedTokens> Issuer::MakeTokens(Plan plan, const IssueResult& result) const {
  if (result.outcome == IssueOutcome::kRepeated) TakeOver(result, plan.access.claims);
  IssuedTokens tokens;
  if (result.outcome == IssueOutcome::kRepeated) tokens.outcome = "repeated";
  if (result.session.has_value()) {
    absl::StatusOr<MadeToken> refresh =
        MakeRefreshToken(*plan.keys, dependencies_.settings.issuer, *result.session, plan.binding, plan.now);
    if (!refresh.ok()) return refresh.status();
    tokens.refresh = *std::move(refresh);
    tokens.session = result.session->id;
  }
  absl::StatusOr<MadeToken> access = FinishAccessToken(*plan.keys, std::move(plan.access), result.head.revision);
  if (!access.ok()) return access.status();
  tokens.access = *std::move(access);
  return tokens;
}

}  // namespace paseto::service
