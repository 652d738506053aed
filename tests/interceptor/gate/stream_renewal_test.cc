// Streams on a real server outlive their first token when their client renews them.
#include <gmock/gmock.h>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "grpc_paseto/interceptor/gate/guard_impl.h"
#include "grpc_paseto/interceptor/gate/stream_warning.h"
#include "grpc_paseto/tests/support/guarded_echo.h"
#include "grpc_paseto/tests/support/recording_observer.h"
#include "paseto/v1/stream_authorization.grpc.pb.h"

namespace paseto {
namespace {

using ::testing::_;
using testing::EchoReply;
using testing::EchoRequest;
using ::testing::ElementsAre;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr char kChat[] = "/paseto.testing.Echo/Chat";

class StreamRenewalTest : public ::testing::TestWithParam<EchoApi> {
 protected:
  StreamRenewalTest() { options_.api = GetParam(); }

  GuardedEcho& echo() {
    if (echo_ == nullptr) echo_ = std::make_unique<GuardedEcho>(std::move(options_));
    return *echo_;
  }

  // A Chat that is open: its handler has answered once.
  struct Chat {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReaderWriter<EchoRequest, EchoReply>> stream;
    std::string Ask() {
      EchoReply reply;
      if (!stream->Write(EchoRequest()) || !stream->Read(&reply)) return "the stream has ended";
      return reply.principal();
    }
    std::string InitialMetadata(const char* key) {
      const auto found = context.GetServerInitialMetadata().find(key);
      if (found == context.GetServerInitialMetadata().end()) return "";
      return {found->second.data(), found->second.size()};
    }
    grpc::Status End() {
      stream->WritesDone();
      return stream->Finish();
    }
  };
  std::unique_ptr<Chat> Open(const GuardedEcho::Metadata& metadata) {
    auto chat = std::make_unique<Chat>();
    for (const auto& [key, value] : metadata) chat->context.AddMetadata(key, value);
    chat->stream = echo().stub().Chat(&chat->context);
    return chat;
  }
  std::unique_ptr<Chat> OpenNamed(const std::string& token, const std::string& name = "my-chat") {
    return Open({{"authorization", absl::StrCat("Bearer ", token)}, {"paseto-stream-id", name}});
  }

  std::string NewerToken(const std::function<void(TokenSpec&)>& change = nullptr) {
    return echo().mint().Mint("alice", [&](TokenSpec& spec) {
      spec.claims.token_id = TokenId("newer");
      spec.claims.expires_at = echo().clock().Now() + absl::Minutes(20);
      if (change) change(spec);
    });
  }

  grpc::Status Renew(const std::string& token, v1::RenewResponse* response = nullptr,
                     const std::string& name = "my-chat", const std::string& method = kChat) {
    const auto stub = v1::StreamAuthorization::NewStub(echo().channel());
    grpc::ClientContext context;
    if (!token.empty()) context.AddMetadata("authorization", absl::StrCat("Bearer ", token));
    v1::RenewRequest request;
    request.set_stream_id(name);
    request.set_method(method);
    v1::RenewResponse ignored;
    return stub->Renew(&context, request, response != nullptr ? response : &ignored);
  }

  grpc::Status Describe(const std::string& token, const std::string& name = "my-chat",
                        v1::DescribeResponse* response = nullptr) {
    const auto stub = v1::StreamAuthorization::NewStub(echo().channel());
    grpc::ClientContext context;
    if (!token.empty()) context.AddMetadata("authorization", absl::StrCat("Bearer ", token));
    v1::DescribeRequest request;
    request.set_stream_id(name);
    request.set_method(kChat);
    v1::DescribeResponse ignored;
    return stub->Describe(&context, request, response != nullptr ? response : &ignored);
  }

  GuardedEcho::Options options_;
  std::unique_ptr<GuardedEcho> echo_;
};

TEST_P(StreamRenewalTest, InitialMetadataTellsTheRemainingLifeAndTheInstance) {
  options_.change_guard = [](interceptor::GuardOptions& guard) { guard.instance = "shop-7"; };
  const auto chat = OpenNamed(echo().mint().Mint("alice"));
  EXPECT_EQ(chat->Ask(), "alice");
  int64_t life_ms = 0;
  ASSERT_TRUE(absl::SimpleAtoi(chat->InitialMetadata("paseto-stream-life-ms"), &life_ms));
  EXPECT_GT(life_ms, 0);
  EXPECT_LE(life_ms, absl::ToInt64Milliseconds(absl::Minutes(10)));
  EXPECT_EQ(chat->InitialMetadata("paseto-instance"), "shop-7");
  EXPECT_TRUE(chat->End().ok());
}

TEST_P(StreamRenewalTest, GraceOfTheRuleLengthensTheRemainingLife) {
  options_.rule.mutable_stream()->mutable_grace()->set_seconds(3600);
  const auto chat = OpenNamed(echo().mint().Mint(
      "alice", [&](TokenSpec& spec) { spec.claims.expires_at = echo().clock().Now() + absl::Seconds(1); }));
  EXPECT_EQ(chat->Ask(), "alice");
  int64_t life_ms = 0;
  ASSERT_TRUE(absl::SimpleAtoi(chat->InitialMetadata("paseto-stream-life-ms"), &life_ms));
  EXPECT_GT(life_ms, 3'000'000);
  EXPECT_LE(life_ms, 3'601'000);
  EXPECT_TRUE(chat->End().ok());
}

TEST_P(StreamRenewalTest, StreamWithoutANameIsToldNothing) {
  options_.change_guard = [](interceptor::GuardOptions& guard) { guard.instance = "shop-7"; };
  const auto chat = Open({{"authorization", absl::StrCat("Bearer ", echo().mint().Mint("alice"))}});
  EXPECT_EQ(chat->Ask(), "alice");
  EXPECT_EQ(chat->InitialMetadata("paseto-stream-life-ms"), "");
  EXPECT_EQ(chat->InitialMetadata("paseto-instance"), "");
  EXPECT_TRUE(chat->End().ok());
}

TEST_P(StreamRenewalTest, HandlerSeesTheNewPrincipal) {
  std::string seen;
  const auto chat = OpenNamed(echo().mint().Mint("alice"));
  EXPECT_EQ(chat->Ask(), "alice");
  v1::RenewResponse response;
  const grpc::Status renewed = Renew(NewerToken(), &response);
  ASSERT_TRUE(renewed.ok()) << renewed.error_message();
  EXPECT_GT(response.remaining_life().seconds(), 600);
  EXPECT_EQ(chat->Ask(), "alice");
  // The first token is no longer what the stream stands on.
  echo().mint().RevokeToken("token-of-alice");
  EXPECT_EQ(chat->Ask(), "alice");
  echo().mint().RevokeToken("newer");
  const grpc::Status end = chat->stream->Finish();
  EXPECT_THAT(end.error_message(), StartsWith("stream_revoked: "));
}

TEST_P(StreamRenewalTest, RenewalIsJudgedByTheRuleOfTheStreamsMethodExceptFreshness) {
  options_.rule.set_fresh(true);
  options_.rule.add_all_scopes("echo");
  const auto chat = OpenNamed(echo().mint().Mint("alice"));
  EXPECT_EQ(chat->Ask(), "alice");
  const auto reason = [](const grpc::Status& status) { return std::string(status.error_message()); };
  EXPECT_THAT(reason(Renew("")), StartsWith("token_missing: "));
  EXPECT_THAT(reason(Renew(echo().mint().Forge("alice"))), StartsWith("signature_invalid: "));
  EXPECT_THAT(reason(Renew(NewerToken([](TokenSpec& spec) { spec.claims.scopes = {}; }))),
              StartsWith("scope_missing: "));
  EXPECT_THAT(reason(Renew(NewerToken([&](TokenSpec& spec) { spec.claims.audiences = {"other"}; }))),
              StartsWith("wrong_audience: "));
  EXPECT_THAT(reason(Renew(echo().mint().Mint("bob"))), StartsWith("stream_elsewhere: "));
  EXPECT_THAT(reason(Renew(NewerToken(), nullptr, "other-name")), StartsWith("stream_elsewhere: "));
  EXPECT_THAT(reason(Renew(NewerToken(), nullptr, "my chat")), StartsWith("request_invalid: "));
  EXPECT_THAT(reason(Renew(NewerToken(), nullptr, "my-chat", "")), StartsWith("request_invalid: "));
  // An unknown method tells a stranger nothing, and nothing to a holder but that there is no such stream.
  EXPECT_THAT(reason(Renew("", nullptr, "my-chat", "/no.Such/Method")), StartsWith("token_missing: "));
  EXPECT_THAT(reason(Renew(NewerToken(), nullptr, "my-chat", "/no.Such/Method")), StartsWith("stream_elsewhere: "));
  const grpc::Status renewed = Renew(NewerToken([](TokenSpec& spec) { spec.claims.fresh = false; }));
  EXPECT_TRUE(renewed.ok()) << renewed.error_message();
  EXPECT_EQ(chat->Ask(), "alice");
  EXPECT_TRUE(chat->End().ok());
}

TEST_P(StreamRenewalTest, NobodyAsksAboutAStreamWithoutATokenEvenWhereItsMethodNeedsNone) {
  for (const v1::AuthRule::Mode mode : {v1::AuthRule::MODE_OPTIONAL, v1::AuthRule::MODE_PUBLIC}) {
    options_.rule.set_mode(mode);
    echo_ = std::make_unique<GuardedEcho>(options_);
    EXPECT_THAT(Renew("").error_message(), StartsWith("token_missing: "));
    EXPECT_THAT(Describe("").error_message(), StartsWith("token_missing: "));
  }
}

TEST_P(StreamRenewalTest, ObserverIsToldWhatCameOfARenewalInTheEnd) {
  const auto observer = std::make_shared<RecordingObserver>();
  options_.observer = observer;
  const auto chat = OpenNamed(echo().mint().Mint("alice"));
  EXPECT_EQ(chat->Ask(), "alice");
  EXPECT_FALSE(Renew(echo().mint().Forge("alice")).ok());
  EXPECT_FALSE(Renew(NewerToken(), nullptr, "my chat").ok());
  EXPECT_FALSE(Renew(NewerToken(), nullptr, "other-name").ok());
  EXPECT_FALSE(Renew(NewerToken([](TokenSpec& spec) { spec.claims.scopes = {"echo", "admin"}; })).ok());
  EXPECT_FALSE(Describe(NewerToken(), "other-name").ok());
  const std::string renew = "/paseto.v1.StreamAuthorization/Renew";
  const std::string describe = "/paseto.v1.StreamAuthorization/Describe";
  EXPECT_THAT(observer->refused(),
              ElementsAre(Pair(renew, v1::REASON_SIGNATURE_INVALID), Pair(renew, v1::REASON_REQUEST_INVALID),
                          Pair(renew, v1::REASON_STREAM_ELSEWHERE), Pair(renew, v1::REASON_RENEWAL_REFUSED),
                          Pair(describe, v1::REASON_STREAM_ELSEWHERE)));
  EXPECT_THAT(observer->allowed(), SizeIs(1));  // the Chat
  const std::string newer = NewerToken();
  EXPECT_TRUE(Renew(newer).ok());
  EXPECT_TRUE(Describe(newer).ok());
  EXPECT_THAT(observer->allowed(), ElementsAre(_, StartsWith(renew), StartsWith(describe)));
  EXPECT_THAT(observer->refused(), SizeIs(5));
}

TEST_P(StreamRenewalTest, NobodyElseTakesAStreamOver) {
  const auto chat = OpenNamed(echo().mint().Mint("alice"));
  EXPECT_EQ(chat->Ask(), "alice");
  const absl::Time later = echo().clock().Now() + absl::Minutes(20);
  const std::string bob = echo().mint().Mint("bob", [&](TokenSpec& spec) { spec.claims.expires_at = later; });
  EXPECT_THAT(Renew(bob).error_message(), StartsWith("stream_elsewhere: "));
  const std::string other_session = NewerToken([](TokenSpec& spec) { spec.claims.session_id = SessionId("another"); });
  EXPECT_THAT(Renew(other_session).error_message(), StartsWith("stream_elsewhere: "));
  const std::string other_client = NewerToken([](TokenSpec& spec) { spec.claims.client_id = ClientId("another"); });
  EXPECT_THAT(Renew(other_client).error_message(), StartsWith("renewal_refused: "));
  const std::string wider = NewerToken([](TokenSpec& spec) { spec.claims.scopes = {"echo", "admin"}; });
  EXPECT_THAT(Renew(wider).error_message(), StartsWith("renewal_refused: "));
  EXPECT_EQ(chat->Ask(), "alice");
  EXPECT_TRUE(chat->End().ok());
}

TEST_P(StreamRenewalTest, DescribeTellsTheTokenOfTheStream) {
  const std::string token = echo().mint().Mint("alice");
  const auto chat = OpenNamed(token);
  EXPECT_EQ(chat->Ask(), "alice");
  ASSERT_TRUE(Renew(NewerToken()).ok());
  v1::DescribeResponse response;
  const grpc::Status status = Describe(token, "my-chat", &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.token_id(), "newer");
  EXPECT_THAT(response.scopes(), ElementsAre("echo"));
  EXPECT_EQ(response.token_expires_at().seconds(), absl::ToUnixSeconds(echo().clock().Now() + absl::Minutes(20)));
  EXPECT_GT(response.remaining_life().seconds(), 600);
}

TEST_P(StreamRenewalTest, BadNamesOfStreamsAreRefused) {
  const auto observer = std::make_shared<RecordingObserver>();
  options_.observer = observer;
  const std::string token = echo().mint().Mint("alice");
  for (const std::string& name : {std::string("two words"), std::string(65, 'x')}) {
    const auto chat = OpenNamed(token, name);
    chat->Ask();
    EXPECT_THAT(chat->End().error_message(), StartsWith("request_invalid: ")) << name;
  }
  const auto twice =
      Open({{"authorization", absl::StrCat("Bearer ", token)}, {"paseto-stream-id", "a"}, {"paseto-stream-id", "b"}});
  twice->Ask();
  EXPECT_THAT(twice->End().error_message(), StartsWith("request_invalid: "));
  const auto is_invalid = Pair(StartsWith("/paseto.testing.Echo"), v1::REASON_REQUEST_INVALID);
  EXPECT_THAT(observer->ended(), ElementsAre(is_invalid, is_invalid, is_invalid));
}

TEST_P(StreamRenewalTest, CountOnlyGuardEndsNothing) {
  const auto observer = std::make_shared<RecordingObserver>();
  options_.observer = observer;
  options_.change_guard = [](interceptor::GuardOptions& guard) {
    guard.stream_mode = interceptor::StreamMode::kCountOnly;
  };
  const auto chat = OpenNamed(echo().mint().Mint("alice"));
  EXPECT_EQ(chat->Ask(), "alice");
  echo().mint().RevokeSubject("alice");
  echo().guard().impl().streams().EndWhatIsRevoked();
  EXPECT_THAT(observer->ended(), ::testing::IsEmpty());
  EXPECT_THAT(chat->Ask(), StartsWith("token_revoked: "));  // it lives, and its handler may know better
  EXPECT_TRUE(chat->End().ok());
}

TEST_P(StreamRenewalTest, RevocationOfTheNewerTokenReachesAHandlerWhoseStreamLivesOn) {
  options_.change_guard = [](interceptor::GuardOptions& guard) {
    guard.stream_mode = interceptor::StreamMode::kCountOnly;
  };
  const auto chat = OpenNamed(echo().mint().Mint("alice"));
  EXPECT_EQ(chat->Ask(), "alice");
  ASSERT_TRUE(Renew(NewerToken()).ok());
  EXPECT_EQ(chat->Ask(), "alice");
  echo().mint().RevokeToken("newer");
  EXPECT_THAT(chat->Ask(), StartsWith("token_revoked: "));
  EXPECT_TRUE(chat->End().ok());
}

INSTANTIATE_TEST_SUITE_P(EveryApi, StreamRenewalTest, ::testing::ValuesIn(kEveryEchoApi),
                         [](const auto& info) { return NameOf(info.param); });

TEST(StreamAuthorizationTest, RulesOfTheServiceItselfAreRefused) {
  const FakeClock clock;
  const TokenMint mint(clock);
  interceptor::GuardOptions options;
  options.trust = interceptor::TrustFromBoard(mint.board());
  options.issuer = TokenMint::kIssuer;
  options.audience = TokenMint::kAudience;
  const auto guard = interceptor::Guard::Create(std::move(options)).value();
  interceptor::GuardedServerBuilder builder(*guard);
  builder.SetRule("paseto.v1.StreamAuthorization/*", v1::AuthRule());
  EXPECT_THAT(std::string(builder.Start().status().message()), ::testing::HasSubstr("leave it out"));
}

// A handler that says goodbye before its stream ends.
class Farewell final : public testing::Echo::Service {
 public:
  grpc::Status Chat(grpc::ServerContext* context, grpc::ServerReaderWriter<EchoReply, EchoRequest>* stream) override {
    absl::Notification ending;
    const auto warning = interceptor::OnStreamEnding(*context, absl::Minutes(20), [&ending] { ending.Notify(); });
    if (!warning.ok()) return interceptor::ToGrpcStatus(warning.status());
    ending.WaitForNotification();
    EchoReply reply;
    reply.set_text("goodbye");
    stream->Write(reply);
    return grpc::Status::OK;
  }
};

TEST(StreamWarningTest, HandlerIsWarnedBeforeTheEnd) {
  FakeClock clock;
  TokenMint mint(clock);
  interceptor::GuardOptions options;
  options.trust = interceptor::TrustFromBoard(mint.board());
  options.issuer = TokenMint::kIssuer;
  options.audience = TokenMint::kAudience;
  options.clock = &clock;
  const auto guard = interceptor::Guard::Create(std::move(options)).value();
  Farewell service;
  int port = 0;
  interceptor::GuardedServerBuilder builder(*guard);
  builder.AddListeningPort("127.0.0.1:0", guard->Plaintext(), &port);
  builder.RegisterService(&service);
  const auto server = builder.Start().value();
  const auto stub =
      testing::Echo::NewStub(grpc::CreateChannel(absl::StrCat("127.0.0.1:", port), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.AddMetadata("authorization", absl::StrCat("Bearer ", mint.Mint("alice")));
  const auto stream = stub->Chat(&context);
  EchoReply reply;
  EXPECT_TRUE(stream->Read(&reply));
  EXPECT_EQ(reply.text(), "goodbye");
  EXPECT_TRUE(stream->Finish().ok());
}

}  // namespace
}  // namespace paseto
