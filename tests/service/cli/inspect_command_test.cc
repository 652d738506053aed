#include "grpc_paseto/service/cli/inspect_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/ascii.h"
#include "grpc_paseto/core/token/assertion.h"
#include "grpc_paseto/core/token/key_set.h"
#include "grpc_paseto/core/token/signer.h"
#include "grpc_paseto/core/token/token_wrap.h"
#include "grpc_paseto/service/cli/secret_file.h"
#include "grpc_paseto/service/lifecycle/refresh_token.h"
#include "grpc_paseto/tests/service/cli/run_tokenctl.h"

namespace paseto::service {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class InspectCommandTest : public TokenctlTest {
 protected:
  InspectCommandTest() : keys_(*KeySet::Create(*ReadKeyFile(MakeKeys()))) {}

  std::string Sign(TokenKind kind = kV4Public, const std::string& assertion = "") {
    TokenSpec spec;
    spec.kind = kind;
    spec.claims.subject = "ann";
    spec.claims.type = "access";
    spec.claims.expires_at = clock_.Now() + absl::Minutes(10);
    spec.implicit_assertion = CallerAssertion(assertion);
    return *SignToken(*keys_, spec);
  }

  std::shared_ptr<const KeySet> keys_;
};

TEST_F(InspectCommandTest, ShowsAPublicTokenAndSaysThatItIsNotVerified) {
  const Ran ran = Run({"inspect", Sign()});
  EXPECT_EQ(ran.exit, 0);
  EXPECT_THAT(ran.out, AllOf(HasSubstr("verified  no"), HasSubstr("\"sub\":\"ann\""), HasSubstr("k4.pid.")));
  EXPECT_THAT(ran.err, HasSubstr("NOT VERIFIED"));
}

TEST_F(InspectCommandTest, GivesTheClaimsAsAnObjectToScripts) {
  const Ran ran = Run({"inspect", Sign(), "--json"});
  EXPECT_THAT(ran.out, AllOf(HasSubstr("\"verified\":false"), HasSubstr("\"claims\":{\"sub\":\"ann\"")));
  EXPECT_EQ(ran.err, "");
}

TEST_F(InspectCommandTest, VerifiesWithAKeyFile) {
  const Ran ran = Run({"inspect", Sign(), "--keys", Path("keys.json"), "--json"});
  EXPECT_EQ(ran.exit, 0);
  EXPECT_THAT(ran.out, AllOf(HasSubstr("\"verified\":true"), HasSubstr("\"key_use\":\"access\""),
                             HasSubstr("\"expired\":false"), HasSubstr("\"sub\":\"ann\"")));
}

TEST_F(InspectCommandTest, SaysThatAVerifiedTokenHasExpired) {
  const std::string token = Sign();
  clock_.Advance(absl::Minutes(10));
  EXPECT_THAT(Run({"inspect", token, "--keys", Path("keys.json"), "--json"}).out, HasSubstr("\"expired\":false"));
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(Run({"inspect", token, "--keys", Path("keys.json"), "--json"}).out, HasSubstr("\"expired\":true"));
}

TEST_F(InspectCommandTest, RefusesAChangedToken) {
  std::string token = Sign();
  token[20] = token[20] == 'A' ? 'B' : 'A';
  const Ran ran = Run({"inspect", token, "--keys", Path("keys.json")});
  EXPECT_EQ(ran.exit, 1);
  EXPECT_THAT(ran.err, AllOf(HasSubstr("does not verify"), Not(HasSubstr(token.substr(0, 30)))));
  EXPECT_EQ(ran.out, "");
}

TEST_F(InspectCommandTest, TakesTheAssertionThatATokenWasIssuedWith) {
  const std::string token = Sign(kV4Public, "device-7");
  EXPECT_EQ(Run({"inspect", token, "--keys", Path("keys.json")}).exit, 1);
  EXPECT_EQ(Run({"inspect", token, "--keys", Path("keys.json"), "--assertion", "device-7"}).exit, 0);
  EXPECT_EQ(Run({"inspect", token, "--assertion", "device-7"}).exit, 2);
}

TEST_F(InspectCommandTest, ShowsOfAnEncryptedTokenOnlyWhatIsClear) {
  ASSERT_EQ(Run({"key", "generate", "--file", Path("keys.json"), "--use", "access", "--kind", "v4.local"}).exit, 0);
  keys_ = *KeySet::Create(*ReadKeyFile(Path("keys.json")));
  const std::string token = Sign(kV4Local);
  EXPECT_THAT(Run({"inspect", token, "--json"}).out,
              AllOf(HasSubstr("\"kind\":\"v4.local\""), HasSubstr("\"encrypted_bytes\":"), Not(HasSubstr("ann"))));
  EXPECT_THAT(Run({"inspect", token, "--json", "--keys", Path("keys.json")}).out, HasSubstr("\"sub\":\"ann\""));
}

TEST_F(InspectCommandTest, OpensARefreshTokenWithoutItsTag) {
  Session session;
  session.id = SessionId("018d0000-0000-7000-8000-000000000001");
  session.client = ClientId("web");
  session.subject = "ann";
  session.secret = std::string(32, 's');
  session.absolute_deadline = clock_.Now() + absl::Hours(1);
  const auto token = MakeRefreshToken(*keys_, "https://id.shop", session,
                                      BindingFor(Binding::Kind::kClient, session.client), clock_.Now());
  ASSERT_TRUE(token.ok());
  const Ran ran = Run({"inspect", "-", "--json", "--keys", Path("keys.json")}, token->text);
  EXPECT_EQ(ran.exit, 0) << ran.out;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("\"type\":\"refresh\""), HasSubstr("\"gen\":1"), Not(HasSubstr("\"tag\""))));
}

TEST_F(InspectCommandTest, ReadsStandardInputAndFiles) {
  const std::string token = Sign();
  EXPECT_EQ(Run({"inspect", "-"}, token + "\n").exit, 0);
  EXPECT_EQ(Run({"inspect", "--from", Write("token", token + "\n")}).exit, 0);
  EXPECT_EQ(Run({"inspect"}).exit, 2);
  EXPECT_EQ(Run({"inspect", "-", "--from", Path("token")}).exit, 2);
}

TEST_F(InspectCommandTest, UnwrapsBase64) {
  const std::string wrapped = WrapToken(Sign());
  EXPECT_EQ(Run({"inspect", wrapped, "--base64"}).exit, 0);
  EXPECT_EQ(Run({"inspect", wrapped}).exit, 1);
  EXPECT_EQ(Run({"inspect", Sign(), "--base64"}).exit, 1);
}

TEST_F(InspectCommandTest, RefusesWhatIsNoToken) {
  for (const char* text : {"v4.public.", "eyJhbGciOi.J9.x", "v9.public.AAAA", "hello"}) {
    const Ran ran = Run({"inspect", text, "--json"});
    EXPECT_EQ(ran.exit, 1) << text;
    EXPECT_THAT(ran.out, HasSubstr("{\"error\":{\"exit_code\":1")) << text;
  }
}

TEST_F(InspectCommandTest, KeepsTheTerminalSafeFromWhatATokenSays) {
  // A footer that would clear the screen; nobody verified this token.
  const Ran ran = Run({"inspect", "v4.public." + std::string(86, 'A') + ".G1sySg"});
  EXPECT_EQ(ran.exit, 0);
  EXPECT_THAT(ran.out, AllOf(HasSubstr("?[2J"), Not(HasSubstr("\x1b"))));
}

}  // namespace
}  // namespace paseto::service
