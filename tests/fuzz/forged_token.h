// Random text is never a token of ours, plain or wrapped, with a key id or without.
#ifndef GRPC_PASETO_TESTS_FUZZ_FORGED_TOKEN_H_
#define GRPC_PASETO_TESTS_FUZZ_FORGED_TOKEN_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "grpc_paseto/core/paseto/check.h"
#include "grpc_paseto/core/token/token_error.h"
#include "grpc_paseto/core/token/verifier.h"

namespace paseto {

inline void CheckForged(const KeySet& keys, absl::Span<const TokenKind> accept, absl::string_view text) {
  constexpr KeyUse kUses[] = {KeyUse::kAccess, KeyUse::kForeign};
  VerifyOptions options;
  options.accept = accept;
  options.uses = kUses;
  options.accept_without_kid = true;
  for (const bool base64_wrapped : {false, true}) {
    options.base64_wrapped = base64_wrapped;
    const auto token = VerifyToken(keys, text, options);
    PASETO_CHECK(!token.ok());
    const absl::optional<TokenError> error = GetTokenError(token.status());
    PASETO_CHECK(error.has_value() && IsInvalid(*error));
  }
}

}  // namespace paseto

#endif  // GRPC_PASETO_TESTS_FUZZ_FORGED_TOKEN_H_
