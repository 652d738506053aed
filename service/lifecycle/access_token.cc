#include "grpc_paseto/service/lifecycle/access_token.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "grpc_paseto/core/token/assertion.h"
#include "grpc_paseto/service/config/durations.h"
#include "grpc_paseto/service/lifecycle/new_ids.h"
#include "grpc_paseto/service/lifecycle/refusals.h"
#include "grpc_paseto/service/lifecycle/timestamps.h"

namespace paseto::service {
namespace {

constexpr int64_t kLargestRevision = (int64_t{1} << 53) - 1;

// A number from 0 to 1, both included.
double RandomShare(RandomSource& random) {
  uint32_t number = 0;
  const std::string bytes = random.Bytes(sizeof(number));
  std::memcpy(&number, bytes.data(), sizeof(number));
  return static_cast<double>(number) / UINT32_MAX;
}

absl::StatusOr<Footer> FooterOf(const Grant& grant) {
  if (!grant.has_footer()) return Footer();
  switch (grant.footer().content_case()) {
    case v1::Footer::kFooterJson:
      return Footer::Json(grant.footer().footer_json());
    case v1::Footer::kFooterText:
      return Footer::Verbatim(grant.footer().footer_text());
    case v1::Footer::kFooterBytes:
      return Footer::Verbatim(grant.footer().footer_bytes());
    case v1::Footer::CONTENT_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError("footer: it has no content; leave it out or set one of its fields");
}

Claims ClaimsOf(const Dependencies& dependencies, const AccessTokenOrder& order, const Grant& grant,
                absl::Duration lifetime, absl::Time now) {
  Claims claims;
  claims.issuer = dependencies.settings.issuer;
  claims.subject = order.subject;
  claims.audiences.assign(grant.audiences().begin(), grant.audiences().end());
  claims.issued_at = FloorToSecond(now);
  claims.expires_at = FloorToSecond(std::min(now + lifetime, order.deadline));
  if (grant.has_not_before()) claims.not_before = ToAbslTime(grant.not_before());
  claims.token_id = NewTokenId(dependencies.random);
  claims.type = order.type;
  claims.fresh = order.fresh;
  claims.session_id = order.session;
  claims.client_id = order.client;
  claims.scopes = order.scopes;
  if (grant.has_authenticated_at()) claims.auth_time = ToAbslTime(grant.authenticated_at());
  claims.actor_json = order.actor_json;
  claims.certificate_thumbprint_sha256 = order.certificate_sha256;
  claims.custom_json = grant.custom_claims_json();
  return claims;
}

}  // namespace

absl::Duration AccessLifetime(const Grant& grant, const CallerPolicy& policy, const LifecycleSettings& settings,
                              RandomSource& random) {
  absl::optional<absl::Duration> requested;
  if (grant.has_lifetime()) requested = ToAbslDuration(grant.lifetime());
  const double jitter = RandomShare(random) * settings.jitter_permille / 1000;
  return policy.CapLifetime(requested, settings.access_lifetime * (1 - jitter));
}

absl::StatusOr<TokenSpec> PlanAccessToken(const Dependencies& dependencies, const AccessTokenOrder& order,
                                          const Grant& grant, absl::Duration lifetime, absl::Time now) {
  absl::StatusOr<Footer> footer = FooterOf(grant);
  if (!footer.ok()) return SigningRefusal(footer.status());
  const absl::StatusOr<TokenKind> kind = ParseTokenKind(grant.kind());
  if (!kind.ok()) return InternalFailure(kind.status().message());
  TokenSpec plan;
  plan.kind = *kind;
  plan.use = KeyUse::kAccess;
  plan.claims = ClaimsOf(dependencies, order, grant, lifetime, now);
  plan.footer = *std::move(footer);
  plan.implicit_assertion = CallerAssertion(order.implicit_assertion);
  plan.base64_wrapped = grant.base64_wrapped();
  return plan;
}

absl::Status CheckAccessToken(const KeySet& keys, TokenSpec plan) {
  plan.claims.revision = kLargestRevision;
  plan.claims.fresh = false;
  const absl::Status status = CheckSignable(keys, plan);
  return status.ok() ? status : SigningRefusal(status);
}

absl::StatusOr<MadeToken> FinishAccessToken(const KeySet& keys, TokenSpec plan, int64_t revision) {
  plan.claims.revision = revision;
  absl::StatusOr<std::string> text = SignToken(keys, plan);
  if (!text.ok()) return SigningRefusal(text.status());
  return MadeToken{*std::move(text), *plan.claims.expires_at, plan.claims.token_id};
}

}  // namespace paseto::service
