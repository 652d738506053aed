// Streams that outlive their tokens, on a real server: renewed while they live, opened again when they must be.
#include "grpc_paseto/interceptor/client/stream_renewer.h"

#include <gmock/gmock.h>

#include <thread>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "grpc_paseto/interceptor/client/call_credentials.h"
#include "grpc_paseto/interceptor/client/live_reader.h"
#include "grpc_paseto/interceptor/policy/refusal.h"
#include "grpc_paseto/tests/interceptor/client/scripted_refresher.h"
#include "grpc_paseto/tests/interceptor/client/scripted_server.h"
#include "grpc_paseto/tests/support/guarded_echo.h"
#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto::client {
namespace {

using ::testing::Contains;
using testing::EchoReply;
using testing::EchoRequest;
using ::testing::ElementsAre;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr absl::Duration kShort = absl::Milliseconds(700);

// The guard's wall clock is that of the machine, so that both sides mean the same by an expiry.
class StreamRenewerTest : public ::testing::Test {
 protected:
  StreamRenewerTest() {
    echo_.clock().SetNow(absl::Now());
    TokenKeeperOptions options;
    options.refresher = refresher_;
    // Its margin would refresh these short lives early.
    options.expiry_margin = absl::ZeroDuration();
    keeper_ = TokenKeeper::Make(PairOf(echo_, "first", kShort), std::move(options));
    options_.channel = echo_.channel();
    options_.keeper = keeper_;
  }

  TokenPair Pair(const std::string& id, absl::Duration life) { return PairOf(echo_, id, life); }
  static TokenPair PairOf(GuardedEcho& echo, const std::string& id, absl::Duration life) {
    const absl::Time expiry = absl::Now() + life;
    const std::string token = echo.mint().Mint("alice", [&](TokenSpec& spec) {
      spec.claims.token_id = TokenId(id);
      // Whole seconds are written: the guard ends the stream at the next one, never before the keeper's expiry.
      spec.claims.expires_at = absl::FromUnixSeconds(absl::ToUnixSeconds(expiry) + 1);
    });
    return {token, expiry, "refresh-" + id};
  }

  // The result of the first renewal of a Chat with `echo`, whose guard judges the stream and the renewal.
  absl::Status FirstRenewalAt(GuardedEcho& echo) {
    echo.clock().SetNow(absl::Now());
    EXPECT_TRUE(options_.channel->WaitForConnected(std::chrono::system_clock::now() + std::chrono::minutes(1)));
    keeper_->SetPair(PairOf(echo, "first", kShort));
    options_.method = "/paseto.testing.Echo/Chat";
    absl::Notification attempted;
    absl::Status result;
    options_.on_attempt = [&](const absl::Status& status) {
      if (attempted.HasBeenNotified()) return;
      result = status;
      attempted.Notify();
    };
    StreamRenewer renewer(options_);
    grpc::ClientContext context;
    EXPECT_THAT(renewer.Prepare(context), IsOk());
    const auto stub = testing::Echo::NewStub(options_.channel);
    const auto chat = stub->Chat(&context);
    EchoReply reply;
    EXPECT_TRUE(chat->Write(EchoRequest()) && chat->Read(&reply));
    EXPECT_EQ(reply.principal(), "alice");
    refresher_->Answer(PairOf(echo, "second", absl::Hours(1)));  // asked for by the renewer
    attempted.WaitForNotification();
    chat->WritesDone();
    EXPECT_TRUE(chat->Finish().ok());
    return result;
  }

  GuardedEcho echo_{GuardedEcho::Options()};
  std::shared_ptr<ScriptedRefresher> refresher_ = std::make_shared<ScriptedRefresher>();
  std::shared_ptr<TokenKeeper> keeper_;
  StreamRenewerOptions options_;
};

TEST_F(StreamRenewerTest, RenewsBeforeTheLifeIsOver) {
  options_.method = "/paseto.testing.Echo/Chat";
  absl::Notification attempted;
  absl::Status result;
  options_.on_attempt = [&](const absl::Status& status) {
    if (attempted.HasBeenNotified()) return;
    result = status;
    attempted.Notify();
  };
  const TokenPair first = Pair("first", kShort);
  keeper_->SetPair(first);
  StreamRenewer renewer(options_);
  grpc::ClientContext context;
  const absl::Time start = absl::Now();
  ASSERT_THAT(renewer.Prepare(context), IsOk());
  const auto chat = echo_.stub().Chat(&context);
  EchoReply reply;
  ASSERT_TRUE(chat->Write(EchoRequest()) && chat->Read(&reply));
  refresher_->Answer(Pair("second", absl::Hours(1)));  // asked for by the renewer
  EXPECT_GE(absl::Now() - start, 0.85 * (first.access_expires_at - start) - absl::Milliseconds(5)) << "too early";
  attempted.WaitForNotification();
  EXPECT_THAT(result, IsOk());
  echo_.mint().RevokeToken("first");  // the stream no longer stands on it
  ASSERT_TRUE(chat->Write(EchoRequest()) && chat->Read(&reply));
  EXPECT_EQ(reply.principal(), "alice");
  chat->WritesDone();
  EXPECT_TRUE(chat->Finish().ok());
}

TEST_F(StreamRenewerTest, AnnouncedLifeCountsWhenItIsShorter) {
  options_.method = "/paseto.testing.Echo/Chat";
  keeper_->SetPair(Pair("long", absl::Hours(1)));
  absl::Notification attempted;
  options_.on_attempt = [&](const absl::Status&) {
    if (!attempted.HasBeenNotified()) attempted.Notify();
  };
  GuardedEcho::Options options;
  options.rule.mutable_stream()->mutable_max_lifetime()->set_nanos(400'000'000);
  GuardedEcho brief(std::move(options));  // another issuer's: it does not matter, only the announcement does
  StreamRenewer renewer(options_);
  grpc::ClientContext ignored;
  ASSERT_THAT(renewer.Prepare(ignored), IsOk());
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer " + brief.mint().Mint("alice"));
  context.AddMetadata("paseto-stream-id", "my-chat");
  const auto chat = brief.stub().Chat(&context);
  EchoReply reply;
  ASSERT_TRUE(chat->Write(EchoRequest()) && chat->Read(&reply));
  renewer.Adjust(context);
  refresher_->Answer(absl::UnavailableError("away"));
  attempted.WaitForNotification();
}

TEST_F(StreamRenewerTest, RenewsAtAMethodThatTakesItsTokenInAnotherForm) {
  GuardedEcho::Options options;
  options.rule.set_metadata_key("x-token");
  options.rule.set_metadata_prefix("Paseto");
  options.rule.set_base64_wrapped(true);
  GuardedEcho echo(std::move(options));
  options_.channel = echo.channel();
  options_.form = {.metadata_key = "x-token", .metadata_prefix = "Paseto", .base64_wrapped = true};
  EXPECT_THAT(FirstRenewalAt(echo), IsOk());
}

TEST_F(StreamRenewerTest, LeavesTheTokenToAChannelThatAddsIt) {
  GuardedEcho::Options options;
  options.transport = Transport::kTls;
  GuardedEcho echo(std::move(options));
  options_.channel = grpc::CreateChannel(
      echo.address(), grpc::CompositeChannelCredentials(echo.channel_credentials(), TokenCallCredentials(keeper_)));
  options_.channel_adds_token = true;  // a second token would be refused as token_ambiguous
  EXPECT_THAT(FirstRenewalAt(echo), IsOk());
}

TEST_F(StreamRenewerTest, RenewalNamesTheInstanceThatServesTheStream) {
  GuardedEcho::Options options;
  options.change_guard = [](interceptor::GuardOptions& guard) { guard.instance = "shop-7"; };
  GuardedEcho echo(std::move(options));
  echo.clock().SetNow(absl::Now());
  ScriptedServer server({});
  options_.channel = server.NewChannel();
  options_.method = "/paseto.testing.Echo/Chat";
  for (const bool adjusts : {false, true}) {
    keeper_->SetPair(PairOf(echo, "first", kShort));
    StreamRenewer renewer(options_);
    grpc::ClientContext context;
    ASSERT_THAT(renewer.Prepare(context), IsOk());
    const auto chat = echo.stub().Chat(&context);
    EchoReply reply;
    ASSERT_TRUE(chat->Write(EchoRequest()) && chat->Read(&reply));
    if (adjusts) renewer.Adjust(context);
    const TokenPair second = PairOf(echo, "second", absl::Hours(1));
    refresher_->Answer(second);
    const ScriptedServer::Renewal renewal = server.AwaitRenewals(adjusts ? 2 : 1).back();
    EXPECT_EQ(renewal.request.method(), options_.method);
    EXPECT_THAT(renewal.metadata, Contains(::testing::Pair("authorization", "Bearer " + second.access_token)));
    std::vector<std::string> instances;
    const auto [begin, end] = renewal.metadata.equal_range("paseto-instance");
    for (auto entry = begin; entry != end; ++entry) instances.push_back(entry->second);
    EXPECT_EQ(instances, adjusts ? std::vector<std::string>{"shop-7"} : std::vector<std::string>());
    chat->WritesDone();
    EXPECT_TRUE(chat->Finish().ok());
  }
}

// Its life is long enough for the first attempt to fail before it is over, whenever that comes.
TEST_F(StreamRenewerTest, FailedRenewalIsTriedAgainAfterAPause) {
  ScriptedServer server({grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "renewal_too_soon: wait a second")});
  options_.channel = server.NewChannel();
  ASSERT_TRUE(options_.channel->WaitForConnected(std::chrono::system_clock::now() + std::chrono::minutes(1)));
  options_.method = "/paseto.testing.Echo/Chat";
  keeper_->SetPair(Pair("first", absl::Seconds(4)));
  absl::Mutex mutex;
  std::vector<absl::StatusCode> results;
  options_.on_attempt = [&](const absl::Status& status) {
    absl::MutexLock lock(&mutex);
    results.push_back(status.code());
  };
  StreamRenewer renewer(options_);
  grpc::ClientContext context;
  ASSERT_THAT(renewer.Prepare(context), IsOk());
  refresher_->Answer(Pair("second", absl::Hours(1)));
  const std::vector<ScriptedServer::Renewal> renewals = server.AwaitRenewals(2);
  EXPECT_GE(renewals[1].at - renewals[0].at, absl::Milliseconds(150));
  EXPECT_THAT(refresher_->presented(), SizeIs(1));  // the same token again
  absl::MutexLock lock(&mutex, absl::Condition(
                                   +[](std::vector<absl::StatusCode>* all) { return all->size() == 2; }, &results));
  EXPECT_THAT(results, ElementsAre(absl::StatusCode::kResourceExhausted, absl::StatusCode::kOk));
}

TEST_F(StreamRenewerTest, NothingIsRenewedOnceItIsGone) {
  options_.method = "/paseto.testing.Echo/Chat";
  { StreamRenewer unused(options_); }
  auto renewer = std::make_unique<StreamRenewer>(options_);
  grpc::ClientContext context;
  ASSERT_THAT(renewer->Prepare(context), IsOk());
  renewer = nullptr;
  EXPECT_THAT(refresher_->presented(), ::testing::IsEmpty());
}

class LiveReaderTest : public StreamRenewerTest {
 protected:
  LiveReaderTest() { options_.method = "/paseto.testing.Echo/Follow"; }

  LiveReader<EchoReply>::Open OpenFollow() {
    return [this](grpc::ClientContext* context) {
      ++opened_;
      return echo_.stub().Follow(context, EchoRequest());
    };
  }
  int opened_ = 0;
};

TEST_F(LiveReaderTest, OpensAnotherStreamWhenTheTokenWasRevoked) {
  keeper_->SetPair(Pair("first", absl::Hours(1)));
  LiveReader<EchoReply> reader(options_, OpenFollow());
  EchoReply reply;
  ASSERT_TRUE(reader.Read(&reply));
  echo_.mint().RevokeToken("first");
  std::thread tokend([this] { refresher_->Answer(Pair("second", absl::Hours(1))); });
  ASSERT_TRUE(reader.Read(&reply));
  tokend.join();
  EXPECT_EQ(opened_, 2);
  reader.Cancel();
  EXPECT_FALSE(reader.Read(&reply));
  EXPECT_EQ(reader.Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(LiveReaderTest, OpensAnotherStreamWhenTheServerIsAway) {
  keeper_->SetPair(Pair("first", absl::Hours(1)));
  const auto nobody =
      testing::Echo::NewStub(grpc::CreateChannel("unix:/nobody/listens/here", grpc::InsecureChannelCredentials()));
  LiveReader<EchoReply> reader(options_, [&](grpc::ClientContext* context) {
    return (++opened_ <= 2 ? *nobody : echo_.stub()).Follow(context, EchoRequest());
  });
  EchoReply reply;
  ASSERT_TRUE(reader.Read(&reply));
  EXPECT_EQ(reply.principal(), "alice");
  EXPECT_EQ(opened_, 3);
  EXPECT_THAT(refresher_->presented(), ::testing::IsEmpty());  // it was not the token's fault
  reader.Cancel();
  EXPECT_FALSE(reader.Read(&reply));
}

TEST_F(LiveReaderTest, OpensAnotherStreamWhenTheTokenExpiredBecauseTheRenewalWentElsewhere) {
  ScriptedServer server({grpc::Status(grpc::StatusCode::NOT_FOUND, "stream_elsewhere: open another stream")});
  options_.channel = server.NewChannel();
  const TokenPair first = Pair("first", kShort), second = Pair("second", absl::Hours(1));
  keeper_->SetPair(first);
  const auto stub = testing::Echo::NewStub(options_.channel);
  LiveReader<EchoReply> reader(options_,
                               [&](grpc::ClientContext* context) { return stub->Follow(context, EchoRequest()); });
  EchoReply reply;
  ASSERT_TRUE(reader.Read(&reply));
  EXPECT_EQ(reply.text(), "Bearer " + first.access_token);
  std::thread tokend([&] { refresher_->Answer(second); });
  ASSERT_TRUE(reader.Read(&reply));
  tokend.join();
  EXPECT_EQ(reply.text(), "Bearer " + second.access_token);
  EXPECT_FALSE(reader.Read(&reply));
  EXPECT_TRUE(reader.Finish().ok());
  EXPECT_THAT(server.AwaitRenewals(1), SizeIs(1));
}

TEST_F(LiveReaderTest, EndsWithTheSession) {
  keeper_->SetPair(Pair("first", absl::Hours(1)));
  LiveReader<EchoReply> reader(options_, OpenFollow());
  EchoReply reply;
  ASSERT_TRUE(reader.Read(&reply));
  echo_.mint().RevokeSubject("alice");
  std::thread tokend(
      [this] { refresher_->Answer(interceptor::MakeRefusal(v1::REASON_SESSION_REVOKED, "sign in again")); });
  EXPECT_FALSE(reader.Read(&reply));
  tokend.join();
  EXPECT_THAT(reader.Finish().error_message(), StartsWith("session_revoked: "));
  EXPECT_EQ(opened_, 1);
}

TEST_F(LiveReaderTest, RefusalThatNoRefreshMendsEndsIt) {
  TokenPair pair = Pair("first", absl::Hours(1));
  pair.access_token = echo_.mint().Mint("alice", [](TokenSpec& spec) { spec.claims.audiences = {"other"}; });
  keeper_->SetPair(pair);
  LiveReader<EchoReply> reader(options_, OpenFollow());
  EchoReply reply;
  EXPECT_FALSE(reader.Read(&reply));
  EXPECT_THAT(reader.Finish().error_message(), StartsWith("wrong_audience: "));
  EXPECT_EQ(opened_, 1);
}

TEST_F(LiveReaderTest, TokenThatIsRefusedAgainAfterARefreshIsNotTriedForEver) {
  keeper_->SetPair(Pair("first", absl::Hours(1)));
  echo_.mint().RevokeToken("first");
  echo_.mint().RevokeToken("second");
  LiveReader<EchoReply> reader(options_, OpenFollow());
  std::thread tokend([this] { refresher_->Answer(Pair("second", absl::Hours(1))); });
  EchoReply reply;
  EXPECT_FALSE(reader.Read(&reply));
  tokend.join();
  EXPECT_THAT(reader.Finish().error_message(), StartsWith("token_revoked: "));
  EXPECT_LE(opened_, 3);
}

}  // namespace
}  // namespace paseto::client
