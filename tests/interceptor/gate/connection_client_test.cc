// Callers that their connection names, by its certificate or its socket, without a token.
#include <gmock/gmock.h>

#include <atomic>
#include <string>
#include <vector>

#include "grpc_paseto/tests/interceptor/gate/certified_echo.h"
#include "grpc_paseto/tests/support/temporary_folder.h"

namespace paseto {
namespace {

using interceptor::NamedClient;
using interceptor::PeerCertificate;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class ConnectionClientTest : public ::testing::Test {
 protected:
  // Names who has the URI spiffe://shop/NAME "NAME"; two of them are ambiguous.
  NamedClient NameByUri(const PeerCertificate& certificate) {
    ++named_;
    seen_ = certificate;
    constexpr absl::string_view kDomain = "spiffe://shop/";
    if (certificate.uris.empty()) return {};
    return {ClientId(certificate.uris[0].substr(kDomain.size())), certificate.uris.size() > 1};
  }

  std::unique_ptr<CertifiedEcho> Serve(const std::string& rule, bool require_certificate = false) {
    const TestCertificate server = authority_.SignServer();
    interceptor::TlsFiles files;
    files.certificate_file = folder_.Write("server.crt", server.certificate_pem);
    files.private_key_file = folder_.Write("server.key", server.private_key_pem);
    files.client_ca_file = folder_.Write("clients.crt", authority_.root_pem());
    files.require_client_certificate = require_certificate;
    return std::make_unique<CertifiedEcho>(rule, [&](interceptor::Guard& guard) {
      return guard.TlsFromFiles(files, [this](const PeerCertificate& peer) { return NameByUri(peer); }).value();
    });
  }

  std::unique_ptr<testing::Echo::Stub> ConnectAs(const CertifiedEcho& echo, const std::string& names) {
    const TestCertificate own = authority_.Sign("ignored", names);
    return echo.Connect(ClientCredentials(authority_, &own));
  }
  std::unique_ptr<testing::Echo::Stub> ConnectWithout(const CertifiedEcho& echo) {
    return echo.Connect(ClientCredentials(authority_, nullptr));
  }

  static std::string ClientToken(CertifiedEcho& echo, const std::string& client) {
    return echo.mint().Mint("", [&](TokenSpec& spec) {
      spec.use = KeyUse::kClient;
      spec.claims.type = "client";
      spec.claims.client_id = ClientId(client);
    });
  }

  const TemporaryFolder folder_;
  const TestAuthority authority_;
  std::atomic<int> named_{0};
  PeerCertificate seen_;
};

constexpr char kOrders[] = "URI:spiffe://shop/orders";

TEST_F(ConnectionClientTest, CertificateStandsForAClientToken) {
  const auto echo = Serve("type: 'client'");
  const auto orders = ConnectAs(*echo, kOrders);
  EXPECT_EQ(echo->Say(*orders, ""), "|orders");
  EXPECT_EQ(echo->Follow(*orders, ""), "|orders");
  EXPECT_THAT(echo->Say(*ConnectWithout(*echo), ""), StartsWith("refused: token_missing: "));
  EXPECT_EQ(echo->Say(*ConnectWithout(*echo), ClientToken(*echo, "web")), "|web");
}

TEST_F(ConnectionClientTest, CertificateThatNamesNobodyNeedsAToken) {
  const auto echo = Serve("type: 'client'");
  const auto stranger = ConnectAs(*echo, "DNS:stranger");
  EXPECT_THAT(echo->Say(*stranger, ""), StartsWith("refused: token_missing: "));
  EXPECT_EQ(echo->Say(*stranger, ClientToken(*echo, "web")), "|web");
}

TEST_F(ConnectionClientTest, TokenOfAnotherClientIsAmbiguous) {
  const auto echo = Serve("type: 'client'");
  const auto orders = ConnectAs(*echo, kOrders);
  EXPECT_EQ(echo->Say(*orders, ClientToken(*echo, "orders")), "|orders");
  EXPECT_THAT(echo->Say(*orders, ClientToken(*echo, "web")), StartsWith("refused: caller_ambiguous: "));
  EXPECT_THAT(echo->Say(*orders, echo->mint().Forge("orders")), StartsWith("refused: "))
      << "a bad token is not passed over";
}

TEST_F(ConnectionClientTest, CertificateThatNamesSeveralIsRefused) {
  const auto required = Serve("type: 'client'");
  const std::string several = "URI:spiffe://shop/orders,URI:spiffe://shop/web";
  EXPECT_THAT(required->Say(*ConnectAs(*required, several), ""), StartsWith("refused: caller_ambiguous: "));
  EXPECT_THAT(required->Say(*ConnectAs(*required, several), ClientToken(*required, "orders")),
              StartsWith("refused: caller_ambiguous: "));
  const auto optional = Serve("type: 'client' mode: MODE_OPTIONAL");
  EXPECT_THAT(optional->Say(*ConnectAs(*optional, several), ""), StartsWith("refused: caller_ambiguous: "));
}

TEST_F(ConnectionClientTest, OptionalMethodKnowsTheClientAndLetsOthersIn) {
  const auto echo = Serve("type: 'client' mode: MODE_OPTIONAL");
  EXPECT_EQ(echo->Say(*ConnectAs(*echo, kOrders), ""), "|orders");
  EXPECT_EQ(echo->Say(*ConnectWithout(*echo), ""), "|");
}

TEST_F(ConnectionClientTest, MethodForUsersNeedsATokenWhateverTheCertificateSays) {
  const auto echo = Serve("");
  const auto orders = ConnectAs(*echo, kOrders);
  EXPECT_THAT(echo->Say(*orders, ""), StartsWith("refused: token_missing: "));
  EXPECT_EQ(echo->Say(*orders, echo->mint().Mint("alice")), "alice|") << "not the client of the connection";
}

TEST_F(ConnectionClientTest, CertificateIsReadOncePerConnection) {
  const auto echo = Serve("type: 'client'");
  const auto orders = ConnectAs(*echo, "URI:spiffe://shop/orders,DNS:orders.shop,DNS:orders");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(echo->Say(*orders, ""), "|orders");
  EXPECT_EQ(named_, 1);
  EXPECT_THAT(seen_.uris, ElementsAre("spiffe://shop/orders"));
  EXPECT_THAT(seen_.dns_names, ElementsAre("orders.shop", "orders"));
  EXPECT_EQ(seen_.common_name, "ignored");
  EXPECT_EQ(echo->Say(*ConnectAs(*echo, kOrders), ""), "|orders");
  EXPECT_EQ(named_, 2);
}

TEST_F(ConnectionClientTest, PortMayRefuseConnectionsWithoutACertificateOrWithOneOfAnotherAuthority) {
  const auto echo = Serve("type: 'client'", true);
  EXPECT_EQ(echo->Say(*ConnectAs(*echo, kOrders), ""), "|orders");
  EXPECT_THAT(echo->Say(*ConnectWithout(*echo), ClientToken(*echo, "web")), ::testing::Not(::testing::HasSubstr("|")));
  const TestAuthority other;
  const TestCertificate forged = other.Sign("orders", kOrders);
  EXPECT_THAT(echo->Say(*echo->Connect(ClientCredentials(authority_, &forged)), ""),
              ::testing::Not(::testing::HasSubstr("|")));
}

TEST_F(ConnectionClientTest, CertificateOfAnotherAuthorityIsRefusedWhereCertificatesAreOptional) {
  const auto echo = Serve("type: 'client'");
  const TestAuthority other;
  const TestCertificate forged = other.Sign("orders", kOrders);
  EXPECT_THAT(echo->Say(*echo->Connect(ClientCredentials(authority_, &forged)), ""),
              ::testing::Not(::testing::HasSubstr("|")));
  EXPECT_EQ(named_, 0);
}

TEST_F(ConnectionClientTest, SocketStandsForItsClient) {
  const std::string address = "unix:" + folder_.File("admin.sock");
  CertifiedEcho echo(
      "type: 'client'", [](interceptor::Guard& guard) { return guard.PlaintextFor(ClientId("admin")); }, address);
  const auto stub = echo.Connect(grpc::InsecureChannelCredentials());
  EXPECT_EQ(echo.Say(*stub, ""), "|admin");
  EXPECT_EQ(echo.Say(*stub, ClientToken(echo, "admin")), "|admin");
  EXPECT_THAT(echo.Say(*stub, ClientToken(echo, "web")), StartsWith("refused: caller_ambiguous: "));
}

}  // namespace
}  // namespace paseto
