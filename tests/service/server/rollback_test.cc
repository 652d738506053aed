// A whole tokend whose store was taken back in time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "grpc_paseto/service/store/sqlite_maintenance.h"
#include "grpc_paseto/tests/support/refused_for.h"
#include "grpc_paseto/tests/support/running_tokend.h"
#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto::service {
namespace {

using ::testing::HasSubstr;

// Starts and ends a tokend on what a stopped one left behind. Result: whether it started; its log.
absl::StatusOr<std::string> StartOnce(RunningTokend& tokend, OnRollback on_rollback) {
  const std::string folder = std::filesystem::path(tokend.store_folder()).parent_path();
  std::ostringstream text;
  const JsonLog log(text, LogSeverity::kDebug);
  SystemRandom random;
  ServerOptions options{tokend.clock(), random, log};
  options.on_rollback = on_rollback;
  absl::StatusOr<std::unique_ptr<Server>> server = Server::Start(TestConfig(folder), options);
  if (!server.ok()) return server.status();
  server->reset();
  return text.str();
}

TEST(RollbackTest, IsRefusedUntilItIsAcceptedAndThenEverySessionHasEnded) {
  RunningTokend tokend;
  const v1::IssueResponse pair = tokend.IssuePair("web");
  const std::string client_token = tokend.ClientToken("web");
  tokend.Stop();
  const std::string backup = tokend.store_folder() + ".kept";
  ASSERT_THAT(BackUpSqliteStore(tokend.store_folder(), backup), IsOk());
  tokend.Restart();
  ASSERT_THAT(tokend.Refresh("web", pair.refresh_token()), IsOk());
  tokend.Stop();
  ASSERT_THAT(RestoreSqliteStore(backup, tokend.store_folder()), IsOk());

  EXPECT_THAT(StartOnce(tokend, OnRollback::kRefuse),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("back in time")));
  tokend.clock().Advance(absl::Minutes(1));
  EXPECT_THAT(StartOnce(tokend, OnRollback::kAccept), IsOkAndHolds(HasSubstr("every session has ended")));
  EXPECT_THAT(StartOnce(tokend, OnRollback::kAccept), IsOkAndHolds(HasSubstr("did nothing")));

  tokend.Restart();
  EXPECT_THAT(tokend.Refresh("web", pair.refresh_token()), RefusedFor(v1::REASON_TOKEN_REVOKED));
  v1::IntrospectRequest request;
  request.set_token(pair.access_token().token());
  const auto introspected = tokend.CallWithToken(&v1::TokenService::Stub::Introspect, request, client_token);
  ASSERT_THAT(introspected, IsOk());
  EXPECT_FALSE(introspected->active());
  EXPECT_THAT(tokend.Refresh("web", tokend.IssuePair("web").refresh_token()), IsOk());
}

}  // namespace
}  // namespace paseto::service
