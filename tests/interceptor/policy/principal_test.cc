#include "grpc_paseto/interceptor/policy/principal.h"

#include <gmock/gmock.h>

#include "grpc_paseto/tests/support/fake_clock.h"
#include "grpc_paseto/tests/support/token_mint.h"

namespace paseto::interceptor {
namespace {

using ::testing::ElementsAre;

TEST(PrincipalTest, TellsWhatTheTokenSays) {
  FakeClock clock;
  const TokenMint mint(clock);
  const std::string text = mint.Mint("alice", [](TokenSpec& spec) {
    spec.claims.client_id = ClientId("web");
    spec.claims.custom_json = R"({"tenant":"blue"})";
  });
  const TokenKind accept[] = {kV4Public};
  const KeyUse uses[] = {KeyUse::kAccess};
  VerifyOptions options;
  options.accept = accept;
  options.uses = uses;
  const Principal principal(VerifyToken(*mint.board()->keys().Current(), text, options).value());
  EXPECT_FALSE(principal.anonymous());
  EXPECT_EQ(principal.issuer(), TokenMint::kIssuer);
  EXPECT_EQ(principal.subject(), "alice");
  EXPECT_EQ(principal.token_id(), TokenId("token-of-alice"));
  EXPECT_EQ(principal.session_id(), SessionId("session-of-alice"));
  EXPECT_EQ(principal.client_id(), ClientId("web"));
  EXPECT_EQ(principal.type(), "access");
  EXPECT_TRUE(principal.fresh());
  EXPECT_THAT(principal.scopes(), ElementsAre("echo"));
  EXPECT_TRUE(principal.HasScope("echo"));
  EXPECT_EQ(principal.expires_at(), clock.Now() + absl::Minutes(10));
  EXPECT_EQ(principal.custom_claims_json(), R"({"tenant":"blue"})");
  EXPECT_EQ(principal.footer(), "{\"kid\":\"" + principal.key_id().text() + "\"}");
  EXPECT_NE(mint.board()->keys().Current()->Find(principal.key_id()), nullptr);
  EXPECT_EQ(Principal(principal).token(), principal.token());  // copies share the token
}

TEST(PrincipalTest, AnonymousSaysNothing) {
  const Principal principal;
  EXPECT_TRUE(principal.anonymous());
  EXPECT_EQ(principal.subject(), "");
  EXPECT_TRUE(principal.token_id().empty());
  EXPECT_TRUE(principal.scopes().empty());
  EXPECT_FALSE(principal.fresh());
  EXPECT_FALSE(principal.expires_at().has_value());
  EXPECT_EQ(principal.custom_claims_json(), "");
  EXPECT_EQ(principal.footer(), "");
  EXPECT_EQ(principal.key_id(), KeyId());
  EXPECT_EQ(principal.token(), nullptr);
}

}  // namespace
}  // namespace paseto::interceptor
