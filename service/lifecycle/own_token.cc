#include "grpc_paseto/service/lifecycle/own_token.h"

#include <utility>

#include "grpc_paseto/core/paseto/untrusted_token.h"
#include "grpc_paseto/core/token/assertion.h"
#include "grpc_paseto/core/token/footer.h"
#include "grpc_paseto/core/token/token_error.h"
#include "grpc_paseto/core/token/token_wrap.h"
#include "grpc_paseto/service/session/refresh_tag.h"

namespace paseto::service {
namespace {

// Every token has periods, and base64 has none.
bool LooksWrapped(absl::string_view text) { return text.find('.') == absl::string_view::npos; }

absl::StatusOr<bool> NamesRefreshKey(const KeySet& keys, absl::string_view text) {
  const absl::StatusOr<UntrustedToken> untrusted = UntrustedToken::Parse(text);
  if (!untrusted.ok()) return MakeTokenError(TokenError::kMalformed, "this is not a token");
  const absl::StatusOr<absl::optional<KeyId>> id = ReadFooterKeyId(untrusted->untrusted_footer());
  if (!id.ok()) return id.status();
  const Key* key = id->has_value() ? keys.Find(**id) : nullptr;
  return key != nullptr && key->attributes().use == KeyUse::kRefresh;
}

absl::StatusOr<OwnToken> ReadRefreshToken(const KeySet& keys, absl::string_view text) {
  absl::StatusOr<OpenedRefreshToken> opened = OpenRefreshToken(keys, text);
  if (!opened.ok()) return opened.status();
  return OwnToken{std::move(opened->token), std::move(opened->binding)};
}

// A token whose footer is the caller's own text names no key, so those keys are tried.
absl::StatusOr<OwnToken> ReadBearerToken(const KeySet& keys, absl::string_view text, absl::string_view assertion) {
  const TokenKind accept[] = {kV4Public, kV4Local, kV3Public, kV3Local};
  const KeyUse uses[] = {KeyUse::kAccess, KeyUse::kClient};
  const std::string signed_assertion = CallerAssertion(assertion);
  VerifyOptions options;
  options.accept = accept;
  options.uses = uses;
  options.implicit_assertion = signed_assertion;
  options.accept_without_kid = true;
  absl::StatusOr<std::shared_ptr<const VerifiedToken>> token = VerifyToken(keys, text, options);
  if (!token.ok()) return token.status();
  return OwnToken{*std::move(token), absl::nullopt};
}

}  // namespace

absl::StatusOr<OwnToken> ReadOwnToken(const KeySet& keys, absl::string_view issuer, absl::string_view text,
                                      absl::string_view caller_assertion) {
  absl::optional<std::string> unwrapped;
  if (LooksWrapped(text)) {
    unwrapped = UnwrapToken(text);
    if (!unwrapped.has_value()) return MakeTokenError(TokenError::kMalformed, "this is not a token");
    text = *unwrapped;
  }
  const absl::StatusOr<bool> is_refresh = NamesRefreshKey(keys, text);
  if (!is_refresh.ok()) return is_refresh.status();
  absl::StatusOr<OwnToken> token =
      *is_refresh ? ReadRefreshToken(keys, text) : ReadBearerToken(keys, text, caller_assertion);
  if (!token.ok()) return token;
  if (token->claims().issuer != issuer) return MakeTokenError(TokenError::kWrongIssuer, "another issuer made it");
  if (!token->claims().expires_at.has_value()) return MakeTokenError(TokenError::kExpired, "it has no expiry");
  return token;
}

TokenStanding StandingOf(const Claims& claims) {
  TokenStanding standing;
  standing.token_id = claims.token_id;
  standing.session_id = claims.session_id;
  standing.subject = claims.subject;
  standing.client = claims.client_id;
  standing.revision = claims.revision;
  standing.issued_at = claims.issued_at;
  return standing;
}

bool IsTokenOfSession(const OwnToken& refresh, const Session& session) {
  return RefreshTagMatches(session, *refresh.claims().generation, *refresh.refresh_binding, refresh.claims().tag);
}

}  // namespace paseto::service
