// SignToken: claims in, token text out.
#ifndef GRPC_PASETO_CORE_TOKEN_SIGNER_H_
#define GRPC_PASETO_CORE_TOKEN_SIGNER_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "grpc_paseto/core/paseto/format.h"
#include "grpc_paseto/core/token/claims.h"
#include "grpc_paseto/core/token/footer.h"
#include "grpc_paseto/core/token/key_set.h"

namespace paseto {

// A token over this size is refused when it is made: gRPC's metadata limit is 8 KiB for all metadata of a call.
inline constexpr size_t kMaxIssuedTokenBytes = 6 * 1024;

// What is to be signed. TokenBuilder (token_builder.h) fills one in by sentences.
struct TokenSpec {
  TokenKind kind = kV4Public;
  KeyUse use = KeyUse::kAccess;
  Claims claims = {};                   // expires_at is required, unless:
  bool allow_missing_expiry = false;    // exp may be absent; the token is good for as long as its key
  Footer footer = {};                   // default: only the key id
  std::string implicit_assertion = {};  // as signed; see assertion.h
  bool base64_wrapped = false;          // wrap the text once more in base64 (standard alphabet, padded)
};

// Signs (public) or seals (local) with the active key of the kind and use.
// Errors: FAILED_PRECONDITION when no such key is active; INVALID_ARGUMENT for claims that cannot be encoded, an
// expires_at that is missing and not allowed to be, a type that does not fit the use (type_use.h), the use kForeign, or
// a token over kMaxIssuedTokenBytes.
absl::StatusOr<std::string> SignToken(const KeySet& keys, const TokenSpec& spec);

// OK when SignToken with the same arguments would give a token: everything but the signature itself. For callers that
// must not begin what they cannot finish.
absl::Status CheckSignable(const KeySet& keys, const TokenSpec& spec);

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_TOKEN_SIGNER_H_
