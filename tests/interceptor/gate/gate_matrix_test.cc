// The gate in every server API, over every transport and for every kind of call: whom it lets pass, and that a refused
// call's handler never runs.
#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/tests/support/guarded_echo.h"
#include "grpc_paseto/tests/support/recording_observer.h"

namespace paseto {
namespace {

using ::testing::AllOf;
using ::testing::Combine;
using ::testing::Each;
using ::testing::Le;
using ::testing::SizeIs;
using ::testing::StartsWith;
using ::testing::ValuesIn;

struct BadCall {
  const char* name;
  GuardedEcho::Metadata (*metadata)(GuardedEcho& echo);
  grpc::StatusCode code;
  const char* reason;
  void (*undo)(GuardedEcho& echo) = nullptr;
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
    {"JoinedByAProxy",
     [](GuardedEcho& echo) {
       const std::string token = echo.mint().Mint("alice");
       return GuardedEcho::Metadata{{"authorization", absl::StrCat("Bearer ", token, ", Bearer ", token)}};
     },
     grpc::StatusCode::UNAUTHENTICATED, "token_ambiguous: "},
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
    {"TooOld",
     [](GuardedEcho& echo) {
       return Changed(echo, [&](TokenSpec& spec) { spec.claims.issued_at = echo.clock().Now() - absl::Hours(2); });
     },
     grpc::StatusCode::UNAUTHENTICATED, "token_too_old: "},
    {"Revoked",
     [](GuardedEcho& echo) {
       echo.mint().RevokeToken("token-of-mallory");
       return Bearer(echo.mint().Mint("mallory"));
     },
     grpc::StatusCode::UNAUTHENTICATED, "token_revoked: "},
    {"KeyRevoked",
     [](GuardedEcho& echo) {
       echo.mint().SetAccessKeyState(KeyState::kRevoked);
       return Bearer(echo.mint().Mint("alice"));
     },
     grpc::StatusCode::UNAUTHENTICATED,
     "key_unknown: ", [](GuardedEcho& echo) { echo.mint().SetAccessKeyState(KeyState::kActive); }},
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

v1::AuthRule FreshWithScope(v1::AuthRule::Mode mode) {
  v1::AuthRule rule;
  rule.set_mode(mode);
  rule.set_fresh(true);
  rule.add_all_scopes("echo");
  return rule;
}

// gRPC sends these bytes as they are.
MATCHER(IsPlain, "is printable ASCII and no percent sign") { return arg >= ' ' && arg < 0x7f && arg != '%'; }

v1::AuthRule Public() {
  v1::AuthRule rule;
  rule.set_mode(v1::AuthRule::MODE_PUBLIC);
  return rule;
}

class GateMatrixTest : public ::testing::TestWithParam<std::tuple<EchoApi, Transport>> {
 protected:
  void Start(v1::AuthRule rule) {
    GuardedEcho::Options options;
    std::tie(options.api, options.transport) = GetParam();
    options.rule = std::move(rule);
    options.change_guard = [](interceptor::GuardOptions& guard) {
      guard.failed_signatures_per_second = 1000;
      guard.max_token_age = absl::Hours(1);
    };
    echo_ = std::make_unique<GuardedEcho>(std::move(options));
  }

  // Calls in every kind with the metadata of every row, and gives `check` what came of it.
  template <typename Check>
  void CallAsEveryRow(Check check) {
    for (const BadCall& bad : kBadCalls) {
      SCOPED_TRACE(bad.name);
      const GuardedEcho::Metadata metadata = bad.metadata(*echo_);
      for (const CallKind kind : kEveryCallKind) {
        SCOPED_TRACE(NameOf(kind));
        check(bad, echo_->Call(kind, metadata));
      }
      if (bad.undo != nullptr) bad.undo(*echo_);
    }
  }

  void ExpectServedAs(const char* who, const GuardedEcho::Outcome& outcome) {
    ASSERT_THAT(outcome.replies, SizeIs(1)) << outcome.status.error_message();
    EXPECT_EQ(outcome.replies[0].principal(), who);
    EXPECT_EQ(outcome.replies[0].text(), "hello");
  }

  static void ExpectRefused(const BadCall& bad, const GuardedEcho::Outcome& outcome) {
    EXPECT_EQ(outcome.status.error_code(), bad.code);
    EXPECT_THAT(outcome.status.error_message(), StartsWith(bad.reason));
    EXPECT_THAT(outcome.status.error_message(), AllOf(SizeIs(Le(120)), Each(IsPlain())));
    EXPECT_THAT(outcome.replies, SizeIs(0));
  }

  void ExpectEveryKindServedAs(const char* who, const GuardedEcho::Metadata& metadata) {
    for (const CallKind kind : kEveryCallKind) {
      SCOPED_TRACE(NameOf(kind));
      ExpectServedAs(who, echo_->Call(kind, metadata));
    }
  }

  std::unique_ptr<GuardedEcho> echo_;
};

TEST_P(GateMatrixTest, RefusedCallNeverReachesItsHandler) {
  Start(FreshWithScope(v1::AuthRule::MODE_REQUIRED));
  CallAsEveryRow(&ExpectRefused);
  EXPECT_EQ(echo_->counters().handlers_run, 0);
}

TEST_P(GateMatrixTest, AcceptedCallReachesItsHandlerWithItsPrincipal) {
  Start(FreshWithScope(v1::AuthRule::MODE_REQUIRED));
  ExpectEveryKindServedAs("alice", Bearer(echo_->mint().Mint("alice")));
  EXPECT_EQ(echo_->counters().handlers_run, 4);
}

TEST_P(GateMatrixTest, OptionalMethodForgivesOnlyTheMissingToken) {
  Start(FreshWithScope(v1::AuthRule::MODE_OPTIONAL));
  CallAsEveryRow([this](const BadCall& bad, const GuardedEcho::Outcome& outcome) {
    absl::string_view(bad.name) == "Missing" ? ExpectServedAs("anonymous", outcome) : ExpectRefused(bad, outcome);
  });
  EXPECT_EQ(echo_->counters().handlers_run, 4);
  ExpectEveryKindServedAs("alice", Bearer(echo_->mint().Mint("alice")));
}

TEST_P(GateMatrixTest, PublicMethodIsAnonymousWhateverIsSent) {
  Start(Public());
  CallAsEveryRow([this](const BadCall&, const GuardedEcho::Outcome& outcome) { ExpectServedAs("anonymous", outcome); });
  ExpectEveryKindServedAs("anonymous", Bearer(echo_->mint().Mint("alice")));
}

TEST_P(GateMatrixTest, StrangerLearnsNothingOfWhichMethodsExist) {
  Start({});
  const auto call_unknown = [this](const GuardedEcho::Metadata& metadata) {
    return CallUnary(*echo_->channel(), "/no.such.Service/Method", metadata);
  };
  for (const GuardedEcho::Metadata& metadata : {GuardedEcho::Metadata(), Bearer(echo_->mint().Forge("alice"))}) {
    const grpc::Status unknown = call_unknown(metadata);
    const grpc::Status known = echo_->Call(CallKind::kSay, metadata).status;
    EXPECT_EQ(unknown.error_code(), grpc::StatusCode::UNAUTHENTICATED);
    EXPECT_EQ(unknown.error_code(), known.error_code());
    EXPECT_EQ(unknown.error_message(), known.error_message());
  }
  EXPECT_EQ(echo_->counters().handlers_run, 0);
  EXPECT_EQ(call_unknown(Bearer(echo_->mint().Mint("alice"))).error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

INSTANTIATE_TEST_SUITE_P(Every, GateMatrixTest, Combine(ValuesIn(kEveryEchoApi), ValuesIn(kEveryTransport)),
                         [](const auto& info) {
                           return absl::StrCat(NameOf(std::get<0>(info.param)), "Over",
                                               NameOf(std::get<1>(info.param)));
                         });

TEST(GateTransportTest, ClientWithoutACertificateDoesNotGetAsFarAsTheGateOfMutualTls) {
  const auto observer = std::make_shared<RecordingObserver>();
  GuardedEcho::Options options;
  options.transport = Transport::kMutualTls;
  options.observer = observer;
  GuardedEcho echo(std::move(options));
  GuardedEcho::Options one_sided;
  one_sided.transport = Transport::kTls;
  GuardedEcho other(std::move(one_sided));
  const auto channel = grpc::CreateChannel(echo.address(), other.channel_credentials());
  EXPECT_EQ(CallUnary(*channel, "/paseto.testing.Echo/Say", Bearer(echo.mint().Mint("alice"))).error_code(),
            grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(observer->allowed(), SizeIs(0));
  EXPECT_THAT(observer->refused(), SizeIs(0));
}

}  // namespace
}  // namespace paseto
