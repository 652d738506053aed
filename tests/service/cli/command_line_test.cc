#include "grpc_paseto/service/cli/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "grpc_paseto/tests/service/cli/run_tokenctl.h"

namespace paseto::service {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

using CommandLineTest = TokenctlTest;

TEST_F(CommandLineTest, ExplainsItself) {
  const Ran ran = Run({"--help"});
  EXPECT_EQ(ran.exit, 0);
  for (const char* command : {"key", "client", "issue", "refresh", "revoke", "introspect", "inspect"}) {
    EXPECT_THAT(ran.out, HasSubstr(command));
    EXPECT_EQ(Run({command, "--help"}).exit, 0) << command;
  }
  EXPECT_THAT(Run({"key", "generate", "--help"}).out, HasSubstr("--file"));
}

TEST_F(CommandLineTest, ExitsWithTwoForWrongArguments) {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{},
                                                    {"fly"},
                                                    {"key"},
                                                    {"key", "generate"},
                                                    {"issue"},
                                                    {"inspect", "a", "b"},
                                                    {"key", "list", "--file"},
                                                    {"issue", "--subject", "ann", "--colour", "red"}}) {
    const Ran ran = Run(arguments);
    EXPECT_EQ(ran.exit, 2);
    EXPECT_THAT(ran.err, AllOf(StartsWith("tokenctl: "), HasSubstr("--help")));
    EXPECT_EQ(ran.out, "");
  }
}

TEST_F(CommandLineTest, TakesJsonBeforeAndAfterTheCommand) {
  const std::string keys = MakeKeys();
  EXPECT_THAT(Run({"--json", "key", "list", "--file", keys}).out, StartsWith("{\"keys\":["));
  EXPECT_THAT(Run({"key", "--json", "list", "--file", keys}).out, StartsWith("{\"keys\":["));
  EXPECT_THAT(Run({"key", "list", "--file", keys, "--json"}).out, StartsWith("{\"keys\":["));
}

TEST_F(CommandLineTest, ReportsWrongArgumentsAsJsonWhenAsked) {
  const Ran ran = Run({"issue", "--json"});
  EXPECT_EQ(ran.exit, 2);
  EXPECT_THAT(ran.out, StartsWith("{\"error\":{\"exit_code\":2"));
  EXPECT_EQ(ran.err, "");
}

TEST_F(CommandLineTest, NeverRepeatsATokenThatStandsInTheWrongPlace) {
  const std::string token = "v4.public.HUNTER2HUNTER2HUNTER2HUNTER2HUNTER2HUNTER2";
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"issue", "--subject", "ann", token},
        {token},
        {"key", "generate", "--use", token},
        {"issue", "--token=" + token},
        {"refresh", "a", token},
        {"inspect", "a", "djQucHVibGljLkhVTlRFUjJIVU5URVIySFVOVEVSMkhVTlRFUjI="},
        {"key", "list", "k4.secret.HUNTER2"}}) {
    const Ran ran = Run(arguments);
    EXPECT_EQ(ran.exit, 2);
    EXPECT_THAT(ran.out + ran.err, AllOf(Not(HasSubstr("HUNTER2")), Not(HasSubstr("djQuc"))));
  }
}

TEST_F(CommandLineTest, TakesOneValueForEachScope) {
  // The second word is the token, not another scope: with a token and --from there are two.
  EXPECT_THAT(Run({"refresh", "--scope", "a", "token", "--from", Path("f")}).err, HasSubstr("one way"));
}

}  // namespace
}  // namespace paseto::service
