#include "grpc_paseto/service/cli/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "grpc_paseto/service/cli/outcome.h"

namespace paseto::service {
namespace {

TEST(Report, IsATableForPeopleAndAnObjectForScripts) {
  Report report;
  report.Add("client_id", "web");
  report.Add("fresh", true);
  report.Add("revision", int64_t{-7});
  report.Add("expires_at", absl::FromUnixSeconds(1704067200) + absl::Milliseconds(900));
  report.Add("scopes", std::vector<std::string>{"a", "b"});
  report.AddJson("claims", "{\"n\":1}");
  EXPECT_EQ(report.Text(),
            "client id   web\n"
            "fresh       yes\n"
            "revision    -7\n"
            "expires at  2024-01-01T00:00:00Z\n"
            "scopes      a b\n"
            "claims      {\"n\":1}\n");
  EXPECT_EQ(report.Json(), R"({"client_id":"web","fresh":true,"revision":-7,"expires_at":"2024-01-01T00:00:00Z",)"
                           R"("scopes":["a","b"],"claims":{"n":1}})");
}

TEST(Report, AlignsTables) {
  Report report;
  report.AddTable("keys", {"id", "use"}, {{"long-id", "access"}, {"x", "client"}});
  EXPECT_EQ(report.Text(), "id       use\nlong-id  access\nx        client\n");
  EXPECT_EQ(report.Json(), R"({"keys":[{"id":"long-id","use":"access"},{"id":"x","use":"client"}]})");
}

TEST(Report, GivesScriptsTheExactTextAndPeopleASafeOne) {
  Report report;
  report.Add("subject", "a\x1b[2J\tb\nc");
  EXPECT_EQ(report.Text(), "subject  a?[2J?b?c\n");
  EXPECT_EQ(report.Json(), "{\"subject\":\"a\\u001b[2J\\u0009b\\u000ac\"}");
}

TEST(Printable, ReplacesWhatSteersATerminal) {
  EXPECT_EQ(Printable("caf\xc3\xa9"), "caf\xc3\xa9");
  EXPECT_EQ(Printable("\x1b\x7f\r"), "???");
  EXPECT_EQ(Printable("a\xc2\x9b"
                      "b"),
            "a??b");  // CSI in one character
  EXPECT_EQ(Printable("\xc2\xa0"), "\xc2\xa0");
  EXPECT_EQ(Printable("\xff\xc2"), "??");
}

TEST(Print, SeparatesWhatIsPipedFromWhatIsSaid) {
  Report report;
  report.Add("token", "v4.public.x");
  report.ShowOnly("v4.public.x");
  report.Note("keep it safe");
  std::ostringstream out, err;
  EXPECT_EQ(Print(report, false, out, err), ExitCode::kDone);
  EXPECT_EQ(out.str(), "v4.public.x\n");
  EXPECT_EQ(err.str(), "keep it safe\n");
  std::ostringstream json;
  EXPECT_EQ(Print(report, true, json, err), ExitCode::kDone);
  EXPECT_EQ(json.str(), "{\"token\":\"v4.public.x\"}\n");
}

TEST(Print, SaysWhatFailedAndWhatToDo) {
  const Failure failure{ExitCode::kRefused, "token_expired", "it \"expired\"", "get another"};
  std::ostringstream out, err;
  EXPECT_EQ(Print(failure, false, out, err), ExitCode::kRefused);
  EXPECT_EQ(out.str(), "");
  EXPECT_EQ(err.str(), "tokenctl: token_expired: it \"expired\"\nget another\n");
  std::ostringstream json, silent;
  EXPECT_EQ(Print(failure, true, json, silent), ExitCode::kRefused);
  EXPECT_EQ(json.str(),
            R"({"error":{"exit_code":1,"reason":"token_expired","message":"it \"expired\"","next_step":"get another"}})"
            "\n");
  EXPECT_EQ(silent.str(), "");
}

}  // namespace
}  // namespace paseto::service
