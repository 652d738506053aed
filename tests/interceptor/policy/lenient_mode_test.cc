// MODE_OPTIONAL_LENIENT beside fastapi-paseto's paseto_required(optional=True), case by case: a token that does not
// decode is as good as none; whatever is wrong with the header, or with a token that does decode, is an error.
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/interceptor/policy/authenticator.h"
#include "grpc_paseto/interceptor/policy/refusal.h"
#include "grpc_paseto/tests/support/fake_clock.h"
#include "grpc_paseto/tests/support/token_mint.h"

namespace paseto::interceptor {
namespace {

class LenientModeTest : public ::testing::Test {
 public:
  std::string Mint(const std::function<void(TokenSpec&)>& change) { return mint_.Mint("alice", change); }
  std::string Expired() {
    return Mint([this](TokenSpec& spec) { spec.claims.expires_at = clock_.Now() - absl::Seconds(1); });
  }

  // "alice", "anonymous" or the reason of the refusal.
  std::string OutcomeOf(const std::string& rule_text, const std::vector<std::string>& headers) {
    v1::AuthRule rule;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(rule_text, &rule));
    rule.set_mode(v1::AuthRule::MODE_OPTIONAL_LENIENT);
    const CompiledRule compiled =
        CompileRule(rule, MethodKind::kUnary, {TokenMint::kIssuer, TokenMint::kAudience}).value();
    std::vector<MetadataEntry> metadata;
    for (const std::string& header : headers) metadata.push_back({"authorization", header});
    Authenticator::Call call;
    call.metadata = metadata;
    call.now = clock_.Now();
    const auto decision = authenticator_.Authenticate(compiled, call);
    if (!decision.ok()) return std::string(ReasonName(ReasonOf(decision.status().message())));
    return decision->principal.anonymous() ? "anonymous" : decision->principal.subject();
  }

  FakeClock clock_;
  TokenMint mint_{clock_};

 private:
  const std::unique_ptr<TrustSource> trust_ = TrustFromBoard(mint_.board());
  VerifiedTokenCache cache_{VerifiedTokenCache::Options()};
  Authenticator authenticator_{{*trust_, cache_}, {}};
};

struct LenientCase {
  const char* name;
  const char* fastapi_paseto;  // what optional=True does there
  const char* here;
  std::vector<std::string> (*headers)(LenientModeTest& test);
  const char* rule = "";
};

using Test = LenientModeTest;
using Headers = std::vector<std::string>;
Headers Bearer(const std::string& token) { return {"Bearer " + token}; }

const LenientCase kCases[] = {
    {"no header", "no current token", "anonymous", [](Test&) { return Headers(); }},
    {"good token", "current token", "alice", [](Test& t) { return Bearer(t.Mint(nullptr)); }},
    // The header: errors.
    {"another scheme", "InvalidHeaderError", "token_malformed", [](Test&) { return Headers{"Basic YTpi"}; }},
    {"scheme alone", "InvalidHeaderError", "token_malformed", [](Test&) { return Headers{"Bearer "}; }},
    {"two words", "InvalidHeaderError", "token_malformed", [](Test& t) { return Bearer(t.Mint(nullptr) + " more"); }},
    {"token without scheme", "InvalidHeaderError", "token_malformed", [](Test& t) { return Headers{t.Mint(nullptr)}; }},
    // What does not decode: nobody.
    {"no token at all", "no current token", "anonymous", [](Test&) { return Bearer("garbage"); }},
    {"forged", "no current token", "anonymous", [](Test& t) { return Bearer(t.mint_.Forge("alice")); }},
    {"expired", "no current token", "anonymous", [](Test& t) { return Bearer(t.Expired()); }},
    {"not yet valid", "no current token", "anonymous",
     [](Test& t) {
       return Bearer(t.Mint([&t](TokenSpec& s) { s.claims.not_before = t.clock_.Now() + absl::Seconds(1); }));
     }},
    {"other audience", "no current token", "anonymous",
     [](Test& t) { return Bearer(t.Mint([](TokenSpec& s) { s.claims.audiences = {"other"}; })); }},
    {"other issuer", "no current token", "anonymous",
     [](Test& t) { return Bearer(t.Mint([](TokenSpec& s) { s.claims.issuer = "https://other"; })); }},
    {"other implicit assertion", "no current token", "anonymous",
     [](Test& t) { return Bearer(t.Mint([](TokenSpec& s) { s.implicit_assertion = "x"; })); }},
    {"other purpose", "no current token", "anonymous",
     [](Test& t) { return Bearer(t.Mint([](TokenSpec& s) { s.kind = kV4Local; })); }},
    {"wrapped where it is not expected", "no current token", "anonymous",
     [](Test& t) { return Bearer(t.Mint([](TokenSpec& s) { s.base64_wrapped = true; })); }},
    {"expired, of another type", "no current token", "anonymous",
     [](Test& t) {
       return Bearer(t.Mint([&t](TokenSpec& s) {
         s.claims.type = "invoice";
         s.claims.expires_at = t.clock_.Now() - absl::Seconds(1);
       }));
     }},
    {"revoked and expired", "no current token", "anonymous",
     [](Test& t) {
       t.mint_.RevokeToken("token-of-carol");
       return Bearer(
           t.mint_.Mint("carol", [&t](TokenSpec& s) { s.claims.expires_at = t.clock_.Now() - absl::Seconds(1); }));
     }},
    // What decodes and is not good enough: errors.
    {"other type", "IncorrectTokenTypeError", "wrong_type",
     [](Test& t) { return Bearer(t.Mint([](TokenSpec& s) { s.claims.type = "invoice"; })); }},
    {"not fresh", "FreshTokenRequired", "not_fresh",
     [](Test& t) { return Bearer(t.Mint([](TokenSpec& s) { s.claims.fresh = false; })); }, "fresh: true"},
    {"revoked", "RevokedTokenError", "token_revoked",
     [](Test& t) {
       t.mint_.RevokeToken("token-of-bob");
       return Bearer(t.mint_.Mint("bob"));
     }},
    // Where we differ, on purpose.
    {"two headers", "the first one counts", "token_ambiguous",
     [](Test& t) {
       return Headers{"Bearer " + t.Mint(nullptr), "Bearer " + t.Mint(nullptr)};
     }},
    {"refresh token: only its issuer can read it", "AccessTokenRequired", "anonymous",
     [](Test& t) {
       return Bearer(t.Mint([](TokenSpec& s) {
         s.use = KeyUse::kRefresh;
         s.claims.type = "refresh";
       }));
     }},
};

TEST_F(LenientModeTest, DoesWhatFastapiPasetoDoes) {
  for (const LenientCase& row : kCases) {
    EXPECT_EQ(OutcomeOf(row.rule, row.headers(*this)), row.here) << row.name << ": there, " << row.fastapi_paseto;
    clock_.Advance(absl::Seconds(1));  // a new budget of failed signatures
  }
}

}  // namespace
}  // namespace paseto::interceptor
