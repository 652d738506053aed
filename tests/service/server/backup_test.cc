// Backups of a tokend that serves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "grpc_paseto/service/store/sqlite_maintenance.h"
#include "grpc_paseto/tests/support/refused_for.h"
#include "grpc_paseto/tests/support/running_tokend.h"
#include "grpc_paseto/tests/support/status_matchers.h"
#include "grpc_paseto/tests/support/temporary_folder.h"
#include "paseto/v1/store_admin.grpc.pb.h"

namespace paseto::service {
namespace {

using ::testing::HasSubstr;

class BackupTest : public ::testing::Test {
 protected:
  absl::StatusOr<v1::BackUpResponse> BackUp(RunningTokend& tokend, const std::string& client, const std::string& name) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer " + tokend.ClientToken(client));
    v1::BackUpRequest request;
    request.set_name(name);
    v1::BackUpResponse response;
    const grpc::Status status = v1::StoreAdmin::NewStub(tokend.channel())->BackUp(&context, request, &response);
    if (!status.ok()) return FromGrpc(status);
    return response;
  }

  TemporaryFolder backups_;
  RunningTokend tokend_{[this](config::TokendConfig& config) {
    config.mutable_store()->mutable_sqlite()->set_backup_folder(backups_.path());
  }};
};

TEST_F(BackupTest, IsWholeAndPrivateWhileCallsGoOn) {
  const v1::IssueResponse pair = tokend_.IssuePair("web");
  std::atomic<bool> stop = false;
  std::thread load([&] {
    while (!stop) tokend_.IssuePair("shop");
  });
  const absl::StatusOr<v1::BackUpResponse> made = BackUp(tokend_, "admin", "monday.bak");
  stop = true;
  load.join();
  ASSERT_THAT(made, IsOk());
  tokend_.IssuePair("web");
  EXPECT_EQ(made->file(), backups_.File("monday.bak"));
  EXPECT_GT(made->commits(), 0);
  struct stat facts {};
  ASSERT_EQ(stat(made->file().c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600u);
  EXPECT_FALSE(std::filesystem::exists(made->file() + ".partial"));

  tokend_.Stop();
  const absl::StatusOr<StoreProgress> restored = RestoreSqliteStore(made->file(), tokend_.store_folder());
  ASSERT_THAT(restored, IsOk());
  EXPECT_EQ(restored->commits, made->commits());
  const absl::StatusOr<StoreHealth> health = CheckSqliteStore({tokend_.store_folder()});
  ASSERT_THAT(health, IsOk());
  EXPECT_GE(health->sessions, 1);
  EXPECT_THAT(health->standing, StatusIs(absl::StatusCode::kFailedPrecondition)) << "calls went on after the backup";
}

TEST_F(BackupTest, IsForThoseWhoMayManageTheStore) {
  EXPECT_THAT(BackUp(tokend_, "web", "x"), RefusedFor(v1::REASON_CLIENT_NOT_ALLOWED));
  EXPECT_THAT(BackUp(tokend_, "off", "x"), RefusedFor(v1::REASON_CLIENT_DISABLED));
  EXPECT_TRUE(std::filesystem::is_empty(backups_.path()));
}

TEST_F(BackupTest, StaysInItsFolderAndReplacesNothing) {
  for (const char* name : {"", "../x", "a/b", ".hidden", "..", "a b"}) {
    EXPECT_THAT(BackUp(tokend_, "admin", name), RefusedFor(v1::REASON_REQUEST_INVALID)) << name;
  }
  EXPECT_THAT(BackUp(tokend_, "admin", std::string(101, 'a')), RefusedFor(v1::REASON_REQUEST_INVALID));
  EXPECT_THAT(BackUp(tokend_, "admin", std::string(100, 'a')), IsOk());
  EXPECT_THAT(BackUp(tokend_, "admin", std::string(100, 'a')), RefusedFor(v1::REASON_REQUEST_INVALID));
}

TEST_F(BackupTest, WithoutAFolderOrRoomNothingIsMade) {
  std::filesystem::remove_all(backups_.path());
  EXPECT_THAT(BackUp(tokend_, "admin", "x"), RefusedFor(v1::REASON_STORE_UNAVAILABLE));
  RunningTokend without;
  EXPECT_THAT(BackUp(without, "admin", "x"), RefusedFor(v1::REASON_REQUEST_INVALID));
}

}  // namespace
}  // namespace paseto::service
