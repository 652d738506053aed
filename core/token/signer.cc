#include "grpc_paseto/core/token/signer.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/token/token_wrap.h"
#include "grpc_paseto/core/token/type_use.h"

namespace paseto {
namespace {

absl::Status CheckSpec(const TokenSpec& spec) {
  if (!spec.claims.expires_at.has_value() && !spec.allow_missing_expiry) {
    return absl::InvalidArgumentError("exp is missing; give the token an expiry, or allow that it has none");
  }
  if (spec.use == KeyUse::kForeign) {
    return absl::InvalidArgumentError("a foreign key only verifies; sign with the use access, refresh or client");
  }
  if (!TypeFitsUse(spec.claims.type, spec.use)) {
    return absl::InvalidArgumentError(
        absl::StrCat("the type claim does not fit a key of the use ", KeyUseName(spec.use)));
  }
  return absl::OkStatus();
}

// A token but for its signature.
struct Unsigned {
  const Key* key;
  std::string payload;
  std::string footer;
};

// What the body has besides the payload.
size_t ProtectionBytes(TokenKind kind) {
  constexpr size_t kV4Signature = 64, kV4NonceAndTag = 32 + 32;
  constexpr size_t kV3Signature = 96, kV3NonceAndTag = 32 + 48;
  const bool local = kind.purpose == Purpose::kLocal;
  if (kind.version == Version::kV4) return local ? kV4NonceAndTag : kV4Signature;
  return local ? kV3NonceAndTag : kV3Signature;
}

size_t Base64UrlSize(size_t bytes) { return (bytes * 4 + 2) / 3; }
size_t PaddedBase64Size(size_t bytes) { return (bytes + 2) / 3 * 4; }

size_t TokenSize(const Unsigned& token, const TokenSpec& spec) {
  size_t size = TokenHeader(spec.kind).size() + Base64UrlSize(token.payload.size() + ProtectionBytes(spec.kind));
  if (!token.footer.empty()) size += 1 + Base64UrlSize(token.footer.size());
  return spec.base64_wrapped ? PaddedBase64Size(size) : size;
}

absl::StatusOr<Unsigned> Prepare(const KeySet& keys, const TokenSpec& spec) {
  if (absl::Status status = CheckSpec(spec); !status.ok()) return status;
  const Key* key = keys.ActiveSigner(spec.kind, spec.use);
  if (key == nullptr) {
    return absl::FailedPreconditionError(absl::StrCat("no ", TokenKindName(spec.kind), " key is active for the use ",
                                                      KeyUseName(spec.use), "; add or activate one"));
  }
  absl::StatusOr<std::string> payload = EncodeClaims(spec.claims);
  if (!payload.ok()) return payload.status();
  Unsigned token{key, *std::move(payload), spec.footer.Render(key->id())};
  if (const size_t size = TokenSize(token, spec); size > kMaxIssuedTokenBytes) {
    return absl::InvalidArgumentError(absl::StrCat("the token has ", size, " bytes, more than ", kMaxIssuedTokenBytes,
                                                   "; shorten its claims or footer"));
  }
  return token;
}

// REQUIRES: the key can sign.
absl::StatusOr<std::string> Protect(const Unsigned& token, absl::string_view assertion) {
  const Key& key = *token.key;
  if (const V4SecretKey* secret = key.v4_secret(); secret != nullptr) {
    return V4PublicSign(*secret, token.payload, token.footer, assertion);
  }
  if (const V4LocalKey* local = key.v4_local(); local != nullptr) {
    return V4LocalSeal(*local, token.payload, token.footer, assertion);
  }
  if (const V3SecretKey* secret = key.v3_secret(); secret != nullptr) {
    return V3PublicSign(*secret, token.payload, token.footer, assertion);
  }
  return V3LocalSeal(*key.v3_local(), token.payload, token.footer, assertion);
}

}  // namespace

absl::StatusOr<std::string> SignToken(const KeySet& keys, const TokenSpec& spec) {
  const absl::StatusOr<Unsigned> token = Prepare(keys, spec);
  if (!token.ok()) return token.status();
  absl::StatusOr<std::string> text = Protect(*token, spec.implicit_assertion);
  if (text.ok() && spec.base64_wrapped) return WrapToken(*text);
  return text;
}

absl::Status CheckSignable(const KeySet& keys, const TokenSpec& spec) { return Prepare(keys, spec).status(); }

}  // namespace paseto
