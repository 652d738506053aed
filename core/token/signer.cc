#include "grpc_paseto/core/token/signer.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/token/token_wrap.h"
#include "grpc_paseto/core/token/type_use.h"

namespace paseto {
namespace {

absl::Status CheckSpec(const TokenSpec& spec) {
  if (!spec.claims.expires_at.has_value())
    return absl::InvalidArgumentError("exp is missing; every token has an expiry");
  if (spec.use == KeyUse::kForeign) {
    return absl::InvalidArgumentError("a foreign key only verifies; sign with the use access, refresh or client");
  }
  if (!TypeFitsUse(spec.claims.type, spec.use)) {
    return absl::InvalidArgumentError(
        absl::StrCat("the type claim does not fit a key of the use ", KeyUseName(spec.use)));
  }
  return absl::OkStatus();
}

// REQUIRES: the key can sign.
absl::StatusOr<std::string> Protect(const Key& key, absl::string_view payload, const TokenSpec& spec) {
  const std::string footer = spec.footer.Render(key.id());
  if (const V4SecretKey* secret = key.v4_secret(); secret != nullptr) {
    return V4PublicSign(*secret, payload, footer, spec.implicit_assertion);
  }
  if (const V4LocalKey* local = key.v4_local(); local != nullptr) {
    return V4LocalSeal(*local, payload, footer, spec.implicit_assertion);
  }
  if (const V3SecretKey* secret = key.v3_secret(); secret != nullptr) {
    return V3PublicSign(*secret, payload, footer, spec.implicit_assertion);
  }
  return V3LocalSeal(*key.v3_local(), payload, footer, spec.implicit_assertion);
}

}  // namespace

absl::StatusOr<std::string> SignToken(const KeySet& keys, const TokenSpec& spec) {
  if (absl::Status status = CheckSpec(spec); !status.ok()) return status;
  const Key* key = keys.ActiveSigner(spec.kind, spec.use);
  if (key == nullptr) {
    return absl::FailedPreconditionError(absl::StrCat("no ", TokenKindName(spec.kind), " key is active for the use ",
                                                      KeyUseName(spec.use), "; add or activate one"));
  }
  const absl::StatusOr<std::string> payload = EncodeClaims(spec.claims);
  if (!payload.ok()) return payload.status();
  absl::StatusOr<std::string> token = Protect(*key, *payload, spec);
  if (!token.ok()) return token.status();
  if (spec.base64_wrapped) *token = WrapToken(*token);
  if (token->size() > kMaxIssuedTokenBytes) {
    return absl::InvalidArgumentError(absl::StrCat("the token has ", token->size(), " bytes, more than ",
                                                   kMaxIssuedTokenBytes, "; shorten its claims or footer"));
  }
  return token;
}

}  // namespace paseto
