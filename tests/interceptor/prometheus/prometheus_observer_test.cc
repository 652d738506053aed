#include "grpc_paseto/interceptor/prometheus/prometheus_observer.h"

#include <gmock/gmock.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <string>

#include "grpc_paseto/tests/support/guarded_echo.h"

namespace paseto::interceptor {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string TextOf(const prometheus::Registry& registry) {
  return prometheus::TextSerializer().Serialize(registry.Collect());
}

TEST(PrometheusObserverTest, CountsByMethodAndReason) {
  prometheus::Registry registry;
  PrometheusObserver observer(registry);
  observer.OnAllowed("/shop.Orders/Get", false, true);
  observer.OnAllowed("/shop.Orders/Get", false, true);
  observer.OnAllowed("/shop.Orders/Get", false, false);
  observer.OnAllowed("/shop.Orders/Get", true, false);
  observer.OnRefused("/shop.Orders/Get", v1::REASON_TOKEN_EXPIRED);
  observer.OnRefused("", v1::REASON_TOKEN_MISSING);
  observer.OnStreamEnded("/shop.Orders/Watch", v1::REASON_STREAM_REVOKED);
  observer.OnStreamWouldEnd("/shop.Orders/Watch", v1::REASON_STREAM_EXPIRED);
  observer.OnStaleTrustUsed("/shop.Orders/Get");
  EXPECT_THAT(
      TextOf(registry),
      AllOf(HasSubstr(R"(paseto_calls_allowed_total{cache="hit",caller="known",method="/shop.Orders/Get"} 2)"),
            HasSubstr(R"(paseto_calls_allowed_total{cache="miss",caller="known",method="/shop.Orders/Get"} 1)"),
            HasSubstr(R"(paseto_calls_allowed_total{cache="miss",caller="anonymous",method="/shop.Orders/Get"} 1)"),
            HasSubstr(R"(paseto_calls_refused_total{method="/shop.Orders/Get",reason="token_expired"} 1)"),
            HasSubstr(R"(paseto_calls_refused_total{method="unknown",reason="token_missing"} 1)"),
            HasSubstr(R"(paseto_streams_ended_total{method="/shop.Orders/Watch",reason="stream_revoked"} 1)"),
            HasSubstr(R"(paseto_streams_would_end_total{method="/shop.Orders/Watch",reason="stream_expired"} 1)"),
            HasSubstr(R"(paseto_stale_trust_used_total{method="/shop.Orders/Get"} 1)")));
}

TEST(PrometheusObserverTest, GuardTellsItEverythingAndNoTokenText) {
  prometheus::Registry registry;
  GuardedEcho::Options options;
  options.observer = std::make_shared<PrometheusObserver>(registry);
  GuardedEcho echo(options);
  const std::string good = echo.mint().Mint("alice");
  const std::string forged = echo.mint().Forge("alice");
  EXPECT_TRUE(echo.CallWith(CallKind::kSay, good).status.ok());
  EXPECT_TRUE(echo.CallWith(CallKind::kSay, good).status.ok());
  EXPECT_FALSE(echo.CallWith(CallKind::kSay, forged).status.ok());
  EXPECT_FALSE(CallUnary(*echo.channel(), "/attacker.chose/This", Bearer(forged)).ok());
  const std::string text = TextOf(registry);
  EXPECT_THAT(text, AllOf(HasSubstr(R"({cache="miss",caller="known",method="/paseto.testing.Echo/Say"} 1)"),
                          HasSubstr(R"({cache="hit",caller="known",method="/paseto.testing.Echo/Say"} 1)"),
                          HasSubstr(R"(refused_total{method="/paseto.testing.Echo/Say",reason="signature_invalid"} 1)"),
                          HasSubstr(R"(refused_total{method="unknown",reason="signature_invalid"} 1)"),
                          Not(HasSubstr("attacker")), Not(HasSubstr("v4.public"))));
  EXPECT_THAT(text, AllOf(Not(HasSubstr(good.substr(10, 20))), Not(HasSubstr("alice"))));
}

}  // namespace
}  // namespace paseto::interceptor
