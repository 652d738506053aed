#include "grpc_paseto/core/token/token_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "grpc_paseto/core/token/validator.h"
#include "grpc_paseto/tests/core/token/token_test_support.h"

namespace paseto {
namespace {

using ::testing::ElementsAre;

// What a verifier reads out of the token that `builder` makes.
VerifiedToken WhatIsRead(const TokenBuilder& builder) {
  const auto keys = KeysOf({PublicKeyFor(KeyUse::kAccess), LocalKeyFor(KeyUse::kRefresh)});
  const absl::StatusOr<std::string> text = builder.Sign(*keys);
  EXPECT_THAT(text, IsOk());
  return VerifyTokenValue(*keys, text.value(), AcceptAll()).value();
}

TokenBuilder AliceInTheShop() {
  return TokenBuilder(TestNow()).Issuer("https://id.shop").Audience("shop").Subject("alice").Type(kAccessType);
}

TEST(TokenBuilderTest, SaysWhatATokenSays) {
  const VerifiedToken token = WhatIsRead(AliceInTheShop()
                                             .Audience("stock")
                                             .Id(TokenId("t-1"))
                                             .Scope("orders:read")
                                             .Scope("orders:write")
                                             .ExpiresIn(absl::Minutes(5))
                                             .CustomClaims(R"({"tenant":7})")
                                             .WithFooter(Footer::Json(R"({"n":1})").value()));
  const Claims& claims = token.claims();
  EXPECT_EQ(token.kind(), kV4Public);
  EXPECT_EQ(token.key_use(), KeyUse::kAccess);
  EXPECT_EQ(claims.issuer, "https://id.shop");
  EXPECT_THAT(claims.audiences, ElementsAre("shop", "stock"));
  EXPECT_EQ(claims.subject, "alice");
  EXPECT_EQ(claims.type, kAccessType);
  EXPECT_EQ(claims.token_id, TokenId("t-1"));
  EXPECT_THAT(claims.scopes, ElementsAre("orders:read", "orders:write"));
  EXPECT_EQ(claims.issued_at, TestNow());
  EXPECT_EQ(claims.expires_at, TestNow() + absl::Minutes(5));
  EXPECT_EQ(claims.custom_json, R"({"tenant":7})");
  EXPECT_THAT(token.footer(), ::testing::HasSubstr(R"("n":1)"));
}

TEST(TokenBuilderTest, ATokenExpiresAfterTenMinutesUnlessOneSaysOtherwise) {
  const Claims claims = WhatIsRead(AliceInTheShop()).claims();
  EXPECT_EQ(claims.expires_at, TestNow() + absl::Minutes(10));
  const Validator rule = Validator().ExpectIssuer("https://id.shop").ExpectAudience("shop").ExpectType("access");
  EXPECT_THAT(rule.Validate(claims, TestNow() + absl::Minutes(10)), IsOk());
  EXPECT_THAT(rule.Validate(claims, TestNow() + absl::Minutes(10) + absl::Seconds(1)), IsRefused(TokenError::kExpired));
}

TEST(TokenBuilderTest, WithoutExpiryIsSaidInSoManyWords) {
  EXPECT_EQ(WhatIsRead(AliceInTheShop().WithoutExpiry()).claims().expires_at, absl::nullopt);
  TokenSpec spec = AliceInTheShop().Build();
  spec.claims.expires_at.reset();
  EXPECT_THAT(SignToken(*KeysOf({PublicKeyFor(KeyUse::kAccess)}), spec),
              StatusIs(absl::StatusCode::kInvalidArgument, ::testing::HasSubstr("exp")));
}

TEST(TokenBuilderTest, TheLastWordOnExpiryCounts) {
  EXPECT_EQ(WhatIsRead(AliceInTheShop().WithoutExpiry().ExpiresIn(absl::Minutes(1))).claims().expires_at,
            TestNow() + absl::Minutes(1));
  EXPECT_EQ(WhatIsRead(AliceInTheShop().ExpiresIn(absl::Minutes(1)).WithoutExpiry()).claims().expires_at,
            absl::nullopt);
  EXPECT_FALSE(AliceInTheShop().WithoutExpiry().ExpiresIn(absl::Minutes(1)).Build().allow_missing_expiry);
}

TEST(TokenBuilderTest, NamesTheKeyByKindAndUse) {
  const VerifiedToken token = WhatIsRead(AliceInTheShop().Under(kV4Local, KeyUse::kRefresh).Type(kRefreshType));
  EXPECT_EQ(token.kind(), kV4Local);
  EXPECT_EQ(token.key_use(), KeyUse::kRefresh);
}

TEST(TokenBuilderTest, TheImplicitAssertionIsSigned) {
  const auto keys = KeysOf({PublicKeyFor(KeyUse::kAccess)});
  const std::string text = AliceInTheShop().ImplicitAssertion("tenant-1").Sign(*keys).value();
  VerifyOptions options = AcceptAll();
  EXPECT_THAT(VerifyToken(*keys, text, options), IsRefused(TokenError::kSignatureInvalid));
  options.implicit_assertion = "tenant-1";
  EXPECT_THAT(VerifyToken(*keys, text, options), IsOk());
}

TEST(TokenBuilderTest, WhatCannotBeSignedIsAnError) {
  EXPECT_THAT(AliceInTheShop().Sign(*KeysOf({})), StatusIs(absl::StatusCode::kFailedPrecondition));
  const auto keys = KeysOf({PublicKeyFor(KeyUse::kAccess)});
  EXPECT_THAT(AliceInTheShop().ExpiresIn(absl::InfiniteDuration()).Sign(*keys),
              StatusIs(absl::StatusCode::kInvalidArgument, ::testing::HasSubstr("exp")));
}

}  // namespace
}  // namespace paseto
