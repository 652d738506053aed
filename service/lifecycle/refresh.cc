#include "grpc_paseto/service/lifecycle/refresh.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "grpc_paseto/interceptor/policy/refusal.h"
#include "grpc_paseto/service/lifecycle/refusals.h"
#include "grpc_paseto/service/session/rotation.h"

namespace paseto::service {
namespace {

using interceptor::MakeRefusal;

// OK for the outcomes that give a pair.
absl::Status RefusalOf(RotationOutcome outcome) {
  switch (outcome) {
    case RotationOutcome::kRotated:
    case RotationOutcome::kRepeated:
      return absl::OkStatus();
    case RotationOutcome::kGraceExhausted:
      return MakeRefusal(v1::REASON_GRACE_EXHAUSTED,
                         "this refresh token was used too often; nothing has changed, use the newest one");
    case RotationOutcome::kUnknownSession:
    case RotationOutcome::kTagMismatch:
      return RefreshInvalid();
    case RotationOutcome::kSessionRevoked:
      return SessionRevoked();
    case RotationOutcome::kSessionExpired:
      return SessionExpired();
    case RotationOutcome::kSubjectDisabled:
      return SubjectDisabled();
    case RotationOutcome::kRevokedByRecord:
      return HolderRevoked();
    case RotationOutcome::kClientDisabled:
      return ClientDisabled();
    case RotationOutcome::kReused:
      return MakeRefusal(v1::REASON_REFRESH_REUSED,
                         "a used refresh token came again, so the session has been revoked; sign in again");
    case RotationOutcome::kGenerationAhead:
      return MakeRefusal(v1::REASON_STORE_ROLLED_BACK,
                         "the store is older than this token, so the session has been revoked; sign in again");
  }
  return InternalFailure("unknown rotation outcome");
}

// Whether the caller may present this token: a token that is bound to a client comes with that client's own
// authentication; a holder need not say who it is, but a client that does has to be the right one.
bool CallerFits(const ClientId& caller, const OpenedRefreshToken& opened) {
  if (opened.binding.kind == Binding::Kind::kClient) return caller == opened.claims().client_id;
  return caller.empty() || caller == opened.claims().client_id;
}

// Whether the session's client may refresh this way at this moment.
bool ClientEnabled(const CallerPolicies& policies, const ClientId& caller, const OpenedRefreshToken& opened) {
  const CallerPolicy* policy = policies.Find(opened.claims().client_id);
  if (policy == nullptr || !policy->enabled()) return false;
  return !caller.empty() || policy->refresh_by() == RefreshBy::kHolder;
}

// The scopes of the session that its client may still have.
std::vector<std::string> PresentScopes(const Grant& grant, const CallerPolicy& policy) {
  std::vector<std::string> scopes;
  for (const std::string& scope : grant.scopes()) {
    if (policy.CheckScopes({&scope, 1}).ok()) scopes.push_back(scope);
  }
  return scopes;
}

// Whether each of `scopes` is among those that the session has and its client may still have.
absl::Status CheckScopes(const std::vector<std::string>& scopes, const std::vector<std::string>& present) {
  for (const std::string& scope : scopes) {
    if (std::find(present.begin(), present.end(), scope) == present.end()) {
      return RequestInvalid("scopes", "each must be a scope that the session has");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Grant> ReadGrant(const Session& session) {
  Grant grant;
  if (!grant.ParseFromString(session.grant)) return InternalFailure("the grant of a session does not parse");
  return grant;
}

}  // namespace

struct Refresher::Attempt {
  std::shared_ptr<const KeySet> keys;
  RotationAttempt rotation;
  const CallerPolicy* policy;  // null: not configured; the rotation then ends as kClientDisabled
  std::vector<std::string> scopes;
  std::string implicit_assertion;
  std::string certificate_sha256;
  absl::Time deadline;  // of the session, as the token says
  absl::Time now;
};

absl::StatusOr<Refresher::Attempt> Refresher::MakeAttempt(RefreshOrder order) const {
  const LifecycleSettings& settings = dependencies_.settings;
  Attempt attempt;
  attempt.now = dependencies_.clock.Now();
  attempt.keys = dependencies_.keys.Current();
  const absl::StatusOr<OpenedRefreshToken> opened = OpenRefreshToken(*attempt.keys, order.refresh_token);
  if (!opened.ok()) return RefreshInvalid();
  const Claims& claims = opened->claims();
  if (claims.issuer != settings.issuer || !CallerFits(order.caller, *opened)) return RefreshInvalid();
  if (absl::Status status = CheckRefreshKey(*attempt.keys); !status.ok()) return status;

  attempt.deadline = *claims.expires_at;
  attempt.policy = dependencies_.policies.Find(claims.client_id);
  attempt.rotation.session = claims.session_id;
  attempt.rotation.by = order.caller;
  attempt.rotation.generation = *claims.generation;
  attempt.rotation.tag = claims.tag;
  attempt.rotation.binding = opened->binding;
  attempt.rotation.client_enabled = ClientEnabled(dependencies_.policies, order.caller, *opened);
  attempt.rotation.grace = settings.refresh_grace;
  attempt.rotation.grace_limit = settings.refresh_grace_limit;
  attempt.rotation.idle_timeout = settings.idle_timeout;
  attempt.rotation.verifier_retention = settings.verifier_retention();
  attempt.scopes = std::move(order.scopes);
  attempt.implicit_assertion = std::move(order.implicit_assertion);
  attempt.certificate_sha256 = std::move(order.certificate_sha256);
  return attempt;
}

void Refresher::Refresh(RefreshOrder order, Done<IssuedTokens> done) const {
  absl::StatusOr<Attempt> attempt = MakeAttempt(std::move(order));
  if (!attempt.ok()) return std::move(done)(attempt.status());
  if (attempt->scopes.empty()) return Rotate(*std::move(attempt), std::move(done));
  CheckScopesThenRotate(*std::move(attempt), std::move(done));
}

// A request that asks for too much must not use up its token, so for one that would, the grant, which never changes, is
// read first. All others are left to the rotation, which decides in the protocol's order: a stolen token ends its
// session, whatever it asks for. MakePair looks at the scopes of every pair.
void Refresher::CheckScopesThenRotate(Attempt attempt, Done<IssuedTokens> done) const {
  const SessionId id = attempt.rotation.session;
  dependencies_.store.Find(id, [this, attempt = std::move(attempt),
                                done = std::move(done)](absl::StatusOr<absl::optional<Session>> found) mutable {
    if (!found.ok()) return std::move(done)(StoreRefusal(found.status()));
    Session foreseen = found->value_or(Session());
    if (found->has_value() &&
        service::Rotate(attempt.rotation, Withdrawals(), attempt.now, foreseen) == RotationOutcome::kRotated) {
      const absl::StatusOr<Grant> grant = ReadGrant(**found);
      if (!grant.ok()) return std::move(done)(grant.status());
      absl::Status refusal = CheckScopes(attempt.scopes, PresentScopes(*grant, *attempt.policy));
      if (!refusal.ok()) return std::move(done)(std::move(refusal));
    }
    Rotate(std::move(attempt), std::move(done));
  });
}

void Refresher::Rotate(Attempt attempt, Done<IssuedTokens> done) const {
  RotationAttempt rotation = attempt.rotation;
  const absl::Time now = attempt.now;
  dependencies_.store.Rotate(
      std::move(rotation), now,
      [this, attempt = std::move(attempt), done = std::move(done)](absl::StatusOr<RotationResult> result) mutable {
        if (!result.ok()) return std::move(done)(StoreRefusal(result.status()));
        // The row of a session is deleted some time after its deadline, and its tokens do not become forged by that.
        if (result->outcome == RotationOutcome::kUnknownSession && attempt.now > attempt.deadline) {
          return std::move(done)(SessionExpired());
        }
        if (absl::Status refusal = RefusalOf(result->outcome); !refusal.ok()) return std::move(done)(refusal);
        std::move(done)(MakePair(attempt, *result));
      });
}

absl::StatusOr<IssuedTokens> Refresher::MakePair(const Attempt& attempt, const RotationResult& result) const {
  const Session& session = result.session;
  const absl::StatusOr<Grant> grant = ReadGrant(session);
  if (!grant.ok()) return grant.status();
  std::vector<std::string> scopes = PresentScopes(*grant, *attempt.policy);
  if (!attempt.scopes.empty()) {
    if (absl::Status refusal = CheckScopes(attempt.scopes, scopes); !refusal.ok()) return refusal;
    scopes = attempt.scopes;
  }
  AccessTokenOrder order;
  order.client = session.client;
  order.session = session.id;
  order.subject = session.subject;
  order.type = std::string(kAccessType);
  order.scopes = std::move(scopes);
  order.implicit_assertion = attempt.implicit_assertion;
  if (attempt.policy->binds_tokens()) order.certificate_sha256 = attempt.certificate_sha256;
  order.deadline = session.absolute_deadline;
  const absl::Duration lifetime = AccessLifetime(*grant, *attempt.policy, dependencies_.settings, dependencies_.random);
  absl::StatusOr<TokenSpec> plan = PlanAccessToken(dependencies_, order, *grant, lifetime, attempt.now);
  if (!plan.ok()) return plan.status();
  absl::StatusOr<MadeToken> access = FinishAccessToken(*attempt.keys, *std::move(plan), result.head.revision);
  if (!access.ok()) return access.status();
  absl::StatusOr<MadeToken> refresh =
      MakeRefreshToken(*attempt.keys, dependencies_.settings.issuer, session, attempt.rotation.binding, attempt.now);
  if (!refresh.ok()) return refresh.status();
  const bool repeated = result.outcome == RotationOutcome::kRepeated;
  return IssuedTokens{*std::move(access), *std::move(refresh), session.id,
                      repeated ? OutcomeName(result, attempt.now) : ""};
}

}  // namespace paseto::service
