#include "grpc_paseto/service/cli/token_input.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "grpc_paseto/core/paseto/untrusted_token.h"
#include "grpc_paseto/tests/service/cli/run_tokenctl.h"
#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto::service {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class TokenInputTest : public TokenctlTest {
 protected:
  absl::StatusOr<std::string> FromStandardInput(const std::string& text) {
    std::istringstream in(text);
    return ReadToken({"-", ""}, in);
  }
};

TEST_F(TokenInputTest, ReadsEachSource) {
  std::istringstream in("from-stdin\n");
  EXPECT_THAT(ReadToken({"argument", ""}, in), IsOkAndHolds("argument"));
  EXPECT_THAT(ReadToken({"", Write("f", " from-file \r\n")}, in), IsOkAndHolds("from-file"));
  EXPECT_THAT(ReadToken({"-", ""}, in), IsOkAndHolds("from-stdin"));
}

TEST_F(TokenInputTest, WantsExactlyOneSource) {
  std::istringstream in("x");
  EXPECT_THAT(ReadToken({"", ""}, in), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("one way")));
  EXPECT_THAT(ReadToken({"a", "b"}, in), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("one way")));
}

TEST_F(TokenInputTest, RefusesWhatCannotBeOneToken) {
  for (const char* text : {"", " \n", "one two", "one\ntwo", "a\x01", "caf\xc3\xa9"}) {
    EXPECT_THAT(FromStandardInput(text), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
}

TEST_F(TokenInputTest, HoldsTheLimitOfTokens) {
  EXPECT_THAT(FromStandardInput(std::string(kMaxTokenBytes, 'a')), IsOk());
  EXPECT_THAT(FromStandardInput(std::string(kMaxTokenBytes + 1, 'a')),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("longer")));
  EXPECT_THAT(FromStandardInput(std::string(10 * kMaxTokenBytes, 'a')), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(TokenInputTest, NamesTheFileAndNotItsContent) {
  EXPECT_THAT(ReadTokenFile(Path("absent")), StatusIs(absl::StatusCode::kNotFound, HasSubstr("absent")));
  EXPECT_THAT(ReadTokenFile(Write("two", "HUNTER2 HUNTER2")),
              StatusIs(absl::StatusCode::kInvalidArgument, AllOf(HasSubstr("two: "), Not(HasSubstr("HUNTER2")))));
}

}  // namespace
}  // namespace paseto::service
