// A guard that trusts the tokens of more than one issuer: each under its own keys and revocations.
#include <gmock/gmock.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/interceptor/gate/guard_impl.h"
#include "grpc_paseto/interceptor/trust/in_process_trust.h"
#include "grpc_paseto/tests/support/guarded_echo.h"
#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto::interceptor {
namespace {

using ::testing::AllOf;
using testing::EchoReply;
using testing::EchoRequest;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kPartner[] = "https://id.partner";

// Trust from a board, as old as the test says.
class AgingTrust final : public TrustSource {
 public:
  AgingTrust(std::shared_ptr<TrustBoard> board, std::shared_ptr<absl::Duration> age)
      : source_(TrustFromBoard(std::move(board))), age_(std::move(age)) {}
  const KeyRing& keys() const override { return source_->keys(); }
  const RevocationSet& revocations() const override { return source_->revocations(); }
  absl::Duration Age() const override { return *age_; }
  bool WaitForFirstTrust(absl::Duration) override { return *age_ < absl::InfiniteDuration(); }
  void OnChange(std::function<void()> listener) override { source_->OnChange(std::move(listener)); }

 private:
  const std::unique_ptr<TrustSource> source_;
  const std::shared_ptr<absl::Duration> age_;
};

class SeveralIssuersTest : public ::testing::Test {
 protected:
  // A server that trusts the partner too; `rule` is that of all its methods.
  void Serve(const v1::AuthRule& rule) {
    GuardedEcho::Options options;
    options.rule = rule;
    options.change_guard = [this](GuardOptions& guard) {
      guard.more_issuers.push_back({kPartner, std::make_unique<AgingTrust>(partner_.board(), partner_age_)});
    };
    echo_ = std::make_unique<GuardedEcho>(std::move(options));
  }
  static v1::AuthRule ForBoth() {
    v1::AuthRule rule;
    rule.add_issuers(TokenMint::kIssuer);
    rule.add_issuers(kPartner);
    return rule;
  }
  std::string Partner(const char* subject, const std::string& issuer = kPartner) {
    return partner_.Mint(subject, [&](TokenSpec& spec) { spec.claims.issuer = issuer; });
  }
  // Who the handler saw, or the reason why it was not reached.
  std::string Say(const std::string& token) {
    const GuardedEcho::Outcome outcome = echo_->CallWith(CallKind::kSay, token);
    if (outcome.status.ok()) return outcome.replies[0].principal();
    return outcome.status.error_message().substr(0, outcome.status.error_message().find(':'));
  }

  FakeClock clock_;
  TokenMint partner_{clock_};
  const std::shared_ptr<absl::Duration> partner_age_ = std::make_shared<absl::Duration>(absl::ZeroDuration());
  std::unique_ptr<GuardedEcho> echo_;
};

TEST_F(SeveralIssuersTest, TokensOfBothPassWhereTheRuleNamesBoth) {
  Serve(ForBoth());
  EXPECT_EQ(Say(echo_->mint().Mint("alice")), "alice");
  EXPECT_EQ(Say(Partner("bob")), "bob");
  EXPECT_EQ(Say(Partner("bob")), "bob");
  EXPECT_EQ(Say(partner_.Forge("bob")), "signature_invalid");
}

TEST_F(SeveralIssuersTest, RuleThatNamesNoIssuerIsForTheServersOwn) {
  Serve({});
  EXPECT_EQ(Say(echo_->mint().Mint("alice")), "alice");
  EXPECT_EQ(Say(Partner("bob")), "wrong_issuer");
}

TEST_F(SeveralIssuersTest, NoIssuerSpeaksForAnother) {
  Serve(ForBoth());
  EXPECT_EQ(Say(Partner("mallory", TokenMint::kIssuer)), "wrong_issuer");
  EXPECT_EQ(Say(Partner("mallory", "")), "wrong_issuer");
  const std::string as_partner = echo_->mint().Mint("mallory", [](TokenSpec& spec) { spec.claims.issuer = kPartner; });
  EXPECT_EQ(Say(as_partner), "wrong_issuer");
}

TEST_F(SeveralIssuersTest, RevocationsReachTheTokensOfTheirIssuerAlone) {
  Serve(ForBoth());
  const std::string own = echo_->mint().Mint("alice");
  const std::string partners = Partner("alice");
  const auto open = [&](const std::string& token, grpc::ClientContext& context) {
    context.AddMetadata("authorization", "Bearer " + token);
    auto stream = echo_->stub().Chat(&context);
    EchoReply reply;
    EXPECT_TRUE(stream->Write(EchoRequest()) && stream->Read(&reply));
    return stream;
  };
  grpc::ClientContext own_context, partners_context;
  const auto own_stream = open(own, own_context);
  const auto partners_stream = open(partners, partners_context);
  partner_.RevokeSubject("alice");
  EchoReply reply;
  EXPECT_FALSE(partners_stream->Read(&reply));
  EXPECT_THAT(partners_stream->Finish().error_message(), StartsWith("stream_revoked: "));
  EXPECT_EQ(Say(partners), "token_revoked");
  EXPECT_EQ(Say(own), "alice");
  EXPECT_TRUE(own_stream->Write(EchoRequest()) && own_stream->Read(&reply));
  EXPECT_EQ(reply.principal(), "alice");
  own_stream->WritesDone();
  EXPECT_TRUE(own_stream->Finish().ok());
}

TEST_F(SeveralIssuersTest, RevokedKeyOfOneIssuerEndsItsTokens) {
  Serve(ForBoth());
  EXPECT_EQ(Say(Partner("bob")), "bob");
  partner_.SetAccessKeyState(KeyState::kRevoked);
  EXPECT_EQ(Say(Partner("bob")), "key_unknown");
  EXPECT_EQ(Say(echo_->mint().Mint("alice")), "alice");
}

TEST_F(SeveralIssuersTest, StaleTrustOfOneIssuerIsNoMattersOfTheOther) {
  Serve(ForBoth());
  const std::string partners = Partner("bob");
  EXPECT_EQ(Say(partners), "bob");
  *partner_age_ = absl::Seconds(61);
  EXPECT_EQ(Say(partners), "trust_stale");
  EXPECT_EQ(Say(echo_->mint().Mint("alice")), "alice");
  // It may be the partner's key: nobody can tell now.
  FakeClock clock;
  EXPECT_EQ(Say(TokenMint(clock).Mint("carol")), "trust_stale");
  *partner_age_ = absl::ZeroDuration();
  EXPECT_EQ(Say(TokenMint(clock).Mint("carol")), "key_unknown");
}

TEST_F(SeveralIssuersTest, StaleTrustIsUsedWhereTheRuleAllowsIt) {
  v1::AuthRule rule = ForBoth();
  rule.set_stale_action(v1::AuthRule::STALE_ACTION_ALLOW);
  Serve(rule);
  *partner_age_ = absl::Seconds(61);
  EXPECT_EQ(Say(Partner("bob")), "bob");
  *partner_age_ = absl::InfiniteDuration();
  EXPECT_EQ(Say(Partner("bob")), "trust_stale");
}

TEST_F(SeveralIssuersTest, WrongOptionsAreNamed) {
  GuardOptions options;
  options.trust = TrustFromBoard(partner_.board());
  options.issuer = TokenMint::kIssuer;
  options.audience = TokenMint::kAudience;
  options.more_issuers.push_back({"", TrustFromBoard(partner_.board())});
  options.more_issuers.push_back({TokenMint::kIssuer, TrustFromBoard(partner_.board())});
  options.more_issuers.push_back({kPartner, nullptr});
  options.more_issuers.push_back({kPartner, TrustFromBoard(partner_.board())});
  EXPECT_THAT(Guard::Create(std::move(options)).status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("more_issuers[0]: issuer is required"),
                             HasSubstr("more_issuers[1]: there is trust for this issuer already"),
                             HasSubstr("more_issuers[2]: trust is required"),
                             HasSubstr("more_issuers[3]: there is trust for this issuer already"))));
}

TEST_F(SeveralIssuersTest, StartWaitsForTheTrustOfEveryIssuer) {
  *partner_age_ = absl::InfiniteDuration();
  GuardOptions options;
  options.trust = TrustFromBoard(partner_.board());
  options.issuer = TokenMint::kIssuer;
  options.audience = TokenMint::kAudience;
  options.wait_for_first_trust = absl::Milliseconds(1);
  options.more_issuers.push_back({kPartner, std::make_unique<AgingTrust>(partner_.board(), partner_age_)});
  const auto guard = Guard::Create(std::move(options));
  ASSERT_THAT(guard, IsOk());
  EXPECT_THAT((*guard)->impl().WaitForFirstTrust(),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("https://id.partner")));
}

}  // namespace
}  // namespace paseto::interceptor
