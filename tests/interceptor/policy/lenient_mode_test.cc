// MODE_OPTIONAL_LENIENT beside fastapi-paseto's paseto_required(optional=True), case by case: a token that does not
// decode is as good as none; whatever is wrong with the header, or with a token that does decode, is an error.
// tests/polyglot/fastapi_table.py asks the package itself.
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
  const char* there;  // the user, "anonymous" or the exception
  const char* here;   // the user, "anonymous" or the reason
  std::vector<std::string> (*headers)(LenientModeTest& test);
  const char* rule = "";
  const char* why = "";  // it is not the same here as there
};

enum class Result { kUser, kAnonymous, kError };
Result ResultOf(absl::string_view outcome) {
  if (outcome == "anonymous") return Result::kAnonymous;
  return outcome == "alice" ? Result::kUser : Result::kError;
}

using Test = LenientModeTest;
using Headers = std::vector<std::string>;
Headers Bearer(const std::string& token) { return {"Bearer " + token}; }

const LenientCase kCases[] = {
    {"no header", "anonymous", "anonymous", [](Test&) { return Headers(); }},
    {"good token", "alice", "alice", [](Test& t) { return Bearer(t.Mint(nullptr)); }},
    // The header: errors.
    {"another scheme", "InvalidHeaderError", "token_malformed", [](Test&) { return Headers{"Basic YTpi"}; }},
    {"scheme alone", "InvalidHeaderError", "token_malformed", [](Test&) { return Headers{"Bearer "}; }},
    {"two words", "InvalidHeaderError", "token_malformed", [](Test& t) { return Bearer(t.Mint(nullptr) + " more"); }},
    {"token without scheme", "InvalidHeaderError", "token_malformed", [](Test& t) { return Headers{t.Mint(nullptr)}; }},
    // What does not decode: nobody.
    {"no token at all", "anonymous", "anonymous", [](Test&) { return Bearer("garbage"); }},
    {"forged", "anonymous", "anonymous", [](Test& t) { return Bearer(t.mint_.Forge("alice")); }},
    {"expired", "anonymous", "anonymous", [](Test& t) { return Bearer(t.Expired()); }},
    {"not yet valid", "anonymous", "anonymous",
     [](Test& t) {
       return Bearer(t.Mint([&t](TokenSpec& s) { s.claims.not_before = t.clock_.Now() + absl::Seconds(1); }));
     }},
    {"other audience", "anonymous", "anonymous",
     [](Test& t) { return Bearer(t.Mint([](TokenSpec& s) { s.claims.audiences = {"other"}; })); }},
    {"other issuer", "anonymous", "anonymous",
     [](Test& t) { return Bearer(t.Mint([](TokenSpec& s) { s.claims.issuer = "https://other"; })); }},
    {"other implicit assertion", "anonymous", "anonymous",
     [](Test& t) { return Bearer(t.Mint([](TokenSpec& s) { s.implicit_assertion = "x"; })); }},
    {"wrapped where it is not expected", "anonymous", "anonymous",
     [](Test& t) { return Bearer(t.Mint([](TokenSpec& s) { s.base64_wrapped = true; })); }},
    {"expired, of another type", "anonymous", "anonymous",
     [](Test& t) {
       return Bearer(t.Mint([&t](TokenSpec& s) {
         s.claims.type = "invoice";
         s.claims.expires_at = t.clock_.Now() - absl::Seconds(1);
       }));
     }},
    {"revoked and expired", "anonymous", "anonymous",
     [](Test& t) {
       t.mint_.RevokeToken("token-of-carol");
       return Bearer(
           t.mint_.Mint("carol", [&t](TokenSpec& s) { s.claims.expires_at = t.clock_.Now() - absl::Seconds(1); }));
     }},
    // What decodes and is not good enough: errors.
    {"other type", "AccessTokenRequired", "wrong_type",
     [](Test& t) { return Bearer(t.Mint([](TokenSpec& s) { s.claims.type = "invoice"; })); }},
    {"not fresh", "FreshTokenRequired", "not_fresh",
     [](Test& t) { return Bearer(t.Mint([](TokenSpec& s) { s.claims.fresh = false; })); }, "fresh: true"},
    {"revoked", "RevokedTokenError", "token_revoked",
     [](Test& t) {
       t.mint_.RevokeToken("token-of-bob");
       return Bearer(t.mint_.Mint("bob"));
     }},
    {"other type than the rule's", "InvalidTokenTypeError", "wrong_type",
     [](Test& t) { return Bearer(t.Mint(nullptr)); }, "type: 'invoice'"},
    // Where we differ, on purpose.
    {"two headers", "alice", "token_ambiguous",
     [](Test& t) {
       return Headers{"Bearer " + t.Mint(nullptr), "Bearer " + t.Mint(nullptr)};
     },
     "", "there the first one counts"},
    {"scheme in lower case", "InvalidHeaderError", "alice",
     [](Test& t) { return Headers{"bearer " + t.Mint(nullptr)}; }, "", "a scheme has no case"},
    {"scheme inside a word", "alice", "token_malformed", [](Test& t) { return Headers{"xBearerx " + t.Mint(nullptr)}; },
     "", "there a part of it will do"},
    {"list of audiences", "anonymous", "alice",
     [](Test& t) { return Bearer(t.Mint([](TokenSpec& s) {
                     s.claims.audiences = {"other", TokenMint::kAudience};
                   })); },
     "", "there the whole list is compared with one name"},
    {"v4.local where v4.public is needed", "alice", "anonymous",
     [](Test& t) { return Bearer(t.Mint([](TokenSpec& s) { s.kind = kV4Local; })); }, "",
     "there the token says which kind of key it is read with"},
    {"cut off", "ValueError", "anonymous", [](Test&) { return Bearer("v4.public.AAAA"); }, "",
     "it does not decode, which is an error there"},
    {"unknown version", "InvalidPASETOVersionError", "anonymous", [](Test&) { return Bearer("v9.public.AAAA"); }, "",
     "it does not decode, which is an error there"},
    {"unknown purpose", "InvalidPASETOPurposeError", "anonymous", [](Test&) { return Bearer("v4.secret.AAAA"); }, "",
     "it does not decode, which is an error there"},
    {"refresh token", "AccessTokenRequired", "anonymous",
     [](Test& t) {
       return Bearer(t.Mint([](TokenSpec& s) {
         s.use = KeyUse::kRefresh;
         s.claims.type = "refresh";
       }));
     },
     "", "only its issuer can read it"},
};

TEST_F(LenientModeTest, DoesWhatFastapiPasetoDoesExceptForAReason) {
  for (const LenientCase& row : kCases) {
    const std::string outcome = OutcomeOf(row.rule, row.headers(*this));
    EXPECT_EQ(outcome, row.here) << row.name;
    EXPECT_EQ(ResultOf(outcome) == ResultOf(row.there), absl::string_view(row.why).empty()) << row.name;
    clock_.Advance(absl::Seconds(1));  // a new budget of failed signatures
  }
}

}  // namespace
}  // namespace paseto::interceptor
