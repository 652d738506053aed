// Tokens that are bound to their sender: whoever steals one cannot use it from a connection of his own.
#include <gmock/gmock.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <string>

#include "grpc_paseto/core/token/assertion.h"
#include "grpc_paseto/tests/interceptor/gate/certified_echo.h"
#include "grpc_paseto/tests/support/temporary_folder.h"
#include "paseto/v1/stream_authorization.grpc.pb.h"

namespace paseto {
namespace {

using ::testing::StartsWith;

enum class PortShape { kSsl, kTls, kFiles };

class SenderBindingTest : public ::testing::TestWithParam<PortShape> {
 protected:
  // Clients may show a certificate of the authority.
  std::shared_ptr<grpc::ServerCredentials> MakePort(interceptor::Guard& guard) const {
    const TestCertificate server = authority_.SignServer();
    switch (GetParam()) {
      case PortShape::kSsl: {
        grpc::SslServerCredentialsOptions options(GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
        options.pem_root_certs = authority_.root_pem();
        options.pem_key_cert_pairs.push_back({server.private_key_pem, server.certificate_pem});
        return guard.Tls(options);
      }
      case PortShape::kTls: {
        const std::vector<grpc::experimental::IdentityKeyCertPair> pairs = {
            {server.private_key_pem, server.certificate_pem}};
        grpc::experimental::TlsServerCredentialsOptions options(
            std::make_shared<grpc::experimental::StaticDataCertificateProvider>(authority_.root_pem(), pairs));
        options.watch_root_certs();
        options.watch_identity_key_cert_pairs();
        options.set_cert_request_type(GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
        return guard.Tls(options);
      }
      case PortShape::kFiles:
        break;
    }
    interceptor::TlsFiles files;
    files.certificate_file = folder_.Write("server.crt", server.certificate_pem);
    files.private_key_file = folder_.Write("server.key", server.private_key_pem);
    files.client_ca_file = folder_.Write("clients.crt", authority_.root_pem());
    return guard.TlsFromFiles(files).value();
  }

  std::unique_ptr<CertifiedEcho> Serve(const std::string& rule) {
    return std::make_unique<CertifiedEcho>(rule, [this](interceptor::Guard& guard) { return MakePort(guard); });
  }

  std::unique_ptr<testing::Echo::Stub> Orders(const CertifiedEcho& echo) {
    return echo.Connect(ClientCredentials(authority_, &orders_));
  }
  std::unique_ptr<testing::Echo::Stub> Thief(const CertifiedEcho& echo) {
    return echo.Connect(ClientCredentials(authority_, &thief_));
  }
  std::unique_ptr<testing::Echo::Stub> Nobody(const CertifiedEcho& echo) {
    return echo.Connect(ClientCredentials(authority_, nullptr));
  }

  // A token of the client "orders".
  std::string Bound(CertifiedEcho& echo) {
    return echo.mint().Mint("alice",
                            [this](TokenSpec& spec) { spec.claims.certificate_thumbprint_sha256 = Sha256Of(orders_); });
  }

  const TemporaryFolder folder_;
  const TestAuthority authority_;
  const TestCertificate orders_ = authority_.Sign("orders", "URI:spiffe://shop/orders");
  const TestCertificate thief_ = authority_.Sign("orders", "URI:spiffe://shop/orders");  // the same names
};

TEST_P(SenderBindingTest, StolenBoundTokenFailsFromAnotherConnection) {
  const auto echo = Serve("");
  const std::string token = Bound(*echo);
  const auto orders = Orders(*echo);
  EXPECT_EQ(echo->Say(*orders, token), "alice|");
  EXPECT_EQ(echo->Say(*orders, token), "alice|") << "from the cache";
  EXPECT_EQ(echo->Follow(*orders, token), "alice|");
  for (const auto& other : {Thief(*echo), Nobody(*echo)}) {
    EXPECT_THAT(echo->Say(*other, token), StartsWith("refused: certificate_mismatch: "));
    EXPECT_THAT(echo->Follow(*other, token), StartsWith("refused: certificate_mismatch: "));
  }
}

TEST_P(SenderBindingTest, UnboundTokenPassesUnlessTheRuleNeedsABinding) {
  const auto checked = Serve("");
  EXPECT_EQ(checked->Say(*Nobody(*checked), checked->mint().Mint("alice")), "alice|");
  EXPECT_EQ(checked->Say(*Orders(*checked), checked->mint().Mint("alice")), "alice|");
  const auto required = Serve("certificate_binding: CERTIFICATE_BINDING_REQUIRED");
  EXPECT_THAT(required->Say(*Orders(*required), required->mint().Mint("alice")), StartsWith("refused: not_bound: "));
  EXPECT_EQ(required->Say(*Orders(*required), Bound(*required)), "alice|");
  EXPECT_THAT(required->Say(*Thief(*required), Bound(*required)), StartsWith("refused: certificate_mismatch: "));
}

TEST_P(SenderBindingTest, ServerBehindAProxyMayLeaveTheCheckToIt) {
  const auto echo = Serve("certificate_binding: CERTIFICATE_BINDING_IGNORED");
  EXPECT_EQ(echo->Say(*Nobody(*echo), Bound(*echo)), "alice|");
}

TEST_P(SenderBindingTest, TokenMadeWithTheCertificateAsItsAssertionIsGoodForItsOwner) {
  const auto echo = Serve("assertion { certificate: true }");
  const std::string token = echo->mint().Mint(
      "alice", [this](TokenSpec& spec) { spec.implicit_assertion = CallerAssertion(Sha256Of(orders_)); });
  const auto orders = Orders(*echo);
  EXPECT_EQ(echo->Say(*orders, token), "alice|");
  EXPECT_EQ(echo->Follow(*orders, token), "alice|");
  EXPECT_THAT(echo->Say(*Thief(*echo), token), StartsWith("refused: signature_invalid: "));
  EXPECT_THAT(echo->Say(*Nobody(*echo), token), StartsWith("refused: certificate_mismatch: "));
  EXPECT_THAT(echo->Say(*Nobody(*echo), echo->mint().Mint("alice")), StartsWith("refused: certificate_mismatch: "))
      << "no certificate is not the empty assertion";
}

TEST_P(SenderBindingTest, StreamIsRenewedOverAnotherConnectionOfItsOwnerOnly) {
  const auto echo = Serve("");
  const auto orders = Orders(*echo);
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer " + Bound(*echo));
  context.AddMetadata("paseto-stream-id", "my-chat");
  const auto chat = orders->Chat(&context);
  chat->WaitForInitialMetadata();
  const std::string newer = echo->mint().Mint("alice", [&](TokenSpec& spec) {
    spec.claims.token_id = TokenId("newer");
    spec.claims.expires_at = echo->clock().Now() + absl::Minutes(20);
    spec.claims.certificate_thumbprint_sha256 = Sha256Of(orders_);
  });
  const auto renew_as = [&](const TestCertificate* certificate) {
    const auto channel = echo->NewChannel(ClientCredentials(authority_, certificate));
    grpc::ClientContext renewal;
    renewal.AddMetadata("authorization", "Bearer " + newer);
    v1::RenewRequest request;
    request.set_stream_id("my-chat");
    request.set_method("/paseto.testing.Echo/Chat");
    v1::RenewResponse response;
    return v1::StreamAuthorization::NewStub(channel)->Renew(&renewal, request, &response);
  };
  EXPECT_THAT(renew_as(&thief_).error_message(), StartsWith("certificate_mismatch: "));
  EXPECT_THAT(renew_as(nullptr).error_message(), StartsWith("certificate_mismatch: "));
  const grpc::Status renewed = renew_as(&orders_);
  EXPECT_TRUE(renewed.ok()) << renewed.error_message();
  chat->WritesDone();
  EXPECT_TRUE(chat->Finish().ok());
}

INSTANTIATE_TEST_SUITE_P(EveryPort, SenderBindingTest,
                         ::testing::Values(PortShape::kSsl, PortShape::kTls, PortShape::kFiles));

}  // namespace
}  // namespace paseto
