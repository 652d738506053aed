// The gate in the APIs that the matrix of refused_calls_test.cc leaves out: async, generic async and generic callback
// services, and gRPC's own health service.
#include <gmock/gmock.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/health_check_service_interface.h>

#include <atomic>
#include <functional>
#include <thread>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/interceptor/gate/guard_impl.h"
#include "grpc_paseto/tests/support/guarded_echo.h"
#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto::interceptor {
namespace {

using testing::Echo;
using testing::EchoReply;
using testing::EchoRequest;
using ::testing::StartsWith;

std::string WhoCalls(const grpc::ServerContextBase& context) {
  const absl::StatusOr<Principal> principal = PrincipalFrom(context);
  if (!principal.ok()) return std::string(principal.status().message());
  return principal->anonymous() ? "anonymous" : principal->subject();
}

// A guard, a builder with one plaintext port, and a client's view of it.
class OtherApisTest : public ::testing::Test {
 protected:
  OtherApisTest() {
    GuardOptions options;
    options.trust = TrustFromBoard(mint_.board());
    options.issuer = TokenMint::kIssuer;
    options.audience = TokenMint::kAudience;
    options.clock = &clock_;
    guard_ = Guard::Create(std::move(options)).value();
    builder_ = std::make_unique<GuardedServerBuilder>(*guard_);
    builder_->AddListeningPort("127.0.0.1:0", guard_->Plaintext(), &port_);
  }

  void StartServer() {
    server_ = builder_->Start().value();
    channel_ = grpc::CreateChannel(absl::StrCat("127.0.0.1:", port_), grpc::InsecureChannelCredentials());
    stub_ = Echo::NewStub(channel_);
  }

  grpc::Status Say(const std::string& token, EchoReply* reply) {
    grpc::ClientContext context;
    if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
    return stub_->Say(&context, EchoRequest(), reply);
  }

  FakeClock clock_;
  TokenMint mint_{clock_};
  std::unique_ptr<Guard> guard_;
  std::unique_ptr<GuardedServerBuilder> builder_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<Echo::Stub> stub_;
};

TEST_F(OtherApisTest, AsyncService) {
  Echo::AsyncService service;
  builder_->RegisterService(&service);
  const std::unique_ptr<grpc::ServerCompletionQueue> queue = builder_->AddCompletionQueue();
  StartServer();
  // One call of each of two kinds is waited for; both stay open while refused calls go by.
  grpc::ServerContext say_context;
  EchoRequest request;
  grpc::ServerAsyncResponseWriter<EchoReply> responder(&say_context);
  service.RequestSay(&say_context, &request, &responder, queue.get(), queue.get(), &say_context);
  grpc::ServerContext chat_context;
  grpc::ServerAsyncReaderWriter<EchoReply, EchoRequest> chat(&chat_context);
  service.RequestChat(&chat_context, &chat, queue.get(), queue.get(), &chat_context);

  EchoReply reply;
  EXPECT_THAT(Say("", &reply).error_message(), StartsWith("token_missing: "));
  EXPECT_THAT(Say(mint_.Forge("alice"), &reply).error_message(), StartsWith("signature_invalid: "));

  std::atomic<int> handlers_run{0};
  std::thread server([&] {
    void* tag = nullptr;
    bool ok = false;
    while (queue->Next(&tag, &ok)) {
      if (!ok) continue;
      if (tag == &say_context) {
        ++handlers_run;
        EchoReply answer;
        answer.set_principal(WhoCalls(say_context));
        responder.Finish(answer, grpc::Status::OK, nullptr);
      } else if (tag == &chat_context) {
        ++handlers_run;
        EchoReply answer;
        answer.set_principal(WhoCalls(chat_context));
        chat.Write(answer, &handlers_run);
      }
    }
  });
  EXPECT_TRUE(Say(mint_.Mint("alice"), &reply).ok());
  EXPECT_EQ(reply.principal(), "alice");
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer " + mint_.Mint("bob"));
  const auto stream = stub_->Chat(&context);
  ASSERT_TRUE(stream->Read(&reply));
  EXPECT_EQ(reply.principal(), "bob");
  EXPECT_EQ(guard_->impl().streams().live(), 1u);
  mint_.RevokeSubject("bob");
  EXPECT_FALSE(stream->Read(&reply));
  EXPECT_THAT(stream->Finish().error_message(), StartsWith("stream_revoked: "));
  EXPECT_EQ(handlers_run, 2);
  server_->Shutdown();
  queue->Shutdown();
  server.join();
}

// At shutdown the factory of interceptors is asked about calls that never came.
TEST_F(OtherApisTest, AsyncStreamThatWaitsForItsCallAtShutdown) {
  Echo::AsyncService service;
  builder_->RegisterService(&service);
  const std::unique_ptr<grpc::ServerCompletionQueue> queue = builder_->AddCompletionQueue();
  StartServer();
  grpc::ServerContext context;
  grpc::ServerAsyncReaderWriter<EchoReply, EchoRequest> chat(&context);
  service.RequestChat(&context, &chat, queue.get(), queue.get(), &context);
  server_->Shutdown();
  queue->Shutdown();
  void* tag = nullptr;
  bool ok = true;
  ASSERT_TRUE(queue->Next(&tag, &ok));
  EXPECT_FALSE(ok);
  EXPECT_FALSE(queue->Next(&tag, &ok));
}

TEST_F(OtherApisTest, AsyncGenericService) {
  grpc::AsyncGenericService service;
  builder_->RegisterAsyncGenericService(&service);
  v1::AuthRule rule;
  rule.add_all_scopes("generic");
  builder_->SetRule("paseto.testing.Echo/Say", rule);
  const std::unique_ptr<grpc::ServerCompletionQueue> queue = builder_->AddCompletionQueue();
  StartServer();
  grpc::GenericServerContext context;
  grpc::GenericServerAsyncReaderWriter call(&context);
  service.RequestCall(&context, &call, queue.get(), queue.get(), &context);
  EchoReply reply;
  EXPECT_THAT(Say("", &reply).error_message(), StartsWith("token_missing: "));
  EXPECT_THAT(Say(mint_.Mint("alice"), &reply).error_message(), StartsWith("scope_missing: "));

  std::string seen;
  std::thread server([&] {
    void* tag = nullptr;
    bool ok = false;
    while (queue->Next(&tag, &ok)) {
      if (!ok || tag != &context) continue;
      seen = WhoCalls(context);
      call.Finish(grpc::Status(grpc::StatusCode::ALREADY_EXISTS, "handled"), nullptr);
    }
  });
  const std::string token = mint_.Mint("alice", [](TokenSpec& spec) { spec.claims.scopes = {"generic"}; });
  EXPECT_EQ(Say(token, &reply).error_message(), "handled");
  server_->Shutdown();
  queue->Shutdown();
  server.join();
  EXPECT_EQ(seen, "alice");
}

class GenericReactor final : public grpc::ServerGenericBidiReactor {
 public:
  explicit GenericReactor(const grpc::Status& status) { Finish(status); }
  void OnDone() override { delete this; }
};

class CallbackGeneric final : public grpc::CallbackGenericService {
 public:
  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext* context) override {
    ++handlers_run;
    return new GenericReactor(grpc::Status(grpc::StatusCode::ALREADY_EXISTS, WhoCalls(*context)));
  }
  std::atomic<int> handlers_run{0};
};

TEST_F(OtherApisTest, CallbackGenericService) {
  CallbackGeneric service;
  builder_->RegisterCallbackGenericService(&service);
  StartServer();
  EchoReply reply;
  EXPECT_THAT(Say("", &reply).error_message(), StartsWith("token_missing: "));
  EXPECT_EQ(service.handlers_run, 0);
  EXPECT_EQ(Say(mint_.Mint("alice"), &reply).error_message(), "alice");
  EXPECT_EQ(service.handlers_run, 1);
}

constexpr char kCheckHealth[] = "/grpc.health.v1.Health/Check";

class HealthTest : public OtherApisTest {
 protected:
  HealthTest() {
    grpc::EnableDefaultHealthCheckService(true);
    builder_->RegisterService(echo_.get());
  }
  ~HealthTest() override { grpc::EnableDefaultHealthCheckService(false); }

  EchoCounters counters_;
  const std::unique_ptr<grpc::Service> echo_ = MakeEchoService(EchoApi::kCallback, counters_);
};

TEST_F(HealthTest, IsPublic) {
  StartServer();
  EXPECT_TRUE(CallUnary(*channel_, kCheckHealth, {}).ok());
}

TEST_F(HealthTest, FollowsARuleFromCode) {
  builder_->SetRule("grpc.health.v1.Health/*", {});
  StartServer();
  EXPECT_THAT(CallUnary(*channel_, kCheckHealth, {}).error_message(), StartsWith("token_missing: "));
}

}  // namespace
}  // namespace paseto::interceptor
