#include "grpc_paseto/service/lifecycle/introspect.h"

#include <utility>

#include "grpc_paseto/core/token/validator.h"
#include "grpc_paseto/service/lifecycle/caller.h"
#include "grpc_paseto/service/lifecycle/refusals.h"

namespace paseto::service {
namespace {

constexpr absl::nullopt_t kInactive = absl::nullopt;

bool InItsTime(const Claims& claims, absl::Time now) {
  return Validator().IgnoreIssuer().IgnoreAudience().ExpectType(claims.type).Validate(claims, now).ok();
}

bool MayKnow(const CallerPolicy& policy, const Claims& claims) {
  return policy.may_introspect_any() || claims.client_id == policy.client();
}

}  // namespace

void Introspector::Introspect(IntrospectOrder order, Done<absl::optional<Claims>> done) const {
  const absl::StatusOr<const CallerPolicy*> policy = EnabledPolicy(dependencies_.policies, order.caller);
  if (!policy.ok()) return std::move(done)(policy.status());
  absl::StatusOr<OwnToken> token =
      ReadOwnToken(*dependencies_.keys.Current(), dependencies_.settings.issuer, order.token, order.implicit_assertion);
  if (!token.ok() || !MayKnow(**policy, token->claims()) || !InItsTime(token->claims(), dependencies_.clock.Now())) {
    return std::move(done)(kInactive);
  }
  if (token->refresh_binding.has_value()) return IntrospectRefreshToken(*std::move(token), std::move(done));
  IntrospectBearerToken(*std::move(token), std::move(done));
}

void Introspector::IntrospectRefreshToken(OwnToken token, Done<absl::optional<Claims>> done) const {
  const SessionId id = token.claims().session_id;
  dependencies_.store.Find(id, [this, token = std::move(token),
                                done = std::move(done)](absl::StatusOr<absl::optional<Session>> found) mutable {
    if (!found.ok()) return std::move(done)(StoreRefusal(found.status()));
    const bool good = found->has_value() && IsGoodRefreshToken(token, **found);
    std::move(done)(good ? absl::optional<Claims>(token.claims()) : kInactive);
  });
}

bool Introspector::IsGoodRefreshToken(const OwnToken& token, const Session& session) const {
  const absl::Time now = dependencies_.clock.Now();
  const CallerPolicy* client = dependencies_.policies.Find(session.client);
  return IsTokenOfSession(token, session) && !session.revoked && now <= session.absolute_deadline &&
         now <= session.idle_deadline && *token.claims().generation == session.generation && client != nullptr &&
         client->enabled();
}

void Introspector::IntrospectBearerToken(OwnToken token, Done<absl::optional<Claims>> done) const {
  const TokenStanding standing = StandingOf(token.claims());
  dependencies_.store.IsRevoked(
      standing, [token = std::move(token), done = std::move(done)](absl::StatusOr<bool> revoked) mutable {
        if (!revoked.ok()) return std::move(done)(StoreRefusal(revoked.status()));
        std::move(done)(*revoked ? kInactive : absl::optional<Claims>(token.claims()));
      });
}

}  // namespace paseto::service
