#include "grpc_paseto/interceptor/stream/stream_interceptor.h"

#include <grpcpp/grpcpp.h>

#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/interceptor/stream/stream_guard.h"
#include "grpc_paseto/tests/support/echo_service.h"
#include "grpc_paseto/tests/support/fake_clock.h"
#include "grpc_paseto/tests/support/token_mint.h"
#include "gtest/gtest.h"

namespace paseto::interceptor {
namespace {

class OutOfMemory final : public StreamAdmission {
 public:
  AdmittedStream Admit(absl::string_view, const grpc::ServerContextBase&) override { throw std::bad_alloc(); }
};

TEST(StreamInterceptorTest, StreamThatCannotBeJudgedEndsAndTheServerLivesOn) {
  FakeClock clock;
  TokenMint mint(clock);
  SystemBootClock boot_clock;
  StreamGuard streams({{&mint.board()->keys(), &mint.board()->revocations()}, clock, boot_clock, nullptr});
  OutOfMemory admission;
  EchoCounters counters;
  const std::unique_ptr<grpc::Service> echo = MakeEchoService(counters);
  std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> factories;
  factories.push_back(MakeStreamInterceptorFactory(admission, streams, ""));
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(echo.get());
  builder.experimental().SetInterceptorCreators(std::move(factories));
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  const auto stub =
      testing::Echo::NewStub(grpc::CreateChannel(absl::StrCat("127.0.0.1:", port), grpc::InsecureChannelCredentials()));
  for (int i = 0; i < 2; ++i) {
    grpc::ClientContext context;
    const auto reader = stub->Follow(&context, testing::EchoRequest());
    testing::EchoReply reply;
    while (reader->Read(&reply)) {
    }
    const grpc::Status status = reader->Finish();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL);
    EXPECT_EQ(status.error_message(), "internal: the call could not be judged");
  }
  grpc::ClientContext context;
  testing::EchoReply reply;
  EXPECT_TRUE(stub->Say(&context, testing::EchoRequest(), &reply).ok());
  server->Shutdown();
}

}  // namespace
}  // namespace paseto::interceptor
