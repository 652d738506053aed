// Who calls tokend, by certificate, socket and token; and what tokens and sessions are bound to.
#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <sys/stat.h>

#include <functional>
#include <memory>
#include <sstream>
#include <string>

#include "grpc_paseto/core/token/verifier.h"
#include "grpc_paseto/interceptor/trust/feed_trust.h"
#include "grpc_paseto/tests/support/running_tokend.h"
#include "grpc_paseto/tests/support/status_matchers.h"
#include "grpc_paseto/tests/support/test_certificates.h"

namespace paseto::service {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

const auto kUnauthenticated = absl::StatusCode::kUnauthenticated;

// Listens on plaintext, on TLS with client certificates, and on the socket of "admin".
class CallersTest : public ::testing::Test {
 protected:
  CallersTest() : tokend_([this](config::TokendConfig& config) { Configure(config); }) {}

  void Configure(config::TokendConfig& config) {
    const TestCertificate server = authority_.SignServer();
    config::Listener& tls = *config.add_listen();
    tls.set_address("127.0.0.1:0");
    tls.mutable_tls()->set_certificate_file(folder_.Write("server.crt", server.certificate_pem));
    tls.mutable_tls()->set_private_key_file(folder_.Write("server.key", server.private_key_pem));
    tls.mutable_tls()->set_client_ca_file(folder_.Write("clients.crt", authority_.root_pem()));
    config::Listener& socket = *config.add_listen();
    socket.set_address("unix:" + folder_.File("admin/tokend.sock"));
    socket.set_client("admin");
    auto& clients = *config.mutable_clients();
    clients["web"].add_certificates("spiffe://shop/web");
    clients["shop"].add_certificates("dns:shop.internal");
    clients["off"].add_certificates("cn:off");
    clients["verifier"].add_certificates("cn:verifier");
  }

  // A stub of its own connection, with a new certificate of these names; no names: without one.
  std::unique_ptr<v1::TokenService::Stub> ConnectAs(const std::string& common_name, const std::string& names) {
    const TestCertificate own = authority_.Sign(common_name, names);
    last_digest_ = Sha256Of(own);
    return Connect({authority_.root_pem(), own.private_key_pem, own.certificate_pem});
  }
  std::unique_ptr<v1::TokenService::Stub> ConnectWithout() { return Connect({authority_.root_pem(), "", ""}); }
  std::unique_ptr<v1::TokenService::Stub> ConnectAsWeb() { return ConnectAs("", "URI:spiffe://shop/web"); }
  std::unique_ptr<v1::TokenService::Stub> ConnectToSocket() {
    return v1::TokenService::NewStub(
        grpc::CreateChannel(tokend_.server().addresses()[2], grpc::InsecureChannelCredentials()));
  }

  template <typename Request, typename Response>
  static absl::StatusOr<Response> Call(v1::TokenService::Stub& stub,
                                       grpc::Status (v1::TokenService::Stub::*method)(grpc::ClientContext*,
                                                                                      const Request&, Response*),
                                       const Request& request, const std::string& token = "") {
    grpc::ClientContext context;
    if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
    Response response;
    const grpc::Status status = (stub.*method)(&context, request, &response);
    if (!status.ok()) return FromGrpc(status);
    return response;
  }
  static absl::StatusOr<v1::IssueResponse> Issue(v1::TokenService::Stub& stub, const std::string& token = "") {
    v1::IssueRequest request;
    request.set_subject("alice");
    request.add_scopes("read");
    request.set_with_refresh_token(true);
    return Call(stub, &v1::TokenService::Stub::Issue, request, token);
  }
  static absl::StatusOr<v1::RefreshResponse> Refresh(v1::TokenService::Stub& stub, const v1::IssuedToken& refresh,
                                                     const std::string& token = "") {
    v1::RefreshRequest request;
    request.set_refresh_token(refresh.token());
    return Call(stub, &v1::TokenService::Stub::Refresh, request, token);
  }
  static absl::StatusOr<v1::RevokeResponse> RevokeEverything(v1::TokenService::Stub& stub) {
    v1::RevokeRequest request;
    request.mutable_everything();
    return Call(stub, &v1::TokenService::Stub::Revoke, request);
  }

  Claims ClaimsOf(const v1::IssuedToken& token) {
    const TokenKind accept[] = {kV4Public};
    const KeyUse uses[] = {KeyUse::kAccess};
    VerifyOptions options;
    options.accept = accept;
    options.uses = uses;
    return VerifyToken(*tokend_.keys(), token.token(), options).value()->claims();
  }
  // What the token is bound to.
  std::string BindingOf(const v1::IssuedToken& token) { return ClaimsOf(token).certificate_thumbprint_sha256; }

  const TemporaryFolder folder_;
  const TestAuthority authority_;
  RunningTokend tokend_;
  std::string last_digest_;

 private:
  std::unique_ptr<v1::TokenService::Stub> Connect(const grpc::SslCredentialsOptions& options) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return v1::TokenService::NewStub(
        grpc::CreateCustomChannel(tokend_.server().addresses()[1], grpc::SslCredentials(options), arguments));
  }
};

TEST_F(CallersTest, CertificateProvesItsClient) {
  const auto issued = Issue(*ConnectAsWeb());
  ASSERT_THAT(issued, IsOk());
  EXPECT_EQ(ClaimsOf(issued->access_token()).client_id, ClientId("web"));
  const auto by_dns = Issue(*ConnectAs("ignored", "DNS:shop.internal"));
  ASSERT_THAT(by_dns, IsOk());
  EXPECT_EQ(ClaimsOf(by_dns->access_token()).client_id, ClientId("shop"));
}

TEST_F(CallersTest, WhoProvesNothingIsNobody) {
  EXPECT_THAT(Issue(*ConnectAs("stranger", "")), StatusIs(kUnauthenticated, StartsWith("token_missing: ")));
  EXPECT_THAT(Issue(*ConnectWithout()), StatusIs(kUnauthenticated, StartsWith("token_missing: ")));
  EXPECT_THAT(Issue(*ConnectAs("off", "")), StatusIs(kUnauthenticated, StartsWith("client_disabled: ")));
  EXPECT_THAT(Issue(*ConnectWithout(), tokend_.ClientToken("web")), IsOk());
  EXPECT_THAT(Issue(*ConnectAs("stranger", ""), tokend_.ClientToken("web")), IsOk());
}

TEST_F(CallersTest, WhoProvesTwoClientsIsRefused) {
  const auto web = ConnectAsWeb();
  EXPECT_THAT(Issue(*web, tokend_.ClientToken("web")), IsOk());
  EXPECT_THAT(Issue(*web, tokend_.ClientToken("shop")), StatusIs(kUnauthenticated, StartsWith("caller_ambiguous: ")));
  const auto both = ConnectAs("", "URI:spiffe://shop/web,DNS:shop.internal");
  EXPECT_THAT(Issue(*both), StatusIs(kUnauthenticated, StartsWith("caller_ambiguous: ")));
  EXPECT_THAT(Issue(*both, tokend_.ClientToken("web")), StatusIs(kUnauthenticated, StartsWith("caller_ambiguous: ")));
  v1::RevokeRequest as_holder;
  as_holder.set_token("v4.public.AAAA");
  EXPECT_THAT(Call(*both, &v1::TokenService::Stub::Revoke, as_holder),
              StatusIs(kUnauthenticated, StartsWith("caller_ambiguous: ")));
}

TEST_F(CallersTest, SocketIsItsClients) {
  const auto admin = ConnectToSocket();
  EXPECT_THAT(Issue(*admin), StatusIs(absl::StatusCode::kPermissionDenied, StartsWith("client_not_allowed: ")));
  EXPECT_THAT(Issue(*admin, tokend_.ClientToken("web")), StatusIs(kUnauthenticated, StartsWith("caller_ambiguous: ")));
  EXPECT_THAT(RevokeEverything(*admin), IsOk());
}

TEST_F(CallersTest, TokenIsBoundToTheCertificateOfTheConnectionThatAskedForIt) {
  const auto web = ConnectAsWeb();
  const auto issued = Issue(*web);
  ASSERT_THAT(issued, IsOk());
  EXPECT_EQ(BindingOf(issued->access_token()), last_digest_);
  EXPECT_THAT(BindingOf(Issue(*ConnectWithout(), tokend_.ClientToken("web"))->access_token()), IsEmpty());
  EXPECT_THAT(BindingOf(tokend_.IssuePair("web").access_token()), IsEmpty());

  v1::IssueRequest custom;
  custom.set_subject("alice");
  custom.set_type("email-verify");
  EXPECT_THAT(BindingOf(Call(*web, &v1::TokenService::Stub::Issue, custom)->access_token()), IsEmpty())
      << "tokens of custom types are handed on";
}

TEST_F(CallersTest, StepUpAndExchangeAreBoundToTheirCaller) {
  const auto web = ConnectAsWeb();
  const auto issued = Issue(*web);
  ASSERT_THAT(issued, IsOk());
  v1::IssueRequest step_up;
  step_up.set_subject("alice");
  step_up.set_fresh(true);
  step_up.set_session_id(issued->session_id());
  EXPECT_EQ(BindingOf(Call(*web, &v1::TokenService::Stub::Issue, step_up)->access_token()), last_digest_);

  const auto shop = ConnectAs("", "DNS:shop.internal");
  v1::ExchangeRequest exchange;
  exchange.set_token(issued->access_token().token());
  const auto exchanged = Call(*shop, &v1::TokenService::Stub::Exchange, exchange);
  ASSERT_THAT(exchanged, IsOk());
  EXPECT_EQ(BindingOf(exchanged->access_token()), last_digest_);
}

TEST_F(CallersTest, SessionSurvivesTheReplacementOfACertificate) {
  const auto issued = Issue(*ConnectAsWeb());
  ASSERT_THAT(issued, IsOk());
  const std::string first = last_digest_;
  v1::IssuedToken refresh = issued->refresh_token();
  for (int hour = 0; hour < 3; ++hour) {
    const auto next = Refresh(*ConnectAsWeb(), refresh);  // another key and certificate of the same name
    ASSERT_THAT(next, IsOk()) << hour;
    EXPECT_NE(last_digest_, first);
    EXPECT_EQ(BindingOf(next->access_token()), last_digest_) << "stamped anew";
    refresh = next->refresh_token();
  }
  const auto by_token = Refresh(*ConnectWithout(), refresh, tokend_.ClientToken("web"));
  ASSERT_THAT(by_token, IsOk()) << "the session is the client's, however it proves itself";
  EXPECT_THAT(BindingOf(by_token->access_token()), IsEmpty());
}

TEST_F(CallersTest, StolenRefreshTokenOfAClientIsOfNoUseToOthers) {
  const auto issued = Issue(*ConnectAsWeb());
  ASSERT_THAT(issued, IsOk());
  const v1::IssuedToken& refresh = issued->refresh_token();
  for (const auto& thief : {ConnectAs("", "DNS:shop.internal"), ConnectAs("stranger", ""), ConnectWithout()}) {
    EXPECT_THAT(Refresh(*thief, refresh), StatusIs(kUnauthenticated, StartsWith("refresh_invalid: ")));
  }
  EXPECT_THAT(Refresh(*ConnectAsWeb(), refresh), IsOk()) << "nothing has changed";
}

TEST_F(CallersTest, HolderRefreshesWithAnyCertificateOrNone) {
  const auto issued = tokend_.IssuePair("app");
  const auto first = Refresh(*ConnectWithout(), issued.refresh_token());
  ASSERT_THAT(first, IsOk());
  EXPECT_THAT(BindingOf(first->access_token()), IsEmpty());
  const auto second = Refresh(*ConnectAs("phone", ""), first->refresh_token());
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(BindingOf(second->access_token()), last_digest_);
  EXPECT_THAT(Refresh(*ConnectAsWeb(), second->refresh_token()),
              StatusIs(kUnauthenticated, StartsWith("refresh_invalid: ")))
      << "who says that it is another client is refused";
}

TEST_F(CallersTest, ClientThatHandsItsTokensOnLeavesThemUnbound) {
  tokend_.Restart([](config::TokendConfig& config) {
    (*config.mutable_clients())["web"].set_bind_tokens(config::BIND_TOKENS_NONE);
  });
  const auto web = ConnectAsWeb();
  const auto issued = Issue(*web);
  ASSERT_THAT(issued, IsOk());
  EXPECT_THAT(BindingOf(issued->access_token()), IsEmpty());
  EXPECT_THAT(BindingOf(Refresh(*web, issued->refresh_token())->access_token()), IsEmpty());
}

TEST_F(CallersTest, IntrospectTellsTheBinding) {
  const auto web = ConnectAsWeb();
  const auto issued = Issue(*web);
  ASSERT_THAT(issued, IsOk());
  v1::IntrospectRequest request;
  request.set_token(issued->access_token().token());
  EXPECT_EQ(Call(*web, &v1::TokenService::Stub::Introspect, request)->certificate_sha256(), last_digest_);
}

TEST_F(CallersTest, VerifierFollowsTheFeedByItsCertificate) {
  const TestCertificate own = authority_.Sign("verifier", "");
  interceptor::FeedTrustOptions options;
  options.addresses = {tokend_.server().addresses()[1]};
  options.channel = grpc::SslCredentials({authority_.root_pem(), own.private_key_pem, own.certificate_pem});
  options.issuer = "https://id.shop";
  options.clock = &tokend_.clock();
  const auto trust = interceptor::TrustFromFeed(std::move(options));
  ASSERT_THAT(trust, IsOk());
  EXPECT_TRUE((*trust)->WaitForFirstTrust(absl::Seconds(60)));
}

TEST_F(CallersTest, ClientThatCallsTooOftenIsToldSo) {
  tokend_.Restart([](config::TokendConfig& config) { (*config.mutable_clients())["web"].set_max_calls_per_second(2); });
  const auto web = ConnectAsWeb();
  EXPECT_THAT(Issue(*web), IsOk());
  EXPECT_THAT(Issue(*ConnectWithout(), tokend_.ClientToken("web")), IsOk());
  EXPECT_THAT(Issue(*web), StatusIs(absl::StatusCode::kResourceExhausted, StartsWith("rate_limited: ")));
  EXPECT_THAT(Issue(*ConnectAs("", "DNS:shop.internal")), IsOk()) << "others are not held up";
  tokend_.clock().Advance(absl::Seconds(1));
  EXPECT_THAT(Issue(*web), IsOk());
}

TEST_F(CallersTest, SocketInAnOpenFolderIsNotServed) {
  tokend_.Stop();
  ASSERT_EQ(::chmod(folder_.File("admin").c_str(), 0711), 0);
  std::ostringstream log_text;
  const JsonLog log(log_text, LogSeverity::kError);
  SystemRandom random;
  const auto started = Server::Start(tokend_.config(), ServerOptions{tokend_.clock(), random, log});
  EXPECT_THAT(started, StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("chmod 0700")));
}

}  // namespace
}  // namespace paseto::service
