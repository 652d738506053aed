#include "grpc_paseto/interceptor/policy/claim_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/types/optional.h"

namespace paseto::interceptor {
namespace {

using ::testing::HasSubstr;

Claims Sample() {
  Claims claims;
  claims.issuer = "https://id.test";
  claims.subject = "J\u00fcrgen 100%\n";
  claims.token_id = TokenId("t1");
  claims.session_id = SessionId("s1");
  claims.client_id = ClientId("web");
  claims.type = "access";
  claims.scopes = {"orders:read", "orders:write"};
  claims.expires_at = absl::FromUnixSeconds(0);
  claims.actor_json = R"({"sub":"robot"})";
  claims.custom_json = R"({"tenant":"caf\u00e9","level":9007199254740993,"tags":["a", "b"],"none":null,"ok":true})";
  return claims;
}

struct ClaimCase {
  const char* claim;
  absl::optional<std::string> text;
};

TEST(ClaimTextTest, ValuesAreWhatMetadataCarries) {
  const ClaimCase cases[] = {{"iss", "https://id.test"},
                             {"sub", "J%C3%BCrgen 100%25%0A"},
                             {"jti", "t1"},
                             {"sid", "s1"},
                             {"client_id", "web"},
                             {"type", "access"},
                             {"scope", "orders:read orders:write"},
                             {"exp", "1970-01-01T00:00:00Z"},
                             {"iat", absl::nullopt},
                             {"auth_time", absl::nullopt},
                             {"fresh", "false"},
                             {"act", R"({"sub":"robot"})"},
                             {"tenant", "caf%C3%A9"},
                             {"level", "9007199254740993"},
                             {"tags", R"(["a", "b"])"},
                             {"none", "null"},
                             {"ok", "true"},
                             {"other", absl::nullopt}};
  for (const ClaimCase& claim : cases) {
    EXPECT_EQ(CheckClaimToForward(claim.claim), "") << claim.claim;
    EXPECT_EQ(ClaimText(Sample(), claim.claim), claim.text) << claim.claim;
    EXPECT_EQ(ClaimText(Claims(), claim.claim).has_value(), std::string(claim.claim) == "fresh") << claim.claim;
  }
}

TEST(ClaimTextTest, NamesThatCannotBeForwardedAreRefused) {
  for (const char* name : {"aud", "nbf", "gen", "tag", "rev", "cnf"}) {
    EXPECT_THAT(CheckClaimToForward(name), HasSubstr("client_id")) << name;
  }
  EXPECT_THAT(CheckClaimToForward(""), HasSubstr("names no claim"));
  EXPECT_EQ(CheckClaimToForward(std::string(64, 'x')), "");
  EXPECT_THAT(CheckClaimToForward(std::string(65, 'x')), HasSubstr("64"));
}

}  // namespace
}  // namespace paseto::interceptor
