// Trust that nobody has confirmed for long: who is refused then, and what the observer hears of the rest.
#include <gmock/gmock.h>

#include <atomic>

#include "grpc_paseto/interceptor/trust/in_process_trust.h"
#include "grpc_paseto/tests/support/guarded_echo.h"
#include "grpc_paseto/tests/support/recording_observer.h"
#include "paseto/v1/stream_authorization.grpc.pb.h"

namespace paseto {
namespace {

using testing::EchoReply;
using testing::EchoRequest;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

// The trust of a board, as old as a test says.
class AgingTrust final : public interceptor::TrustSource {
 public:
  AgingTrust(std::shared_ptr<interceptor::TrustBoard> board, const std::atomic<int>& age_seconds)
      : source_(interceptor::TrustFromBoard(std::move(board))), age_seconds_(age_seconds) {}
  const KeyRing& keys() const override { return source_->keys(); }
  const RevocationSet& revocations() const override { return source_->revocations(); }
  absl::Duration Age() const override { return absl::Seconds(age_seconds_.load()); }
  bool WaitForFirstTrust(absl::Duration) override { return true; }
  void OnChange(std::function<void()> listener) override { source_->OnChange(std::move(listener)); }

 private:
  const std::unique_ptr<interceptor::TrustSource> source_;
  const std::atomic<int>& age_seconds_;
};

class StaleTrustTest : public ::testing::TestWithParam<EchoApi> {
 protected:
  void Start(v1::AuthRule::StaleAction action) {
    GuardedEcho::Options options;
    options.api = GetParam();
    options.observer = observer_;
    options.rule.set_stale_action(action);
    options.change_guard = [this](interceptor::GuardOptions& guard) {
      guard.trust = std::make_unique<AgingTrust>(mint_.board(), age_seconds_);
      guard.clock = &clock_;
    };
    echo_ = std::make_unique<GuardedEcho>(std::move(options));
  }

  std::string NewerToken() {
    return mint_.Mint("alice", [this](TokenSpec& spec) {
      spec.claims.token_id = TokenId("newer");
      spec.claims.expires_at = clock_.Now() + absl::Minutes(20);
    });
  }

  // Opens a Chat with a name and renews it when the trust has `age_seconds`.
  grpc::Status RenewAt(int age_seconds) {
    grpc::ClientContext chat_context;
    for (const auto& [key, value] : Bearer(mint_.Mint("alice"))) chat_context.AddMetadata(key, value);
    chat_context.AddMetadata("paseto-stream-id", "my-chat");
    const auto chat = echo_->stub().Chat(&chat_context);
    EchoReply reply;
    EXPECT_TRUE(chat->Write(EchoRequest()) && chat->Read(&reply));
    age_seconds_ = age_seconds;
    grpc::ClientContext context;
    for (const auto& [key, value] : Bearer(NewerToken())) context.AddMetadata(key, value);
    v1::RenewRequest request;
    request.set_stream_id("my-chat");
    request.set_method("/paseto.testing.Echo/Chat");
    v1::RenewResponse response;
    const grpc::Status status = v1::StreamAuthorization::NewStub(echo_->channel())->Renew(&context, request, &response);
    chat->WritesDone();
    EXPECT_TRUE(chat->Finish().ok());
    return status;
  }

  const std::shared_ptr<RecordingObserver> observer_ = std::make_shared<RecordingObserver>();
  std::atomic<int> age_seconds_{0};
  const FakeClock clock_;
  const TokenMint mint_{clock_};
  std::unique_ptr<GuardedEcho> echo_;
};

TEST_P(StaleTrustTest, IsToldTheObserverWhereARuleAllowsItAndNotBefore) {
  Start(v1::AuthRule::STALE_ACTION_ALLOW);
  age_seconds_ = 60;
  EXPECT_TRUE(echo_->CallWith(CallKind::kSay, mint_.Mint("alice")).status.ok());
  EXPECT_THAT(observer_->stale(), IsEmpty());
  age_seconds_ = 61;
  EXPECT_TRUE(echo_->CallWith(CallKind::kSay, mint_.Mint("alice")).status.ok());
  EXPECT_THAT(observer_->stale(), ElementsAre(StartsWith("/paseto.testing.Echo")));
}

TEST_P(StaleTrustTest, IsToldTheObserverOfRenewalsToo) {
  Start(v1::AuthRule::STALE_ACTION_ALLOW);
  EXPECT_TRUE(RenewAt(61).ok());
  EXPECT_THAT(observer_->stale(), ElementsAre("/paseto.v1.StreamAuthorization/Renew"));
}

TEST_P(StaleTrustTest, RefusesCallsAndRenewalsOfOtherRules) {
  Start(v1::AuthRule::STALE_ACTION_UNSPECIFIED);
  for (const grpc::Status& status : {RenewAt(61), echo_->CallWith(CallKind::kSay, mint_.Mint("alice")).status}) {
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
    EXPECT_THAT(status.error_message(), StartsWith("trust_stale: "));
  }
  EXPECT_THAT(observer_->stale(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(EveryApi, StaleTrustTest, ::testing::ValuesIn(kEveryEchoApi),
                         [](const auto& info) { return NameOf(info.param); });

}  // namespace
}  // namespace paseto
