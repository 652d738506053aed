// The real program under a service manager that waits to be told (systemd's Type=notify).
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "grpc_paseto/tests/e2e/dev_tokend.h"
#include "grpc_paseto/tests/support/notify_socket.h"
#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto::service {
namespace {

using ::testing::HasSubstr;

TEST(UnderAServiceManager, TokendTellsWhenItServesAndWhenItStops) {
  DevTokend tokend;
  const NotifySocket manager(tokend.folder().File("notify"));
  tokend.Start();
  EXPECT_EQ(manager.Receive(), "READY=1");
  EXPECT_THAT(tokend.IssuePair("ann"), IsOk());
  tokend.Signal(SIGTERM);
  EXPECT_EQ(manager.Receive(), "STOPPING=1");
  EXPECT_EQ(tokend.Wait(), 0);
}

TEST(UnderAServiceManager, TokendServesAndLogsThatItsManagerIsGone) {
  DevTokend tokend;
  ::setenv("NOTIFY_SOCKET", tokend.folder().File("gone").c_str(), 1);
  tokend.Start();
  ::unsetenv("NOTIFY_SOCKET");
  EXPECT_THAT(tokend.IssuePair("ann"), IsOk());
  tokend.Signal(SIGTERM);
  EXPECT_EQ(tokend.Wait(), 0);
  EXPECT_THAT(tokend.process().err(), HasSubstr("the service manager cannot be told READY=1"));
}

}  // namespace
}  // namespace paseto::service
