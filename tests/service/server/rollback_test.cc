// A whole tokend whose store was taken back in time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <sstream>

#include "grpc_paseto/interceptor/trust/feed_trust.h"
#include "grpc_paseto/service/store/sqlite_maintenance.h"
#include "grpc_paseto/tests/support/change_waiter.h"
#include "grpc_paseto/tests/support/refused_for.h"
#include "grpc_paseto/tests/support/running_tokend.h"
#include "grpc_paseto/tests/support/status_matchers.h"
#include "paseto/v1/trust_feed.grpc.pb.h"

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
  EXPECT_THAT(tokend.Refresh("web", pair.refresh_token()), RefusedFor(v1::REASON_REFRESH_INVALID));
  v1::IntrospectRequest request;
  request.set_token(pair.access_token().token());
  const auto introspected = tokend.CallWithToken(&v1::TokenService::Stub::Introspect, request, client_token);
  ASSERT_THAT(introspected, IsOk());
  EXPECT_FALSE(introspected->active());
  EXPECT_THAT(tokend.Refresh("web", tokend.IssuePair("web").refresh_token()), IsOk());
}

// The id of the key that signs access tokens of v4.public.
std::string SigningKey(const RunningTokend& tokend) {
  for (const Key& key : tokend.keys()->keys()) {
    if (key.kind() == kV4Public && key.attributes().use == KeyUse::kAccess) return key.id().text();
  }
  return "";
}

absl::StatusOr<v1::RevokeResponse> RevokeKey(RunningTokend& tokend, const std::string& id) {
  v1::RevokeRequest request;
  request.set_key_id(id);
  return tokend.Call(&v1::TokenService::Stub::Revoke, request, "admin");
}

TEST(RollbackTest, AcceptingDoesNotBringARevokedKeyBack) {
  RunningTokend tokend;
  const v1::IssueResponse pair = tokend.IssuePair("web");
  tokend.Stop();
  const std::string backup = tokend.store_folder() + ".kept";
  ASSERT_THAT(BackUpSqliteStore(tokend.store_folder(), backup), IsOk());
  tokend.Restart();
  ASSERT_THAT(RevokeKey(tokend, SigningKey(tokend)), IsOk());
  tokend.Stop();
  ASSERT_THAT(RestoreSqliteStore(backup, tokend.store_folder()), IsOk());
  ASSERT_THAT(StartOnce(tokend, OnRollback::kAccept), IsOkAndHolds(HasSubstr("keys that tokend signs with were")));

  tokend.Restart();
  const auto introspected = tokend.Introspect("auditor", pair.access_token().token());
  ASSERT_THAT(introspected, IsOk());
  EXPECT_FALSE(introspected->active());
  EXPECT_TRUE(tokend.Introspect("auditor", tokend.IssuePair("web").access_token().token())->active());
  grpc::ClientContext context;
  v1::GetKeysResponse published;
  ASSERT_TRUE(v1::TrustFeed::NewStub(tokend.channel())->GetKeys(&context, {}, &published).ok());
  bool is_there = false;
  for (const v1::TrustedKey& key : published.key_set().keys()) {
    if (key.kid() != SigningKey(tokend)) continue;
    is_there = true;
    EXPECT_EQ(key.state(), v1::KEY_STATE_REVOKED);
  }
  EXPECT_TRUE(is_there);
}

// The record cannot tell: a verifier that has seen more does.
TEST(RollbackTest, AVerifierNoticesThatStoreAndRecordWentBackTogether) {
  const TemporaryFolder sockets;
  const std::string socket = "unix:" + sockets.File("verifier.sock");
  RunningTokend tokend([&](config::TokendConfig& config) {
    config::Listener& listener = *config.add_listen();
    listener.set_address(socket);
    listener.set_client("verifier");
  });
  const std::string folder = tokend.store_folder(), kept = tokend.store_folder() + ".kept";
  const std::string key = SigningKey(tokend);
  tokend.Stop();
  std::filesystem::copy(folder, kept);
  tokend.Restart();
  interceptor::FeedTrustOptions options;
  options.addresses = {socket};
  options.issuer = tokend.config().issuer();
  options.max_backoff = absl::Milliseconds(50);
  options.clock = &tokend.clock();
  const auto verifier = interceptor::TrustFromFeed(std::move(options)).value();
  ChangeWaiter waiter;
  verifier->OnChange([&] { waiter.Notify(); });
  ASSERT_TRUE(verifier->WaitForFirstTrust(absl::Minutes(1)));
  const v1::IssueResponse pair = tokend.IssuePair("web");
  ASSERT_THAT(tokend.RevokeSession("web", pair.session_id()), IsOk());
  ASSERT_TRUE(waiter.Await([&] { return verifier->revocations().size() == 1; }));
  ASSERT_THAT(RevokeKey(tokend, key), IsOk());
  const auto trusts = [&](const std::string& id) {
    const std::shared_ptr<const KeySet> keys = verifier->keys().Current();
    for (const Key& held : keys->keys()) {
      if (held.id().text() == id) return held.CanVerify();
    }
    return false;
  };
  ASSERT_TRUE(waiter.Await([&] { return !trusts(key); }));
  tokend.Stop();
  std::filesystem::remove_all(folder);
  std::filesystem::rename(kept, folder);

  std::atomic<bool> came_back = false;
  verifier->OnChange([&] {
    if (trusts(key)) came_back = true;
    waiter.Notify();
  });
  tokend.Restart();
  Claims of_what_was_lost;
  of_what_was_lost.revision = 1;
  EXPECT_TRUE(waiter.Await([&] { return verifier->revocations().IsRevoked(of_what_was_lost); }));
  const v1::IssueResponse later = tokend.IssuePair("web");
  ASSERT_THAT(tokend.RevokeToken("web", later.access_token().token()), IsOk());
  EXPECT_TRUE(waiter.Await([&] { return verifier->revocations().size() == 2; }));
  EXPECT_LT(verifier->Age(), absl::Minutes(1));
  EXPECT_FALSE(came_back);
  verifier->OnChange(nullptr);
  tokend.Stop();
  EXPECT_THAT(tokend.log_text(), HasSubstr("a verifier proved that the store had gone back in time"));
}

}  // namespace
}  // namespace paseto::service
