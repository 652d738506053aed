// TokenError: why a token was refused, carried inside an absl::Status.
//
// Two families (PASETO "API/UX"): an *invalid* token was never ours or was changed; an *unacceptable* one is genuine
// but not good for this use at this time.
#ifndef GRPC_PASETO_CORE_TOKEN_TOKEN_ERROR_H_
#define GRPC_PASETO_CORE_TOKEN_TOKEN_ERROR_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace paseto {

enum class TokenError {
  // Invalid.
  kMalformed = 1,     // not a token, or its payload or footer breaks a rule
  kNotAccepted,       // a version and purpose, a footer, or a key's use, that the caller does not accept
  kKeyUnknown,        // no usable key has the token's key id, or it names none and that is not allowed
  kSignatureInvalid,  // signature or authentication tag
  // Unacceptable.
  kExpired,
  kNotYetValid,
  kTooOld,
  kWrongIssuer,
  kWrongAudience,
  kWrongType,
  kNotFresh,
  kAuthenticationTooOld,
  kScopeMissing,
  kRevoked,
};

// True for the first family.
bool IsInvalid(TokenError error);

// A status that carries `error`: PERMISSION_DENIED for kScopeMissing, UNAUTHENTICATED for all others. `message` is a
// lower-case sentence without token text.
absl::Status MakeTokenError(TokenError error, absl::string_view message);

// The error that `status` carries; nullopt for a status from elsewhere.
absl::optional<TokenError> GetTokenError(const absl::Status& status);

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_TOKEN_TOKEN_ERROR_H_
