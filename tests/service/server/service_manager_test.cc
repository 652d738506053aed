#include "grpc_paseto/service/server/service_manager.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/tests/support/notify_socket.h"
#include "grpc_paseto/tests/support/status_matchers.h"
#include "grpc_paseto/tests/support/temporary_folder.h"

namespace paseto::service {
namespace {

using ::testing::HasSubstr;

TEST(ServiceManagerTest, IsNotToldWhenNobodyAsked) {
  ::unsetenv("NOTIFY_SOCKET");
  EXPECT_THAT(NotifyServiceManager(kReady), IsOk());
}

TEST(ServiceManagerTest, IsToldThroughASocketWithAPath) {
  const TemporaryFolder folder;
  const NotifySocket manager(folder.File("notify"));
  EXPECT_THAT(NotifyServiceManager(kReady), IsOk());
  EXPECT_EQ(manager.Receive(), "READY=1");
}

TEST(ServiceManagerTest, IsToldThroughAnAbstractSocket) {
  const NotifySocket manager(absl::StrCat("@grpc_paseto_", ::getpid()));
  EXPECT_THAT(NotifyServiceManager(kStopping), IsOk());
  EXPECT_EQ(manager.Receive(), "STOPPING=1");
}

TEST(ServiceManagerTest, NamesThatNoSocketCanHaveAreRefused) {
  for (const std::string& name : {std::string(), std::string("@"), std::string("notify"), std::string("vsock:2:1234"),
                                  "/" + std::string(107, 'n')}) {
    ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
    EXPECT_EQ(NotifyServiceManager(kReady).code(), absl::StatusCode::kInvalidArgument) << name;
  }
  ::unsetenv("NOTIFY_SOCKET");
}

TEST(ServiceManagerTest, AManagerThatIsGoneIsAnErrorWithItsCause) {
  const TemporaryFolder folder;
  ::setenv("NOTIFY_SOCKET", folder.File("gone").c_str(), 1);
  const absl::Status status = NotifyServiceManager(kReady);
  ::unsetenv("NOTIFY_SOCKET");
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(status.message(), HasSubstr("No such file"));
}

}  // namespace
}  // namespace paseto::service
