// OwnToken: a token of any type that this service makes, recognised and verified.
#ifndef GRPC_PASETO_SERVICE_LIFECYCLE_OWN_TOKEN_H_
#define GRPC_PASETO_SERVICE_LIFECYCLE_OWN_TOKEN_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "grpc_paseto/core/token/key_set.h"
#include "grpc_paseto/core/token/verifier.h"
#include "grpc_paseto/service/lifecycle/refresh_token.h"
#include "grpc_paseto/service/store/session_store.h"

namespace paseto::service {

// Guarantees: the bytes are genuine under one of our own keys, the issuer is this one, and there is an expiry.
// Does not: say that it is in its time or not revoked.
struct OwnToken {
  std::shared_ptr<const VerifiedToken> token;
  absl::optional<Binding> refresh_binding;  // set for a refresh token only

  const Claims& claims() const { return token->claims(); }
};

// `text` may be wrapped in base64. `caller_assertion` is what the token's access or custom type was issued with.
// Errors: UNAUTHENTICATED with a TokenError: kMalformed for text that is no token, kKeyUnknown when it names no key
// that we have, any other when it names one and is not genuine.
absl::StatusOr<OwnToken> ReadOwnToken(const KeySet& keys, absl::string_view issuer, absl::string_view text,
                                      absl::string_view caller_assertion);

// What decides whether an access, custom or client token is revoked.
TokenStanding StandingOf(const Claims& claims);

// True when the refresh token's tag was made for this row.
bool IsTokenOfSession(const OwnToken& refresh, const Session& session);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_LIFECYCLE_OWN_TOKEN_H_
