#include "grpc_paseto/interceptor/gate/guarded_server_builder.h"

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/tests/support/guarded_echo.h"
#include "grpc_paseto/tests/support/recording_observer.h"
#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto::interceptor {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsNull;
using ::testing::StartsWith;

class GuardedServerBuilderTest : public ::testing::Test {
 protected:
  std::unique_ptr<Guard> MakeGuard(std::unique_ptr<TrustSource> trust) {
    GuardOptions options;
    options.trust = std::move(trust);
    options.issuer = TokenMint::kIssuer;
    options.audience = TokenMint::kAudience;
    options.wait_for_first_trust = absl::Milliseconds(1);
    options.clock = &clock_;
    return Guard::Create(std::move(options)).value();
  }
  v1::AuthRule Public() {
    v1::AuthRule rule;
    rule.set_mode(v1::AuthRule::MODE_PUBLIC);
    return rule;
  }

  FakeClock clock_;
  TokenMint mint_{clock_};
  EchoCounters counters_;
  const std::unique_ptr<grpc::Service> echo_ = MakeEchoService(counters_);
  testing::Broken::Service broken_;
  const std::unique_ptr<Guard> guard_ = MakeGuard(TrustFromBoard(mint_.board()));
  GuardedServerBuilder builder_{*guard_};
};

TEST_F(GuardedServerBuilderTest, EveryProblemIsReportedAtOnce) {
  builder_.AddListeningPort("127.0.0.1:0", guard_->Plaintext());
  builder_.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials());
  builder_.RegisterService(&broken_);
  builder_.SetRule("paseto.testing.Broken/Missing", {});
  builder_.SetRule("paseto.testing.Echo/*", {});
  const auto server = builder_.Start();
  EXPECT_THAT(
      server,
      StatusIs(absl::StatusCode::kFailedPrecondition,
               AllOf(HasSubstr("port 127.0.0.1:0: its credentials are not from this guard"),
                     HasSubstr("paseto.testing.Broken/RefreshTokens"), HasSubstr("paseto.testing.Broken/PublicScopes"),
                     HasSubstr("paseto.testing.Broken/Missing (from code): the server has no such method"),
                     HasSubstr("paseto.testing.Echo/* (from code): the server has no such service"))));
}

TEST_F(GuardedServerBuilderTest, PortWithOtherCredentialsIsRefused) {
  builder_.RegisterService(echo_.get());
  builder_.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials());
  EXPECT_THAT(builder_.Start(), StatusIs(absl::StatusCode::kFailedPrecondition, StartsWith("port 127.0.0.1:0: ")));
}

TEST_F(GuardedServerBuilderTest, PortThatCameInThroughTheBaseClassIsRefused) {
  builder_.AddListeningPort("127.0.0.1:0", guard_->Plaintext());
  grpc::ServerBuilder& base = builder_;
  base.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials());
  builder_.RegisterService(echo_.get());
  EXPECT_THAT(builder_.Start(), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("not from this guard")));
}

TEST_F(GuardedServerBuilderTest, PortOfAnotherGuardIsRefused) {
  const std::unique_ptr<Guard> other = MakeGuard(TrustFromBoard(mint_.board()));
  builder_.RegisterService(echo_.get());
  builder_.AddListeningPort("127.0.0.1:0", other->Plaintext());
  EXPECT_THAT(builder_.Start(), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("not from this guard")));
}

TEST_F(GuardedServerBuilderTest, CredentialsBelongToOneServer) {
  const std::shared_ptr<grpc::ServerCredentials> port = guard_->Plaintext();
  builder_.AddListeningPort("127.0.0.1:0", port);
  builder_.RegisterService(echo_.get());
  const auto server = builder_.Start();
  ASSERT_THAT(server, IsOk());
  GuardedServerBuilder second(*guard_);
  second.AddListeningPort("127.0.0.1:0", port);
  const auto another_echo = MakeEchoService(counters_);
  second.RegisterService(another_echo.get());
  EXPECT_THAT(second.Start(), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("belong to another server")));
}

TEST_F(GuardedServerBuilderTest, PortThatCannotBeBoundIsNamed) {
  int port = 0;
  builder_.AddListeningPort("127.0.0.1:0", guard_->Plaintext(), &port);
  builder_.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder_.RegisterService(echo_.get());
  const auto server = builder_.Start();
  ASSERT_THAT(server, IsOk());
  GuardedServerBuilder second(*guard_);
  second.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  const std::string address = absl::StrCat("127.0.0.1:", port);
  second.AddListeningPort(address, guard_->Plaintext());
  const auto another_echo = MakeEchoService(counters_);
  second.RegisterService(another_echo.get());
  EXPECT_THAT(second.Start(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                       HasSubstr(absl::StrCat("port ", address, ": could not"))));
}

TEST_F(GuardedServerBuilderTest, CredentialsOfAGuardServeNoOtherBuilder) {
  grpc::ServerBuilder stock;
  stock.AddListeningPort("127.0.0.1:0", guard_->Plaintext());
  stock.RegisterService(echo_.get());
  EXPECT_THAT(stock.BuildAndStart(), IsNull());
}

TEST_F(GuardedServerBuilderTest, BuildAndStartOfTheBaseClassStartsGuardedOrNotAtAll) {
  int port = 0;
  builder_.AddListeningPort("127.0.0.1:0", guard_->Plaintext(), &port);
  builder_.RegisterService(echo_.get());
  grpc::ServerBuilder& base = builder_;
  const std::unique_ptr<grpc::Server> server = base.BuildAndStart();
  ASSERT_NE(server, nullptr);
  const auto stub =
      testing::Echo::NewStub(grpc::CreateChannel(absl::StrCat("127.0.0.1:", port), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  testing::EchoReply reply;
  EXPECT_THAT(stub->Say(&context, {}, &reply).error_message(), StartsWith("token_missing: "));
  EXPECT_EQ(counters_.handlers_run, 0);

  GuardedServerBuilder broken(*guard_);
  broken.AddListeningPort("127.0.0.1:0", guard_->Plaintext());
  broken.RegisterService(&broken_);
  EXPECT_THAT(static_cast<grpc::ServerBuilder&>(broken).BuildAndStart(), IsNull());
}

TEST_F(GuardedServerBuilderTest, BuilderStartsOneServer) {
  builder_.AddListeningPort("127.0.0.1:0", guard_->Plaintext());
  builder_.RegisterService(echo_.get());
  const auto server = builder_.Start();
  ASSERT_THAT(server, IsOk());
  EXPECT_THAT(builder_.Start(), StatusIs(absl::StatusCode::kFailedPrecondition));
}

// Trust that never comes.
class NoTrust final : public TrustSource {
 public:
  const KeyRing& keys() const override { return keys_; }
  const RevocationSet& revocations() const override { return revocations_; }
  absl::Duration Age() const override { return absl::InfiniteDuration(); }
  bool WaitForFirstTrust(absl::Duration) override { return false; }
  void OnChange(std::function<void()>) override {}

 private:
  KeyRing keys_;
  RevocationSet revocations_;
};

TEST_F(GuardedServerBuilderTest, WithoutTrustTheServerDoesNotStart) {
  const std::unique_ptr<Guard> guard = MakeGuard(std::make_unique<NoTrust>());
  GuardedServerBuilder builder(*guard);
  builder.AddListeningPort("127.0.0.1:0", guard->Plaintext());
  builder.RegisterService(echo_.get());
  EXPECT_THAT(builder.Start(), StatusIs(absl::StatusCode::kUnavailable, HasSubstr("no keys and revocations of")));
}

TEST_F(GuardedServerBuilderTest, ServerThatDoesNotWaitForTrustAnswersUnavailable) {
  GuardOptions options;
  options.trust = std::make_unique<NoTrust>();
  options.issuer = TokenMint::kIssuer;
  options.audience = TokenMint::kAudience;
  options.wait_for_first_trust = absl::ZeroDuration();
  const std::unique_ptr<Guard> guard = Guard::Create(std::move(options)).value();
  GuardedServerBuilder builder(*guard);
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", guard->Plaintext(), &port);
  builder.RegisterService(echo_.get());
  const auto server = builder.Start();
  ASSERT_THAT(server, IsOk());
  const auto stub =
      testing::Echo::NewStub(grpc::CreateChannel(absl::StrCat("127.0.0.1:", port), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer " + mint_.Mint("alice"));
  testing::EchoReply reply;
  const grpc::Status status = stub->Say(&context, {}, &reply);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(status.error_message(), StartsWith("trust_stale: "));
}

// Counts the calls that pass it, and keeps quiet otherwise.
class CountingFactory final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  explicit CountingFactory(std::atomic<int>& count) : count_(count) {}
  grpc::experimental::Interceptor* CreateServerInterceptor(grpc::experimental::ServerRpcInfo*) override {
    ++count_;
    return nullptr;
  }

 private:
  std::atomic<int>& count_;
};

TEST_F(GuardedServerBuilderTest, InterceptorsOfTheUserRunForCallsThatPassed) {
  std::atomic<int> seen{0};
  GuardedEcho::Options options;
  options.change_builder = [&seen](GuardedServerBuilder& builder) {
    for (int i = 0; i < 2; ++i) {
      std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> creators;
      creators.push_back(std::make_unique<CountingFactory>(seen));
      builder.AddInterceptors(std::move(creators));
    }
  };
  GuardedEcho echo(std::move(options));
  const int before = seen;  // the sync API prepares calls ahead
  echo.Call(CallKind::kSay, {});
  EXPECT_EQ(seen, before);
  const std::string token = echo.mint().Mint("alice");
  EXPECT_TRUE(echo.CallWith(CallKind::kSay, token).status.ok());
  EXPECT_TRUE(echo.CallWith(CallKind::kChat, token).status.ok());
  EXPECT_EQ(seen, before + 4);
}

TEST_F(GuardedServerBuilderTest, StrangerLearnsNothingOfWhichMethodsExist) {
  const auto observer = std::make_shared<RecordingObserver>();
  GuardedEcho::Options options;
  options.observer = observer;
  GuardedEcho echo(std::move(options));
  const auto call = [&](const GuardedEcho::Metadata& metadata) {
    return CallUnary(*echo.channel(), "/no.such.Service/Method", metadata);
  };
  const grpc::Status stranger = call({});
  const grpc::Status known = echo.Call(CallKind::kSay, {}).status;
  EXPECT_EQ(stranger.error_code(), known.error_code());
  EXPECT_EQ(stranger.error_message(), known.error_message());
  EXPECT_EQ(call(Bearer(echo.mint().Mint("alice"))).error_code(), grpc::StatusCode::UNIMPLEMENTED);
  // Nor does a method name of its choice reach the observer.
  EXPECT_THAT(observer->refused(),
              ElementsAre(std::pair(std::string(), v1::REASON_TOKEN_MISSING),
                          std::pair(std::string("/paseto.testing.Echo/Say"), v1::REASON_TOKEN_MISSING)));
}

}  // namespace
}  // namespace paseto::interceptor
