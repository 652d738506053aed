// The gate on arbitrary metadata. The first character names the rule, every other line is one entry, "key: value"; in
// values {v4.public}, {v4.local}, {wrapped}, {bound}, {expired} and {other} stand for genuine tokens, which the fuzzer
// could not make.
//
// Only a genuine token gives a principal; a refusal names its reason in printable ASCII; Recall knows whom the gate let
// pass.
#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "grpc_paseto/core/paseto/check.h"
#include "grpc_paseto/core/token/assertion.h"
#include "grpc_paseto/core/token/signer.h"
#include "grpc_paseto/interceptor/policy/authenticator.h"
#include "grpc_paseto/interceptor/policy/refusal.h"
#include "grpc_paseto/interceptor/trust/in_process_trust.h"
#include "grpc_paseto/tests/fuzz/fuzz_input.h"
#include "grpc_paseto/tests/fuzz/fuzz_keys.h"

namespace paseto::interceptor {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

std::string Mint(const std::function<void(TokenSpec&)>& change) {
  TokenSpec spec;
  spec.claims.issuer = "https://id.test";
  spec.claims.audiences = {"test"};
  spec.claims.subject = "alice";
  spec.claims.type = "access";
  spec.claims.expires_at = kNow + absl::Minutes(1);
  spec.claims.scopes = {"read"};
  change(spec);
  return SignToken(*V4FuzzKeySet(), spec).value();
}

using Tokens = std::vector<std::pair<std::string, std::string>>;

const Tokens& GenuineTokens() {
  static const Tokens& tokens = *new Tokens{
      {"{v4.public}", Mint([](TokenSpec&) {})},
      {"{v4.local}", Mint([](TokenSpec& spec) { spec.kind = kV4Local; })},
      {"{wrapped}", Mint([](TokenSpec& spec) { spec.base64_wrapped = true; })},
      {"{bound}", Mint([](TokenSpec& spec) { spec.implicit_assertion = CallerAssertion("device"); })},
      {"{expired}", Mint([](TokenSpec& spec) { spec.claims.expires_at = kNow - absl::Seconds(1); })},
      {"{other}", Mint([](TokenSpec& spec) { spec.claims.type = "invoice"; })},
  };
  return tokens;
}

v1::AuthRule RuleNumber(int number) {
  v1::AuthRule rule;
  rule.set_mode(static_cast<v1::AuthRule::Mode>(1 + number % 3));
  switch (number / 3) {
    case 1:
      rule.set_metadata_key("x-token");
      rule.set_metadata_prefix("-");
      rule.add_accept("v4.public");
      rule.add_accept("v4.local");
      rule.set_accept_without_kid(true);
      break;
    case 2:
      rule.set_base64_wrapped(true);
      rule.set_metadata_prefix("Token");
      break;
    case 3:
      rule.mutable_assertion()->set_metadata_key("x-device");
      break;
    case 4:
      rule.mutable_assertion()->set_fixed("device");
      break;
    case 5:
      rule.mutable_assertion()->set_authority(true);
      rule.mutable_assertion()->set_raw(true);
      break;
    default:
      break;
  }
  return rule;
}
constexpr int kRules = 18;

const std::vector<CompiledRule>& Rules() {
  static const std::vector<CompiledRule>& rules = *[] {
    auto* made = new std::vector<CompiledRule>();
    for (int i = 0; i < kRules; ++i) {
      made->push_back(CompileRule(RuleNumber(i), MethodKind::kUnary, {"https://id.test", "test"}).value());
    }
    return made;
  }();
  return rules;
}

struct Gate {
  Gate() { board->SetKeys(V4FuzzKeySet()); }
  const std::shared_ptr<TrustBoard> board = std::make_shared<TrustBoard>();
  const std::unique_ptr<TrustSource> trust = TrustFromBoard(board);
  VerifiedTokenCache cache{{64, 1 << 20}};
  Authenticator authenticator{{*trust, cache}, {absl::Minutes(1), 1'000'000'000}};
};

bool IsGenuine(absl::string_view token) {
  return std::any_of(GenuineTokens().begin(), GenuineTokens().end(),
                     [token](const auto& genuine) { return genuine.second == token; });
}

void CheckRefusal(const absl::Status& status) {
  PASETO_CHECK(ReasonOf(status.message()) != v1::REASON_UNSPECIFIED);
  PASETO_CHECK(ReasonOf(status.message()) != v1::REASON_INTERNAL);
  for (const char c : status.message()) PASETO_CHECK(absl::ascii_isprint(static_cast<unsigned char>(c)) && c != '%');
}

void CheckCall(absl::string_view input) {
  static Gate& gate = *new Gate();
  if (input.empty()) return;
  const CompiledRule& rule = Rules()[static_cast<uint8_t>(input[0] - 'A') % kRules];
  const std::string text = absl::StrReplaceAll(input.substr(1), GenuineTokens());
  std::vector<MetadataEntry> metadata;
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> entry = absl::StrSplit(line, absl::MaxSplits(": ", 1));
    metadata.push_back({entry.first, entry.second});
  }
  Authenticator::Call call;
  call.metadata = metadata;
  call.now = kNow;
  const auto decision = gate.authenticator.Authenticate(rule, call);
  if (!decision.ok()) return CheckRefusal(decision.status());
  if (decision->principal.anonymous()) {
    PASETO_CHECK(rule.mode != v1::AuthRule::MODE_REQUIRED);
    return;
  }
  const UntrustedCredential credential = FindCredential(rule.shape, metadata);
  PASETO_CHECK(credential.form == UntrustedCredential::Form::kOne && IsGenuine(credential.token));
  PASETO_CHECK(decision->principal.subject() == "alice");
  const CredentialShape* const shape = &rule.shape;
  const auto recalled = gate.authenticator.Recall({&shape, 1}, metadata, {});
  PASETO_CHECK(recalled.ok() && recalled->subject() == "alice");
}

}  // namespace
}  // namespace paseto::interceptor

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  paseto::interceptor::CheckCall(paseto::FuzzText(data, size));
  return 0;
}
