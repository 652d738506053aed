// Live streams on a real server end when their token does.
#include <gmock/gmock.h>

#include <thread>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/interceptor/gate/guard_impl.h"
#include "grpc_paseto/tests/support/guarded_echo.h"
#include "grpc_paseto/tests/support/recording_observer.h"

namespace paseto {
namespace {

using ::testing::Contains;
using testing::EchoReply;
using testing::EchoRequest;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

// A Follow call.
struct Follow {
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientReader<EchoReply>> reader;
  EchoReply first;
  grpc::Status WaitForEnd() {
    EchoReply reply;
    while (reader->Read(&reply)) {
    }
    return reader->Finish();
  }
};

std::unique_ptr<Follow> Begin(GuardedEcho& echo, const std::string& token) {
  auto follow = std::make_unique<Follow>();
  follow->context.AddMetadata("authorization", absl::StrCat("Bearer ", token));
  follow->reader = echo.stub().Follow(&follow->context, EchoRequest());
  return follow;
}

// Waits until the handler has replied once.
std::unique_ptr<Follow> OpenFollow(GuardedEcho& echo, const std::string& token) {
  auto follow = Begin(echo, token);
  EXPECT_TRUE(follow->reader->Read(&follow->first));
  return follow;
}

class StreamEndTest : public ::testing::TestWithParam<EchoApi> {
 protected:
  GuardedEcho::Options OptionsHere() {
    GuardedEcho::Options options;
    options.api = GetParam();
    options.observer = observer_;
    return options;
  }

  // As the observer knows it: generic servers do not know their methods, and a caller's choice of name does not reach
  // it.
  static RecordingObserver::Event Event(const char* method, v1::Reason reason) {
    const bool is_generic = GetParam() == EchoApi::kAsyncGeneric || GetParam() == EchoApi::kCallbackGeneric;
    return {absl::StrCat("/paseto.testing.Echo", is_generic ? "" : method), reason};
  }

  static void ExpectEnd(const grpc::Status& status, const char* reason) {
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
    EXPECT_THAT(status.error_message(), StartsWith(reason));
  }

  std::shared_ptr<RecordingObserver> observer_ = std::make_shared<RecordingObserver>();
};

// The wall clock of the guard stands 50 ms before the expiry, which then passes on the real boot clock.
std::string TokenThatExpiresSoon(GuardedEcho& echo) {
  const absl::Time expiry = echo.clock().Now() + absl::Seconds(1);
  const std::string token = echo.mint().Mint("alice", [&](TokenSpec& spec) { spec.claims.expires_at = expiry; });
  echo.clock().SetNow(expiry - absl::Milliseconds(50));
  return token;
}

TEST_P(StreamEndTest, StreamEndsWhenItsTokenExpires) {
  GuardedEcho echo(OptionsHere());
  ExpectEnd(Begin(echo, TokenThatExpiresSoon(echo))->WaitForEnd(), "stream_expired: ");
  EXPECT_THAT(observer_->ended(), Contains(Event("/Follow", v1::REASON_STREAM_EXPIRED)));
}

TEST_P(StreamEndTest, BidirectionalStreamEndsWhenItsTokenExpires) {
  GuardedEcho echo(OptionsHere());
  grpc::ClientContext context;
  context.AddMetadata("authorization", absl::StrCat("Bearer ", TokenThatExpiresSoon(echo)));
  const auto stream = echo.stub().Chat(&context);
  EchoReply reply;
  EXPECT_FALSE(stream->Read(&reply));  // the server waits for us; only the end of the call frees both
  ExpectEnd(stream->Finish(), "stream_expired: ");
}

TEST_P(StreamEndTest, ClientStreamEndsWhenItsTokenExpires) {
  GuardedEcho echo(OptionsHere());
  grpc::ClientContext context;
  context.AddMetadata("authorization", absl::StrCat("Bearer ", TokenThatExpiresSoon(echo)));
  EchoReply reply;
  const auto writer = echo.stub().Collect(&context, &reply);
  ExpectEnd(writer->Finish(), "stream_expired: ");
}

TEST_P(StreamEndTest, StreamEndsAtItsLongestLife) {
  GuardedEcho::Options options = OptionsHere();
  options.rule.mutable_stream()->mutable_max_lifetime()->set_nanos(50'000'000);
  GuardedEcho echo(std::move(options));
  ExpectEnd(Begin(echo, echo.mint().Mint("alice"))->WaitForEnd(), "stream_expired: the stream reached");
}

TEST_P(StreamEndTest, RevocationEndsTheStreamsThatItReachesAndNoOther) {
  GuardedEcho echo(OptionsHere());
  const auto alice = OpenFollow(echo, echo.mint().Mint("alice"));
  const auto alice_too =
      OpenFollow(echo, echo.mint().Mint("alice", [](TokenSpec& spec) { spec.claims.token_id = TokenId("another"); }));
  const auto bob = OpenFollow(echo, echo.mint().Mint("bob"));
  echo.mint().RevokeSubject("alice");
  ExpectEnd(alice->WaitForEnd(), "stream_revoked: ");
  ExpectEnd(alice_too->WaitForEnd(), "stream_revoked: ");
  EXPECT_EQ(echo.guard().impl().streams().live(), 1u);
  bob->context.TryCancel();
  EXPECT_EQ(bob->WaitForEnd().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_P(StreamEndTest, RevokedKeyEndsStreams) {
  GuardedEcho echo(OptionsHere());
  const auto follow = OpenFollow(echo, echo.mint().Mint("alice"));
  echo.mint().SetAccessKeyState(KeyState::kRevoked);
  ExpectEnd(follow->WaitForEnd(), "stream_revoked: ");
}

// An observer is told after the gate has decided and before the stream is registered: this one acts in between.
class ActingObserver final : public RecordingObserver {
 public:
  explicit ActingObserver(std::function<void()> act) : act_(std::move(act)) {}
  void OnAllowed(absl::string_view, bool, bool) override { act_(); }

 private:
  const std::function<void()> act_;
};

struct EndedChat {
  grpc::Status status;
  std::shared_ptr<RecordingObserver> observer;
};

// A Chat with a good token, while `act` runs between the gate and the registration.
EndedChat ChatWhile(GuardedEcho::Options options, const std::function<void(GuardedEcho&)>& act) {
  GuardedEcho* running = nullptr;
  const auto observer = std::make_shared<ActingObserver>([&] { act(*running); });
  options.observer = observer;
  GuardedEcho echo(std::move(options));
  running = &echo;
  grpc::ClientContext context;
  context.AddMetadata("authorization", absl::StrCat("Bearer ", echo.mint().Mint("alice")));
  const auto stream = echo.stub().Chat(&context);
  EchoReply reply;
  EXPECT_FALSE(stream->Read(&reply));
  return {stream->Finish(), observer};
}

TEST_P(StreamEndTest, TokenOrKeyRevokedBetweenGateAndRegistrationEndsTheStream) {
  const std::function<void(GuardedEcho&)> revocations[] = {
      [](GuardedEcho& echo) { echo.mint().RevokeToken("token-of-alice"); },
      [](GuardedEcho& echo) { echo.mint().SetAccessKeyState(KeyState::kRevoked); },
  };
  for (const auto& revoke : revocations) {
    const EndedChat chat = ChatWhile(OptionsHere(), revoke);
    ExpectEnd(chat.status, "stream_revoked: ");
    EXPECT_THAT(chat.observer->ended(), ElementsAre(Event("/Chat", v1::REASON_STREAM_REVOKED)));
    EXPECT_THAT(chat.observer->would_end(), IsEmpty());
  }
}

void CountOnly(interceptor::GuardOptions& guard) { guard.stream_mode = interceptor::StreamMode::kCountOnly; }

TEST_P(StreamEndTest, GuardThatOnlyCountsLetsATokenThatWasRevokedMeanwhileGoOn) {
  GuardedEcho* running = nullptr;
  GuardedEcho::Options options = OptionsHere();
  const auto observer = std::make_shared<ActingObserver>([&running] { running->mint().RevokeToken("token-of-alice"); });
  options.observer = observer;
  options.change_guard = &CountOnly;
  GuardedEcho echo(std::move(options));
  running = &echo;
  EXPECT_TRUE(echo.CallWith(CallKind::kChat, echo.mint().Mint("alice")).status.ok());
  EXPECT_THAT(observer->would_end(), ElementsAre(Event("/Chat", v1::REASON_STREAM_REVOKED)));
  EXPECT_THAT(observer->ended(), IsEmpty());
}

TEST_P(StreamEndTest, StreamThatPassedNoGateEndsAlsoWhenTheGuardOnlyCounts) {
  for (const bool counts_only : {false, true}) {
    const auto observer = std::make_shared<RecordingObserver>();
    GuardedEcho::Options options = OptionsHere();
    options.observer = observer;
    if (counts_only) options.change_guard = &CountOnly;
    GuardedEcho echo(std::move(options));
    const auto stub = testing::Echo::NewStub(echo.server().InProcessChannel({}));
    grpc::ClientContext context;
    context.AddMetadata("authorization", absl::StrCat("Bearer ", echo.mint().Mint("alice")));
    const auto stream = stub->Chat(&context);
    EchoReply reply;
    EXPECT_FALSE(stream->Read(&reply));
    ExpectEnd(stream->Finish(), "gate_missing: ");
    EXPECT_THAT(observer->ended(), ElementsAre(Event("/Chat", v1::REASON_GATE_MISSING)));
    EXPECT_THAT(observer->would_end(), IsEmpty());
  }
}

TEST_P(StreamEndTest, TokenExpiredBetweenGateAndRegistrationEndsTheStream) {
  const EndedChat chat = ChatWhile(OptionsHere(), [](GuardedEcho& echo) { echo.clock().Advance(absl::Hours(1)); });
  ExpectEnd(chat.status, "stream_expired: ");
}

TEST_P(StreamEndTest, StreamThatIsOverIsForgotten) {
  GuardedEcho echo(OptionsHere());
  const std::string token = echo.mint().Mint("alice");
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(echo.CallWith(CallKind::kChat, token).status.ok());
  echo.Stop();
  EXPECT_EQ(echo.guard().impl().streams().live(), 0u);
}

// Generic servers see every call as a stream.
TEST(UnaryCallTest, IsNotWatched) {
  for (const EchoApi api : {EchoApi::kSync, EchoApi::kCallback, EchoApi::kAsync}) {
    GuardedEcho::Options options;
    options.api = api;
    GuardedEcho echo(std::move(options));
    EXPECT_TRUE(echo.CallWith(CallKind::kSay, echo.mint().Mint("alice")).status.ok());
    EXPECT_EQ(echo.guard().impl().streams().live(), 0u);
  }
}

TEST_P(StreamEndTest, ForcedShutdownEndsLiveStreams) {
  GuardedEcho echo(OptionsHere());
  const auto follow = OpenFollow(echo, echo.mint().Mint("alice"));
  std::thread client([&follow] { EXPECT_FALSE(follow->WaitForEnd().ok()); });
  echo.Stop();
  client.join();
  EXPECT_EQ(echo.guard().impl().streams().live(), 0u);
}

// The client may see UNAVAILABLE here: in a graceful shutdown gRPC may close the socket before it sends the trailers of
// the last call. Its retry, on another server, is refused.
TEST_P(StreamEndTest, RevocationFreesAGracefulShutdown) {
  GuardedEcho echo(OptionsHere());
  const auto follow = OpenFollow(echo, echo.mint().Mint("alice"));
  std::thread stop([&echo] { echo.server().Shutdown(); });
  echo.mint().RevokeSubject("alice");
  EXPECT_FALSE(follow->WaitForEnd().ok());
  stop.join();
  echo.Stop();
  EXPECT_EQ(echo.guard().impl().streams().live(), 0u);
}

INSTANTIATE_TEST_SUITE_P(EveryApi, StreamEndTest, ::testing::ValuesIn(kEveryEchoApi),
                         [](const auto& info) { return NameOf(info.param); });

// The callback API: the sync one would need a thread for each. One token a stream, as from many sessions.
TEST(StreamSweepTest, TenThousandStreamsOfOneSubjectEndAndNoOther) {
  constexpr int kStreams = 10000;
  GuardedEcho::Options options;
  const auto observer = std::make_shared<RecordingObserver>();
  options.observer = observer;
  GuardedEcho echo(std::move(options));
  const auto open = [&echo](absl::string_view subject, int i) {
    return OpenFollow(echo, echo.mint().Mint(subject, [i](TokenSpec& spec) {
      spec.claims.token_id = TokenId(absl::StrCat("token-", i));
      spec.claims.session_id = SessionId(absl::StrCat("session-", i));
    }));
  };
  const auto bystander = open("bob", -1);
  std::vector<std::unique_ptr<Follow>> follows;
  for (int i = 0; i < kStreams; ++i) follows.push_back(open("alice", i));
  EXPECT_EQ(echo.guard().impl().streams().live(), kStreams + 1u);
  echo.mint().RevokeSubject("alice");
  for (const auto& follow : follows) {
    ASSERT_THAT(follow->WaitForEnd().error_message(), StartsWith("stream_revoked: "));
  }
  EXPECT_EQ(observer->ended().size(), static_cast<size_t>(kStreams));
  EXPECT_EQ(echo.guard().impl().streams().live(), 1u);
  bystander->context.TryCancel();
  EXPECT_EQ(bystander->WaitForEnd().error_code(), grpc::StatusCode::CANCELLED);
}

}  // namespace
}  // namespace paseto
