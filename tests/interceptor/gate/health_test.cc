// gRPC's own health service behind the gate.
#include <gmock/gmock.h>
#include <grpcpp/health_check_service_interface.h>

#include <memory>
#include <utility>

#include "grpc_paseto/tests/support/guarded_echo.h"

namespace paseto {
namespace {

using ::testing::StartsWith;

constexpr char kCheckHealth[] = "/grpc.health.v1.Health/Check";

class HealthTest : public ::testing::Test {
 protected:
  HealthTest() { grpc::EnableDefaultHealthCheckService(true); }
  ~HealthTest() override { grpc::EnableDefaultHealthCheckService(false); }
};

TEST_F(HealthTest, IsPublicAndMakesNobodyKnown) {
  GuardedEcho echo{GuardedEcho::Options()};
  EXPECT_TRUE(CallUnary(*echo.channel(), kCheckHealth, {}).ok());
  EXPECT_TRUE(CallUnary(*echo.channel(), kCheckHealth, Bearer(echo.mint().Forge("alice"))).ok());
  // The connection has passed the gate; the next call on it is judged all the same.
  EXPECT_THAT(echo.Call(CallKind::kSay, {}).status.error_message(), StartsWith("token_missing: "));
}

TEST_F(HealthTest, FollowsARuleFromCode) {
  GuardedEcho::Options options;
  options.change_builder = [](interceptor::GuardedServerBuilder& builder) {
    builder.SetRule("grpc.health.v1.Health/*", {});
  };
  GuardedEcho echo(std::move(options));
  EXPECT_THAT(CallUnary(*echo.channel(), kCheckHealth, {}).error_message(), StartsWith("token_missing: "));
}

}  // namespace
}  // namespace paseto
