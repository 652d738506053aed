#include "grpc_paseto/interceptor/policy/authenticator.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/token/assertion.h"
#include "grpc_paseto/interceptor/policy/refusal.h"
#include "grpc_paseto/tests/support/fake_clock.h"
#include "grpc_paseto/tests/support/status_matchers.h"
#include "grpc_paseto/tests/support/token_mint.h"

namespace paseto::interceptor {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// Trust from a board, as old as the test says.
class AgingTrust final : public TrustSource {
 public:
  explicit AgingTrust(std::shared_ptr<TrustBoard> board) : board_(std::move(board)) {}
  const KeyRing& keys() const override { return board_->keys(); }
  const RevocationSet& revocations() const override { return board_->revocations(); }
  absl::Duration Age() const override { return age; }
  bool WaitForFirstTrust(absl::Duration) override { return true; }
  void OnChange(std::function<void()>) override {}

  absl::Duration age = absl::ZeroDuration();

 private:
  const std::shared_ptr<TrustBoard> board_;
};

class AuthenticatorTest : public ::testing::Test {
 protected:
  static CompiledRule Rule(const std::string& text) {
    v1::AuthRule rule;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &rule)) << text;
    return CompileRule(rule, MethodKind::kUnknown, {TokenMint::kIssuer, TokenMint::kAudience, absl::ZeroDuration()})
        .value();
  }

  using Headers = std::vector<std::pair<std::string, std::string>>;

  absl::StatusOr<Authenticator::Decision> Call(const std::string& rule, const Headers& headers,
                                               uint64_t connection = 1) {
    std::vector<MetadataEntry> metadata;
    for (const auto& [key, value] : headers) metadata.push_back({key, value});
    return authenticator_.Authenticate(Rule(rule), {metadata, Connection{.id = connection}, clock_.Now()});
  }
  absl::StatusOr<Authenticator::Decision> CallWith(const std::string& rule, const std::string& token) {
    return Call(rule, {{"authorization", "Bearer " + token}});
  }

  // "alice", "anonymous", or the reason of the refusal.
  static std::string Outcome(const absl::StatusOr<Authenticator::Decision>& decision) {
    if (!decision.ok()) return std::string(ReasonName(ReasonOf(decision.status().message())));
    return decision->principal.anonymous() ? "anonymous" : decision->principal.subject();
  }
  std::string OutcomeOf(const std::string& rule, const std::function<void(TokenSpec&)>& change) {
    return Outcome(CallWith(rule, mint_.Mint("alice", change)));
  }

  FakeClock clock_;
  TokenMint mint_{clock_};
  AgingTrust trust_{mint_.board()};
  VerifiedTokenCache cache_{VerifiedTokenCache::Options()};
  Authenticator authenticator_{{trust_, cache_}, {absl::Seconds(60), 3}};
};

const char* const kEveryMode[] = {"", "mode: MODE_REQUIRED", "mode: MODE_OPTIONAL", "mode: MODE_OPTIONAL_LENIENT"};

TEST_F(AuthenticatorTest, GoodTokenGivesItsPrincipalInEveryMode) {
  for (const char* rule : kEveryMode) EXPECT_EQ(OutcomeOf(rule, nullptr), "alice") << rule;
}

TEST_F(AuthenticatorTest, NoCredentialIsAnonymousOnlyWhereTheRuleSaysSo) {
  EXPECT_EQ(Outcome(Call("", {})), "token_missing");
  EXPECT_EQ(Outcome(Call("mode: MODE_REQUIRED", {})), "token_missing");
  EXPECT_EQ(Outcome(Call("mode: MODE_OPTIONAL", {})), "anonymous");
  EXPECT_EQ(Outcome(Call("mode: MODE_OPTIONAL_LENIENT", {})), "anonymous");
  EXPECT_EQ(Outcome(Call("mode: MODE_PUBLIC", {})), "anonymous");
}

TEST_F(AuthenticatorTest, PublicIgnoresEveryCredential) {
  const std::string good = "Bearer " + mint_.Mint("alice");
  EXPECT_EQ(Outcome(Call("mode: MODE_PUBLIC", {{"authorization", good}})), "anonymous");
  EXPECT_EQ(Outcome(Call("mode: MODE_PUBLIC", {{"authorization", good}, {"authorization", good}})), "anonymous");
  EXPECT_EQ(Outcome(Call("mode: MODE_PUBLIC", {{"authorization", "broken"}})), "anonymous");
}

// What each mode makes of each fault. REQUIRED and OPTIONAL refuse alike.
struct Fault {
  const char* name;
  void (*change)(TokenSpec& spec, absl::Time now);
  const char* refusal;
  const char* lenient;
  const char* rule = "";
};

const Fault kFaults[] = {
    {"expired", [](TokenSpec& s, absl::Time now) { s.claims.expires_at = now - absl::Seconds(1); }, "token_expired",
     "anonymous"},
    {"not yet valid", [](TokenSpec& s, absl::Time now) { s.claims.not_before = now + absl::Seconds(1); },
     "token_not_yet_valid", "anonymous"},
    {"wrong issuer", [](TokenSpec& s, absl::Time) { s.claims.issuer = "https://evil"; }, "wrong_issuer", "anonymous"},
    {"no issuer", [](TokenSpec& s, absl::Time) { s.claims.issuer = ""; }, "wrong_issuer", "anonymous"},
    {"wrong audience", [](TokenSpec& s, absl::Time) { s.claims.audiences = {"other"}; }, "wrong_audience", "anonymous"},
    {"no audience", [](TokenSpec& s, absl::Time) { s.claims.audiences = {}; }, "wrong_audience", "anonymous"},
    {"assertion", [](TokenSpec& s, absl::Time) { s.implicit_assertion = "x"; }, "signature_invalid", "anonymous"},
    {"kind", [](TokenSpec& s, absl::Time) { s.kind = kV4Local; }, "token_not_accepted", "anonymous"},
    {"wrong type", [](TokenSpec& s, absl::Time) { s.claims.type = "invoice"; }, "wrong_type", "wrong_type"},
    {"not fresh", [](TokenSpec& s, absl::Time) { s.claims.fresh = false; }, "not_fresh", "not_fresh", "fresh: true"},
    {"freshness unknown", [](TokenSpec& s, absl::Time) { s.claims.fresh = absl::nullopt; }, "not_fresh", "not_fresh",
     "fresh: true"},
    {"sign-in too far back", [](TokenSpec& s, absl::Time now) { s.claims.auth_time = now - absl::Seconds(61); },
     "authentication_too_old", "authentication_too_old", "max_auth_age { seconds: 60 }"},
    {"sign-in unknown", [](TokenSpec&, absl::Time) {}, "authentication_too_old", "authentication_too_old",
     "max_auth_age { seconds: 60 }"},
    {"scope missing", [](TokenSpec& s, absl::Time) { s.claims.scopes = {"a"}; }, "scope_missing", "scope_missing",
     "all_scopes: 'a' all_scopes: 'b'"},
    {"no scope of several", [](TokenSpec& s, absl::Time) { s.claims.scopes = {"c"}; }, "scope_missing", "scope_missing",
     "any_scopes: 'a' any_scopes: 'b'"},
};

TEST_F(AuthenticatorTest, FaultsAreRefusedAndForgivenAsTheModeSays) {
  for (const Fault& fault : kFaults) {
    SCOPED_TRACE(fault.name);
    clock_.Advance(absl::Seconds(1));  // a new budget of failed signatures
    const auto change = [&](TokenSpec& spec) { fault.change(spec, clock_.Now()); };
    const auto in_mode = [&](const char* mode) {
      return OutcomeOf(absl::StrCat("mode: ", mode, " ", fault.rule), change);
    };
    EXPECT_EQ(in_mode("MODE_REQUIRED"), fault.refusal);
    EXPECT_EQ(in_mode("MODE_OPTIONAL"), fault.refusal);
    EXPECT_EQ(in_mode("MODE_OPTIONAL_LENIENT"), fault.lenient);
  }
}

TEST_F(AuthenticatorTest, TimesAreJudgedOnEveryCallAlsoOfACachedToken) {
  const std::string token = mint_.Mint("alice");
  EXPECT_FALSE(CallWith("", token)->was_cached);
  EXPECT_TRUE(CallWith("", token)->was_cached);
  clock_.Advance(absl::Minutes(10));
  EXPECT_EQ(Outcome(CallWith("", token)), "alice");  // exp itself is still good
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(Outcome(CallWith("", token)), "token_expired");
}

TEST_F(AuthenticatorTest, RulesAreJudgedOnEveryCallAlsoOfACachedToken) {
  const std::string token = mint_.Mint("alice");
  EXPECT_EQ(Outcome(CallWith("", token)), "alice");
  EXPECT_EQ(Outcome(CallWith("all_scopes: 'other'", token)), "scope_missing");
  EXPECT_EQ(Outcome(CallWith("accept: 'v4.local'", token)), "token_not_accepted");
  EXPECT_EQ(Outcome(CallWith("type: 'client'", token)), "token_not_accepted");
  EXPECT_EQ(Outcome(CallWith("assertion { fixed: 'x' }", token)), "signature_invalid");
}

TEST_F(AuthenticatorTest, RevocationReachesCachedTokensInEveryMode) {
  const std::string token = mint_.Mint("alice");
  for (const char* rule : kEveryMode) EXPECT_EQ(Outcome(CallWith(rule, token)), "alice");
  mint_.RevokeSubject("alice");
  for (const char* rule : kEveryMode) EXPECT_EQ(Outcome(CallWith(rule, token)), "token_revoked") << rule;
  EXPECT_EQ(Outcome(CallWith("", mint_.Mint("bob"))), "bob");
}

TEST_F(AuthenticatorTest, KeyStateReachesCachedTokens) {
  const std::string token = mint_.Mint("alice");
  EXPECT_EQ(Outcome(CallWith("", token)), "alice");
  mint_.SetAccessKeyState(KeyState::kRetired);
  EXPECT_EQ(Outcome(CallWith("", token)), "alice");
  mint_.SetAccessKeyState(KeyState::kRevoked);
  EXPECT_EQ(Outcome(CallWith("", token)), "key_unknown");
}

TEST_F(AuthenticatorTest, TokensOfOtherUsesAreNotAccepted) {
  const auto refresh = [](TokenSpec& spec) {
    spec.use = KeyUse::kRefresh;
    spec.claims.type = "refresh";
  };
  const auto client = [](TokenSpec& spec) {
    spec.use = KeyUse::kClient;
    spec.claims.type = "client";
  };
  EXPECT_EQ(OutcomeOf("", refresh), "token_not_accepted");
  EXPECT_EQ(OutcomeOf("type: 'client'", refresh), "token_not_accepted");
  EXPECT_EQ(OutcomeOf("type: 'invoice'", refresh), "token_not_accepted");
  EXPECT_EQ(OutcomeOf("", client), "token_not_accepted");
  EXPECT_EQ(OutcomeOf("type: 'client'", client), "alice");
  EXPECT_EQ(OutcomeOf("type: 'client'", nullptr), "token_not_accepted");
  EXPECT_EQ(Outcome(CallWith("", mint_.MintForeign("alice"))), "alice");
  EXPECT_EQ(Outcome(CallWith("type: 'client'", mint_.MintForeign("alice"))), "token_not_accepted");
  // Under a foreign key our own claims are not believed.
  EXPECT_EQ(Outcome(CallWith("all_scopes: 'echo'", mint_.MintForeign("alice"))), "scope_missing");
}

TEST_F(AuthenticatorTest, MalformedAndAmbiguousHeadersAreRefusedInEveryMode) {
  const std::string token = mint_.Mint("alice");
  for (const char* rule : kEveryMode) {
    SCOPED_TRACE(rule);
    EXPECT_EQ(Outcome(Call(rule, {{"authorization", "Bearer  " + token}})), "token_malformed");
    EXPECT_EQ(Outcome(Call(rule, {{"authorization", absl::StrCat("Bearer ", token, " ", token)}})), "token_malformed");
    EXPECT_EQ(Outcome(Call(rule, {{"authorization", absl::StrCat("Bearer ", token, "\t")}})), "token_malformed");
    EXPECT_EQ(Outcome(Call(rule, {{"authorization", "Basic YTpi"}})), "token_malformed");
    EXPECT_EQ(Outcome(Call(rule, {{"authorization", ""}})), "token_malformed");
    EXPECT_EQ(Outcome(Call(rule, {{"authorization", absl::StrCat("Bearer ", token, ", Bearer ", token)}})),
              "token_ambiguous");
    EXPECT_EQ(Outcome(Call(rule, {{"authorization", "Bearer " + token}, {"authorization", "Bearer " + token}})),
              "token_ambiguous");
  }
}

// Bytes that no token has, at the place of a token: refused as malformed, forgiven by a lenient rule, never more.
TEST_F(AuthenticatorTest, OddBytesNeverPass) {
  const std::string good = mint_.Mint("alice");
  const std::string tokens[] = {"x",
                                ".",
                                "...",
                                "v4.public.",
                                "v4.public..",
                                "v4.public.AAAA",
                                "v4.local.AAAA",
                                "v9.public.AAAA",
                                std::string("v4.public.\0AAAA", 15),
                                std::string(1, '\0'),
                                "\xff\xfe\xfd",
                                "v4.public.%s%n",
                                "v4.public.AA==",
                                good + ".",
                                good + "=",
                                good + std::string(1, '\0'),
                                good.substr(1),
                                good.substr(0, good.size() - 1),
                                std::string(7000, 'A'),
                                "v4.public." + std::string(7000, 'A')};
  for (const std::string& token : tokens) {
    SCOPED_TRACE(absl::CEscape(token.substr(0, 40)));
    EXPECT_THAT(CallWith("", token), Not(IsOk()));
    EXPECT_THAT(CallWith("mode: MODE_OPTIONAL", token), Not(IsOk()));
    const auto refused = CallWith("", token).status();
    EXPECT_THAT(std::string(refused.message()), Not(HasSubstr(token.size() > 4 ? token.substr(0, 5) : "\1")));
  }
}

TEST_F(AuthenticatorTest, CredentialIsTakenFromWhereTheRuleSays) {
  const std::string token = mint_.Mint("alice");
  const std::string raw = "metadata_key: 'x-token' metadata_prefix: '-'";
  EXPECT_EQ(Outcome(Call(raw, {{"x-token", token}})), "alice");
  EXPECT_EQ(Outcome(Call(raw, {{"authorization", "Bearer " + token}})), "token_missing");
  EXPECT_EQ(Outcome(Call(raw, {{"x-token", "Bearer " + token}})), "token_malformed");
  EXPECT_EQ(Outcome(Call("metadata_prefix: 'PASETO'", {{"authorization", "paseto " + token}})), "alice");
  const std::string wrapped = mint_.Mint("alice", [](TokenSpec& spec) { spec.base64_wrapped = true; });
  EXPECT_EQ(Outcome(CallWith("base64_wrapped: true", wrapped)), "alice");
  EXPECT_EQ(Outcome(CallWith("", wrapped)), "token_malformed");
  EXPECT_EQ(Outcome(CallWith("base64_wrapped: true", token)), "token_malformed");
}

TEST_F(AuthenticatorTest, AssertionBindsATokenToItsCall) {
  const auto bound_to = [this](const std::string& assertion) {
    return "Bearer " + mint_.Mint("alice", [&](TokenSpec& spec) { spec.implicit_assertion = assertion; });
  };
  const std::string tenant = "assertion { metadata_key: 'x-tenant' }";
  const std::string blue = bound_to(CallerAssertion("blue"));
  EXPECT_EQ(Outcome(Call(tenant, {{"authorization", blue}, {"x-tenant", "blue"}})), "alice");
  EXPECT_EQ(Outcome(Call(tenant, {{"authorization", blue}, {"x-tenant", "red"}})), "signature_invalid");
  EXPECT_EQ(Outcome(Call(tenant, {{"authorization", blue}})), "signature_invalid");
  EXPECT_EQ(Outcome(Call(tenant, {{"authorization", bound_to("")}})), "alice");
  EXPECT_EQ(Outcome(Call(tenant, {{"authorization", blue}, {"x-tenant", "blue"}, {"x-tenant", "red"}})),
            "token_ambiguous");
  const std::string raw_authority = "assertion { authority: true raw: true }";
  EXPECT_EQ(Outcome(Call(raw_authority, {{"authorization", bound_to("shop:443")}, {":authority", "shop:443"}})),
            "alice");
}

TEST_F(AuthenticatorTest, StaleTrustIsRefusedAndNeverAnonymous) {
  const std::string token = mint_.Mint("alice");
  trust_.age = absl::Seconds(60);
  for (const char* rule : kEveryMode) EXPECT_EQ(Outcome(CallWith(rule, token)), "alice") << rule;
  trust_.age = absl::Seconds(60) + absl::Nanoseconds(1);
  for (const char* rule : kEveryMode) {
    EXPECT_THAT(CallWith(rule, token), StatusIs(absl::StatusCode::kUnavailable, StartsWith("trust_stale: "))) << rule;
    EXPECT_THAT(CallWith(rule, "v4.public.broken"), StatusIs(absl::StatusCode::kUnavailable)) << rule;
  }
  EXPECT_EQ(Outcome(CallWith("mode: MODE_PUBLIC", token)), "anonymous");
}

TEST_F(AuthenticatorTest, RuleMayAllowStaleTrustButNotNone) {
  const std::string token = mint_.Mint("alice");
  const std::string rule = "stale_action: STALE_ACTION_ALLOW";
  EXPECT_FALSE(CallWith(rule, token)->used_stale_trust);
  trust_.age = absl::Hours(10);
  EXPECT_TRUE(CallWith(rule, token)->used_stale_trust);
  trust_.age = absl::InfiniteDuration();
  EXPECT_EQ(Outcome(CallWith(rule, token)), "trust_stale");
}

TEST_F(AuthenticatorTest, FailedSignaturesOfAConnectionAreLimitedAndCachedTokensAlwaysPass) {
  const auto call = [this](const std::string& token, uint64_t connection, const std::string& rule = "") {
    return Call(rule, {{"authorization", "Bearer " + token}}, connection);
  };
  const std::string cached = mint_.Mint("alice");
  EXPECT_EQ(Outcome(call(cached, 1)), "alice");
  for (int i = 0; i < 4; ++i) {  // one more than the budget, in the slow lane
    EXPECT_EQ(Outcome(call(mint_.Forge("x"), 1)), "signature_invalid");
  }
  EXPECT_THAT(call(mint_.Forge("x"), 1),
              StatusIs(absl::StatusCode::kResourceExhausted, StartsWith("too_many_failures: ")));
  const std::string uncached = mint_.Mint("bob");
  for (const char* rule : kEveryMode) EXPECT_EQ(Outcome(call(uncached, 1, rule)), "too_many_failures") << rule;
  EXPECT_EQ(Outcome(call(cached, 1)), "alice");
  EXPECT_EQ(Outcome(call(uncached, 2)), "bob");
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(Outcome(call(mint_.Mint("carol"), 1)), "carol");
}

TEST_F(AuthenticatorTest, FailedSignaturesCountInEveryMode) {
  for (const char* rule : kEveryMode) {
    SCOPED_TRACE(rule);
    clock_.Advance(absl::Seconds(1));
    for (int i = 0; i < 4; ++i) CallWith(rule, mint_.Forge("x")).IgnoreError();
    EXPECT_EQ(Outcome(CallWith(rule, mint_.Forge("x"))), "too_many_failures");
  }
}

TEST_F(AuthenticatorTest, GoodTokenOfAConnectionOverItsBudgetHasAChance) {
  for (int i = 0; i < 5; ++i) CallWith("", mint_.Forge("x")).IgnoreError();
  EXPECT_EQ(Outcome(CallWith("", mint_.Mint("bob"))), "too_many_failures");
  clock_.Advance(FailureBudget::kSlowLaneInterval);
  EXPECT_EQ(Outcome(CallWith("", mint_.Mint("bob"))), "bob");
}

TEST_F(AuthenticatorTest, FaultsThatCostNoSignatureSpendNoBudgetAndNeedNone) {
  const std::string expired =
      mint_.Mint("alice", [this](TokenSpec& spec) { spec.claims.expires_at = clock_.Now() - absl::Seconds(1); });
  std::string expired_forgery = expired;
  char& in_signature = expired_forgery[expired.find('.', 10) - 10];
  in_signature = in_signature == 'A' ? 'B' : 'A';
  const auto look = [&] {
    EXPECT_EQ(Outcome(CallWith("", "broken")), "token_malformed");
    EXPECT_EQ(Outcome(CallWith("", expired)), "token_expired");
    EXPECT_EQ(Outcome(CallWith("", expired_forgery)), "token_expired");
  };
  for (int i = 0; i < 10; ++i) look();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Outcome(CallWith("", mint_.Forge("x"))), "signature_invalid");
  for (int i = 0; i < 10; ++i) look();  // they do not take the slow lane's place either
  EXPECT_EQ(Outcome(CallWith("", mint_.Mint("bob"))), "bob");
}

TEST_F(AuthenticatorTest, SkewIsHeardBeforeASignatureIsSpared) {
  CompiledRule rule =
      CompileRule(v1::AuthRule(), MethodKind::kUnknown, {TokenMint::kIssuer, TokenMint::kAudience, absl::Minutes(1)})
          .value();
  const auto outcome = [&](absl::Duration ago) {
    const std::string token =
        "Bearer " + mint_.Mint("alice", [&](TokenSpec& spec) { spec.claims.expires_at = clock_.Now() - ago; });
    const MetadataEntry entry = {"authorization", token};
    return Outcome(authenticator_.Authenticate(rule, {{&entry, 1}, Connection{.id = 1}, clock_.Now()}));
  };
  EXPECT_EQ(outcome(absl::Minutes(1)), "alice");
  EXPECT_EQ(outcome(absl::Minutes(1) + absl::Seconds(1)), "token_expired");
}

class RecallTest : public AuthenticatorTest {
 protected:
  std::string Recall(const std::vector<std::string>& rules, const Headers& headers) {
    std::vector<CompiledRule> compiled;
    for (const std::string& rule : rules) compiled.push_back(Rule(rule));
    std::vector<const CredentialShape*> shapes;
    for (const CompiledRule& rule : compiled) shapes.push_back(&rule.shape);
    std::vector<MetadataEntry> metadata;
    for (const auto& [key, value] : headers) metadata.push_back({key, value});
    const absl::StatusOr<Principal> principal = authenticator_.Recall(shapes, metadata, Connection{.id = 1});
    if (!principal.ok()) return std::string(ReasonName(ReasonOf(principal.status().message())));
    return principal->anonymous() ? "anonymous" : principal->subject();
  }
};

TEST_F(RecallTest, FindsTheTokenWhicheverShapeItHas) {
  const std::string token = "Bearer " + mint_.Mint("alice");
  const std::string client = "Bearer " + mint_.Mint("mesh", [](TokenSpec& spec) {
    spec.use = KeyUse::kClient;
    spec.claims.type = "client";
  });
  const std::string bound =
      "Bearer " + mint_.Mint("carol", [](TokenSpec& spec) { spec.implicit_assertion = CallerAssertion("blue"); });
  const std::vector<std::string> rules = {"type: 'client'", "assertion { metadata_key: 'x-tenant' }", ""};
  EXPECT_EQ(Recall(rules, {{"authorization", token}}), "alice");
  EXPECT_EQ(Recall(rules, {{"authorization", client}}), "mesh");
  EXPECT_EQ(Recall(rules, {{"authorization", bound}, {"x-tenant", "blue"}}), "carol");
  EXPECT_EQ(Recall(rules, {{"authorization", bound}, {"x-tenant", "red"}}), "signature_invalid");
}

TEST_F(AuthenticatorTest, DeprecatedTokenPassesOnlyWhereTheRuleNamesItsKind) {
  const V2SecretKey secret = V2SecretKey::Generate(LegacyWriting::Allow());
  const Key key(secret.public_key(), {KeyUse::kForeign, KeyState::kActive});
  mint_.board()->SetKeys(KeySet::Create({key}).value());
  Claims claims;
  claims.issuer = TokenMint::kIssuer;
  claims.audiences = {TokenMint::kAudience};
  claims.subject = "alice";
  claims.type = std::string(kAccessType);
  claims.expires_at = clock_.Now() + absl::Minutes(1);
  const std::string footer = absl::StrCat("{\"kid\":\"", key.id().text(), "\"}");
  const std::string token = V2PublicSign(secret, EncodeClaims(claims).value(), footer, LegacyWriting::Allow());
  EXPECT_EQ(Outcome(CallWith("accept: 'v4.public' accept: 'v2.public'", token)), "alice");
  EXPECT_EQ(Outcome(CallWith("", token)), "token_malformed");
  EXPECT_EQ(Outcome(CallWith("accept: 'v2.local'", token)), "token_not_accepted");
}

TEST_F(RecallTest, WithoutACredentialNeverMoreThanAnonymous) {
  EXPECT_EQ(Recall({""}, {}), "anonymous");
  EXPECT_EQ(Recall({""}, {{"authorization", "Basic YTpi"}}), "anonymous");
  EXPECT_EQ(Recall({""}, {{"authorization", "Digest a=b, c=d"}, {"authorization", "Basic YTpi"}}), "anonymous");
  EXPECT_EQ(Recall({}, {{"authorization", "Bearer " + mint_.Mint("alice")}}), "anonymous");
}

TEST_F(RecallTest, TwoCredentialsAreNobody) {
  const std::string alice = "Bearer " + mint_.Mint("alice");
  EXPECT_EQ(Recall({""}, {{"authorization", alice}, {"authorization", "Bearer " + mint_.Mint("bob")}}),
            "token_ambiguous");
  EXPECT_EQ(Recall({""}, {{"authorization", absl::StrCat(alice, ",", alice)}}), "token_ambiguous");
  EXPECT_EQ(Recall({""}, {{"authorization", absl::StrCat(alice, " ", alice)}}), "anonymous");
}

TEST_F(RecallTest, RevokedSinceTheCallBeganIsNobody) {
  const Headers headers = {{"authorization", "Bearer " + mint_.Mint("alice")}};
  EXPECT_EQ(Recall({""}, headers), "alice");
  mint_.RevokeSubject("alice");
  EXPECT_EQ(Recall({""}, headers), "token_revoked");
  EXPECT_EQ(Recall({"type: 'client'", "", "accept: 'v4.local'"}, headers), "token_revoked");
}

TEST_F(RecallTest, TimeIsNotJudgedAgain) {
  const Headers headers = {{"authorization", "Bearer " + mint_.Mint("alice")}};
  clock_.Advance(absl::Hours(1));
  EXPECT_EQ(Recall({""}, headers), "alice");
}

}  // namespace
}  // namespace paseto::interceptor
