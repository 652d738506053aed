// What must hold at the edges of the gate: what the calls of one connection share, calls that are gone when the verdict
// comes, exceptions of the user's own code, metadata that does not fit.
#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "grpc_paseto/tests/support/guarded_echo.h"
#include "grpc_paseto/tests/support/recording_observer.h"

namespace paseto {
namespace {

using ::testing::AllOf;
using testing::EchoReply;
using testing::EchoRequest;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// A guard against hanging for ever; nothing takes this long.
constexpr absl::Duration kHangGuard = absl::Minutes(2);

// Replies with everything that the connection's auth context holds.
class AuthContextTeller final : public testing::Levels::Service {
  grpc::Status FromService(grpc::ServerContext* context, const EchoRequest*, EchoReply* reply) override {
    const std::shared_ptr<const grpc::AuthContext> shared = context->auth_context();
    for (const auto& [name, value] : *shared) {
      absl::StrAppend(reply->mutable_text(), absl::string_view(name.data(), name.size()), "=",
                      absl::CHexEscape(absl::string_view(value.data(), value.size())), "\n");
    }
    reply->set_principal(interceptor::PrincipalFrom(*context)->subject());
    return grpc::Status::OK;
  }
};

TEST(AuthContextTest, HoldsOneMarkAndNothingOfWhoCalls) {
  AuthContextTeller teller;
  GuardedEcho::Options options;
  options.change_builder = [&teller](interceptor::GuardedServerBuilder& builder) { builder.RegisterService(&teller); };
  GuardedEcho echo(std::move(options));
  const auto stub = testing::Levels::NewStub(echo.channel());
  std::string first_context;
  for (const char* who : {"alice", "bob", "alice"}) {
    const std::string token = echo.mint().Mint(who, [](TokenSpec& spec) { spec.claims.scopes = {"service"}; });
    grpc::ClientContext context;
    context.AddMetadata("authorization", absl::StrCat("Bearer ", token));
    EchoReply reply;
    ASSERT_TRUE(stub->FromService(&context, EchoRequest(), &reply).ok());
    EXPECT_EQ(reply.principal(), who);
    EXPECT_THAT(reply.text(), AllOf(HasSubstr("grpc_paseto_gate="), Not(HasSubstr("alice")), Not(HasSubstr("bob"))));
    if (first_context.empty()) first_context = reply.text();
    EXPECT_EQ(reply.text(), first_context);  // nothing piles up
  }
}

// Holds every verdict back until it is let go.
class HoldingObserver final : public RecordingObserver {
 public:
  void OnAllowed(absl::string_view, bool, bool) override { Hold(); }
  void OnRefused(absl::string_view, v1::Reason) override { Hold(); }

  bool WaitUntilHeld(absl::Duration timeout) { return held_.WaitForNotificationWithTimeout(timeout); }
  void LetGo() { let_go_.Notify(); }

 private:
  void Hold() {
    if (!held_.HasBeenNotified()) held_.Notify();
    let_go_.WaitForNotificationWithTimeout(kHangGuard);
  }
  absl::Notification held_;
  absl::Notification let_go_;
};

// A Chat in the callback API: no thread of the test waits inside gRPC, where it would work off the server's events too,
// and would be the one that is held back.
class HeldChat final : public grpc::ClientBidiReactor<EchoRequest, EchoReply> {
 public:
  HeldChat(testing::Echo::Stub& stub, const std::string& token,
           std::chrono::system_clock::time_point deadline = std::chrono::system_clock::time_point::max()) {
    for (const auto& [key, value] : Bearer(token)) context_.AddMetadata(key, value);
    context_.set_deadline(deadline);
    stub.async()->Chat(&context_, this);
    StartCall();
  }
  void Cancel() { context_.TryCancel(); }
  grpc::Status Finish() {
    done_.WaitForNotification();
    return status_;
  }

 private:
  void OnDone(const grpc::Status& status) override {
    status_ = status;
    done_.Notify();
  }

  grpc::ClientContext context_;
  grpc::Status status_;
  absl::Notification done_;
};

// A Chat whose verdict is held back; a second connection tells afterwards whether the server still serves.
class LateVerdictTest : public ::testing::TestWithParam<EchoApi> {
 protected:
  void Start() {
    observer_ = std::make_shared<HoldingObserver>();
    GuardedEcho::Options options;
    options.api = GetParam();
    options.observer = observer_;
    echo_ = std::make_unique<GuardedEcho>(std::move(options));
  }

  void ExpectStillServes() {
    const auto stub = testing::Echo::NewStub(echo_->NewChannel());
    grpc::ClientContext context;
    for (const auto& [key, value] : Bearer(echo_->mint().Mint("bob"))) context.AddMetadata(key, value);
    EchoReply reply;
    EXPECT_TRUE(stub->Say(&context, EchoRequest(), &reply).ok());
    EXPECT_EQ(reply.principal(), "bob");
  }

  std::shared_ptr<HoldingObserver> observer_;
  std::unique_ptr<GuardedEcho> echo_;
};

TEST_P(LateVerdictTest, AfterTheClientCancelled) {
  for (const bool good : {true, false}) {
    Start();
    const std::string token = good ? echo_->mint().Mint("alice") : echo_->mint().Forge("alice");
    HeldChat chat(echo_->stub(), token);
    EXPECT_TRUE(observer_->WaitUntilHeld(kHangGuard));
    chat.Cancel();
    const grpc::Status status = chat.Finish();
    observer_->LetGo();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::CANCELLED);
    ExpectStillServes();
    if (!good) {
      EXPECT_EQ(echo_->counters().handlers_run, 1) << "that of bob";
    }
  }
}

TEST_P(LateVerdictTest, AfterTheDeadline) {
  // A loaded machine may need longer than the deadline to come as far as the gate: then a longer one is tried.
  for (auto deadline = std::chrono::milliseconds(100);; deadline *= 2) {
    Start();
    HeldChat chat(echo_->stub(), echo_->mint().Forge("alice"), std::chrono::system_clock::now() + deadline);
    const grpc::Status status = chat.Finish();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
    const bool held = observer_->WaitUntilHeld(absl::ZeroDuration());
    observer_->LetGo();
    if (!held) continue;
    ExpectStillServes();
    EXPECT_EQ(echo_->counters().handlers_run, 1) << "that of bob";
    break;
  }
}

TEST_P(LateVerdictTest, DuringAShutdown) {
  Start();
  HeldChat chat(echo_->stub(), echo_->mint().Mint("alice"));
  EXPECT_TRUE(observer_->WaitUntilHeld(kHangGuard));
  std::thread stop([this] { echo_->Stop(); });
  observer_->LetGo();
  EXPECT_FALSE(chat.Finish().ok());
  stop.join();
}

INSTANTIATE_TEST_SUITE_P(EveryApi, LateVerdictTest, ::testing::ValuesIn(kEveryEchoApi),
                         [](const auto& info) { return NameOf(info.param); });

// At shutdown gRPC asks the factory of interceptors about calls that never came, and has no call to show.
TEST(ShutdownTest, ServerWithoutACallGoesDown) {
  for (const EchoApi api : kEveryEchoApi) {
    SCOPED_TRACE(NameOf(api));
    GuardedEcho::Options options;
    options.api = api;
    GuardedEcho echo(std::move(options));
    echo.Stop();
    EXPECT_EQ(echo.counters().handlers_run, 0);
  }
}

class ThrowingObserver final : public RecordingObserver {
 public:
  void OnAllowed(absl::string_view, bool, bool) override { throw std::bad_alloc(); }
  void OnRefused(absl::string_view, v1::Reason) override { throw 42; }
};

TEST(ExceptionTest, OfTheObserverRefusesTheCallAndNothingElse) {
  for (const EchoApi api : kEveryEchoApi) {
    SCOPED_TRACE(NameOf(api));
    GuardedEcho::Options options;
    options.api = api;
    options.observer = std::make_shared<ThrowingObserver>();
    GuardedEcho echo(std::move(options));
    for (const CallKind kind : kEveryCallKind) {
      for (const std::string& token : {echo.mint().Mint("alice"), echo.mint().Forge("alice")}) {
        const grpc::Status status = echo.CallWith(kind, token).status;
        EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL);
        EXPECT_EQ(status.error_message(), "internal: the call could not be judged");
      }
    }
    EXPECT_EQ(echo.counters().handlers_run, 0);
  }
}

// Throws while it is told to.
class ThrowingClock final : public Clock {
 public:
  explicit ThrowingClock(const Clock& clock) : clock_(clock) {}
  absl::Time Now() const override {
    if (throws_in_.load() > 0 && --throws_in_ == 0) throw std::bad_alloc();
    return clock_.Now();
  }
  // The n-th reading from now on throws.
  void ThrowAt(int n) { throws_in_ = n; }

 private:
  const Clock& clock_;
  mutable std::atomic<int> throws_in_{0};
};

// The gate reads the clock first, the guard of streams after it.
TEST(ExceptionTest, OfTheClockRefusesTheCallOrEndsTheStreamAndTheNextOneIsServed) {
  for (const EchoApi api : kEveryEchoApi) {
    SCOPED_TRACE(NameOf(api));
    FakeClock time;
    ThrowingClock clock(time);
    GuardedEcho::Options options;
    options.api = api;
    options.change_guard = [&clock](interceptor::GuardOptions& guard) { guard.clock = &clock; };
    GuardedEcho echo(std::move(options));
    const std::string token = echo.mint().Mint("alice");
    for (const int reading : {1, 2}) {
      clock.ThrowAt(reading);
      const grpc::Status status = echo.CallWith(CallKind::kChat, token).status;
      EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL) << status.error_message();
      EXPECT_THAT(status.error_message(), StartsWith("internal: the call could not be judged"));
    }
    clock.ThrowAt(0);
    EXPECT_TRUE(echo.CallWith(CallKind::kChat, token).status.ok());
  }
}

class EndThrowingObserver final : public RecordingObserver {
 public:
  void OnStreamEnded(absl::string_view method, v1::Reason reason) override {
    RecordingObserver::OnStreamEnded(method, reason);
    throw std::bad_alloc();
  }
};

TEST(ExceptionTest, OfTheObserverKeepsNoStreamAlive) {
  const auto observer = std::make_shared<EndThrowingObserver>();
  GuardedEcho::Options options;
  options.observer = observer;
  GuardedEcho echo(std::move(options));
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReaderWriter<EchoRequest, EchoReply>>> streams;
  for (int i = 0; i < 3; ++i) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    for (const auto& [key, value] : Bearer(echo.mint().Mint("alice"))) contexts.back()->AddMetadata(key, value);
    streams.push_back(echo.stub().Chat(contexts.back().get()));
    EchoReply reply;
    ASSERT_TRUE(streams.back()->Write(EchoRequest()) && streams.back()->Read(&reply));
  }
  echo.mint().RevokeSubject("alice");
  for (const auto& stream : streams) EXPECT_THAT(stream->Finish().error_message(), StartsWith("stream_revoked: "));
}

// A good token and so much more metadata: what counts is the sum.
GuardedEcho::Metadata MetadataOfAbout(TokenMint& mint, size_t bytes) {
  const std::string token = mint.Mint("alice");
  return {Bearer(token)[0], {"x-padding", std::string(bytes - token.size(), 'x')}};
}

class MetadataLimitTest : public ::testing::TestWithParam<EchoApi> {};

TEST_P(MetadataLimitTest, TokenBelowItPassesAndOneBeyondItFailsWithItsSize) {
  for (const CallKind kind : kEveryCallKind) {
    // gRPC 1.51 ends the connection after a call beyond the limit, and rarely so soon that the client hears of that
    // first.
    grpc::Status status(grpc::StatusCode::UNAVAILABLE, "");
    for (int tries = 0; tries < 5 && status.error_code() == grpc::StatusCode::UNAVAILABLE; ++tries) {
      GuardedEcho::Options options;
      options.api = GetParam();
      GuardedEcho echo(std::move(options));
      EXPECT_TRUE(echo.Call(CallKind::kSay, MetadataOfAbout(echo.mint(), 7000)).status.ok());
      const int before = echo.counters().handlers_run;
      status = echo.Call(kind, MetadataOfAbout(echo.mint(), 9000)).status;
      EXPECT_EQ(echo.counters().handlers_run, before);
    }
    EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED) << NameOf(kind);
    EXPECT_THAT(status.error_message(), HasSubstr("metadata size"));
  }
}

TEST_P(MetadataLimitTest, IsRaisedByAnArgumentOfTheServer) {
  GuardedEcho::Options options;
  options.api = GetParam();
  options.change_builder = [](interceptor::GuardedServerBuilder& builder) {
    builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, 64 * 1024);
  };
  GuardedEcho echo(std::move(options));
  EXPECT_TRUE(echo.Call(CallKind::kSay, MetadataOfAbout(echo.mint(), 40000)).status.ok());
}

INSTANTIATE_TEST_SUITE_P(EveryApi, MetadataLimitTest, ::testing::ValuesIn(kEveryEchoApi),
                         [](const auto& info) { return NameOf(info.param); });

}  // namespace
}  // namespace paseto
