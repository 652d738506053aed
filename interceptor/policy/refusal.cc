#include "grpc_paseto/interceptor/policy/refusal.h"

#include <algorithm>
#include <array>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/types/optional.h"
#include "grpc_paseto/core/token/token_error.h"

namespace paseto::interceptor {
namespace {

using Names = std::array<std::string, v1::Reason_ARRAYSIZE>;

const Names& AllNames() {
  static const Names* const kNames = [] {
    auto* names = new Names();
    for (int number = 0; number < v1::Reason_ARRAYSIZE; ++number) {
      if (!v1::Reason_IsValid(number)) continue;
      (*names)[number] =
          absl::AsciiStrToLower(absl::StripPrefix(v1::Reason_Name(static_cast<v1::Reason>(number)), "REASON_"));
    }
    return names;
  }();
  return *kNames;
}

struct Sentence {
  v1::Reason reason;
  absl::string_view text;
};

Sentence SentenceFor(TokenError error) {
  switch (error) {
    case TokenError::kMalformed:
      return {v1::REASON_TOKEN_MALFORMED, "the credential is not a well-formed token"};
    case TokenError::kNotAccepted:
      return {v1::REASON_TOKEN_NOT_ACCEPTED, "this method does not accept tokens of this kind"};
    case TokenError::kKeyUnknown:
      return {v1::REASON_KEY_UNKNOWN, "no usable key has the key id of the token"};
    case TokenError::kSignatureInvalid:
      return {v1::REASON_SIGNATURE_INVALID, "the token is not genuine"};
    case TokenError::kExpired:
      return {v1::REASON_TOKEN_EXPIRED, "the token expired; refresh it and call again"};
    case TokenError::kNotYetValid:
      return {v1::REASON_TOKEN_NOT_YET_VALID, "the token is not valid yet; check the clocks"};
    case TokenError::kTooOld:
      return {v1::REASON_TOKEN_TOO_OLD, "the token is too old; refresh it and call again"};
    case TokenError::kWrongIssuer:
      return {v1::REASON_WRONG_ISSUER, "this method does not accept the issuer of the token"};
    case TokenError::kWrongAudience:
      return {v1::REASON_WRONG_AUDIENCE, "the token was issued for another audience"};
    case TokenError::kWrongType:
      return {v1::REASON_WRONG_TYPE, "this method needs a token of another type"};
    case TokenError::kNotFresh:
      return {v1::REASON_NOT_FRESH, "this method needs a fresh token; sign in again"};
    case TokenError::kAuthenticationTooOld:
      return {v1::REASON_AUTHENTICATION_TOO_OLD, "the last sign-in lies too far back; sign in again"};
    case TokenError::kScopeMissing:
      return {v1::REASON_SCOPE_MISSING, "the token lacks a scope that this method needs"};
    case TokenError::kRevoked:
      return {v1::REASON_TOKEN_REVOKED, "the token was revoked; sign in again"};
  }
  return {v1::REASON_INTERNAL, "the token could not be judged"};
}

}  // namespace

absl::string_view ReasonName(v1::Reason reason) {
  if (!v1::Reason_IsValid(reason)) return AllNames()[v1::REASON_UNSPECIFIED];
  return AllNames()[reason];
}

absl::StatusCode ReasonCode(v1::Reason reason) {
  switch (reason) {
    case v1::REASON_SCOPE_MISSING:
    case v1::REASON_CLIENT_NOT_ALLOWED:
    case v1::REASON_SUBJECT_DISABLED:
    case v1::REASON_RENEWAL_REFUSED:
      return absl::StatusCode::kPermissionDenied;
    case v1::REASON_TRUST_STALE:
    case v1::REASON_STORE_UNAVAILABLE:
    case v1::REASON_WATCH_ENDED:
    case v1::REASON_SERVER_STOPPING:
      return absl::StatusCode::kUnavailable;
    case v1::REASON_TOO_MANY_FAILURES:
    case v1::REASON_RENEWAL_TOO_SOON:
    case v1::REASON_RATE_LIMITED:
      return absl::StatusCode::kResourceExhausted;
    case v1::REASON_REQUEST_INVALID:
    case v1::REASON_TOKEN_UNVERIFIABLE:
      return absl::StatusCode::kInvalidArgument;
    case v1::REASON_GRACE_EXHAUSTED:
      return absl::StatusCode::kAborted;
    case v1::REASON_KEY_NOT_ACTIVE:
    case v1::REASON_REQUEST_NOT_REPEATABLE:
      return absl::StatusCode::kFailedPrecondition;
    case v1::REASON_REQUEST_ID_TAKEN:
      return absl::StatusCode::kAlreadyExists;
    case v1::REASON_SESSION_UNKNOWN:
    case v1::REASON_STREAM_ELSEWHERE:
      return absl::StatusCode::kNotFound;
    case v1::REASON_UNSPECIFIED:
    case v1::REASON_INTERNAL:
      return absl::StatusCode::kInternal;
    default:
      return absl::StatusCode::kUnauthenticated;
  }
}

absl::Status MakeRefusal(v1::Reason reason, absl::string_view sentence) {
  return absl::Status(ReasonCode(reason), absl::StrCat(ReasonName(reason), ": ", sentence));
}

absl::Status WithoutReason(const absl::Status& refusal) {
  std::string text = absl::AsciiStrToLower(absl::StatusCodeToString(refusal.code()));
  std::replace(text.begin(), text.end(), '_', ' ');
  return absl::Status(refusal.code(), text);
}

absl::Status RefusalFromTokenError(const absl::Status& status) {
  const absl::optional<TokenError> error = GetTokenError(status);
  if (!error.has_value()) return MakeRefusal(v1::REASON_INTERNAL, "the token could not be judged");
  const Sentence sentence = SentenceFor(*error);
  return MakeRefusal(sentence.reason, sentence.text);
}

v1::Reason ReasonOf(absl::string_view status_message) {
  const size_t colon = status_message.find(':');
  if (colon == absl::string_view::npos || colon == 0) return v1::REASON_UNSPECIFIED;
  const absl::string_view name = status_message.substr(0, colon);
  for (int number = 1; number < v1::Reason_ARRAYSIZE; ++number) {
    if (AllNames()[number] == name) return static_cast<v1::Reason>(number);
  }
  return v1::REASON_UNSPECIFIED;
}

}  // namespace paseto::interceptor
