// Streams that outlive their tokens, on a real server: renewed while they live, opened again when they must be.
#include "grpc_paseto/interceptor/client/stream_renewer.h"

#include <gmock/gmock.h>

#include <thread>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "grpc_paseto/interceptor/client/live_reader.h"
#include "grpc_paseto/interceptor/policy/refusal.h"
#include "grpc_paseto/tests/interceptor/client/scripted_refresher.h"
#include "grpc_paseto/tests/support/guarded_echo.h"
#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto::client {
namespace {

using testing::EchoReply;
using testing::EchoRequest;
using ::testing::StartsWith;

// The guard's wall clock is that of the machine, so that both sides mean the same by an expiry.
class StreamRenewerTest : public ::testing::Test {
 protected:
  StreamRenewerTest() {
    echo_.clock().SetNow(absl::Now());
    TokenKeeperOptions options;
    options.refresher = refresher_;
    // Its margin would refresh these short lives early.
    options.expiry_margin = absl::ZeroDuration();
    keeper_ = TokenKeeper::Make(Pair("first", absl::Milliseconds(700)), std::move(options));
    options_.channel = echo_.channel();
    options_.keeper = keeper_;
  }

  TokenPair Pair(const std::string& id, absl::Duration life) {
    const absl::Time expiry = absl::Now() + life;
    const std::string token = echo_.mint().Mint("alice", [&](TokenSpec& spec) {
      spec.claims.token_id = TokenId(id);
      // Whole seconds are written: the guard ends the stream at the next one, never before the keeper's expiry.
      spec.claims.expires_at = absl::FromUnixSeconds(absl::ToUnixSeconds(expiry) + 1);
    });
    return {token, expiry, "refresh-" + id};
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
  StreamRenewer renewer(options_);
  grpc::ClientContext context;
  ASSERT_THAT(renewer.Prepare(context), IsOk());
  const auto chat = echo_.stub().Chat(&context);
  EchoReply reply;
  ASSERT_TRUE(chat->Write(EchoRequest()) && chat->Read(&reply));
  refresher_->Answer(Pair("second", absl::Hours(1)));  // asked for by the renewer
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
