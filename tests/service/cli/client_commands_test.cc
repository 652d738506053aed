#include "grpc_paseto/service/cli/client_commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "grpc_paseto/core/token/key_set.h"
#include "grpc_paseto/core/token/verifier.h"
#include "grpc_paseto/service/cli/secret_file.h"
#include "grpc_paseto/tests/service/cli/run_tokenctl.h"
#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto::service {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class ClientCommandsTest : public TokenctlTest {
 protected:
  Ran Add(std::vector<std::string> more) {
    std::vector<std::string> arguments = {"client", "add", "--keys", Path("keys.json"), "--issuer", "https://id.shop"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Run(arguments);
  }
};

TEST_F(ClientCommandsTest, MintsATokenThatTokendTakesForTheClient) {
  MakeKeys();
  const Ran ran = Add({"--id", "web", "--lifetime", "1d"});
  ASSERT_EQ(ran.exit, 0) << ran.err;
  const auto keys = *KeySet::Create(*ReadKeyFile(Path("keys.json")));
  const TokenKind accept[] = {kV4Public};
  const KeyUse uses[] = {KeyUse::kClient};
  VerifyOptions options;
  options.accept = accept;
  options.uses = uses;
  const auto token = VerifyToken(*keys, absl::StripSuffix(ran.out, "\n"), options);
  ASSERT_THAT(token, IsOk());
  const Claims& claims = (*token)->claims();
  EXPECT_EQ(claims.issuer, "https://id.shop");
  EXPECT_EQ(claims.type, "client");
  EXPECT_EQ(claims.client_id, ClientId("web"));
  EXPECT_THAT(claims.audiences, ElementsAre("tokend"));
  EXPECT_EQ(claims.issued_at, clock_.Now());
  EXPECT_EQ(claims.expires_at, clock_.Now() + absl::Hours(24));
  EXPECT_FALSE(claims.token_id.empty());
}

TEST_F(ClientCommandsTest, GivesTheTokenAloneOnStandardOutput) {
  MakeKeys();
  const Ran ran = Add({"--id", "web"});
  EXPECT_THAT(ran.out, StartsWith("v4.public."));
  EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 1);
  EXPECT_THAT(ran.err, HasSubstr("clients: web:"));
}

TEST_F(ClientCommandsTest, WritesTheTokenToANewFileForItsOwnerAlone) {
  MakeKeys();
  const Ran ran = Add({"--id", "web", "--out", Path("web.token"), "--json"});
  EXPECT_EQ(ran.exit, 0);
  EXPECT_THAT(Read("web.token"), StartsWith("v4.public."));
  EXPECT_EQ(Mode("web.token"), 0600);
  EXPECT_THAT(ran.out, AllOf(HasSubstr("\"client_id\":\"web\""), HasSubstr("\"expires_at\":\"2024-03-31T00:00:00Z\""),
                             Not(HasSubstr("v4.public"))));
}

TEST_F(ClientCommandsTest, RefusesToOverwriteAFile) {
  MakeKeys();
  Write("web.token", "precious");
  const Ran ran = Add({"--id", "web", "--out", Path("web.token")});
  EXPECT_EQ(ran.exit, 2);
  EXPECT_EQ(Read("web.token"), "precious");
  EXPECT_THAT(ran.out + ran.err, Not(HasSubstr("v4.public")));
}

TEST_F(ClientCommandsTest, HoldsTheRangeOfLifetimes) {
  MakeKeys();
  for (const char* good : {"1m", "400d"}) EXPECT_EQ(Add({"--id", "web", "--lifetime", good}).exit, 0) << good;
  for (const char* bad : {"59s", "401d", "90", "forever", "-1d", ""}) {
    EXPECT_EQ(Add({"--id", "web", absl::StrCat("--lifetime=", bad)}).exit, 2) << bad;
  }
}

TEST_F(ClientCommandsTest, RefusesIdsThatTheConfigurationRefuses) {
  MakeKeys();
  for (const char* id : {"a b", "*", ".web"}) EXPECT_EQ(Add({"--id", id}).exit, 2) << id;
}

TEST_F(ClientCommandsTest, SaysHowToMakeTheKeyThatIsMissing) {
  ASSERT_EQ(Run({"key", "generate", "--file", Path("keys.json"), "--use", "access"}).exit, 0);
  const Ran ran = Add({"--id", "web"});
  EXPECT_EQ(ran.exit, 2);
  EXPECT_THAT(ran.err, HasSubstr("tokenctl key generate --file " + Path("keys.json") + " --use client"));
}

}  // namespace
}  // namespace paseto::service
