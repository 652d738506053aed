// A refused call's handler never runs: every API and kind of call, plaintext and TLS, every way to be refused.
#include <gmock/gmock.h>

#include <string>
#include <tuple>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "grpc_paseto/tests/support/guarded_echo.h"

namespace paseto {
namespace {

using ::testing::Combine;
using ::testing::SizeIs;
using ::testing::StartsWith;
using ::testing::Values;

struct BadCall {
  const char* name;
  GuardedEcho::Metadata (*metadata)(GuardedEcho& echo);
  grpc::StatusCode code;
  const char* reason;
};

template <typename Change>
GuardedEcho::Metadata Changed(GuardedEcho& echo, Change change) {
  return Bearer(echo.mint().Mint("alice", change));
}

const BadCall kBadCalls[] = {
    {"Missing", [](GuardedEcho&) { return GuardedEcho::Metadata(); }, grpc::StatusCode::UNAUTHENTICATED,
     "token_missing: "},
    {"Malformed", [](GuardedEcho&) { return Bearer("v4.public.!"); }, grpc::StatusCode::UNAUTHENTICATED,
     "token_malformed: "},
    {"OtherScheme",
     [](GuardedEcho&) {
       return GuardedEcho::Metadata{{"authorization", "Basic YTpi"}};
     },
     grpc::StatusCode::UNAUTHENTICATED, "token_malformed: "},
    {"Twice",
     [](GuardedEcho& echo) {
       GuardedEcho::Metadata metadata = Bearer(echo.mint().Mint("alice"));
       metadata.push_back(metadata.front());
       return metadata;
     },
     grpc::StatusCode::UNAUTHENTICATED, "token_ambiguous: "},
    {"BadSignature", [](GuardedEcho& echo) { return Bearer(echo.mint().Forge("alice")); },
     grpc::StatusCode::UNAUTHENTICATED, "signature_invalid: "},
    {"Expired",
     [](GuardedEcho& echo) {
       return Changed(echo, [&](TokenSpec& spec) { spec.claims.expires_at = echo.clock().Now() - absl::Seconds(1); });
     },
     grpc::StatusCode::UNAUTHENTICATED, "token_expired: "},
    {"NotYetValid",
     [](GuardedEcho& echo) {
       return Changed(echo, [&](TokenSpec& spec) { spec.claims.not_before = echo.clock().Now() + absl::Seconds(1); });
     },
     grpc::StatusCode::UNAUTHENTICATED, "token_not_yet_valid: "},
    {"Revoked",
     [](GuardedEcho& echo) {
       echo.mint().RevokeToken("token-of-alice");
       return Bearer(echo.mint().Mint("alice"));
     },
     grpc::StatusCode::UNAUTHENTICATED, "token_revoked: "},
    {"KeyRevoked",
     [](GuardedEcho& echo) {
       echo.mint().SetAccessKeyState(KeyState::kRevoked);
       return Bearer(echo.mint().Mint("alice"));
     },
     grpc::StatusCode::UNAUTHENTICATED, "key_unknown: "},
    {"WrongType",
     [](GuardedEcho& echo) { return Changed(echo, [](TokenSpec& spec) { spec.claims.type = "invoice"; }); },
     grpc::StatusCode::UNAUTHENTICATED, "wrong_type: "},
    {"RefreshToken",
     [](GuardedEcho& echo) {
       return Changed(echo, [](TokenSpec& spec) {
         spec.use = KeyUse::kRefresh;
         spec.claims.type = "refresh";
       });
     },
     grpc::StatusCode::UNAUTHENTICATED, "token_not_accepted: "},
    {"ClientToken",
     [](GuardedEcho& echo) {
       return Changed(echo, [](TokenSpec& spec) {
         spec.use = KeyUse::kClient;
         spec.claims.type = "client";
       });
     },
     grpc::StatusCode::UNAUTHENTICATED, "token_not_accepted: "},
    {"LocalNotAccepted", [](GuardedEcho& echo) { return Changed(echo, [](TokenSpec& spec) { spec.kind = kV4Local; }); },
     grpc::StatusCode::UNAUTHENTICATED, "token_not_accepted: "},
    {"WrongIssuer",
     [](GuardedEcho& echo) { return Changed(echo, [](TokenSpec& spec) { spec.claims.issuer = "https://evil"; }); },
     grpc::StatusCode::UNAUTHENTICATED, "wrong_issuer: "},
    {"WrongAudience",
     [](GuardedEcho& echo) { return Changed(echo, [](TokenSpec& spec) { spec.claims.audiences = {"other"}; }); },
     grpc::StatusCode::UNAUTHENTICATED, "wrong_audience: "},
    {"NotFresh", [](GuardedEcho& echo) { return Changed(echo, [](TokenSpec& spec) { spec.claims.fresh = false; }); },
     grpc::StatusCode::UNAUTHENTICATED, "not_fresh: "},
    {"ScopeMissing",
     [](GuardedEcho& echo) { return Changed(echo, [](TokenSpec& spec) { spec.claims.scopes = {"other"}; }); },
     grpc::StatusCode::PERMISSION_DENIED, "scope_missing: "},
};

constexpr CallKind kKinds[] = {CallKind::kSay, CallKind::kCollect, CallKind::kFollow, CallKind::kChat};

v1::AuthRule FreshWithScope() {
  v1::AuthRule rule;
  rule.set_fresh(true);
  rule.add_all_scopes("echo");
  return rule;
}

class RefusedCallsTest : public ::testing::TestWithParam<std::tuple<EchoApi, Transport>> {
 protected:
  GuardedEcho::Options OptionsHere() {
    GuardedEcho::Options options;
    std::tie(options.api, options.transport) = GetParam();
    options.rule = FreshWithScope();
    options.change_guard = [](interceptor::GuardOptions& guard) { guard.failed_signatures_per_second = 1000; };
    return options;
  }
};

TEST_P(RefusedCallsTest, HandlerNeverRuns) {
  for (const BadCall& bad : kBadCalls) {
    SCOPED_TRACE(bad.name);
    GuardedEcho echo(OptionsHere());
    const GuardedEcho::Metadata metadata = bad.metadata(echo);
    for (const CallKind kind : kKinds) {
      SCOPED_TRACE(absl::StrCat("kind ", static_cast<int>(kind)));
      const GuardedEcho::Outcome outcome = echo.Call(kind, metadata);
      EXPECT_EQ(outcome.status.error_code(), bad.code);
      EXPECT_THAT(outcome.status.error_message(), StartsWith(bad.reason));
      EXPECT_THAT(outcome.replies, SizeIs(0));
    }
    EXPECT_EQ(echo.counters().handlers_run, 0);
  }
}

TEST_P(RefusedCallsTest, AcceptedCallReachesItsHandlerWithThePrincipal) {
  GuardedEcho echo(OptionsHere());
  const std::string token = echo.mint().Mint("alice");
  for (const CallKind kind : kKinds) {
    SCOPED_TRACE(absl::StrCat("kind ", static_cast<int>(kind)));
    const GuardedEcho::Outcome outcome = echo.CallWith(kind, token);
    ASSERT_THAT(outcome.replies, SizeIs(1)) << outcome.status.error_message();
    EXPECT_EQ(outcome.replies[0].principal(), "alice");
    EXPECT_EQ(outcome.replies[0].text(), "hello");
  }
  EXPECT_EQ(echo.counters().handlers_run, 4);
}

INSTANTIATE_TEST_SUITE_P(EveryApi, RefusedCallsTest,
                         Combine(Values(EchoApi::kSync, EchoApi::kCallback),
                                 Values(Transport::kPlaintext, Transport::kTls)),
                         [](const auto& info) {
                           return absl::StrCat(std::get<0>(info.param) == EchoApi::kSync ? "Sync" : "Callback",
                                               std::get<1>(info.param) == Transport::kTls ? "Tls" : "Plaintext");
                         });

}  // namespace
}  // namespace paseto
