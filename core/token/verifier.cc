#include "grpc_paseto/core/token/verifier.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/paseto/untrusted_token.h"
#include "grpc_paseto/core/token/footer.h"
#include "grpc_paseto/core/token/token_error.h"
#include "grpc_paseto/core/token/token_wrap.h"
#include "grpc_paseto/core/token/type_use.h"

namespace paseto {
namespace {

template <typename T>
bool Contains(absl::Span<const T> values, T value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

absl::StatusOr<UntrustedToken> ParseText(absl::string_view text, bool base64_wrapped) {
  absl::optional<std::string> unwrapped;
  if (base64_wrapped) {
    if (text.size() <= kMaxTokenBytes / 3 * 4) unwrapped = UnwrapToken(text);
    if (!unwrapped.has_value()) return MakeTokenError(TokenError::kMalformed, "the token is not wrapped in base64");
    text = *unwrapped;
  }
  absl::StatusOr<UntrustedToken> token = UntrustedToken::Parse(text);
  if (!token.ok()) return MakeTokenError(TokenError::kMalformed, token.status().message());
  return token;
}

// The key that the token names, when it is one that the caller accepts.
absl::StatusOr<const Key*> NamedKey(const KeySet& keys, const KeyId& id, TokenKind kind, const VerifyOptions& options) {
  const Key* key = keys.Find(id);
  if (key == nullptr || key->kind() != kind || !key->CanVerify()) {
    return MakeTokenError(TokenError::kKeyUnknown, "the token names no key that is in use here");
  }
  if (!Contains(options.uses, key->attributes().use)) {
    return MakeTokenError(TokenError::kNotAccepted, "the token is under a key for another use");
  }
  return key;
}

// The keys to try for a token that names none: active ones first, then retired, then announced.
std::vector<const Key*> KeysToTry(const KeySet& keys, TokenKind kind, const VerifyOptions& options) {
  std::vector<const Key*> candidates;
  for (const KeyState state : {KeyState::kActive, KeyState::kRetired, KeyState::kAnnounced}) {
    for (const Key& key : keys.keys()) {
      const bool fits = key.kind() == kind && key.attributes().state == state;
      if (fits && Contains(options.uses, key.attributes().use)) candidates.push_back(&key);
      if (candidates.size() == kMaxKeysTried) return candidates;
    }
  }
  return candidates;
}

absl::StatusOr<std::vector<const Key*>> ChooseKeys(const KeySet& keys, const UntrustedToken& token,
                                                   const VerifyOptions& options) {
  const TokenKind kind = token.untrusted_kind();
  absl::StatusOr<absl::optional<KeyId>> id = ReadFooterKeyId(token.untrusted_footer());
  if (!id.ok()) return id.status();
  if (id->has_value()) {
    absl::StatusOr<const Key*> key = NamedKey(keys, **id, kind, options);
    if (!key.ok()) return key.status();
    return std::vector<const Key*>{*key};
  }
  if (!options.accept_without_kid) return MakeTokenError(TokenError::kKeyUnknown, "the token names no key");
  std::vector<const Key*> candidates = KeysToTry(keys, kind, options);
  if (candidates.empty()) return MakeTokenError(TokenError::kKeyUnknown, "there is no key for such a token here");
  return candidates;
}

// The payload, once genuine. REQUIRES: the key is of the token's kind.
absl::StatusOr<std::string> OpenWith(const Key& key, const UntrustedToken& token, absl::string_view assertion) {
  if (const V4LocalKey* local = key.v4_local(); local != nullptr) return V4LocalOpen(*local, token, assertion);
  if (const V3LocalKey* local = key.v3_local(); local != nullptr) return V3LocalOpen(*local, token, assertion);
  const absl::StatusOr<absl::string_view> payload = key.v4_public() != nullptr
                                                        ? V4PublicVerify(*key.v4_public(), token, assertion)
                                                        : V3PublicVerify(*key.v3_public(), token, assertion);
  if (!payload.ok()) return payload.status();
  return std::string(*payload);
}

struct Genuine {
  const Key* key;
  std::string payload;
};

absl::StatusOr<Genuine> OpenWithAny(absl::Span<const Key* const> keys, const UntrustedToken& token,
                                    absl::string_view assertion) {
  for (const Key* key : keys) {
    absl::StatusOr<std::string> payload = OpenWith(*key, token, assertion);
    if (payload.ok()) return Genuine{key, *std::move(payload)};
    if (payload.status().code() == absl::StatusCode::kInvalidArgument) {
      return MakeTokenError(TokenError::kMalformed, payload.status().message());
    }
  }
  return MakeTokenError(TokenError::kSignatureInvalid, "the token is not genuine: its signature or tag does not match");
}

absl::StatusOr<Claims> ReadClaims(const Genuine& genuine) {
  const KeyAttributes& attributes = genuine.key->attributes();
  absl::StatusOr<Claims> claims = attributes.use == KeyUse::kForeign
                                      ? ParseForeignClaims(genuine.payload, attributes.foreign_claims)
                                      : ParseClaims(genuine.payload);
  if (claims.ok() && !TypeFitsUse(claims->type, attributes.use)) {
    return MakeTokenError(TokenError::kMalformed, "the type claim does not fit the key's use");
  }
  return claims;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const VerifiedToken>> VerifyToken(const KeySet& keys, absl::string_view text,
                                                                 const VerifyOptions& options) {
  const absl::StatusOr<UntrustedToken> untrusted = ParseText(text, options.base64_wrapped);
  if (!untrusted.ok()) return untrusted.status();
  const TokenKind kind = untrusted->untrusted_kind();
  if (!Contains(options.accept, kind)) {
    return MakeTokenError(TokenError::kNotAccepted, absl::StrCat(TokenKindName(kind), " tokens are not accepted here"));
  }
  const absl::StatusOr<std::vector<const Key*>> candidates = ChooseKeys(keys, *untrusted, options);
  if (!candidates.ok()) return candidates.status();
  const absl::StatusOr<Genuine> genuine = OpenWithAny(*candidates, *untrusted, options.implicit_assertion);
  if (!genuine.ok()) return genuine.status();
  absl::StatusOr<Claims> claims = ReadClaims(*genuine);
  if (!claims.ok()) return claims.status();

  std::shared_ptr<VerifiedToken> token(new VerifiedToken());
  token->kind_ = kind;
  token->claims_ = *std::move(claims);
  token->footer_ = std::string(untrusted->untrusted_footer());
  token->key_id_ = genuine->key->id();
  token->key_use_ = genuine->key->attributes().use;
  return token;
}

}  // namespace paseto
