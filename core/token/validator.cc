#include "grpc_paseto/core/token/validator.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/token/token_error.h"

namespace paseto {
namespace {

bool Contains(const std::vector<std::string>& values, absl::string_view value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

bool IsFinite(absl::Time time) { return time != absl::InfinitePast() && time != absl::InfiniteFuture(); }

}  // namespace

Validator& Validator::ExpectIssuer(std::string issuer) {
  issuers_.push_back(std::move(issuer));
  ignore_issuer_ = false;
  return *this;
}

Validator& Validator::IgnoreIssuer() {
  issuers_.clear();
  ignore_issuer_ = true;
  return *this;
}

Validator& Validator::ExpectAudience(std::string audience) {
  audiences_.push_back(std::move(audience));
  ignore_audience_ = false;
  return *this;
}

Validator& Validator::IgnoreAudience() {
  audiences_.clear();
  ignore_audience_ = true;
  return *this;
}

Validator& Validator::ExpectType(std::string type) {
  types_.push_back(std::move(type));
  ignore_type_ = false;
  return *this;
}

Validator& Validator::IgnoreType() {
  types_.clear();
  ignore_type_ = true;
  return *this;
}

Validator& Validator::RequireFresh() {
  require_fresh_ = true;
  return *this;
}

Validator& Validator::RequireAnyScope(std::vector<std::string> scopes) {
  any_scopes_ = std::move(scopes);
  return *this;
}

Validator& Validator::RequireAllScopes(std::vector<std::string> scopes) {
  all_scopes_ = std::move(scopes);
  return *this;
}

Validator& Validator::LimitAuthenticationAge(absl::Duration max_age) {
  max_authentication_age_ = max_age;
  return *this;
}

Validator& Validator::LimitTokenAge(absl::Duration max_age) {
  max_token_age_ = max_age;
  return *this;
}

Validator& Validator::AllowMissingExpiry() {
  allow_missing_expiry_ = true;
  return *this;
}

Validator& Validator::AllowClockSkew(absl::Duration skew) {
  skew_ = std::clamp(skew, absl::ZeroDuration(), kMaxClockSkew);
  return *this;
}

absl::Status Validator::Validate(const Claims& claims, absl::Time now) const {
  if (absl::Status status = CheckTime(claims, now); !status.ok()) return status;
  if (absl::Status status = CheckOrigin(claims); !status.ok()) return status;
  return CheckStrength(claims, now);
}

absl::Status Validator::CheckTime(const Claims& claims, absl::Time now) const {
  // absl::Time saturates, so no sum below overflows; but an infinite clock would pass comparisons that mean nothing.
  if (!IsFinite(now)) return MakeTokenError(TokenError::kExpired, "the clock shows no usable time");
  if (claims.not_before.has_value() && *claims.not_before > now + skew_) {
    return MakeTokenError(TokenError::kNotYetValid, "the token is not valid yet");
  }
  if (claims.issued_at.has_value() && *claims.issued_at > now + skew_) {
    return MakeTokenError(TokenError::kNotYetValid, "the token was issued in the future");
  }
  if (!claims.expires_at.has_value()) {
    if (allow_missing_expiry_) return absl::OkStatus();
    return MakeTokenError(TokenError::kExpired, "the token has no expiry");
  }
  if (now - skew_ > *claims.expires_at) return MakeTokenError(TokenError::kExpired, "the token has expired");
  return absl::OkStatus();
}

absl::Status Validator::CheckOrigin(const Claims& claims) const {
  if (!ignore_issuer_ && (claims.issuer.empty() || !Contains(issuers_, claims.issuer))) {
    return MakeTokenError(TokenError::kWrongIssuer, "the token is from another issuer");
  }
  const auto is_expected = [this](const std::string& audience) { return Contains(audiences_, audience); };
  if (!ignore_audience_ && std::none_of(claims.audiences.begin(), claims.audiences.end(), is_expected)) {
    return MakeTokenError(TokenError::kWrongAudience, "the token is for another audience");
  }
  const bool needs_name = claims.type == kRefreshType || claims.type == kClientType;
  if (ignore_type_ ? needs_name : claims.type.empty() || !Contains(types_, claims.type)) {
    return MakeTokenError(TokenError::kWrongType, "the token is of another type");
  }
  return absl::OkStatus();
}

absl::Status Validator::CheckStrength(const Claims& claims, absl::Time now) const {
  if (require_fresh_ && !claims.fresh.value_or(false)) {
    return MakeTokenError(TokenError::kNotFresh, "a fresh token is required");
  }
  if (max_authentication_age_ != absl::InfiniteDuration()) {
    if (!claims.auth_time.has_value() || *claims.auth_time > now + skew_ ||
        now - *claims.auth_time > max_authentication_age_) {
      return MakeTokenError(TokenError::kAuthenticationTooOld, "the authentication is too old");
    }
  }
  if (max_token_age_ != absl::InfiniteDuration()) {
    if (!claims.issued_at.has_value() || now - *claims.issued_at > max_token_age_) {
      return MakeTokenError(TokenError::kTooOld, "the token is too old");
    }
  }
  const auto is_granted = [&claims](const std::string& scope) { return claims.HasScope(scope); };
  if (!any_scopes_.empty() && std::none_of(any_scopes_.begin(), any_scopes_.end(), is_granted)) {
    return MakeTokenError(TokenError::kScopeMissing, "none of the required scopes is granted");
  }
  if (!std::all_of(all_scopes_.begin(), all_scopes_.end(), is_granted)) {
    return MakeTokenError(TokenError::kScopeMissing, "a required scope is not granted");
  }
  return absl::OkStatus();
}

}  // namespace paseto
