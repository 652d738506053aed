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
  CallCredentialsTest() { Serve(v1::AuthRule()); }

  void Serve(const v1::AuthRule& rule) {
    GuardedEcho::Options options;
    options.rule = rule;
    options.transport = GetParam() == Carrier::kInterceptorOnPlaintext ? Transport::kPlaintext : Transport::kTls;
    echo_ = std::make_unique<GuardedEcho>(std::move(options));
  }

  TokenPair PairFor(const std::string& subject) {
    return {echo_->mint().Mint(subject), echo_->clock().Now() + absl::Minutes(10), "refresh-of-" + subject};
  }
  // A stub whose calls carry the token of a keeper that begins with `pair`.
  std::unique_ptr<Echo::Stub> StubWith(TokenPair pair, const TokenForm& form = {}) {
    TokenKeeperOptions options;
    options.refresher = refresher_;
    options.clock = &echo_->clock();
    keeper_ = TokenKeeper::Make(std::move(pair), std::move(options));
    if (GetParam() == Carrier::kCredentialsOnTls) {
      return Echo::NewStub(grpc::CreateChannel(
          echo_->address(),
          grpc::CompositeChannelCredentials(echo_->channel_credentials(), TokenCallCredentials(keeper_, form))));
    }
    std::vector<std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface>> interceptors;
    interceptors.push_back(MakeTokenInterceptorFactory(keeper_, form));
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

TEST_P(CallCredentialsTest, TokenIsCarriedInTheFormThatTheRuleAsksFor) {
  for (const TokenForm& form : {TokenForm{"x-token", "Bearer", false}, TokenForm{"authorization", "Paseto", false},
                                TokenForm{"authorization", "-", false}, TokenForm{"authorization", "Bearer", true},
                                TokenForm{"x-token", "-", true}}) {
    v1::AuthRule rule;
    rule.set_metadata_key(form.metadata_key);
    rule.set_metadata_prefix(form.metadata_prefix);
    rule.set_base64_wrapped(form.base64_wrapped);
    Serve(rule);
    EchoReply reply;
    EXPECT_FALSE(Say(*StubWith(PairFor("alice")), &reply).ok());
    EXPECT_TRUE(Say(*StubWith(PairFor("alice"), form), &reply).ok())
        << form.metadata_key << " " << form.metadata_prefix;
    EXPECT_EQ(reply.principal(), "alice");
  }
}

// What the interceptor does by itself, callers with call credentials do by Reject.
TEST_P(CallCredentialsTest, TokenThatWasRejectedIsReplacedOnce) {
  const auto stub = StubWith(PairFor("alice"));
  for (const char* token : {"token-of-alice", "token-of-bob"}) echo_->mint().RevokeToken(token);
  EchoReply reply;
  const grpc::Status refused = Say(*stub, &reply);
  EXPECT_THAT(refused.error_message(), StartsWith("token_revoked: "));
  ASSERT_TRUE(
      RefreshMayHelp(absl::Status(static_cast<absl::StatusCode>(refused.error_code()), refused.error_message())));
  keeper_->Reject(keeper_->pair().access_token);
  std::thread tokend([this] { refresher_->Answer(PairFor("bob")); });
  EXPECT_THAT(Say(*stub, &reply).error_message(), StartsWith("token_revoked: "));
  tokend.join();
  keeper_->Reject(keeper_->pair().access_token);
  EXPECT_THAT(Say(*stub, &reply).error_message(), StartsWith("token_revoked: "));  // at once, with the same token
  EXPECT_THAT(refresher_->presented(), SizeIs(1));
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
