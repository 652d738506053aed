// The built program: what a shell sees of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdio.h>
#include <sys/wait.h>

#include <array>
#include <string>

#include "grpc_paseto/tests/service/cli/run_tokenctl.h"

namespace paseto::service {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class TokenctlProgramTest : public TokenctlTest {
 protected:
  // Exit code and standard output of `tokenctl ARGUMENTS`, run by the shell.
  Ran Shell(const std::string& arguments) {
    FILE* pipe = ::popen((std::string(TOKENCTL) + " " + arguments + " 2>" + Path("err")).c_str(), "r");
    EXPECT_NE(pipe, nullptr);
    std::string out;
    std::array<char, 4096> chunk;
    for (size_t got; (got = ::fread(chunk.data(), 1, chunk.size(), pipe)) > 0;) out.append(chunk.data(), got);
    const int status = ::pclose(pipe);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, out, Read("err")};
  }
};

TEST_F(TokenctlProgramTest, GoesFromAKeyToAVerifiedToken) {
  EXPECT_EQ(Shell("key generate --use client --file " + Path("keys.json")).exit, 0);
  EXPECT_EQ(Shell("client add --issuer https://id.shop --id web --keys " + Path("keys.json") + " > " + Path("t")).exit,
            0);
  const Ran ran = Shell("inspect - --json --keys " + Path("keys.json") + " < " + Path("t"));
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_THAT(ran.out, StartsWith("{\"verified\":true"));
}

TEST_F(TokenctlProgramTest, TellsTheShellWhatHappened) {
  EXPECT_EQ(Shell("--help").exit, 0);
  EXPECT_EQ(Shell("inspect nonsense").exit, 1);
  EXPECT_EQ(Shell("fly").exit, 2);
  const Ran unreachable = Shell("introspect x --server unix:" + Path("absent.sock"));
  EXPECT_EQ(unreachable.exit, 3);
  EXPECT_THAT(unreachable.err, HasSubstr("cannot reach tokend"));
}

}  // namespace
}  // namespace paseto::service
