#include "grpc_paseto/interceptor/client/refresher.h"

#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <pthread.h>

#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "grpc_paseto/interceptor/client/token_keeper.h"
#include "grpc_paseto/tests/support/status_matchers.h"
#include "paseto/v1/token_service.grpc.pb.h"

namespace paseto::client {
namespace {

using ::testing::ElementsAre;

// Answers when the test says so. A sync service: it does not share the threads of its clients' callbacks.
class SlowTokenService final : public v1::TokenService::Service {
 public:
  grpc::Status Refresh(grpc::ServerContext*, const v1::RefreshRequest* request,
                       v1::RefreshResponse* response) override {
    request_ = *request;
    go_.WaitForNotification();
    response->mutable_access_token()->set_token("access-2");
    response->mutable_access_token()->mutable_expires_at()->set_seconds(4'000'000'000);
    response->mutable_refresh_token()->set_token("refresh-2");
    return grpc::Status::OK;
  }
  void Go() { go_.Notify(); }
  const v1::RefreshRequest& request() const { return request_; }  // after an answer

 private:
  absl::Notification go_;
  v1::RefreshRequest request_;
};

class RefresherTest : public ::testing::Test {
 protected:
  RefresherTest() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
  }
  std::shared_ptr<grpc::Channel> NewChannel() const {
    return grpc::CreateChannel(absl::StrCat("127.0.0.1:", port_), grpc::InsecureChannelCredentials());
  }

  SlowTokenService service_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

TEST_F(RefresherTest, AsksForWhatItsOptionsSay) {
  RefreshOptions options;
  options.channel = NewChannel();
  options.scopes = {"read", "write"};
  options.implicit_assertion = "device 7";
  service_.Go();
  absl::Notification answered;
  absl::StatusOr<TokenPair> pair = absl::UnknownError("");
  const auto refresher = RefreshThrough(std::move(options));
  refresher->Refresh("refresh-1", [&](absl::StatusOr<TokenPair> answer) {
    pair = std::move(answer);
    answered.Notify();
  });
  answered.WaitForNotification();
  EXPECT_THAT(pair, IsOkAndHolds(TokenPair{"access-2", absl::FromUnixSeconds(4'000'000'000), "refresh-2"}));
  EXPECT_EQ(service_.request().refresh_token(), "refresh-1");
  EXPECT_EQ(service_.request().implicit_assertion(), "device 7");
  EXPECT_THAT(service_.request().scopes(), ElementsAre("read", "write"));
}

TEST_F(RefresherTest, CallThatTakesTooLongFails) {
  RefreshOptions options;
  options.channel = NewChannel();
  options.timeout = absl::Milliseconds(20);
  absl::Notification answered;
  const auto refresher = RefreshThrough(std::move(options));
  refresher->Refresh("refresh-1", [&](const absl::StatusOr<TokenPair>& answer) {
    EXPECT_THAT(answer, StatusIs(absl::StatusCode::kDeadlineExceeded));
    answered.Notify();
  });
  answered.WaitForNotification();
  service_.Go();
}

// gRPC's thread for callbacks joins itself, which now and then aborts the process, when a callback destroys the last
// channel that it serves. So the answer, with all that it owns, comes on another thread.
TEST_F(RefresherTest, RefreshMayBeTheLastOwnerOfItsKeeperAndChannel) {
  auto owned = std::make_shared<int>();
  const std::weak_ptr<int> still_owned = owned;
  TokenKeeperOptions options;
  options.refresher = RefreshThrough({.channel = NewChannel()});
  options.on_problem = [owned = std::move(owned)](const absl::Status&) {};
  TokenPair pair;
  pair.refresh_token = "refresh-1";
  auto keeper = TokenKeeper::Make(std::move(pair), std::move(options));
  absl::Notification answered;
  keeper->Get([&answered](const absl::StatusOr<TokenKeeper::Token>& token) {
    EXPECT_THAT(token, IsOk());
    char thread_name[16] = {};
    pthread_getname_np(pthread_self(), thread_name, sizeof(thread_name));
    EXPECT_STRNE(thread_name, "nexting_thread");
    answered.Notify();
  });
  keeper = nullptr;
  service_.Go();
  answered.WaitForNotification();
  while (!still_owned.expired()) std::this_thread::yield();
}

}  // namespace
}  // namespace paseto::client
