#include "grpc_paseto/service/lifecycle/exchange.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "grpc_paseto/core/token/json_object_writer.h"
#include "grpc_paseto/core/token/validator.h"
#include "grpc_paseto/interceptor/policy/refusal.h"
#include "grpc_paseto/service/config/durations.h"
#include "grpc_paseto/service/lifecycle/caller.h"
#include "grpc_paseto/service/lifecycle/refusals.h"
#include "grpc_paseto/service/lifecycle/timestamps.h"

namespace paseto::service {
namespace {

absl::Status CheckPolicy(const CallerPolicy& policy, const ExchangeOrder& order) {
  const absl::StatusOr<TokenKind> kind = ParseTokenKind(order.kind);
  if (!kind.ok()) return RequestInvalid("kind", "must be v4.public or v4.local");
  absl::Status allowed = policy.CheckExchangeAudiences(order.audiences);
  allowed.Update(policy.CheckKind(*kind));
  return allowed.ok() ? allowed : ClientNotAllowed(allowed.message());
}

absl::Status CheckParent(const OwnToken& parent, absl::Time now) {
  const absl::Status valid =
      Validator().IgnoreIssuer().IgnoreAudience().ExpectType(std::string(kAccessType)).Validate(parent.claims(), now);
  return valid.ok() ? valid : interceptor::RefusalFromTokenError(valid);
}

// RFC 8693 section 4.1: the present actor outside, those before it within.
absl::StatusOr<std::string> ActorOf(const ClientId& caller, const Claims& parent) {
  JsonObjectWriter actor;
  actor.String("client_id", caller.text());
  if (!parent.actor_json.empty()) actor.Raw("act", parent.actor_json);
  return std::move(actor).Finish();
}

Grant GrantOf(const ExchangeOrder& order, const Claims& parent) {
  Grant grant;
  grant.mutable_audiences()->Assign(order.audiences.begin(), order.audiences.end());
  grant.set_custom_claims_json(parent.custom_json);
  grant.set_kind(order.kind);
  if (order.lifetime.has_value()) SetDuration(*order.lifetime, *grant.mutable_lifetime());
  if (parent.not_before.has_value()) SetTimestamp(*parent.not_before, *grant.mutable_not_before());
  if (parent.auth_time.has_value()) SetTimestamp(*parent.auth_time, *grant.mutable_authenticated_at());
  return grant;
}

}  // namespace

struct Exchanger::Plan {
  std::shared_ptr<const KeySet> keys;
  TokenSpec token;
  TokenStanding parent;
  AuditEvent event;
};

absl::StatusOr<Exchanger::Plan> Exchanger::MakePlan(ExchangeOrder order) const {
  const absl::StatusOr<const CallerPolicy*> policy = EnabledPolicy(dependencies_.policies, order.caller);
  if (!policy.ok()) return policy.status();
  const absl::Time now = dependencies_.clock.Now();
  Plan plan;
  plan.keys = dependencies_.keys.Current();
  if (order.audiences.empty() && !(*policy)->default_exchange_audience().empty()) {
    order.audiences = {(*policy)->default_exchange_audience()};
  }
  if (absl::Status status = CheckPolicy(**policy, order); !status.ok()) return status;
  const absl::StatusOr<OwnToken> parent =
      ReadOwnToken(*plan.keys, dependencies_.settings.issuer, order.token, order.token_assertion);
  if (!parent.ok()) return interceptor::RefusalFromTokenError(parent.status());
  if (absl::Status status = CheckParent(*parent, now); !status.ok()) return status;
  const Claims& claims = parent->claims();
  for (const std::string& scope : order.scopes) {
    if (!claims.HasScope(scope)) return RequestInvalid("scopes", "each must be a scope of the presented token");
  }
  absl::StatusOr<std::string> actor = ActorOf(order.caller, claims);
  if (!actor.ok()) return InternalFailure(actor.status().message());
  AccessTokenOrder access;
  access.client = claims.client_id;
  access.session = claims.session_id;
  access.subject = claims.subject;
  access.type = std::string(kAccessType);
  access.scopes = order.scopes.empty() ? claims.scopes : order.scopes;
  access.implicit_assertion = order.implicit_assertion;
  if ((*policy)->binds_tokens()) access.certificate_sha256 = std::move(order.certificate_sha256);
  access.deadline = *claims.expires_at;
  access.actor_json = *std::move(actor);
  const Grant grant = GrantOf(order, claims);
  const absl::Duration lifetime = AccessLifetime(grant, **policy, dependencies_.settings, dependencies_.random);
  absl::StatusOr<TokenSpec> token = PlanAccessToken(dependencies_, access, grant, lifetime, now);
  if (!token.ok()) return token.status();
  if (absl::Status status = CheckAccessToken(*plan.keys, *token); !status.ok()) return status;
  plan.token = *std::move(token);
  plan.parent = StandingOf(claims);
  plan.event = {.event = "exchange",
                .at = now,
                .by = order.caller.text(),
                .client = claims.client_id.text(),
                .subject = claims.subject,
                .session = claims.session_id.text()};
  return plan;
}

// The head is read before the records are, so the new token's revision is not above what the check saw.
void Exchanger::Exchange(ExchangeOrder order, Done<MadeToken> done) const {
  absl::StatusOr<Plan> plan = MakePlan(std::move(order));
  if (!plan.ok()) return std::move(done)(plan.status());
  dependencies_.store.ReadHead([this, plan = *std::move(plan),
                                done = std::move(done)](absl::StatusOr<FeedPosition> head) mutable {
    if (!head.ok()) return std::move(done)(StoreRefusal(head.status()));
    TokenStanding parent = plan.parent;
    dependencies_.store.IsRevoked(std::move(parent), [this, plan = std::move(plan), revision = head->revision,
                                                      done = std::move(done)](absl::StatusOr<bool> revoked) mutable {
      if (!revoked.ok()) return std::move(done)(StoreRefusal(revoked.status()));
      Answer(std::move(plan), *revoked, revision, std::move(done));
    });
  });
}

void Exchanger::Answer(Plan plan, bool revoked, int64_t revision, Done<MadeToken> done) const {
  AuditEvent event = std::move(plan.event);
  event.outcome = revoked ? "revoked" : "issued";
  event.token = (revoked ? plan.parent.token_id : plan.token.claims.token_id).text();
  auto answer = [plan = std::move(plan), revoked, revision,
                 done = std::move(done)](absl::StatusOr<bool> noted) mutable {
    if (!noted.ok()) return std::move(done)(StoreRefusal(noted.status()));
    if (revoked) return std::move(done)(HolderRevoked());
    std::move(done)(FinishAccessToken(*plan.keys, std::move(plan.token), revision));
  };
  if (!dependencies_.settings.audited) return answer(false);
  dependencies_.store.Note(std::move(event), std::move(answer));
}

}  // namespace paseto::service
