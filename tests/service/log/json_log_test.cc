#include "grpc_paseto/service/log/json_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>

namespace paseto::service {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;

class JsonLogTest : public ::testing::Test {
 protected:
  std::ostringstream out_;
  const JsonLog log_{out_, LogSeverity::kInfo};
};

TEST_F(JsonLogTest, LineIsOneJsonObject) {
  log_.Message(LogSeverity::kWarn, "careful", {{"address", "127.0.0.1:1"}, {"number", int64_t{-7}}});
  EXPECT_THAT(out_.str(), MatchesRegex(R"(\{"time":"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{3}Z",)"
                                       R"("level":"warning","message":"careful","address":"127\.0\.0\.1:1",)"
                                       R"("number":-7\})"
                                       "\n"));
}

TEST_F(JsonLogTest, ValueCannotEndItsLineOrAddAMember) {
  log_.Message(LogSeverity::kInfo, "a\",\"level\":\"error\n{\\");
  const std::string text = out_.str();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  EXPECT_THAT(text, HasSubstr(R"("message":"a\",\"level\":\"error\u000a{\\"})"));
}

TEST_F(JsonLogTest, TextThatIsNotUtf8IsLeftOut) {
  log_.Message(LogSeverity::kInfo, "\xFF\xFE");
  EXPECT_THAT(out_.str(), HasSubstr("not UTF-8"));
}

TEST_F(JsonLogTest, LessSevereLinesAreNotWritten) {
  log_.Message(LogSeverity::kDebug, "details");
  EXPECT_THAT(out_.str(), IsEmpty());
}

}  // namespace
}  // namespace paseto::service
