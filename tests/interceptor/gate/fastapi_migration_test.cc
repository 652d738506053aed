// docs/migration-from-fastapi-paseto.md, row by row: what an option of paseto_required becomes here.
#include <gmock/gmock.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/token/validator.h"
#include "grpc_paseto/core/token/verifier.h"
#include "grpc_paseto/tests/support/guarded_echo.h"
#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// A server whose methods all have the rule that `set` makes.
class MigrationTest : public ::testing::Test {
 protected:
  void Serve(const std::function<void(v1::AuthRule&)>& set) {
    GuardedEcho::Options options;
    set(options.rule);
    echo_ = std::make_unique<GuardedEcho>(std::move(options));
  }
  // Who the handler saw, or the reason why it was not reached.
  std::string Call(const GuardedEcho::Metadata& metadata) {
    const GuardedEcho::Outcome outcome = echo_->Call(CallKind::kSay, metadata);
    if (outcome.status.ok()) return outcome.replies[0].principal();
    return outcome.status.error_message().substr(0, outcome.status.error_message().find(':'));
  }
  std::string CallAs(const char* who, const std::function<void(TokenSpec&)>& change = nullptr) {
    return Call(Bearer(echo_->mint().Mint(who, change)));
  }
  std::function<void(TokenSpec&)> Expired() {
    return [this](TokenSpec& spec) { spec.claims.expires_at = echo_->clock().Now() - absl::Seconds(1); };
  }

  std::unique_ptr<GuardedEcho> echo_;
};

TEST_F(MigrationTest, WithoutOptions) {
  Serve([](v1::AuthRule&) {});
  EXPECT_EQ(CallAs("alice"), "alice");
  EXPECT_EQ(Call({}), "token_missing");
}

TEST_F(MigrationTest, OptionalAsItWas) {
  Serve([](v1::AuthRule& rule) { rule.set_mode(v1::AuthRule::MODE_OPTIONAL_LENIENT); });
  EXPECT_EQ(CallAs("alice"), "alice");
  EXPECT_EQ(Call({}), "anonymous");
  EXPECT_EQ(CallAs("alice", Expired()), "anonymous");
  EXPECT_EQ(Call(Bearer(echo_->mint().Forge("alice"))), "anonymous");
  EXPECT_EQ(CallAs("alice", [](TokenSpec& spec) { spec.claims.type = "invoice"; }), "wrong_type");
  echo_->mint().RevokeSubject("alice");
  EXPECT_EQ(CallAs("alice"), "token_revoked");
}

TEST_F(MigrationTest, OptionalAsItShouldBe) {
  Serve([](v1::AuthRule& rule) { rule.set_mode(v1::AuthRule::MODE_OPTIONAL); });
  EXPECT_EQ(CallAs("alice"), "alice");
  EXPECT_EQ(Call({}), "anonymous");
  EXPECT_EQ(CallAs("alice", Expired()), "token_expired");
}

TEST_F(MigrationTest, Fresh) {
  Serve([](v1::AuthRule& rule) { rule.set_fresh(true); });
  EXPECT_EQ(CallAs("alice"), "alice");
  EXPECT_EQ(CallAs("alice", [](TokenSpec& spec) { spec.claims.fresh = false; }), "not_fresh");
}

TEST_F(MigrationTest, RefreshTokenIsNoCredentialOfAMethod) {
  FakeClock clock;
  const TokenMint mint(clock);
  interceptor::GuardOptions options;
  options.trust = interceptor::TrustFromBoard(mint.board());
  options.issuer = TokenMint::kIssuer;
  options.audience = TokenMint::kAudience;
  const auto guard = interceptor::Guard::Create(std::move(options)).value();
  EchoCounters counters;
  const auto service = MakeEchoService(counters);
  interceptor::GuardedServerBuilder builder(*guard);
  builder.AddListeningPort("127.0.0.1:0", guard->Plaintext());
  builder.RegisterService(service.get());
  v1::AuthRule rule;
  rule.set_type("refresh");
  builder.SetRule("paseto.testing.Echo/Say", rule);
  EXPECT_THAT(builder.Start(),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("refresh tokens go to tokend")));

  Serve([](v1::AuthRule&) {});
  const auto refresh = [](TokenSpec& spec) {
    spec.use = KeyUse::kRefresh;
    spec.claims.type = "refresh";
  };
  EXPECT_EQ(CallAs("alice", refresh), "token_not_accepted");
}

TEST_F(MigrationTest, Type) {
  Serve([](v1::AuthRule& rule) { rule.set_type("invoice"); });
  EXPECT_EQ(CallAs("alice", [](TokenSpec& spec) { spec.claims.type = "invoice"; }), "alice");
  EXPECT_EQ(CallAs("alice"), "wrong_type");
}

TEST_F(MigrationTest, Base64Encoded) {
  Serve([](v1::AuthRule& rule) { rule.set_base64_wrapped(true); });
  EXPECT_EQ(CallAs("alice", [](TokenSpec& spec) { spec.base64_wrapped = true; }), "alice");
  EXPECT_EQ(CallAs("alice"), "token_malformed");
}

TEST_F(MigrationTest, LocationIsAlwaysTheMetadata) {
  Serve([](v1::AuthRule&) {});
  testing::EchoRequest request;
  request.set_text(absl::StrCat("{\"access_token\":\"", echo_->mint().Mint("alice"), "\"}"));
  grpc::ClientContext context;
  testing::EchoReply reply;
  EXPECT_THAT(echo_->stub().Say(&context, request, &reply).error_message(), StartsWith("token_missing: "));
}

TEST_F(MigrationTest, TokenKey) {
  Serve([](v1::AuthRule& rule) { rule.set_metadata_key("x-session"); });
  const std::string token = echo_->mint().Mint("alice");
  EXPECT_EQ(Call({{"x-session", "Bearer " + token}}), "alice");
  EXPECT_EQ(Call(Bearer(token)), "token_missing");
}

TEST_F(MigrationTest, TokenPrefix) {
  Serve([](v1::AuthRule& rule) { rule.set_metadata_prefix("Paseto"); });
  const std::string token = echo_->mint().Mint("alice");
  EXPECT_EQ(Call({{"authorization", "Paseto " + token}}), "alice");
  EXPECT_EQ(Call({{"authorization", "paseto " + token}}), "alice");
  EXPECT_EQ(Call(Bearer(token)), "token_malformed");
}

TEST_F(MigrationTest, NoTokenPrefix) {
  Serve([](v1::AuthRule& rule) {
    rule.set_metadata_key("x-session");
    rule.set_metadata_prefix("-");
  });
  const std::string token = echo_->mint().Mint("alice");
  EXPECT_EQ(Call({{"x-session", token}}), "alice");
  EXPECT_EQ(Call({{"x-session", "Bearer " + token}}), "token_malformed");
}

// A token that the program got elsewhere is verified without the guard: docs/core.md.
TEST_F(MigrationTest, Token) {
  Serve([](v1::AuthRule&) {});
  const std::string token = echo_->mint().Mint("alice");
  const std::unique_ptr<interceptor::TrustSource> trust = interceptor::TrustFromBoard(echo_->mint().board());
  const TokenKind accept[] = {kV4Public};
  const KeyUse uses[] = {KeyUse::kAccess};
  VerifyOptions options;
  options.accept = accept;
  options.uses = uses;
  const auto verified = VerifyToken(*trust->keys().Current(), token, options);
  ASSERT_THAT(verified, IsOk());
  const Validator rule =
      Validator().ExpectIssuer(TokenMint::kIssuer).ExpectAudience(TokenMint::kAudience).ExpectType("access");
  EXPECT_THAT(rule.Validate((*verified)->claims(), echo_->clock().Now()), IsOk());
  EXPECT_EQ((*verified)->claims().subject, "alice");
  EXPECT_FALSE(trust->revocations().IsRevoked((*verified)->claims()));
  echo_->mint().RevokeToken("token-of-alice");
  EXPECT_TRUE(trust->revocations().IsRevoked((*verified)->claims()));
}

TEST_F(MigrationTest, ImplicitAssertion) {
  Serve([](v1::AuthRule& rule) {
    rule.mutable_assertion()->set_fixed("tenant-1");
    rule.mutable_assertion()->set_raw(true);
  });
  EXPECT_EQ(CallAs("alice", [](TokenSpec& spec) { spec.implicit_assertion = "tenant-1"; }), "alice");
  EXPECT_EQ(CallAs("alice", [](TokenSpec& spec) { spec.implicit_assertion = "tenant-2"; }), "signature_invalid");
  EXPECT_EQ(CallAs("alice"), "signature_invalid");
}

TEST_F(MigrationTest, TokensWithoutTheIdOfTheirKey) {
  Serve([](v1::AuthRule& rule) { rule.set_accept_without_kid(true); });
  EXPECT_EQ(Call(Bearer(echo_->mint().MintWithoutKid("alice"))), "alice");
  Serve([](v1::AuthRule&) {});
  EXPECT_EQ(Call(Bearer(echo_->mint().MintWithoutKid("alice"))), "key_unknown");
}

}  // namespace
}  // namespace paseto
