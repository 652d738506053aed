#include "grpc_paseto/service/policy/certificate_clients.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>

#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto::service {
namespace {

using interceptor::NamedClient;
using interceptor::PeerCertificate;

const CertificateClients& Clients() {
  static const CertificateClients* const kClients = [] {
    config::TokendConfig config;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
        R"pb(clients {
               key: "orders"
               value { certificates: "spiffe://shop/orders" certificates: "dns:orders.shop" certificates: "cn:orders" }
             }
             clients {
               key: "web"
               value {
                 certificates: "spiffe://shop/web"
                 certificates: "dns:Web.Shop"
                 certificates: "cn:dns:orders.shop"
               }
             }
             clients {
               key: "none"
               value {}
             })pb",
        &config));
    return new CertificateClients(config);
  }();
  return *kClients;
}

std::string Find(std::vector<std::string> uris, std::vector<std::string> dns_names, std::string common_name) {
  const NamedClient named = Clients().Find(PeerCertificate{"", std::move(uris), std::move(dns_names), common_name});
  return named.ambiguous ? "ambiguous" : named.id.text();
}

TEST(CertificateClientsTest, EachKindOfNameFindsItsClient) {
  EXPECT_EQ(Find({"spiffe://shop/orders"}, {}, ""), "orders");
  EXPECT_EQ(Find({}, {"orders.shop"}, ""), "orders");
  EXPECT_EQ(Find({}, {"WEB.shop"}, ""), "web");
  EXPECT_EQ(Find({}, {}, "orders"), "orders");
}

TEST(CertificateClientsTest, NamesAreComparedExactly) {
  EXPECT_EQ(Find({"spiffe://shop/orders/2"}, {}, ""), "");
  EXPECT_EQ(Find({"spiffe://shop/Orders"}, {}, ""), "");
  EXPECT_EQ(Find({}, {"x.orders.shop", "*.shop"}, ""), "");
  EXPECT_EQ(Find({}, {std::string("orders.shop\0.evil", 17)}, ""), "");
  EXPECT_EQ(Find({}, {}, "Orders"), "");
  EXPECT_EQ(Find({}, {}, ""), "");
}

TEST(CertificateClientsTest, OneKindOfNameIsNeverTakenForAnother) {
  EXPECT_EQ(Find({}, {}, "spiffe://shop/orders"), "");
  EXPECT_EQ(Find({}, {}, "orders.shop"), "");
  EXPECT_EQ(Find({}, {}, "dns:orders.shop"), "web");
  EXPECT_EQ(Find({"dns:orders.shop"}, {}, ""), "");
  EXPECT_EQ(Find({"cn:orders"}, {}, ""), "");
}

TEST(CertificateClientsTest, CommonNameCountsOnlyWithoutOtherNames) {
  EXPECT_EQ(Find({"spiffe://shop/other"}, {}, "orders"), "");
  EXPECT_EQ(Find({}, {"other.shop"}, "orders"), "");
  EXPECT_EQ(Find({"spiffe://shop/web"}, {}, "orders"), "web");
}

TEST(CertificateClientsTest, SeveralNamesOfOneClientAreThatClient) {
  EXPECT_EQ(Find({"spiffe://shop/orders"}, {"orders.shop", "unknown.shop"}, ""), "orders");
}

TEST(CertificateClientsTest, NamesOfSeveralClientsAreAmbiguous) {
  EXPECT_EQ(Find({"spiffe://shop/orders"}, {"web.shop"}, ""), "ambiguous");
  EXPECT_EQ(Find({}, {"orders.shop", "web.shop"}, ""), "ambiguous");
}

TEST(CertificateClientsTest, SpiffeIdStandsAlone) {
  EXPECT_EQ(Find({"spiffe://shop/orders", "spiffe://shop/orders"}, {}, ""), "ambiguous");
  EXPECT_EQ(Find({"https://orders.shop", "spiffe://shop/orders"}, {}, ""), "ambiguous");
  EXPECT_EQ(Find({"https://orders.shop", "https://web.shop"}, {"orders.shop"}, ""), "orders");
}

TEST(CertificateClientsTest, ChecksEntries) {
  for (const char* good : {"spiffe://shop/orders", "spiffe://shop.example_1-2/ns/Prod/sa/a.b-c_d", "dns:localhost",
                           "dns:a-b.example", "cn:x", "cn:With spaces, and more"}) {
    EXPECT_THAT(CertificateClients::CheckEntry(good), IsOk()) << good;
  }
  EXPECT_THAT(CertificateClients::CheckEntry("cn:" + std::string(64, 'a')), IsOk());
  for (const char* wrong :
       {"", "orders", "cn:", "dns:", "dns:*.shop", "dns:a b", "uri:spiffe://shop/a", "SPIFFE://shop/a", "spiffe://shop",
        "spiffe:///a", "spiffe://shop/", "spiffe://shop//a", "spiffe://shop/a/", "spiffe://Shop/a", "spiffe://shop/a*",
        "spiffe://shop:1/a", "spiffe://shop/a?b", "spiffe://shop/%41"}) {
    EXPECT_THAT(CertificateClients::CheckEntry(wrong), StatusIs(absl::StatusCode::kInvalidArgument)) << wrong;
  }
  EXPECT_THAT(CertificateClients::CheckEntry("cn:" + std::string(65, 'a')),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace paseto::service
