// The guard among other things: the user's own interceptors, other servers, other guards, shutdown.
#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "grpc_paseto/interceptor/gate/guard_impl.h"
#include "grpc_paseto/interceptor/trust/in_process_trust.h"
#include "grpc_paseto/tests/support/guarded_echo.h"

namespace paseto {
namespace {

using grpc::experimental::InterceptionHookPoints;
using grpc::experimental::ServerRpcInfo;
using testing::EchoReply;
using testing::EchoRequest;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

// What interceptors tell, in order.
class Diary {
 public:
  void Write(std::string line) {
    absl::MutexLock lock(&mutex_);
    lines_.push_back(std::move(line));
  }
  std::vector<std::string> lines() const {
    absl::MutexLock lock(&mutex_);
    return lines_;
  }

 private:
  mutable absl::Mutex mutex_;
  std::vector<std::string> lines_ ABSL_GUARDED_BY(mutex_);
};

// Tells who calls, as far as it can see, when a call comes and when its first answer goes.
class TellingInterceptor final : public grpc::experimental::Interceptor {
 public:
  TellingInterceptor(std::string name, ServerRpcInfo* info, Diary& diary)
      : name_(std::move(name)), info_(info), diary_(diary) {}

  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_INITIAL_METADATA)) {
      diary_.Write(absl::StrCat(name_, " receives from ", WhoCalls()));
    }
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_INITIAL_METADATA)) {
      const bool announced = methods->GetSendInitialMetadata()->count("paseto-stream-life-ms") > 0;
      diary_.Write(absl::StrCat(name_, " sends, life ", announced ? "announced" : "not announced"));
    }
    methods->Proceed();
  }

 private:
  std::string WhoCalls() const {
    const absl::StatusOr<interceptor::Principal> principal = interceptor::PrincipalFrom(*info_->server_context());
    return principal.ok() ? principal->subject() : std::string(principal.status().message());
  }

  const std::string name_;
  ServerRpcInfo* const info_;
  Diary& diary_;
};

class TellingFactory final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  TellingFactory(std::string name, Diary& diary) : name_(std::move(name)), diary_(diary) {}
  grpc::experimental::Interceptor* CreateServerInterceptor(ServerRpcInfo* info) override {
    return new TellingInterceptor(name_, info, diary_);
  }

 private:
  const std::string name_;
  Diary& diary_;
};

class UserInterceptorTest : public ::testing::TestWithParam<EchoApi> {
 protected:
  void SetUp() override {
    GuardedEcho::Options options;
    options.api = GetParam();
    options.change_builder = [this](interceptor::GuardedServerBuilder& builder) {
      for (const char* name : {"first", "second"}) {
        std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> creators;
        creators.push_back(std::make_unique<TellingFactory>(name, diary_));
        builder.AddInterceptors(std::move(creators));
      }
    };
    echo_ = std::make_unique<GuardedEcho>(std::move(options));
  }

  Diary diary_;
  std::unique_ptr<GuardedEcho> echo_;
};

TEST_P(UserInterceptorTest, SeesNoRefusedCall) {
  for (const CallKind kind : kEveryCallKind) {
    EXPECT_FALSE(echo_->Call(kind, {}).status.ok());
    EXPECT_FALSE(echo_->CallWith(kind, echo_->mint().Forge("alice")).status.ok());
  }
  EXPECT_THAT(diary_.lines(), IsEmpty());
}

TEST_P(UserInterceptorTest, SeesThePrincipalAndWhatTheGuardAnnounces) {
  const std::string bearer = absl::StrCat("Bearer ", echo_->mint().Mint("alice"));
  EXPECT_TRUE(echo_->Call(CallKind::kChat, {{"authorization", bearer}, {"paseto-stream-id", "my-chat"}}).status.ok());
  EXPECT_THAT(diary_.lines(), ElementsAre("second receives from alice", "first receives from alice",
                                          "first sends, life announced", "second sends, life announced"));
}

INSTANTIATE_TEST_SUITE_P(EveryApi, UserInterceptorTest, ::testing::ValuesIn(kEveryEchoApi),
                         [](const auto& info) { return NameOf(info.param); });

// An open Chat.
class OpenChat {
 public:
  OpenChat(testing::Echo::Stub& stub, const std::string& token) {
    context_.AddMetadata("authorization", absl::StrCat("Bearer ", token));
    stream_ = stub.Chat(&context_);
    EXPECT_NE(Ask(), "");
  }
  // Who the handler sees; empty when the stream has ended.
  std::string Ask() {
    EchoReply reply;
    return stream_->Write(EchoRequest()) && stream_->Read(&reply) ? reply.principal() : "";
  }
  grpc::Status WaitForEnd() {
    EchoReply reply;
    while (stream_->Read(&reply)) continue;
    return stream_->Finish();
  }
  grpc::Status HangUp() {
    stream_->WritesDone();
    return WaitForEnd();
  }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<EchoRequest, EchoReply>> stream_;
};

// One more server of a guard.
struct SecondServer {
  explicit SecondServer(interceptor::Guard& guard) {
    interceptor::GuardedServerBuilder builder(guard);
    builder.AddListeningPort("127.0.0.1:0", guard.Plaintext(), &port);
    builder.RegisterService(service.get());
    server = builder.Start().value();
    stub = testing::Echo::NewStub(
        grpc::CreateChannel(absl::StrCat("127.0.0.1:", port), grpc::InsecureChannelCredentials()));
  }
  EchoCounters counters;
  const std::unique_ptr<grpc::Service> service = MakeEchoService(counters);
  int port = 0;
  std::unique_ptr<grpc::Server> server;
  std::unique_ptr<testing::Echo::Stub> stub;
};

TEST(SeveralServersTest, RevocationEndsTheStreamsOfAllServersOfAGuard) {
  GuardedEcho echo{GuardedEcho::Options()};
  SecondServer second(echo.guard());
  OpenChat here(echo.stub(), echo.mint().Mint("alice"));
  OpenChat there(*second.stub, echo.mint().Mint("alice"));
  echo.mint().RevokeSubject("alice");
  EXPECT_THAT(here.WaitForEnd().error_message(), StartsWith("stream_revoked: "));
  EXPECT_THAT(there.WaitForEnd().error_message(), StartsWith("stream_revoked: "));
}

TEST(SeveralServersTest, EndOfOneServerTouchesNoStreamOfTheOther) {
  GuardedEcho echo{GuardedEcho::Options()};
  OpenChat here(echo.stub(), echo.mint().Mint("alice"));
  {
    SecondServer second(echo.guard());
    OpenChat there(*second.stub, echo.mint().Mint("alice"));
    second.server->Shutdown(std::chrono::system_clock::now());
    EXPECT_FALSE(there.WaitForEnd().ok());
  }
  EXPECT_EQ(here.Ask(), "alice");
  EXPECT_TRUE(here.HangUp().ok());
  EXPECT_TRUE(echo.CallWith(CallKind::kSay, echo.mint().Mint("bob")).status.ok());
}

TEST(SeveralGuardsTest, EachJudgesByItsOwnOptionsAndOutlivesTheOther) {
  GuardedEcho shop{GuardedEcho::Options()};
  const std::string for_shop = shop.mint().Mint("alice");
  const std::string for_bank = shop.mint().Mint("alice", [](TokenSpec& spec) { spec.claims.audiences = {"bank"}; });
  {
    GuardedEcho::Options options;
    options.change_guard = [&shop](interceptor::GuardOptions& guard) {
      guard.trust = interceptor::TrustFromBoard(shop.mint().board());
      guard.audience = "bank";
    };
    GuardedEcho bank(std::move(options));
    OpenChat at_bank(bank.stub(), for_bank);
    EXPECT_TRUE(shop.CallWith(CallKind::kSay, for_shop).status.ok());
    EXPECT_THAT(bank.CallWith(CallKind::kSay, for_shop).status.error_message(), StartsWith("wrong_audience: "));
    EXPECT_THAT(shop.CallWith(CallKind::kSay, for_bank).status.error_message(), StartsWith("wrong_audience: "));
    EXPECT_EQ(bank.guard().impl().streams().live(), 1u);
    EXPECT_EQ(shop.guard().impl().streams().live(), 0u);
    EXPECT_TRUE(at_bank.HangUp().ok());
  }
  EXPECT_TRUE(shop.CallWith(CallKind::kSay, for_shop).status.ok());
}

// gRPC's own server waits for its streams; the guard must not keep it from that, nor end them.
TEST(GracefulShutdownTest, LetsALiveStreamGoOn) {
  for (const EchoApi api : kEveryEchoApi) {
    SCOPED_TRACE(NameOf(api));
    GuardedEcho::Options options;
    options.api = api;
    GuardedEcho echo(std::move(options));
    OpenChat chat(echo.stub(), echo.mint().Mint("alice"));
    std::thread stop([&echo] { echo.server().Shutdown(); });
    for (int i = 0; i < 10; ++i) EXPECT_EQ(chat.Ask(), "alice");
    chat.HangUp();  // with any status: gRPC may close the socket before the last trailers are out
    stop.join();
  }
}

}  // namespace
}  // namespace paseto
