#include "grpc_paseto/core/token/verifier.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/paseto/untrusted_token.h"
#include "grpc_paseto/core/token/footer.h"
#include "grpc_paseto/core/token/json_outline.h"
#include "grpc_paseto/core/token/rfc3339.h"
#include "grpc_paseto/core/token/token_error.h"
#include "grpc_paseto/core/token/token_identity.h"
#include "grpc_paseto/core/token/token_wrap.h"
#include "grpc_paseto/core/token/type_use.h"

namespace paseto {
namespace {

template <typename T>
bool Contains(absl::Span<const T> values, T value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

absl::StatusOr<UntrustedToken> ParseText(absl::string_view text, const VerifyOptions& options) {
  absl::optional<std::string> unwrapped;
  if (options.base64_wrapped) {
    if (text.size() <= kMaxTokenBytes / 3 * 4) unwrapped = UnwrapToken(text);
    if (!unwrapped.has_value()) return MakeTokenError(TokenError::kMalformed, "the token is not wrapped in base64");
    text = *unwrapped;
  }
  const bool any_legacy = std::any_of(options.accept.begin(), options.accept.end(), IsLegacy);
  absl::StatusOr<UntrustedToken> token =
      any_legacy ? UntrustedToken::ParseAllowingLegacy(text) : UntrustedToken::Parse(text);
  if (!token.ok()) return MakeTokenError(TokenError::kMalformed, token.status().message());
  return token;
}

using Candidates = absl::InlinedVector<const Key*, kMaxKeysTried>;

struct Choice {
  Candidates keys;
  bool is_named = false;  // by the token
};

// `key`, when it is one that the caller accepts for a token that names it.
absl::StatusOr<Choice> ChooseNamed(const Key* key, TokenKind kind, const VerifyOptions& options) {
  if (key == nullptr || key->kind() != kind || !key->CanVerify()) {
    return MakeTokenError(TokenError::kKeyUnknown, "the token names no key that is in use here");
  }
  if (!Contains(options.uses, key->attributes().use)) {
    return MakeTokenError(TokenError::kNotAccepted, "the token is under a key for another use");
  }
  return Choice{{key}, true};
}

// The keys to try for a token that names none: active ones first, then retired, then announced.
Candidates KeysToTry(const KeySet& keys, TokenKind kind, const VerifyOptions& options) {
  Candidates candidates;
  for (const KeyState state : {KeyState::kActive, KeyState::kRetired, KeyState::kAnnounced}) {
    for (const Key& key : keys.keys()) {
      const bool fits = key.kind() == kind && key.attributes().state == state;
      if (fits && Contains(options.uses, key.attributes().use)) candidates.push_back(&key);
      if (candidates.size() == kMaxKeysTried) return candidates;
    }
  }
  return candidates;
}

absl::StatusOr<Choice> ChooseKeys(const KeySet& keys, const UntrustedToken& token, const VerifyOptions& options) {
  const TokenKind kind = token.untrusted_kind();
  const absl::string_view footer = token.untrusted_footer();
  if (const Key* key = keys.FindByFooter(footer)) return ChooseNamed(key, kind, options);  // needs no reading
  const absl::StatusOr<absl::optional<std::string>> kid = ReadFooterKid(footer);
  if (!kid.ok()) return kid.status();
  if (kid->has_value()) return ChooseNamed(keys.FindByKid(**kid), kind, options);
  if (!options.accept_without_kid) return MakeTokenError(TokenError::kKeyUnknown, "the token names no key");
  Candidates candidates = KeysToTry(keys, kind, options);
  if (candidates.empty()) return MakeTokenError(TokenError::kKeyUnknown, "there is no key for such a token here");
  return Choice{std::move(candidates), false};
}

// REQUIRES: of a public token.
size_t SignatureBytes(Version version) {
  switch (version) {
    case Version::kV1:
      return 256;
    case Version::kV3:
      return 96;
    case Version::kV2:
    case Version::kV4:
      break;
  }
  return 64;
}

// Whether the payload, not verified yet, is an object with an exp that lies before `instant`. False when in doubt.
bool SaysItExpired(const UntrustedToken& token, absl::Time instant) {
  if (instant == absl::InfinitePast() || token.untrusted_kind().purpose != Purpose::kPublic) return false;
  const size_t signature_bytes = SignatureBytes(token.untrusted_kind().version);
  absl::string_view payload = token.untrusted_body();
  if (payload.size() < signature_bytes) return false;
  payload.remove_suffix(signature_bytes);
  thread_local std::vector<MemberOutline> members;  // keeps its capacity
  if (!OutlineObject(payload, kMaxPayloadDepth, kMaxPayloadKeys, &members).ok()) return false;
  for (const MemberOutline& member : members) {
    if (member.raw_name != "\"exp\"" || member.raw_value.size() < 2) continue;
    const absl::optional<absl::Time> expiry = ParseRfc3339(member.raw_value.substr(1, member.raw_value.size() - 2));
    return expiry.has_value() && *expiry < instant;
  }
  return false;
}

// The payload, once genuine: a view into `token` or into `opened`. REQUIRES: the key is of the token's kind.
absl::StatusOr<absl::string_view> OpenWith(const Key& key, const UntrustedToken& token, absl::string_view assertion,
                                           std::string* opened) {
  if (key.v4_public() != nullptr) return V4PublicVerify(*key.v4_public(), token, assertion);
  if (key.v3_public() != nullptr) return V3PublicVerify(*key.v3_public(), token, assertion);
  if (key.legacy() != nullptr) return LegacyOpen(*key.legacy(), token, opened);  // has no assertion: Run saw to it
  absl::StatusOr<std::string> payload = key.v4_local() != nullptr ? V4LocalOpen(*key.v4_local(), token, assertion)
                                                                  : V3LocalOpen(*key.v3_local(), token, assertion);
  if (!payload.ok()) return payload.status();
  *opened = *std::move(payload);
  return absl::string_view(*opened);
}

struct Genuine {
  const Key* key;
  absl::string_view payload;
};

absl::StatusOr<Genuine> OpenWithAny(const Candidates& keys, const UntrustedToken& token, absl::string_view assertion,
                                    std::string* opened) {
  for (const Key* key : keys) {
    const absl::StatusOr<absl::string_view> payload = OpenWith(*key, token, assertion, opened);
    if (payload.ok()) return Genuine{key, *payload};
    if (payload.status().code() == absl::StatusCode::kInvalidArgument) {
      return MakeTokenError(TokenError::kMalformed, payload.status().message());
    }
  }
  return MakeTokenError(TokenError::kSignatureInvalid, "the token is not genuine: its signature or tag does not match");
}

absl::StatusOr<Claims> ReadClaims(const Genuine& genuine) {
  const KeyAttributes& attributes = genuine.key->attributes();
  absl::StatusOr<Claims> claims =
      attributes.use == KeyUse::kForeign
          ? ParseForeignClaims(genuine.payload, attributes.foreign_claims, attributes.integer_subject)
          : ParseClaims(genuine.payload);
  if (claims.ok() && !TypeFitsUse(claims->type, attributes.use)) {
    return MakeTokenError(TokenError::kMalformed, "the type claim does not fit the key's use");
  }
  return claims;
}

}  // namespace

// The one that makes VerifiedTokens.
class TokenVerification {
 public:
  static absl::StatusOr<VerifiedToken> Run(const KeySet& keys, absl::string_view text, const VerifyOptions& options) {
    const absl::StatusOr<UntrustedToken> untrusted = ParseText(text, options);
    if (!untrusted.ok()) return untrusted.status();
    const TokenKind kind = untrusted->untrusted_kind();
    if (!Contains(options.accept, kind)) {
      return MakeTokenError(TokenError::kNotAccepted,
                            absl::StrCat(TokenKindName(kind), " tokens are not accepted here"));
    }
    if (options.expected_footer.has_value() && !SameBytes(untrusted->untrusted_footer(), *options.expected_footer)) {
      return MakeTokenError(TokenError::kNotAccepted, "the footer is not the one that is expected");
    }
    if (IsLegacy(kind) && !options.implicit_assertion.empty()) {
      return MakeTokenError(TokenError::kNotAccepted,
                            absl::StrCat(TokenKindName(kind), " tokens cannot be bound to an implicit assertion"));
    }
    const absl::StatusOr<Choice> choice = ChooseKeys(keys, *untrusted, options);
    if (!choice.ok()) return choice.status();
    if (SaysItExpired(*untrusted, options.expired_before)) {
      return MakeTokenError(TokenError::kExpired, "the token has expired");
    }
    if (options.admit_signature != nullptr) {
      if (absl::Status admitted = (*options.admit_signature)(); !admitted.ok()) return admitted;
    }
    std::string opened;
    const absl::StatusOr<Genuine> genuine = OpenWithAny(choice->keys, *untrusted, options.implicit_assertion, &opened);
    if (!genuine.ok()) return genuine.status();
    absl::StatusOr<Claims> claims = ReadClaims(*genuine);
    if (!claims.ok()) return claims.status();

    VerifiedToken token;
    token.kind_ = kind;
    token.names_key_ = choice->is_named;
    token.label_ = genuine->key->label();
    if (untrusted->untrusted_footer() != token.label_->footer) {
      token.other_footer_ = std::make_unique<const std::string>(untrusted->untrusted_footer());
    }
    token.claims_ = *std::move(claims);
    return token;
  }
};

absl::StatusOr<VerifiedToken> VerifyTokenValue(const KeySet& keys, absl::string_view text,
                                               const VerifyOptions& options) {
  return TokenVerification::Run(keys, text, options);
}

absl::StatusOr<std::shared_ptr<const VerifiedToken>> VerifyToken(const KeySet& keys, absl::string_view text,
                                                                 const VerifyOptions& options) {
  absl::StatusOr<VerifiedToken> token = TokenVerification::Run(keys, text, options);
  if (!token.ok()) return token.status();
  return std::make_shared<const VerifiedToken>(*std::move(token));
}

}  // namespace paseto
