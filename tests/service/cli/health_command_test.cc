#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/tests/service/cli/run_tokenctl.h"
#include "grpc_paseto/tests/support/running_tokend.h"

namespace paseto::service {
namespace {

using ::testing::HasSubstr;

using HealthCommandTest = TokenctlTest;

TEST_F(HealthCommandTest, IsGoodWhileTokendServesAndNeedsNoToken) {
  RunningTokend tokend;
  const std::vector<std::string> health = {"health", "--plaintext", "--json", "--server", tokend.address()};
  const Ran ran = Run(health);
  EXPECT_EQ(ran.exit, 0) << ran.err;
  EXPECT_EQ(ran.out, "{\"status\":\"serving\"}\n");
  tokend.Stop();
  EXPECT_EQ(Run(health).exit, 3);
}

TEST_F(HealthCommandTest, IsBadWhenTheServerAnswersThatItDoesNotServe) {
  grpc::EnableDefaultHealthCheckService(true);
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  server->GetHealthCheckService()->SetServingStatus(false);
  const Ran ran = Run({"health", "--plaintext", "--server", absl::StrCat("127.0.0.1:", port)});
  EXPECT_EQ(ran.exit, 1);
  EXPECT_THAT(ran.err, HasSubstr("does not serve"));
}

}  // namespace
}  // namespace paseto::service
