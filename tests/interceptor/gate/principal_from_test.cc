// Who the handler sees.
#include <gmock/gmock.h>
#include <grpcpp/create_channel_posix.h>
#include <grpcpp/server_context.h>
#include <grpcpp/server_posix.h>
#include <sys/socket.h>

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/tests/support/guarded_echo.h"
#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto {
namespace {

using ::testing::SizeIs;
using ::testing::StartsWith;

v1::AuthRule RuleOf(v1::AuthRule::Mode mode) {
  v1::AuthRule rule;
  rule.set_mode(mode);
  return rule;
}

GuardedEcho::Options WithMode(v1::AuthRule::Mode mode) {
  GuardedEcho::Options options;
  options.rule = RuleOf(mode);
  return options;
}

std::string PrincipalOf(const GuardedEcho::Outcome& outcome) {
  return outcome.replies.empty() ? absl::StrCat("refused: ", outcome.status.error_message())
                                 : outcome.replies[0].principal();
}

TEST(PrincipalFromTest, TwoPrincipalsOnOneConnectionNeverMix) {
  for (const EchoApi api : kEveryEchoApi) {
    SCOPED_TRACE(NameOf(api));
    GuardedEcho::Options options;
    options.api = api;
    GuardedEcho echo(std::move(options));
    const auto call_as = [&echo](const std::string& who) {
      const std::string token = echo.mint().Mint(who);
      for (int i = 0; i < 200; ++i) {
        const CallKind kind = i % 4 == 0 ? CallKind::kChat : CallKind::kSay;
        ASSERT_EQ(PrincipalOf(echo.CallWith(kind, token)), who);
      }
    };
    std::vector<std::thread> callers;
    for (const char* who : {"alice", "bob", "carol", "dave"}) callers.emplace_back(call_as, who);
    for (std::thread& caller : callers) caller.join();
  }
}

TEST(PrincipalFromTest, PublicMethodIsAnonymousAlsoWithAGoodToken) {
  GuardedEcho echo(WithMode(v1::AuthRule::MODE_PUBLIC));
  const std::string token = echo.mint().Mint("alice");
  EXPECT_EQ(PrincipalOf(echo.CallWith(CallKind::kSay, token)), "anonymous");
  EXPECT_EQ(PrincipalOf(echo.CallWith(CallKind::kChat, token)), "anonymous");
  EXPECT_EQ(PrincipalOf(echo.Call(CallKind::kSay, {})), "anonymous");
  EXPECT_EQ(PrincipalOf(echo.Call(CallKind::kSay, {{"authorization", "Basic YTpi"}})), "anonymous");
  EXPECT_EQ(PrincipalOf(echo.Call(CallKind::kSay, {Bearer(token)[0], Bearer(token)[0]})), "anonymous");
}

TEST(PrincipalFromTest, OptionalMethodKnowsWhoPresentsAToken) {
  GuardedEcho echo(WithMode(v1::AuthRule::MODE_OPTIONAL));
  EXPECT_EQ(PrincipalOf(echo.CallWith(CallKind::kSay, echo.mint().Mint("alice"))), "alice");
  EXPECT_EQ(PrincipalOf(echo.Call(CallKind::kSay, {})), "anonymous");
  EXPECT_THAT(PrincipalOf(echo.CallWith(CallKind::kSay, echo.mint().Forge("alice"))),
              StartsWith("refused: signature_invalid: "));
}

TEST(PrincipalFromTest, TokenThatALenientMethodForgivesNeverBecomesAPrincipal) {
  GuardedEcho echo(WithMode(v1::AuthRule::MODE_OPTIONAL_LENIENT));
  const auto changed = [&echo](const std::function<void(TokenSpec&)>& change) {
    return PrincipalOf(echo.CallWith(CallKind::kSay, echo.mint().Mint("alice", change)));
  };
  EXPECT_EQ(changed(nullptr), "alice");
  EXPECT_EQ(changed([&](TokenSpec& spec) { spec.claims.expires_at = echo.clock().Now() - absl::Seconds(1); }),
            "anonymous");
  EXPECT_EQ(changed([](TokenSpec& spec) { spec.claims.audiences = {"other"}; }), "anonymous");
  EXPECT_EQ(changed([](TokenSpec& spec) { spec.claims.issuer = "https://evil"; }), "anonymous");
  EXPECT_THAT(changed([](TokenSpec& spec) { spec.claims.type = "invoice"; }), StartsWith("refused: wrong_type: "));
  EXPECT_EQ(PrincipalOf(echo.CallWith(CallKind::kSay, echo.mint().Forge("alice"))), "anonymous");
  // The stream, too, is anonymous: the token does not put it under a deadline.
  const std::string expired = echo.mint().Mint(
      "alice", [&](TokenSpec& spec) { spec.claims.expires_at = echo.clock().Now() - absl::Seconds(1); });
  EXPECT_EQ(PrincipalOf(echo.CallWith(CallKind::kChat, expired)), "anonymous");
}

// The credential of one method is not the identity of a call of another that takes its own from elsewhere.
TEST(PrincipalFromTest, OnlyTheKeyOfTheMethodCounts) {
  GuardedEcho::Options options;
  options.change_builder = [](interceptor::GuardedServerBuilder& builder) {
    v1::AuthRule rule = RuleOf(v1::AuthRule::MODE_OPTIONAL);
    rule.set_metadata_key("x-token");
    rule.set_metadata_prefix("-");
    builder.SetRule("paseto.testing.Echo/Collect", rule);
  };
  GuardedEcho echo(std::move(options));
  const std::string alice = echo.mint().Mint("alice");
  const std::string bob = echo.mint().Mint("bob");
  const GuardedEcho::Metadata both = {Bearer(alice)[0], {"x-token", bob}};
  EXPECT_EQ(PrincipalOf(echo.Call(CallKind::kSay, both)), "alice");
  EXPECT_EQ(PrincipalOf(echo.Call(CallKind::kCollect, both)), "bob");
  EXPECT_EQ(PrincipalOf(echo.CallWith(CallKind::kCollect, alice)), "anonymous");
}

TEST(PrincipalFromTest, TokenOfEveryShapeIsFound) {
  GuardedEcho::Options options;
  options.change_builder = [](interceptor::GuardedServerBuilder& builder) {
    v1::AuthRule client;
    client.set_type("client");
    builder.SetRule("paseto.testing.Echo/Collect", client);
    v1::AuthRule bound;
    bound.mutable_assertion()->set_metadata_key("x-tenant");
    bound.mutable_assertion()->set_raw(true);
    bound.set_base64_wrapped(true);
    builder.SetRule("paseto.testing.Echo/Chat", bound);
    v1::AuthRule to_authority;
    to_authority.mutable_assertion()->set_authority(true);
    to_authority.mutable_assertion()->set_raw(true);
    to_authority.add_accept("v4.local");
    builder.SetRule("paseto.testing.Echo/Follow", to_authority);
  };
  GuardedEcho echo(std::move(options));
  EXPECT_EQ(PrincipalOf(echo.CallWith(CallKind::kSay, echo.mint().Mint("alice"))), "alice");
  const std::string client = echo.mint().Mint("mesh", [](TokenSpec& spec) {
    spec.use = KeyUse::kClient;
    spec.claims.type = "client";
  });
  EXPECT_EQ(PrincipalOf(echo.CallWith(CallKind::kCollect, client)), "mesh");
  EXPECT_THAT(PrincipalOf(echo.CallWith(CallKind::kSay, client)), StartsWith("refused: token_not_accepted: "));
  const std::string bound = echo.mint().Mint("carol", [](TokenSpec& spec) {
    spec.implicit_assertion = "tenant-1";
    spec.base64_wrapped = true;
  });
  EXPECT_EQ(PrincipalOf(echo.Call(CallKind::kChat, {Bearer(bound)[0], {"x-tenant", "tenant-1"}})), "carol");
  EXPECT_THAT(PrincipalOf(echo.Call(CallKind::kChat, {Bearer(bound)[0], {"x-tenant", "tenant-2"}})),
              StartsWith("refused: signature_invalid: "));
  const std::string local = echo.mint().Mint("dave", [&](TokenSpec& spec) {
    spec.implicit_assertion = echo.address();
    spec.kind = kV4Local;
  });
  EXPECT_EQ(PrincipalOf(echo.CallWith(CallKind::kFollow, local)), "dave");
}

// A channel that goes around the ports of the server.
struct SideDoor {
  const char* name;
  std::shared_ptr<grpc::Channel> (*open)(grpc::Server& server);
};

std::shared_ptr<grpc::Channel> ChannelOverSockets(grpc::Server& server) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) != 0) return nullptr;
  grpc::AddInsecureChannelFromFd(&server, ends[0]);
  return grpc::CreateInsecureChannelFromFd("side-door", ends[1]);
}

const SideDoor kSideDoors[] = {
    {"in-process", [](grpc::Server& server) { return server.InProcessChannel({}); }},
    {"file descriptor", &ChannelOverSockets},
};

class NoGateTest : public ::testing::TestWithParam<EchoApi> {};

// The handler of a unary call does run; a stream is ended as well, and generic servers see every call as a stream.
TEST_P(NoGateTest, CallThatPassedNoneHasNoPrincipal) {
  const bool is_generic = GetParam() == EchoApi::kAsyncGeneric || GetParam() == EchoApi::kCallbackGeneric;
  for (const SideDoor& door : kSideDoors) {
    SCOPED_TRACE(door.name);
    GuardedEcho::Options options;
    options.api = GetParam();
    GuardedEcho echo(std::move(options));
    const auto stub = testing::Echo::NewStub(door.open(echo.server()));
    const std::string token = echo.mint().Mint("alice");
    grpc::ClientContext context;
    context.AddMetadata("authorization", absl::StrCat("Bearer ", token));
    testing::EchoReply reply;
    const grpc::Status unary = stub->Say(&context, {}, &reply);
    EXPECT_EQ(unary.ok(), !is_generic);
    EXPECT_THAT(unary.ok() ? reply.principal() : unary.error_message(), StartsWith("gate_missing: "));

    grpc::ClientContext stream_context;
    stream_context.AddMetadata("authorization", absl::StrCat("Bearer ", token));
    const auto stream = stub->Chat(&stream_context);
    stream->WritesDone();
    const grpc::Status status = stream->Finish();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
    EXPECT_THAT(status.error_message(), StartsWith("gate_missing: "));
    // A port of the same server is guarded as ever.
    EXPECT_EQ(PrincipalOf(echo.CallWith(CallKind::kSay, token)), "alice");
  }
}

INSTANTIATE_TEST_SUITE_P(EveryApi, NoGateTest, ::testing::ValuesIn(kEveryEchoApi),
                         [](const auto& info) { return NameOf(info.param); });

TEST(PrincipalFromTest, ContextWithoutACallHasNoPrincipal) {
  const grpc::CallbackServerContext context;
  EXPECT_THAT(interceptor::PrincipalFrom(context),
              StatusIs(absl::StatusCode::kUnauthenticated, StartsWith("gate_missing: ")));
}

TEST(PrincipalFromTest, StatusKeepsCodeAndText) {
  const grpc::Status status = interceptor::ToGrpcStatus(absl::PermissionDeniedError("scope_missing: no"));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(status.error_message(), "scope_missing: no");
  EXPECT_TRUE(interceptor::ToGrpcStatus(absl::OkStatus()).ok());
}

}  // namespace
}  // namespace paseto
