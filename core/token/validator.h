// Validator: whether genuine claims are acceptable here and now (PASETO "Validators").
//
// Strict by default: exp is required; an issuer or an audience must be expected or ignored by name; the type must be
// expected. It reads as sentences:
//
//   Validator().ExpectIssuer("https://id.shop").ExpectAudience("shop").ExpectType("access").RequireAllScopes({"a"});
//
// Where Expect and Ignore are both called for one claim, the last call decides.
//
// Threads: immutable once built.
#ifndef GRPC_PASETO_CORE_TOKEN_VALIDATOR_H_
#define GRPC_PASETO_CORE_TOKEN_VALIDATOR_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "grpc_paseto/core/token/claims.h"

namespace paseto {

inline constexpr absl::Duration kMaxClockSkew = absl::Minutes(10);

class Validator {
 public:
  Validator& ExpectIssuer(std::string issuer);      // repeated calls: any of them
  Validator& IgnoreIssuer();                        // any issuer, or none
  Validator& ExpectAudience(std::string audience);  // repeated calls: any of them
  Validator& IgnoreAudience();
  Validator& ExpectType(std::string type);  // repeated calls: any of them
  Validator& IgnoreType();                  // any type but refresh and client, which must be expected by name
  Validator& RequireFresh();
  // An empty list requires nothing. A later list replaces an earlier one.
  Validator& RequireAnyScope(std::vector<std::string> scopes);
  Validator& RequireAllScopes(std::vector<std::string> scopes);
  Validator& LimitAuthenticationAge(absl::Duration max_age);  // now - auth_time; a token without auth_time fails
  Validator& LimitTokenAge(absl::Duration max_age);           // now - iat; a token without iat fails
  Validator& AllowMissingExpiry();
  Validator& AllowClockSkew(absl::Duration skew);  // 0 to kMaxClockSkew; more is cut to it

  // nbf <= now + skew, iat <= now + skew, now - skew <= exp (all inclusive), then issuer, audience, type, freshness,
  // ages, scopes. The first that fails is reported. Skew does not lengthen the ages. An infinite `now` accepts nothing.
  // Errors: UNAUTHENTICATED or PERMISSION_DENIED with the TokenError of the failed check.
  absl::Status Validate(const Claims& claims, absl::Time now) const;

 private:
  absl::Status CheckTime(const Claims& claims, absl::Time now) const;
  absl::Status CheckOrigin(const Claims& claims) const;
  absl::Status CheckStrength(const Claims& claims, absl::Time now) const;

  std::vector<std::string> issuers_, audiences_, types_, any_scopes_, all_scopes_;
  bool ignore_issuer_ = false, ignore_audience_ = false, ignore_type_ = false;
  bool require_fresh_ = false, allow_missing_expiry_ = false;
  absl::Duration skew_ = absl::ZeroDuration();
  absl::Duration max_authentication_age_ = absl::InfiniteDuration();
  absl::Duration max_token_age_ = absl::InfiniteDuration();
};

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_TOKEN_VALIDATOR_H_
