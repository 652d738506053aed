#include "grpc_paseto/service/lifecycle/revoke.h"

#include <algorithm>
#include <utility>

#include "grpc_paseto/core/token/token_error.h"
#include "grpc_paseto/core/token/validator.h"
#include "grpc_paseto/service/lifecycle/caller.h"
#include "grpc_paseto/service/lifecycle/client_token.h"
#include "grpc_paseto/service/lifecycle/refusals.h"

namespace paseto::service {
namespace {

constexpr int64_t kNothingToRevoke = 0;

// What became of a token that ReadOwnToken did not give: OK when its being revoked already is true of it.
absl::Status JudgeUnread(const absl::Status& status) {
  const absl::optional<TokenError> error = GetTokenError(status);
  if (error == TokenError::kMalformed) return RequestInvalid("token", "is not a token of this service");
  if (error == TokenError::kKeyUnknown || error == TokenError::kExpired) return absl::OkStatus();
  return TokenUnverifiable(
      "the token names a key of this service and does not verify under it; give its implicit assertion, or check its "
      "text");
}

RevocationKind KindOf(RevokeOrder::Target target) {
  switch (target) {
    case RevokeOrder::Target::kToken:
      return RevocationKind::kToken;
    case RevokeOrder::Target::kSession:
      return RevocationKind::kSession;
    case RevokeOrder::Target::kSubject:
      return RevocationKind::kSubject;
    case RevokeOrder::Target::kClient:
      return RevocationKind::kClient;
    case RevokeOrder::Target::kKey:
    case RevokeOrder::Target::kEverything:
      break;
  }
  return RevocationKind::kEverything;
}

absl::Status CheckMayRevoke(const CallerPolicy& caller, const RevokeOrder& order) {
  if (order.target == RevokeOrder::Target::kSubject) {
    if (caller.may_revoke_subjects()) return absl::OkStatus();
    return ClientNotAllowed("the client may not revoke subjects; the operator allows it with revoke_subjects");
  }
  const bool itself = order.target == RevokeOrder::Target::kClient && order.id == caller.client().text();
  if (itself || caller.may_revoke_all()) return absl::OkStatus();
  return ClientNotAllowed("the client may not revoke clients and everything; the operator allows it with revoke_all");
}

}  // namespace

void Revoker::Revoke(RevokeOrder order, RevokeDone done) const {
  if (order.target == RevokeOrder::Target::kToken) return RevokeToken(std::move(order), std::move(done));
  if (order.caller.empty()) {
    return std::move(done)(ClientNotAllowed("only configured clients may revoke by name; send a client token"));
  }
  const absl::StatusOr<const CallerPolicy*> policy = EnabledPolicy(dependencies_.policies, order.caller);
  if (!policy.ok()) return std::move(done)(policy.status());
  if (order.target == RevokeOrder::Target::kSession) {
    return RevokeSession(**policy, SessionId(std::move(order.id)), std::move(done));
  }
  if (order.target == RevokeOrder::Target::kKey) return RevokeKey(**policy, order.id, std::move(done));
  RevokeHolder(**policy, std::move(order), std::move(done));
}

void Revoker::RevokeToken(RevokeOrder order, RevokeDone done) const {
  absl::StatusOr<OwnToken> token =
      ReadOwnToken(*dependencies_.keys.Current(), dependencies_.settings.issuer, order.id, order.implicit_assertion);
  if (!token.ok()) {
    const absl::Status refusal = JudgeUnread(token.status());
    if (!refusal.ok()) return std::move(done)(refusal);
    return std::move(done)(kNothingToRevoke);
  }
  // The wall clock may run ahead, and a token that looks expired by it be valid again once it is set right.
  if (dependencies_.forget_clock.Now() > *token->claims().expires_at) return std::move(done)(kNothingToRevoke);
  if (token->refresh_binding.has_value()) return RevokeRefreshToken(*std::move(token), order.caller, std::move(done));
  if (!order.whole_session) return RevokeBearerToken(token->claims(), order.caller, std::move(done));
  RevokeSessionOfToken(*std::move(token), order.caller, std::move(done));
}

void Revoker::RevokeRefreshToken(OwnToken token, ClientId by, RevokeDone done) const {
  const SessionId id = token.claims().session_id;
  dependencies_.store.Find(id, [this, token = std::move(token), by = std::move(by),
                                done = std::move(done)](absl::StatusOr<absl::optional<Session>> found) mutable {
    if (!found.ok()) return std::move(done)(StoreRefusal(found.status()));
    if (!found->has_value()) return std::move(done)(kNothingToRevoke);
    if (!IsTokenOfSession(token, **found)) {
      return std::move(done)(TokenUnverifiable("the refresh token was not made for its session"));
    }
    RevokeFoundSession(**found, std::move(by), std::move(done));
  });
}

void Revoker::RevokeSessionOfToken(OwnToken token, ClientId by, RevokeDone done) const {
  const SessionId id = token.claims().session_id;
  if (id.empty()) return RevokeBearerToken(token.claims(), std::move(by), std::move(done));
  dependencies_.store.Find(id, [this, token = std::move(token), by = std::move(by),
                                done = std::move(done)](absl::StatusOr<absl::optional<Session>> found) mutable {
    if (!found.ok()) return std::move(done)(StoreRefusal(found.status()));
    if (!found->has_value()) return RevokeBearerToken(token.claims(), std::move(by), std::move(done));
    RevokeFoundSession(**found, std::move(by), std::move(done));
  });
}

void Revoker::RevokeBearerToken(const Claims& claims, ClientId by, RevokeDone done) const {
  if (claims.token_id.empty()) return std::move(done)(TokenUnverifiable("the token has no id (jti) to revoke it by"));
  RevocationOrder order;
  order.kind = RevocationKind::kToken;
  order.id = claims.token_id.text();
  order.forget_after = *claims.expires_at + kMaxClockSkew;
  order.keep_until = order.forget_after;
  order.by = std::move(by);
  Append(std::move(order), std::move(done));
}

void Revoker::RevokeFoundSession(const Session& session, ClientId by, RevokeDone done) const {
  RevocationOrder order;
  order.kind = RevocationKind::kSession;
  order.id = session.id.text();
  order.forget_after = dependencies_.clock.Now() + dependencies_.settings.verifier_retention();
  order.keep_until = std::max(order.forget_after, session.absolute_deadline);
  order.by = std::move(by);
  Append(std::move(order), std::move(done));
}

void Revoker::RevokeSession(const CallerPolicy& caller, SessionId session, RevokeDone done) const {
  dependencies_.store.Find(std::move(session), [this, &caller, done = std::move(done)](
                                                   absl::StatusOr<absl::optional<Session>> found) mutable {
    if (!found.ok()) return std::move(done)(StoreRefusal(found.status()));
    if (!found->has_value()) return std::move(done)(kNothingToRevoke);
    if ((*found)->client != caller.client() && !caller.may_revoke_subjects()) {
      return std::move(done)(ClientNotAllowed("the session belongs to another client"));
    }
    RevokeFoundSession(**found, caller.client(), std::move(done));
  });
}

void Revoker::RevokeHolder(const CallerPolicy& caller, RevokeOrder order, RevokeDone done) const {
  if (absl::Status status = CheckMayRevoke(caller, order); !status.ok()) return std::move(done)(status);
  const LifecycleSettings& settings = dependencies_.settings;
  const absl::Time now = dependencies_.clock.Now();
  RevocationOrder record;
  record.kind = KindOf(order.target);
  record.by = std::move(order.caller);
  record.id = std::move(order.id);
  const bool concerns_clients = record.kind != RevocationKind::kSubject;
  const absl::Duration retention = settings.verifier_retention();
  record.forget_after = now + (concerns_clients ? std::max(retention, kLongestClientToken + kMaxClockSkew) : retention);
  record.keep_until = std::max(record.forget_after, now + settings.store_retention());
  Append(std::move(record), std::move(done));
}

void Revoker::RevokeKey(const CallerPolicy& caller, const std::string& key_id, RevokeDone done) const {
  if (!caller.may_revoke_all()) {
    return std::move(done)(ClientNotAllowed("the client may not revoke keys; the operator allows it with revoke_all"));
  }
  const ClientId& by = caller.client();
  dependencies_.revoke_key(key_id, by, [done = std::move(done)](absl::StatusOr<FeedPosition> position) mutable {
    if (absl::IsNotFound(position.status())) {
      return std::move(done)(RequestInvalid("key_id", "names no key of this service"));
    }
    if (!position.ok()) return std::move(done)(StoreRefusal(position.status()));
    std::move(done)(position->revision);
  });
}

void Revoker::Append(RevocationOrder order, RevokeDone done) const {
  dependencies_.store.Revoke(
      std::move(order), dependencies_.clock.Now(),
      [this, done = std::move(done)](absl::StatusOr<FeedPosition> position) mutable {
        if (!position.ok()) return std::move(done)(StoreRefusal(position.status()));
        dependencies_.when_in_force(
            *position, [revision = position->revision, done = std::move(done)](absl::Status applied) mutable {
              if (!applied.ok()) return std::move(done)(NotInForceYet(applied));
              std::move(done)(revision);
            });
      });
}

}  // namespace paseto::service
