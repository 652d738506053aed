// kill -9 of the real program under load: what it acknowledged is there, and what was used up stays used up.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "grpc_paseto/tests/e2e/dev_tokend.h"
#include "grpc_paseto/tests/e2e/refresh_load.h"
#include "grpc_paseto/tests/support/refused_for.h"

namespace paseto::service {
namespace {

constexpr int kClients = 16;

TEST(CrashTest, NoAcknowledgedRefreshIsLostAndNoUsedTokenWorksAgain) {
  DevTokend tokend;
  tokend.Start();
  for (int round = 0; round < 3; ++round) {
    RefreshLoad load(tokend, kClients);
    load.AwaitWarm();
    tokend.Signal(SIGKILL);
    const std::vector<RefreshLoad::Client>& clients = load.Join();
    EXPECT_EQ(tokend.Wait(), -SIGKILL);
    tokend.Start();
    for (const RefreshLoad::Client& client : clients) {
      ASSERT_GE(client.acknowledged.size(), 3u);
      const v1::IssuedToken& last = client.acknowledged.back();
      const absl::StatusOr<v1::RefreshResponse> next = tokend.Refresh(last);
      ASSERT_THAT(next, IsOk()) << "an acknowledged refresh was lost";
      EXPECT_EQ(tokend.GenerationOf(next->refresh_token()), tokend.GenerationOf(last) + 1);
      const v1::IssuedToken& used = client.acknowledged[client.acknowledged.size() - 3];
      EXPECT_THAT(tokend.Refresh(used), RefusedFor(v1::REASON_REFRESH_REUSED));
      EXPECT_THAT(tokend.Refresh(next->refresh_token()), RefusedFor(v1::REASON_SESSION_REVOKED));
    }
  }
}

TEST(CrashTest, AcknowledgedRevocationHolds) {
  DevTokend tokend;
  tokend.Start();
  std::vector<v1::IssueResponse> pairs;
  for (int i = 0; i < kClients; ++i) pairs.push_back(tokend.IssuePair("alice").value());
  for (const v1::IssueResponse& pair : pairs) ASSERT_THAT(tokend.RevokeToken(pair.refresh_token()), IsOk());
  tokend.Signal(SIGKILL);
  tokend.Wait();
  tokend.Start();
  for (const v1::IssueResponse& pair : pairs) {
    EXPECT_THAT(tokend.Refresh(pair.refresh_token()), RefusedFor(v1::REASON_SESSION_REVOKED));
    EXPECT_FALSE(tokend.Introspect(pair.access_token())->active());
  }
}

}  // namespace
}  // namespace paseto::service
