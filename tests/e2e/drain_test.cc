// SIGTERM to the real program under load.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <sstream>

#include "grpc_paseto/tests/e2e/dev_tokend.h"
#include "grpc_paseto/tests/e2e/refresh_load.h"
#include "grpc_paseto/tests/support/refused_for.h"

namespace paseto::service {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class DrainTest : public ::testing::TestWithParam<int> {
 protected:
  DrainTest() { tokend_.Start(); }
  DevTokend tokend_;
};

TEST_P(DrainTest, EveryCallIsAnsweredAndTheProgramEndsWell) {
  RefreshLoad load(tokend_, 16);
  load.AwaitWarm();
  tokend_.Signal(GetParam());
  const std::vector<RefreshLoad::Client>& clients = load.Join();
  EXPECT_EQ(tokend_.Wait(), 0);
  for (const RefreshLoad::Client& client : clients) {
    // gRPC itself cancels what comes while it closes a connection; that never reaches a handler.
    EXPECT_THAT(client.end.code(), AnyOf(absl::StatusCode::kUnavailable, absl::StatusCode::kCancelled)) << client.end;
  }
  EXPECT_THAT(tokend_.process().err(),
              AllOf(HasSubstr(R"("message":"draining")"), HasSubstr(R"("message":"stopped")")));
  tokend_.Start();
  for (const RefreshLoad::Client& client : clients) EXPECT_THAT(tokend_.Refresh(client.acknowledged.back()), IsOk());
}

INSTANTIATE_TEST_SUITE_P(Signals, DrainTest, ::testing::Values(SIGTERM, SIGINT),
                         [](const auto& info) { return info.param == SIGTERM ? "Sigterm" : "Sigint"; });

// The whole log of a run, gRPC's own messages included.
TEST(LogTest, EveryLineIsAnObjectAndNoneHasAPieceOfAToken) {
  DevTokend tokend;
  tokend.Start();
  RefreshLoad load(tokend, 4);
  load.AwaitWarm();
  tokend.Signal(SIGTERM);
  const std::vector<RefreshLoad::Client>& clients = load.Join();
  tokend.Wait();

  const std::string log = tokend.process().err();
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_THAT(line, AllOf(StartsWith(R"({"time":")"), EndsWith("}")));
  }
  EXPECT_THAT(log, HasSubstr(R"("rpc":"TokenService/Refresh","client":"dev","code":"OK")"));
  EXPECT_THAT(log + tokend.process().out(), AllOf(Not(HasSubstr("v4.public.")), Not(HasSubstr("v4.local."))));
  std::vector<std::string> tokens = {tokend.client_token()};
  for (const RefreshLoad::Client& client : clients) tokens.push_back(client.acknowledged.back().token());
  constexpr size_t kPieceBytes = 16;
  for (const std::string& token : tokens) {
    for (size_t i = 0; i + kPieceBytes <= token.size(); ++i) {
      ASSERT_EQ(log.find(token.substr(i, kPieceBytes)), std::string::npos) << "a piece of a token is in the log";
    }
  }
}

}  // namespace
}  // namespace paseto::service
