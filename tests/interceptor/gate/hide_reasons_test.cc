// A guard that hides its reasons: callers read what the status code says and no more, the observer is told all.
#include <gmock/gmock.h>

#include <functional>

#include "grpc_paseto/tests/support/guarded_echo.h"
#include "grpc_paseto/tests/support/recording_observer.h"
#include "paseto/v1/stream_authorization.grpc.pb.h"

namespace paseto {
namespace {

using testing::EchoReply;
using testing::EchoRequest;
using ::testing::ElementsAre;
using ::testing::Pair;
using ::testing::StartsWith;

// Does something more when a call has passed the gate.
class HideReasonsObserver final : public RecordingObserver {
 public:
  void OnAllowed(absl::string_view, bool, bool) override {
    if (on_allowed) on_allowed();
  }
  std::function<void()> on_allowed;
};

class HideReasonsTest : public ::testing::TestWithParam<EchoApi> {
 protected:
  HideReasonsTest() {
    GuardedEcho::Options options;
    options.api = GetParam();
    options.observer = observer_;
    options.rule.add_all_scopes("echo");
    options.change_guard = [](interceptor::GuardOptions& guard) { guard.hide_reasons = true; };
    echo_ = std::make_unique<GuardedEcho>(std::move(options));
  }

  static void ExpectUnauthenticated(const grpc::Status& status) {
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
    EXPECT_EQ(status.error_message(), "unauthenticated");
  }

  grpc::Status Renew(const std::string& token) {
    grpc::ClientContext context;
    for (const auto& [key, value] : Bearer(token)) context.AddMetadata(key, value);
    v1::RenewRequest request;
    request.set_stream_id("my-chat");
    request.set_method("/paseto.testing.Echo/Chat");
    v1::RenewResponse response;
    return v1::StreamAuthorization::NewStub(echo_->channel())->Renew(&context, request, &response);
  }

  const std::shared_ptr<HideReasonsObserver> observer_ = std::make_shared<HideReasonsObserver>();
  std::unique_ptr<GuardedEcho> echo_;
};

TEST_P(HideReasonsTest, RefusedCallsOfOneCodeReadAlike) {
  const std::string forged = echo_->mint().Forge("alice");
  const std::string poor = echo_->mint().Mint("alice", [](TokenSpec& spec) { spec.claims.scopes = {}; });
  for (const CallKind kind : kEveryCallKind) {
    SCOPED_TRACE(NameOf(kind));
    const size_t before = observer_->refused().size();
    ExpectUnauthenticated(echo_->Call(kind, {}).status);
    ExpectUnauthenticated(echo_->CallWith(kind, forged).status);
    const grpc::Status denied = echo_->CallWith(kind, poor).status;
    EXPECT_EQ(denied.error_code(), grpc::StatusCode::PERMISSION_DENIED);
    EXPECT_EQ(denied.error_message(), "permission denied");
    std::vector<v1::Reason> told;
    for (const auto& [method, reason] : observer_->refused()) told.push_back(reason);
    told.erase(told.begin(), told.begin() + static_cast<ptrdiff_t>(before));
    EXPECT_THAT(told, ElementsAre(v1::REASON_TOKEN_MISSING, v1::REASON_SIGNATURE_INVALID, v1::REASON_SCOPE_MISSING));
  }
}

TEST_P(HideReasonsTest, EndOfAStream) {
  grpc::ClientContext context;
  for (const auto& [key, value] : Bearer(echo_->mint().Mint("alice"))) context.AddMetadata(key, value);
  const auto stream = echo_->stub().Chat(&context);
  EchoReply reply;
  ASSERT_TRUE(stream->Write(EchoRequest()) && stream->Read(&reply));
  echo_->mint().RevokeSubject("alice");
  ExpectUnauthenticated(stream->Finish());
  EXPECT_THAT(observer_->ended(), ElementsAre(Pair(StartsWith("/paseto.testing.Echo"), v1::REASON_STREAM_REVOKED)));
}

TEST_P(HideReasonsTest, StreamThatEndsAsItBegins) {
  observer_->on_allowed = [this] { echo_->mint().RevokeToken("token-of-alice"); };
  ExpectUnauthenticated(echo_->CallWith(CallKind::kChat, echo_->mint().Mint("alice")).status);
  EXPECT_THAT(observer_->ended(), ElementsAre(Pair(StartsWith("/paseto.testing.Echo"), v1::REASON_STREAM_REVOKED)));
}

TEST_P(HideReasonsTest, RefusedRenewal) {
  ExpectUnauthenticated(Renew(echo_->mint().Forge("alice")));
  const grpc::Status elsewhere = Renew(echo_->mint().Mint("alice"));
  EXPECT_EQ(elsewhere.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(elsewhere.error_message(), "not found");
  const std::string renew = "/paseto.v1.StreamAuthorization/Renew";
  EXPECT_THAT(observer_->refused(),
              ElementsAre(Pair(renew, v1::REASON_SIGNATURE_INVALID), Pair(renew, v1::REASON_STREAM_ELSEWHERE)));
}

// A handler may well send on what PrincipalFrom says.
TEST(HideReasonsUnaryTest, HandlerIsToldNoReasonEither) {
  const auto observer = std::make_shared<HideReasonsObserver>();
  GuardedEcho::Options options;
  options.observer = observer;
  options.change_guard = [](interceptor::GuardOptions& guard) { guard.hide_reasons = true; };
  GuardedEcho echo(std::move(options));
  observer->on_allowed = [&echo] { echo.mint().RevokeToken("token-of-alice"); };
  const GuardedEcho::Outcome outcome = echo.CallWith(CallKind::kSay, echo.mint().Mint("alice"));
  ASSERT_EQ(outcome.replies.size(), 1u) << outcome.status.error_message();
  EXPECT_EQ(outcome.replies[0].principal(), "unauthenticated");
}

INSTANTIATE_TEST_SUITE_P(EveryApi, HideReasonsTest, ::testing::ValuesIn(kEveryEchoApi),
                         [](const auto& info) { return NameOf(info.param); });

}  // namespace
}  // namespace paseto
