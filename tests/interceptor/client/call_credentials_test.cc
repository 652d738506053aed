// The kept token on the calls of a channel: call credentials over TLS, the interceptor over plaintext and TLS.
#include "grpc_paseto/interceptor/client/call_credentials.h"

#include <gmock/gmock.h>
#include <grpcpp/security/credentials.h>

#include <thread>

#include "grpc_paseto/interceptor/policy/refusal.h"
#include "grpc_paseto/tests/interceptor/client/scripted_refresher.h"
#include "grpc_paseto/tests/support/guarded_echo.h"

namespace paseto::client {
namespace {

using testing::Echo;
using testing::EchoReply;
using testing::EchoRequest;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

enum class Carrier { kCredentialsOnTls, kInterceptorOnTls, kInterceptorOnPlaintext };

class CallCredentialsTest : public ::testing::TestWithParam<Carrier> {
 protected:
  CallCredentialsTest() {
    GuardedEcho::Options options;
    options.transport = GetParam() == Carrier::kInterceptorOnPlaintext ? Transport::kPlaintext : Transport::kTls;
    echo_ = std::make_unique<GuardedEcho>(std::move(options));
  }

  TokenPair PairFor(const std::string& subject) {
    return {echo_->mint().Mint(subject), echo_->clock().Now() + absl::Minutes(10), "refresh-of-" + subject};
  }
  // A stub whose calls carry the token of a keeper that begins with `pair`.
  std::unique_ptr<Echo::Stub> StubWith(TokenPair pair) {
    TokenKeeperOptions options;
    options.refresher = refresher_;
    options.clock = &echo_->clock();
    keeper_ = TokenKeeper::Make(std::move(pair), std::move(options));
    if (GetParam() == Carrier::kCredentialsOnTls) {
      return Echo::NewStub(grpc::CreateChannel(
          echo_->address(),
          grpc::CompositeChannelCredentials(echo_->channel_credentials(), TokenCallCredentials(keeper_))));
    }
    std::vector<std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface>> interceptors;
    interceptors.push_back(MakeTokenInterceptorFactory(keeper_));
    return Echo::NewStub(grpc::experimental::CreateCustomChannelWithInterceptors(
        echo_->address(), echo_->channel_credentials(), grpc::ChannelArguments(), std::move(interceptors)));
  }
  static grpc::Status Say(Echo::Stub& stub, EchoReply* reply) {
    grpc::ClientContext context;
    return stub.Say(&context, EchoRequest(), reply);
  }

  std::unique_ptr<GuardedEcho> echo_;
  std::shared_ptr<ScriptedRefresher> refresher_ = std::make_shared<ScriptedRefresher>();
  std::shared_ptr<TokenKeeper> keeper_;
};

TEST_P(CallCredentialsTest, EveryCallCarriesTheToken) {
  const auto stub = StubWith(PairFor("alice"));
  EchoReply reply;
  EXPECT_TRUE(Say(*stub, &reply).ok());
  EXPECT_EQ(reply.principal(), "alice");
  grpc::ClientContext context;
  const auto chat = stub->Chat(&context);
  ASSERT_TRUE(chat->Write(EchoRequest()));
  ASSERT_TRUE(chat->Read(&reply));
  EXPECT_EQ(reply.principal(), "alice");
  chat->WritesDone();
  EXPECT_TRUE(chat->Finish().ok());
  EXPECT_THAT(refresher_->presented(), IsEmpty());
}

TEST_P(CallCredentialsTest, CallWaitsForTheRefreshWhenThereIsNoToken) {
  const auto stub = StubWith(PairFor("alice"));
  echo_->clock().Advance(absl::Minutes(10));  // it has expired
  std::thread tokend([this] { refresher_->Answer(PairFor("bob")); });
  EchoReply reply;
  EXPECT_TRUE(Say(*stub, &reply).ok());
  tokend.join();
  EXPECT_EQ(reply.principal(), "bob");
}

TEST_P(CallCredentialsTest, CallWithoutATokenFailsAndIsNotSent) {
  const auto stub = StubWith(PairFor("alice"));
  echo_->clock().Advance(absl::Minutes(10));  // it has expired
  std::thread tokend(
      [this] { refresher_->Answer(interceptor::MakeRefusal(v1::REASON_SESSION_REVOKED, "sign in again")); });
  EchoReply reply;
  const grpc::Status status = Say(*stub, &reply);
  tokend.join();
  EXPECT_FALSE(status.ok());
  EXPECT_THAT(status.error_message(), ::testing::HasSubstr("session_revoked: "));
  grpc::ClientContext context;
  const auto chat = stub->Chat(&context);
  chat->Write(EchoRequest());
  EXPECT_FALSE(chat->Read(&reply));
  EXPECT_THAT(chat->Finish().error_message(), ::testing::HasSubstr("session_revoked: "));
  EXPECT_EQ(echo_->counters().handlers_run, 0);
}

INSTANTIATE_TEST_SUITE_P(EveryCarrier, CallCredentialsTest,
                         ::testing::Values(Carrier::kCredentialsOnTls, Carrier::kInterceptorOnTls,
                                           Carrier::kInterceptorOnPlaintext),
                         [](const auto& info) -> std::string {
                           switch (info.param) {
                             case Carrier::kCredentialsOnTls:
                               return "CredentialsOnTls";
                             case Carrier::kInterceptorOnTls:
                               return "InterceptorOnTls";
                             case Carrier::kInterceptorOnPlaintext:
                               return "InterceptorOnPlaintext";
                           }
                           return "";
                         });

class TokenInterceptorTest : public CallCredentialsTest {};

TEST_P(TokenInterceptorTest, RefusedTokenIsReplacedBeforeTheNextCall) {
  const auto stub = StubWith(PairFor("alice"));
  echo_->mint().RevokeToken("token-of-alice");
  EchoReply reply;
  EXPECT_THAT(Say(*stub, &reply).error_message(), StartsWith("token_revoked: "));
  std::thread tokend([this] { refresher_->Answer(PairFor("bob")); });
  EXPECT_TRUE(Say(*stub, &reply).ok());
  tokend.join();
  EXPECT_EQ(reply.principal(), "bob");
  EXPECT_THAT(refresher_->presented(), SizeIs(1));
}

TEST_P(TokenInterceptorTest, CallWithACredentialOfItsOwnIsLeftAlone) {
  const auto stub = StubWith(PairFor("alice"));
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer " + echo_->mint().Mint("carol"));
  EchoReply reply;
  EXPECT_TRUE(stub->Say(&context, EchoRequest(), &reply).ok());
  EXPECT_EQ(reply.principal(), "carol");
}

INSTANTIATE_TEST_SUITE_P(EveryTransport, TokenInterceptorTest,
                         ::testing::Values(Carrier::kInterceptorOnTls, Carrier::kInterceptorOnPlaintext),
                         [](const auto& info) {
                           return info.param == Carrier::kInterceptorOnTls ? "Tls" : "Plaintext";
                         });

}  // namespace
}  // namespace paseto::client
