#include "grpc_paseto/service/lifecycle/refresh_token.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/paseto/untrusted_token.h"
#include "grpc_paseto/core/token/strict_json.h"
#include "grpc_paseto/core/token/token_error.h"
#include "grpc_paseto/service/lifecycle/refusals.h"
#include "grpc_paseto/service/lifecycle/timestamps.h"
#include "grpc_paseto/service/session/refresh_tag.h"

namespace paseto::service {
namespace {

constexpr JsonLimits kFooterLimits{kMaxFooterBytes, kMaxFooterDepth, kMaxFooterKeys};

absl::Status Malformed() { return MakeTokenError(TokenError::kMalformed, "this is not a refresh token"); }

// REQUIRES: the id of a configured client, whose characters need no escaping.
absl::StatusOr<Footer> ContextFooter(const ClientId& client, Binding::Kind kind) {
  return Footer::Json(
      absl::StrCat(R"({"client_id":")", client.text(), R"(","bound_to":")", BindingKindName(kind), R"("})"));
}

// What the footer says about how the token was made.
struct UntrustedContext {
  ClientId client;
  Binding binding;
};

absl::optional<absl::string_view> TextMember(const StrictJson& json, absl::string_view name) {
  const JsonMember* member = json.Find(name);
  return member == nullptr ? absl::nullopt : AsString(member->value);
}

absl::StatusOr<UntrustedContext> ReadUntrustedContext(absl::string_view untrusted_footer) {
  const absl::StatusOr<StrictJson> json = StrictJson::Parse(untrusted_footer, kFooterLimits);
  if (!json.ok()) return Malformed();
  const absl::optional<absl::string_view> client = TextMember(*json, "client_id");
  const absl::optional<absl::string_view> bound_to = TextMember(*json, "bound_to");
  if (!client.has_value() || client->empty() || !bound_to.has_value()) return Malformed();
  const ClientId id{std::string(*client)};
  for (const Binding::Kind kind : {Binding::Kind::kClient, Binding::Kind::kHolder}) {
    if (*bound_to == BindingKindName(kind)) return UntrustedContext{id, BindingFor(kind, id)};
  }
  return Malformed();
}

}  // namespace

Binding BindingFor(Binding::Kind kind, const ClientId& client) {
  return Binding{kind, kind == Binding::Kind::kClient ? client.text() : std::string()};
}

absl::StatusOr<MadeToken> MakeRefreshToken(const KeySet& keys, const std::string& issuer, const Session& session,
                                           const Binding& binding, absl::Time now) {
  absl::StatusOr<Footer> footer = ContextFooter(session.client, binding.kind);
  if (!footer.ok()) return InternalFailure(footer.status().message());
  TokenSpec spec;
  spec.kind = kV4Local;
  spec.use = KeyUse::kRefresh;
  spec.claims.issuer = issuer;
  spec.claims.subject = session.subject;
  spec.claims.issued_at = FloorToSecond(now);
  spec.claims.expires_at = FloorToSecond(session.absolute_deadline);
  spec.claims.type = std::string(kRefreshType);
  spec.claims.session_id = session.id;
  spec.claims.generation = session.generation;
  spec.claims.tag = RefreshTag(session, session.generation, binding);
  spec.claims.client_id = session.client;
  spec.footer = *std::move(footer);
  spec.implicit_assertion = TokenAssertion(kRefreshType, session.client, binding);
  absl::StatusOr<std::string> text = SignToken(keys, spec);
  if (!text.ok()) return SigningRefusal(text.status());
  return MadeToken{*std::move(text), *spec.claims.expires_at, TokenId()};
}

absl::Status CheckRefreshKey(const KeySet& keys) {
  if (keys.ActiveSigner(kV4Local, KeyUse::kRefresh) != nullptr) return absl::OkStatus();
  return KeyNotActive("no v4.local key is active for the use refresh; the operator adds or activates one");
}

absl::StatusOr<OpenedRefreshToken> OpenRefreshToken(const KeySet& keys, absl::string_view text) {
  const absl::StatusOr<UntrustedToken> untrusted = UntrustedToken::Parse(text);
  if (!untrusted.ok()) return Malformed();
  absl::StatusOr<UntrustedContext> context = ReadUntrustedContext(untrusted->untrusted_footer());
  if (!context.ok()) return context.status();
  const std::string assertion = TokenAssertion(kRefreshType, context->client, context->binding);
  const TokenKind accept[] = {kV4Local};
  const KeyUse uses[] = {KeyUse::kRefresh};
  VerifyOptions options;
  options.accept = accept;
  options.uses = uses;
  options.implicit_assertion = assertion;
  absl::StatusOr<std::shared_ptr<const VerifiedToken>> token = VerifyToken(keys, text, options);
  if (!token.ok()) return token.status();
  const Claims& claims = (*token)->claims();
  const bool complete = claims.client_id == context->client && !claims.session_id.empty() &&
                        claims.generation.has_value() && claims.expires_at.has_value();
  if (!complete) return Malformed();
  return OpenedRefreshToken{*std::move(token), std::move(context->binding)};
}

}  // namespace paseto::service
