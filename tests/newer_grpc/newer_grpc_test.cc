// grpc_compat.h against the shape of newer gRPC's headers. The real ones were not at hand: this shows what the shim
// does with such headers, not how newer gRPC behaves.
#include <gmock/gmock.h>
#include <grpc/support/time.h>

#include <string>
#include <type_traits>
#include <vector>

#include "grpc_paseto/interceptor/gate/grpc_compat.h"

namespace grpc {

// Binds a port as newer gRPC's server does.
class Server {
 public:
  static int AddListeningPort(ServerCredentials& credentials, const std::string& address, grpc_server* server) {
    return credentials.AddPortToServer(address, server);
  }
};

}  // namespace grpc

namespace paseto::interceptor {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::IsEmpty;

static_assert(!std::is_abstract_v<grpc::ServerCredentials>, "this is not the stand-in");

class Credentials final : public CServerCredentials {
 public:
  Credentials(grpc_server_credentials* credentials, bool may_bind)
      : CServerCredentials(credentials), may_bind_(may_bind) {}
  const grpc_server_credentials* held() const { return c_creds(); }
  bool second_processor() const { return second_processor_; }
  const std::vector<std::string>& not_bound() const { return not_bound_; }

 private:
  void OnNotBound(const std::string& address) override { not_bound_.push_back(address); }
  bool MayBind() const override { return may_bind_; }
  void OnSecondProcessor() override { second_processor_ = true; }

  const bool may_bind_;
  bool second_processor_ = false;
  std::vector<std::string> not_bound_;
};

class NewerGrpcTest : public ::testing::Test {
 protected:
  NewerGrpcTest() {
    grpc_init();
    server_ = grpc_server_create(nullptr, nullptr);
    queue_ = grpc_completion_queue_create_for_next(nullptr);
    grpc_server_register_completion_queue(server_, queue_, nullptr);
  }
  ~NewerGrpcTest() override {
    const gpr_timespec never = gpr_inf_future(GPR_CLOCK_REALTIME);
    grpc_server_shutdown_and_notify(server_, queue_, nullptr);
    grpc_completion_queue_next(queue_, never, nullptr);
    grpc_server_destroy(server_);
    grpc_completion_queue_shutdown(queue_);
    grpc_completion_queue_next(queue_, never, nullptr);
    grpc_completion_queue_destroy(queue_);
    grpc_shutdown();
  }
  grpc_server* server_;
  grpc_completion_queue* queue_;
};

TEST_F(NewerGrpcTest, BaseClassHoldsTheCredentialsAndTakesNoSecondProcessor) {
  grpc_server_credentials* const made = grpc_insecure_server_credentials_create();
  Credentials credentials(made, true);
  EXPECT_EQ(credentials.held(), made);
  credentials.SetAuthMetadataProcessor(nullptr);
  EXPECT_TRUE(credentials.second_processor());
}

TEST_F(NewerGrpcTest, PortIsBoundWhenItMayBeAndNotOtherwise) {
  Credentials good(grpc_insecure_server_credentials_create(), true);
  EXPECT_GT(grpc::Server::AddListeningPort(good, "127.0.0.1:0", server_), 0);
  EXPECT_THAT(good.not_bound(), IsEmpty());
  Credentials refused(grpc_insecure_server_credentials_create(), false);
  EXPECT_EQ(grpc::Server::AddListeningPort(refused, "127.0.0.1:0", server_), 0);
  EXPECT_THAT(refused.not_bound(), ElementsAre("127.0.0.1:0"));
}

TEST_F(NewerGrpcTest, LogGoesToStderr) {
  ::testing::internal::CaptureStderr();
  WriteLog(GPR_ERROR, "100% of it");
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), EndsWith(": 100% of it\n"));
}

}  // namespace
}  // namespace paseto::interceptor
