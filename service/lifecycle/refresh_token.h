// Refresh tokens: a generation of a session as text, and back.
//
// A refresh token is v4.local under a refresh key, so only this service reads it. Its implicit assertion is
// TokenAssertion("refresh", client, binding). Whoever opens it must give that again, and a mere holder (who may always
// revoke it) knows neither part; so the footer names the client and the kind of binding beside the key id:
//
//   {"kid":"k4.lid....","client_id":"web","bound_to":"client"}
//
// Before verification these two only choose the assertion to verify with, as the key id chooses the key: footer and
// assertion are both authenticated, so a changed footer does not verify.
#ifndef GRPC_PASETO_SERVICE_LIFECYCLE_REFRESH_TOKEN_H_
#define GRPC_PASETO_SERVICE_LIFECYCLE_REFRESH_TOKEN_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "grpc_paseto/core/token/assertion.h"
#include "grpc_paseto/core/token/key_set.h"
#include "grpc_paseto/core/token/verifier.h"
#include "grpc_paseto/service/lifecycle/access_token.h"
#include "grpc_paseto/service/session/session.h"

namespace paseto::service {

// The binding of `kind` for a session of `client`.
Binding BindingFor(Binding::Kind kind, const ClientId& client);

// The token of the session's present generation. It expires at the session's absolute deadline.
// Errors: key_not_active.
absl::StatusOr<MadeToken> MakeRefreshToken(const KeySet& keys, const std::string& issuer, const Session& session,
                                           const Binding& binding, absl::Time now);

// OK when a refresh key is active. Errors: key_not_active.
absl::Status CheckRefreshKey(const KeySet& keys);

// A refresh token whose bytes are genuine.
// Does not: say that the tag is right, or that the generation is the present one. Both take the session's row.
struct OpenedRefreshToken {
  std::shared_ptr<const VerifiedToken> token;  // with sid, gen, tag, client_id and exp
  Binding binding;

  const Claims& claims() const { return token->claims(); }
};

// Errors: UNAUTHENTICATED with a TokenError, as VerifyToken.
absl::StatusOr<OpenedRefreshToken> OpenRefreshToken(const KeySet& keys, absl::string_view text);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_LIFECYCLE_REFRESH_TOKEN_H_
