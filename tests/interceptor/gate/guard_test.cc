#include "grpc_paseto/interceptor/gate/guard.h"

#include <gmock/gmock.h>

#include "grpc_paseto/interceptor/gate/guarded_server_builder.h"
#include "grpc_paseto/tests/interceptor/gate/certified_echo.h"
#include "grpc_paseto/tests/support/guarded_echo.h"
#include "grpc_paseto/tests/support/recording_observer.h"
#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto::interceptor {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(GuardTest, EveryWrongOptionIsNamedAtOnce) {
  GuardOptions options;
  options.max_staleness = absl::ZeroDuration();
  options.clock_skew = absl::Minutes(10) + absl::Nanoseconds(1);
  options.max_token_age = absl::ZeroDuration();
  options.wait_for_first_trust = -absl::Seconds(1);
  options.failed_signatures_per_second = 0;
  EXPECT_THAT(Guard::Create(std::move(options)),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("trust: "), HasSubstr("issuer: "), HasSubstr("audience: "),
                             HasSubstr("max_staleness: "), HasSubstr("clock_skew: "), HasSubstr("max_token_age: "),
                             HasSubstr("wait_for_first_trust: "), HasSubstr("failed_signatures_per_second: "))));
}

TEST(GuardTest, SkewOfTenMinutesIsAllowed) {
  FakeClock clock;
  const TokenMint mint(clock);
  GuardOptions options;
  options.trust = TrustFromBoard(mint.board());
  options.issuer = "i";
  options.audience = "a";
  options.clock_skew = absl::Minutes(10);
  options.wait_for_first_trust = absl::ZeroDuration();
  EXPECT_THAT(Guard::Create(std::move(options)), IsOk());
}

TEST(GuardTest, SkewKeepsATokenGoodAndItsStreamAlive) {
  GuardedEcho::Options options;
  options.change_guard = [](GuardOptions& guard) { guard.clock_skew = absl::Minutes(1); };
  GuardedEcho echo(std::move(options));
  const std::string token = echo.mint().Mint(
      "alice", [&](TokenSpec& spec) { spec.claims.expires_at = echo.clock().Now() - absl::Seconds(30); });
  EXPECT_TRUE(echo.CallWith(CallKind::kSay, token).status.ok());
  EXPECT_TRUE(echo.CallWith(CallKind::kChat, token).status.ok());
}

TEST(GuardTest, LocalTcpPortServesTheLoopbackAddress) {
  CertifiedEcho echo("", [](Guard& guard) { return guard.Local(LOCAL_TCP); });
  const auto stub = echo.Connect(grpc::experimental::LocalCredentials(LOCAL_TCP));
  EXPECT_EQ(echo.Say(*stub, echo.mint().Mint("alice")), "alice|");
  EXPECT_THAT(echo.Say(*stub, ""), StartsWith("refused: token_missing: "));
}

TEST(GuardTest, ObserverSeesWhatWasDecided) {
  const auto observer = std::make_shared<RecordingObserver>();
  GuardedEcho::Options options;
  options.observer = observer;
  options.rule.set_mode(v1::AuthRule::MODE_OPTIONAL);
  GuardedEcho echo(std::move(options));
  const std::string token = echo.mint().Mint("alice");
  echo.CallWith(CallKind::kSay, token);
  echo.CallWith(CallKind::kSay, token);
  echo.Call(CallKind::kSay, {});
  echo.CallWith(CallKind::kChat, "broken");
  EXPECT_THAT(observer->allowed(), ElementsAre("/paseto.testing.Echo/Say", "/paseto.testing.Echo/Say cached",
                                               "/paseto.testing.Echo/Say anonymous"));
  EXPECT_THAT(observer->refused(),
              ElementsAre(std::pair(std::string("/paseto.testing.Echo/Chat"), v1::REASON_TOKEN_MALFORMED)));
}

TEST(GuardTest, TwoGuardsInOneProcessKnowOnlyTheirOwnTokens) {
  GuardedEcho first{GuardedEcho::Options()};
  GuardedEcho second{GuardedEcho::Options()};
  const std::string alice = first.mint().Mint("alice");
  const std::string bob = second.mint().Mint("bob");
  EXPECT_TRUE(first.CallWith(CallKind::kSay, alice).status.ok());
  EXPECT_TRUE(second.CallWith(CallKind::kSay, bob).status.ok());
  EXPECT_THAT(first.CallWith(CallKind::kSay, bob).status.error_message(), StartsWith("key_unknown: "));
  EXPECT_THAT(second.CallWith(CallKind::kSay, alice).status.error_message(), StartsWith("key_unknown: "));
}

TEST(GuardTest, UncachedTokensOfAConnectionThatForgesAreRefusedAndOtherConnectionsServed) {
  GuardedEcho::Options options;
  options.change_guard = [](GuardOptions& guard) { guard.failed_signatures_per_second = 2; };
  GuardedEcho echo(std::move(options));
  for (int i = 0; i < 3; ++i) {  // one more than the budget, in the slow lane
    EXPECT_THAT(echo.CallWith(CallKind::kSay, echo.mint().Forge("x")).status.error_message(),
                StartsWith("signature_invalid: "));
  }
  const std::string token = echo.mint().Mint("alice");
  const grpc::Status refused = echo.CallWith(CallKind::kSay, token).status;
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(refused.error_message(), StartsWith("too_many_failures: "));

  const auto other = testing::Echo::NewStub(echo.NewChannel());
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer " + token);
  testing::EchoReply reply;
  EXPECT_TRUE(other->Say(&context, {}, &reply).ok());
  EXPECT_EQ(reply.principal(), "alice");
  // Now it is cached, and cached tokens always pass.
  EXPECT_TRUE(echo.CallWith(CallKind::kSay, token).status.ok());
}

}  // namespace
}  // namespace paseto::interceptor
