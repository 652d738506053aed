// The client library against a whole tokend and a guarded server that follows its feed.
#include <gmock/gmock.h>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "grpc_paseto/interceptor/client/stream_renewer.h"
#include "grpc_paseto/interceptor/trust/feed_trust.h"
#include "grpc_paseto/tests/support/guarded_echo.h"
#include "grpc_paseto/tests/support/running_tokend.h"
#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto::client {
namespace {

using testing::EchoReply;
using testing::EchoRequest;
using ::testing::Ne;
using ::testing::StartsWith;

constexpr absl::Duration kAccessLife = absl::Seconds(3);

class ClientLibraryTest : public ::testing::Test {
 protected:
  // Renewers count on the machine's clock, so tokend's begins at the same instant.
  ClientLibraryTest() {
    tokend_.clock().SetNow(absl::Now());
    tokend_.Restart();
  }

  // Sessions of "app" refresh by holder, those of "web" by "web" alone.
  TokenPair SignIn(const std::string& client) {
    v1::IssueRequest request;
    request.set_subject("alice");
    request.add_audiences("shop");
    request.set_with_refresh_token(true);
    return PairOf(tokend_.Call(&v1::TokenService::Stub::Issue, request, client).value());
  }

  std::shared_ptr<TokenKeeper> Keep(TokenPair pair, std::function<std::string()> client_token = nullptr) {
    TokenKeeperOptions options;
    options.refresher = RefreshThrough({.channel = tokend_.channel(), .client_token = std::move(client_token)});
    options.expiry_margin = absl::ZeroDuration();
    options.clock = &tokend_.clock();
    return TokenKeeper::Make(std::move(pair), std::move(options));
  }

  static absl::StatusOr<TokenKeeper::Token> Get(TokenKeeper& keeper) {
    absl::Notification answered;
    absl::StatusOr<TokenKeeper::Token> token = absl::UnknownError("");
    keeper.Get([&](absl::StatusOr<TokenKeeper::Token> answer) {
      token = std::move(answer);
      answered.Notify();
    });
    answered.WaitForNotification();
    return token;
  }

  service::RunningTokend tokend_{[](service::config::TokendConfig& config) {
    config.mutable_tokens()->mutable_access_lifetime()->set_seconds(absl::ToInt64Seconds(kAccessLife));
  }};
};

TEST_F(ClientLibraryTest, KeeperTradesItsPairAtTokendWhenTheTokenHasExpired) {
  const TokenPair first = SignIn("app");
  const auto keeper = Keep(first);
  tokend_.clock().Advance(kAccessLife);
  const absl::StatusOr<TokenKeeper::Token> token = Get(*keeper);
  ASSERT_THAT(token, IsOk());
  EXPECT_GT(token->expires_at, first.access_expires_at);
  EXPECT_TRUE(tokend_.Introspect("auditor", token->text)->active());
  EXPECT_THAT(keeper->pair().refresh_token, Ne(first.refresh_token));
}

TEST_F(ClientLibraryTest, RefreshPresentsTheClientTokenWhereTheHolderAloneMayNot) {
  const TokenPair pair = SignIn("web");
  const auto bare = Keep(pair);
  tokend_.clock().Advance(kAccessLife);
  EXPECT_THAT(Get(*bare), StatusIs(absl::StatusCode::kUnauthenticated));
  const auto keeper = Keep(pair, [this] { return tokend_.ClientToken("web"); });
  EXPECT_THAT(Get(*keeper), IsOk());
}

TEST_F(ClientLibraryTest, RevokedSessionEndsTheAttempts) {
  const TokenPair pair = SignIn("app");
  const auto keeper = Keep(pair);
  ASSERT_THAT(tokend_.RevokeToken("app", pair.refresh_token), IsOk());
  tokend_.clock().Advance(kAccessLife);
  const absl::StatusOr<TokenKeeper::Token> token = Get(*keeper);
  EXPECT_THAT(token, StatusIs(absl::StatusCode::kUnauthenticated));
  EXPECT_THAT(std::string(token.status().message()), StartsWith("session_revoked: "));
}

// A guarded Echo that takes keys and revocations from tokend's feed.
class LiveSessionTest : public ClientLibraryTest {
 protected:
  GuardedEcho::Options FollowingTokend() {
    GuardedEcho::Options options;
    options.change_guard = [this](interceptor::GuardOptions& guard) {
      interceptor::FeedTrustOptions feed;
      feed.addresses = {tokend_.address()};
      feed.issuer = guard.issuer = "https://id.shop";
      feed.token_file = folder_.Write("feed.token", tokend_.ClientToken("verifier"));
      feed.clock = guard.clock = &tokend_.clock();
      guard.audience = "shop";
      guard.trust = interceptor::TrustFromFeed(std::move(feed)).value();
    };
    options.change_builder = [](interceptor::GuardedServerBuilder& builder) {
      v1::AuthRule anyone;  // tokend's code brings reflection into this program
      anyone.set_mode(v1::AuthRule::MODE_PUBLIC);
      builder.SetRule("grpc.reflection.v1alpha.ServerReflection/*", anyone);
    };
    return options;
  }

  // Calls with `token` until the revocation has come through the feed.
  void AwaitRefusal(const std::string& token) {
    while (echo_.CallWith(CallKind::kSay, token).status.ok()) {
    }
  }

  TemporaryFolder folder_;
  GuardedEcho echo_{FollowingTokend()};
};

TEST_F(LiveSessionTest, StreamOutlivesItsTokensAndEndsWithItsSession) {
  const TokenPair first = SignIn("app");
  const auto keeper = Keep(first);
  absl::Notification renewed;
  StreamRenewerOptions options;
  options.channel = echo_.channel();
  options.keeper = keeper;
  options.method = "/paseto.testing.Echo/Chat";
  options.on_attempt = [&renewed](const absl::Status& status) {
    EXPECT_THAT(status, IsOk());
    if (!renewed.HasBeenNotified()) renewed.Notify();
  };
  StreamRenewer renewer(options);
  grpc::ClientContext context;
  ASSERT_THAT(renewer.Prepare(context), IsOk());
  const auto chat = echo_.stub().Chat(&context);
  EchoReply reply;
  ASSERT_TRUE(chat->Write(EchoRequest()) && chat->Read(&reply)) << chat->Finish().error_message();
  EXPECT_EQ(reply.principal(), "alice");

  tokend_.clock().Advance(absl::Seconds(1));  // so that the next token expires later than the first
  renewed.WaitForNotification();
  ASSERT_THAT(tokend_.RevokeToken("app", first.access_token), IsOk());
  AwaitRefusal(first.access_token);
  ASSERT_TRUE(chat->Write(EchoRequest()) && chat->Read(&reply));
  EXPECT_EQ(reply.principal(), "alice");

  ASSERT_THAT(tokend_.RevokeToken("app", keeper->pair().refresh_token), IsOk());
  EXPECT_FALSE(chat->Read(&reply));
  EXPECT_THAT(chat->Finish().error_message(), StartsWith("stream_revoked: "));
}

}  // namespace
}  // namespace paseto::client
