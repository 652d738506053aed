// What Prometheus reads from a tokend.
#include "grpc_paseto/service/metrics/metrics.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "grpc_paseto/tests/support/refused_for.h"
#include "grpc_paseto/tests/support/running_tokend.h"
#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto::service {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Fetch(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  const std::string request = "GET /metrics HTTP/1.0\r\n\r\n";
  EXPECT_EQ(write(fd, request.data(), request.size()), static_cast<ssize_t>(request.size()));
  std::string text;
  char chunk[4096];
  for (ssize_t got; (got = read(fd, chunk, sizeof(chunk))) > 0;) text.append(chunk, static_cast<size_t>(got));
  close(fd);
  return text;
}

TEST(MetricsTest, TellsRefreshesApartByHowTheyEnded) {
  RunningTokend tokend([](config::TokendConfig& config) { config.mutable_metrics()->set_address("127.0.0.1:0"); });
  const v1::IssuedToken first = tokend.IssuePair("web").refresh_token();
  const auto second = tokend.Refresh("web", first);
  ASSERT_THAT(second, IsOk());
  ASSERT_THAT(tokend.Refresh("web", first), IsOk());  // at once
  tokend.clock().Advance(absl::Seconds(5));
  ASSERT_THAT(tokend.Refresh("web", first), IsOk());  // after a timeout
  tokend.clock().Advance(absl::Seconds(60));
  EXPECT_THAT(tokend.Refresh("web", first), RefusedFor(v1::REASON_REFRESH_REUSED));
  EXPECT_THAT(tokend.Refresh("web", second->refresh_token()), RefusedFor(v1::REASON_SESSION_REVOKED));
  const v1::IssuedToken old = tokend.IssuePair("web").refresh_token();
  tokend.clock().Advance(absl::Hours(24 * 8));
  EXPECT_THAT(tokend.Refresh("web", old), RefusedFor(v1::REASON_SESSION_EXPIRED));

  const std::string text = Fetch(tokend.server().metrics_port());
  for (const char* outcome : {"rotated", "concurrent", "lost_response", "theft", "revoked", "expired"}) {
    EXPECT_THAT(text, HasSubstr(std::string("tokend_refreshes_total{outcome=\"") + outcome + "\"} 1\n")) << text;
  }
  EXPECT_THAT(text, HasSubstr("outcome=\"client_disabled\"} 0"));
  EXPECT_THAT(text, HasSubstr("code=\"UNAUTHENTICATED\",reason=\"refresh_reused\",rpc=\"TokenService/Refresh\"} 1"));
  EXPECT_THAT(text, HasSubstr("tokend_rpc_seconds_count{rpc=\"TokenService/Issue\"} 2"));
  EXPECT_THAT(text, Not(HasSubstr("alice")));
}

TEST(MetricsTest, ACallWithoutATokenIsCountedAsTheGuardsRefusal) {
  RunningTokend tokend([](config::TokendConfig& config) { config.mutable_metrics()->set_address("127.0.0.1:0"); });
  v1::IssueRequest request;
  EXPECT_FALSE(tokend.Call(&v1::TokenService::Stub::Issue, request, "").ok());
  EXPECT_THAT(Fetch(tokend.server().metrics_port()),
              HasSubstr("tokend_guard_refusals_total{reason=\"token_missing\",rpc=\"TokenService/Issue\"} 1"));
}

TEST(MetricsTest, RollbacksAreCounted) {
  Metrics metrics;
  ASSERT_THAT(metrics.Serve("127.0.0.1:0"), IsOk());
  EXPECT_THAT(Fetch(metrics.port()), HasSubstr("tokend_store_rollbacks_total 0"));
  metrics.OnStoreRolledBack();
  EXPECT_THAT(Fetch(metrics.port()), HasSubstr("tokend_store_rollbacks_total 1"));
}

TEST(MetricsTest, APortInUseIsNamed) {
  Metrics first, second;
  ASSERT_THAT(first.Serve("127.0.0.1:0"), IsOk());
  const std::string address = "127.0.0.1:" + std::to_string(first.port());
  EXPECT_THAT(second.Serve(address), StatusIs(absl::StatusCode::kUnavailable, HasSubstr(address)));
}

}  // namespace
}  // namespace paseto::service
