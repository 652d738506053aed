#include "grpc_paseto/core/token/validator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "grpc_paseto/tests/core/token/token_test_support.h"

namespace paseto {
namespace {

Validator Default() { return Validator().ExpectIssuer("https://id.shop").ExpectAudience("shop").ExpectType("access"); }

constexpr absl::Duration kSecond = absl::Seconds(1);

TEST(ValidatorTest, AcceptsATokenThatMeetsEveryRule) {
  EXPECT_THAT(Default().Validate(AccessClaims(), TestNow()), IsOk());
}

TEST(ValidatorTest, ExpiryIsInclusive) {
  Claims claims = AccessClaims();
  claims.issued_at.reset();
  claims.expires_at = TestNow();
  EXPECT_THAT(Default().Validate(claims, TestNow() - kSecond), IsOk());
  EXPECT_THAT(Default().Validate(claims, TestNow()), IsOk());
  EXPECT_THAT(Default().Validate(claims, TestNow() + absl::Nanoseconds(1)), IsRefused(TokenError::kExpired));
  EXPECT_THAT(Default().Validate(claims, TestNow() + kSecond), IsRefused(TokenError::kExpired));
}

TEST(ValidatorTest, NotBeforeIsInclusive) {
  Claims claims = AccessClaims();
  claims.issued_at.reset();
  claims.not_before = TestNow();
  EXPECT_THAT(Default().Validate(claims, TestNow() - kSecond), IsRefused(TokenError::kNotYetValid));
  EXPECT_THAT(Default().Validate(claims, TestNow()), IsOk());
  EXPECT_THAT(Default().Validate(claims, TestNow() + kSecond), IsOk());
}

TEST(ValidatorTest, IssuedAtIsInclusive) {
  const Claims claims = AccessClaims();
  EXPECT_THAT(Default().Validate(claims, TestNow() - kSecond), IsRefused(TokenError::kNotYetValid));
  EXPECT_THAT(Default().Validate(claims, TestNow()), IsOk());
  EXPECT_THAT(Default().Validate(claims, TestNow() + kSecond), IsOk());
}

TEST(ValidatorTest, SkewMovesEachTimeBoundBySoMuch) {
  constexpr absl::Duration kSkew = absl::Seconds(30);
  const Validator validator = Default().AllowClockSkew(kSkew);
  Claims claims = AccessClaims();
  claims.not_before = TestNow();
  EXPECT_THAT(validator.Validate(claims, TestNow() - kSkew), IsOk());
  EXPECT_THAT(validator.Validate(claims, TestNow() - kSkew - kSecond), IsRefused(TokenError::kNotYetValid));
  claims.not_before.reset();
  EXPECT_THAT(validator.Validate(claims, TestNow() - kSkew), IsOk());
  EXPECT_THAT(validator.Validate(claims, TestNow() - kSkew - kSecond), IsRefused(TokenError::kNotYetValid));
  EXPECT_THAT(validator.Validate(claims, *claims.expires_at + kSkew), IsOk());
  EXPECT_THAT(validator.Validate(claims, *claims.expires_at + kSkew + kSecond), IsRefused(TokenError::kExpired));
}

TEST(ValidatorTest, SkewIsCutToItsMaximum) {
  const Claims claims = AccessClaims();
  const Validator validator = Default().AllowClockSkew(absl::InfiniteDuration());
  EXPECT_THAT(validator.Validate(claims, *claims.expires_at + kMaxClockSkew), IsOk());
  EXPECT_THAT(validator.Validate(claims, *claims.expires_at + kMaxClockSkew + kSecond),
              IsRefused(TokenError::kExpired));
}

TEST(ValidatorTest, NegativeSkewIsNone) {
  const Claims claims = AccessClaims();
  EXPECT_THAT(Default().AllowClockSkew(-kSecond).Validate(claims, *claims.expires_at), IsOk());
}

TEST(ValidatorTest, TimesNearTheEndsDoNotOverflow) {
  Claims claims = AccessClaims();
  claims.issued_at.reset();
  const Validator validator = Default().AllowClockSkew(kMaxClockSkew);
  claims.expires_at = absl::InfiniteFuture() - kSecond;
  EXPECT_THAT(validator.Validate(claims, TestNow()), IsOk());
  claims.expires_at = absl::UniversalEpoch() - absl::Hours(24 * 366 * 9000);
  EXPECT_THAT(validator.Validate(claims, TestNow()), IsRefused(TokenError::kExpired));
  claims.expires_at = absl::FromUnixSeconds(std::numeric_limits<int64_t>::max());
  claims.not_before = absl::FromUnixSeconds(std::numeric_limits<int64_t>::max());
  EXPECT_THAT(validator.Validate(claims, TestNow()), IsRefused(TokenError::kNotYetValid));
  EXPECT_THAT(validator.Validate(claims, absl::FromUnixSeconds(std::numeric_limits<int64_t>::max() - 1)), IsOk());
}

TEST(ValidatorTest, AnInfiniteClockAcceptsNothing) {
  Claims claims = AccessClaims();
  claims.issued_at.reset();
  EXPECT_FALSE(Default().Validate(claims, absl::InfinitePast()).ok());
  EXPECT_FALSE(Default().Validate(claims, absl::InfiniteFuture()).ok());
  claims.expires_at.reset();
  EXPECT_FALSE(Default().AllowMissingExpiry().Validate(claims, absl::InfiniteFuture()).ok());
}

TEST(ValidatorTest, ExpiryIsRequiredUnlessAllowedToBeMissing) {
  Claims claims = AccessClaims();
  claims.expires_at.reset();
  EXPECT_THAT(Default().Validate(claims, TestNow()), IsRefused(TokenError::kExpired));
  EXPECT_THAT(Default().AllowMissingExpiry().Validate(claims, TestNow()), IsOk());
}

TEST(ValidatorTest, AllowingMissingExpiryStillHoldsAGivenOne) {
  EXPECT_THAT(Default().AllowMissingExpiry().Validate(AccessClaims(), TestNow() + absl::Hours(1)),
              IsRefused(TokenError::kExpired));
}

TEST(ValidatorTest, AcceptsNothingWhileNothingIsExpected) {
  const Claims claims = AccessClaims();
  EXPECT_THAT(Validator().IgnoreAudience().IgnoreType().Validate(claims, TestNow()),
              IsRefused(TokenError::kWrongIssuer));
  EXPECT_THAT(Validator().IgnoreIssuer().IgnoreType().Validate(claims, TestNow()),
              IsRefused(TokenError::kWrongAudience));
  EXPECT_THAT(Validator().IgnoreIssuer().IgnoreAudience().Validate(claims, TestNow()),
              IsRefused(TokenError::kWrongType));
  EXPECT_THAT(Validator().IgnoreIssuer().IgnoreAudience().IgnoreType().Validate(claims, TestNow()), IsOk());
}

TEST(ValidatorTest, AbsentClaimsMatchNoExpectation) {
  Claims claims = AccessClaims();
  claims.issuer.clear();
  EXPECT_THAT(Default().ExpectIssuer("").Validate(claims, TestNow()), IsRefused(TokenError::kWrongIssuer));
  claims = AccessClaims();
  claims.audiences.clear();
  EXPECT_THAT(Default().Validate(claims, TestNow()), IsRefused(TokenError::kWrongAudience));
  claims = AccessClaims();
  claims.type.clear();
  EXPECT_THAT(Default().ExpectType("").Validate(claims, TestNow()), IsRefused(TokenError::kWrongType));
}

TEST(ValidatorTest, OneOfSeveralExpectationsSuffices) {
  Claims claims = AccessClaims();
  claims.issuer = "https://other";
  EXPECT_THAT(Default().Validate(claims, TestNow()), IsRefused(TokenError::kWrongIssuer));
  EXPECT_THAT(Default().ExpectIssuer("https://other").Validate(claims, TestNow()), IsOk());
  claims = AccessClaims();
  claims.audiences = {"x", "y"};
  EXPECT_THAT(Default().Validate(claims, TestNow()), IsRefused(TokenError::kWrongAudience));
  EXPECT_THAT(Default().ExpectAudience("y").Validate(claims, TestNow()), IsOk());
  claims = AccessClaims();
  claims.type = "report";
  EXPECT_THAT(Default().Validate(claims, TestNow()), IsRefused(TokenError::kWrongType));
  EXPECT_THAT(Default().ExpectType("report").Validate(claims, TestNow()), IsOk());
}

TEST(ValidatorTest, TextsAreComparedWhole) {
  Claims claims = AccessClaims();
  claims.issuer = "https://id.shop/";
  EXPECT_THAT(Default().Validate(claims, TestNow()), IsRefused(TokenError::kWrongIssuer));
  claims.issuer = "HTTPS://id.shop";
  EXPECT_THAT(Default().Validate(claims, TestNow()), IsRefused(TokenError::kWrongIssuer));
}

TEST(ValidatorTest, IgnoringTheTypeDoesNotMatchRefreshAndClient) {
  Claims claims = AccessClaims();
  const Validator any = Default().IgnoreType();
  for (const absl::string_view type : {kRefreshType, kClientType}) {
    claims.type = std::string(type);
    EXPECT_THAT(any.Validate(claims, TestNow()), IsRefused(TokenError::kWrongType)) << type;
    EXPECT_THAT(Default().ExpectType(claims.type).Validate(claims, TestNow()), IsOk()) << type;
  }
  claims.type = "report";
  EXPECT_THAT(any.Validate(claims, TestNow()), IsOk());
  claims.type.clear();
  EXPECT_THAT(any.Validate(claims, TestNow()), IsOk());
}

TEST(ValidatorTest, TheLastCallOnAnAspectDecides) {
  const Claims claims = AccessClaims();
  EXPECT_THAT(Default().IgnoreIssuer().ExpectIssuer("other").Validate(claims, TestNow()),
              IsRefused(TokenError::kWrongIssuer));
  EXPECT_THAT(Default().IgnoreAudience().ExpectAudience("other").Validate(claims, TestNow()),
              IsRefused(TokenError::kWrongAudience));
  EXPECT_THAT(Default().IgnoreType().ExpectType("other").Validate(claims, TestNow()),
              IsRefused(TokenError::kWrongType));
}

TEST(ValidatorTest, FreshMeansFreshTrue) {
  Claims claims = AccessClaims();
  const Validator validator = Default().RequireFresh();
  EXPECT_THAT(validator.Validate(claims, TestNow()), IsRefused(TokenError::kNotFresh));
  claims.fresh = false;
  EXPECT_THAT(validator.Validate(claims, TestNow()), IsRefused(TokenError::kNotFresh));
  claims.fresh = true;
  EXPECT_THAT(validator.Validate(claims, TestNow()), IsOk());
}

TEST(ValidatorTest, AuthenticationAgeIsBoundedInclusively) {
  Claims claims = AccessClaims();
  const Validator validator = Default().LimitAuthenticationAge(absl::Minutes(5));
  EXPECT_THAT(validator.Validate(claims, TestNow()), IsRefused(TokenError::kAuthenticationTooOld));
  claims.auth_time = TestNow() - absl::Minutes(5);
  EXPECT_THAT(validator.Validate(claims, TestNow()), IsOk());
  EXPECT_THAT(validator.Validate(claims, TestNow() + kSecond), IsRefused(TokenError::kAuthenticationTooOld));
  claims.auth_time = TestNow() + kSecond;
  EXPECT_THAT(validator.Validate(claims, TestNow()), IsRefused(TokenError::kAuthenticationTooOld));
  EXPECT_THAT(Validator(validator).AllowClockSkew(kSecond).Validate(claims, TestNow()), IsOk());
}

TEST(ValidatorTest, TokenAgeIsBoundedInclusively) {
  Claims claims = AccessClaims();
  const Validator validator = Default().LimitTokenAge(absl::Minutes(5));
  EXPECT_THAT(validator.Validate(claims, TestNow() + absl::Minutes(5)), IsOk());
  EXPECT_THAT(validator.Validate(claims, TestNow() + absl::Minutes(5) + kSecond), IsRefused(TokenError::kTooOld));
  claims.issued_at.reset();
  EXPECT_THAT(validator.Validate(claims, TestNow()), IsRefused(TokenError::kTooOld));
}

TEST(ValidatorTest, ScopesAreRequiredByName) {
  Claims claims = AccessClaims();
  claims.scopes = {"read", "write"};
  EXPECT_THAT(Default().RequireAllScopes({"read", "write"}).Validate(claims, TestNow()), IsOk());
  EXPECT_THAT(Default().RequireAllScopes({"read", "admin"}).Validate(claims, TestNow()),
              IsRefused(TokenError::kScopeMissing));
  EXPECT_THAT(Default().RequireAnyScope({"admin", "read"}).Validate(claims, TestNow()), IsOk());
  EXPECT_THAT(Default().RequireAnyScope({"admin", "rea"}).Validate(claims, TestNow()),
              IsRefused(TokenError::kScopeMissing));
  EXPECT_THAT(Default().RequireAnyScope({"read"}).RequireAllScopes({"admin"}).Validate(claims, TestNow()),
              IsRefused(TokenError::kScopeMissing));
  EXPECT_THAT(Default().RequireAnyScope({}).RequireAllScopes({}).Validate(AccessClaims(), TestNow()), IsOk());
}

TEST(ValidatorTest, AMissingScopeIsPermissionDenied) {
  EXPECT_THAT(Default().RequireAllScopes({"admin"}).Validate(AccessClaims(), TestNow()),
              StatusIs(absl::StatusCode::kPermissionDenied));
}

TEST(ValidatorTest, TheFirstFailureInTheDocumentedOrderIsReported) {
  Claims claims = AccessClaims();
  claims.not_before = TestNow() + absl::Hours(2);
  claims.expires_at = TestNow() - kSecond;
  claims.issuer = claims.type = "other";
  claims.audiences = {"other"};
  const Validator validator = Default().RequireFresh().RequireAllScopes({"admin"});
  const auto fails_with = [&](TokenError error) {
    EXPECT_THAT(validator.Validate(claims, TestNow()), IsRefused(error));
  };
  fails_with(TokenError::kNotYetValid);
  claims.not_before.reset();
  fails_with(TokenError::kExpired);
  claims.expires_at = TestNow();
  fails_with(TokenError::kWrongIssuer);
  claims.issuer = "https://id.shop";
  fails_with(TokenError::kWrongAudience);
  claims.audiences = {"shop"};
  fails_with(TokenError::kWrongType);
  claims.type = "access";
  fails_with(TokenError::kNotFresh);
  claims.fresh = true;
  fails_with(TokenError::kScopeMissing);
}

}  // namespace
}  // namespace paseto
