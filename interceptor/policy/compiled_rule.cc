#include "grpc_paseto/interceptor/policy/compiled_rule.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "grpc_paseto/core/token/assertion.h"
#include "grpc_paseto/interceptor/policy/claim_text.h"
#include "grpc_paseto/interceptor/policy/rule_fields.h"

namespace paseto::interceptor {
namespace {

constexpr size_t kMaxTypeLength = 64;
constexpr int kMaxFixedAssertionBytes = 1024;
constexpr int kMaxForwardedClaims = 16;
constexpr absl::Duration kMaxStreamGrace = absl::Hours(1);

// Fills a CompiledRule field by field and keeps every problem it meets.
class RuleCompiler {
 public:
  RuleCompiler(const v1::AuthRule& rule, MethodKind kind, const RuleDefaults& defaults)
      : rule_(rule), kind_(kind), defaults_(defaults) {}

  absl::StatusOr<CompiledRule> Compile() {
    CompileMode();
    CompileCredential();
    CompileAccepted();
    CompileAssertion();
    CompileClaims();
    CompileStrength();
    CompileCertificateBinding();
    compiled_.renewal_validator = compiled_.validator;
    if (rule_.fresh()) compiled_.validator.RequireFresh();
    CompileStaleAction();
    CompileStream();
    CompileMetadata();
    if (!problems_.empty()) return absl::InvalidArgumentError(absl::StrJoin(problems_, "; "));
    return std::move(compiled_);
  }

 private:
  void Problem(absl::string_view field, absl::string_view what) {
    if (!what.empty()) problems_.push_back(absl::StrCat(field, ": ", what));
  }

  void CompileMode() {
    compiled_.mode = rule_.mode() == v1::AuthRule::MODE_UNSPECIFIED ? v1::AuthRule::MODE_REQUIRED : rule_.mode();
    if (!v1::AuthRule::Mode_IsValid(rule_.mode())) Problem("mode", "is not a value of AuthRule.Mode");
    if (compiled_.mode != v1::AuthRule::MODE_PUBLIC) return;
    const std::string ignored = CredentialFieldsOf(rule_);
    if (!ignored.empty()) Problem("mode", absl::StrCat("MODE_PUBLIC ignores credentials, but the rule sets ", ignored));
  }

  void CompileCredential() {
    CredentialShape& shape = compiled_.shape;
    shape.metadata_key = rule_.metadata_key().empty() ? "authorization" : rule_.metadata_key();
    Problem("metadata_key", CheckMetadataKey(shape.metadata_key));
    Problem("metadata_prefix", CheckScheme(rule_.metadata_prefix()));
    if (rule_.metadata_prefix().empty()) {
      shape.scheme = "bearer";
    } else if (rule_.metadata_prefix() != "-") {
      shape.scheme = absl::AsciiStrToLower(rule_.metadata_prefix());
    }
    shape.base64_wrapped = rule_.base64_wrapped();
    shape.accept_without_kid = rule_.accept_without_kid();
  }

  void CompileAccepted() {
    std::vector<TokenKind>& accept = compiled_.shape.accept;
    for (const std::string& name : rule_.accept()) {
      const absl::StatusOr<TokenKind> kind = ParseTokenKindAllowingLegacy(name);
      if (!kind.ok()) {
        Problem("accept",
                absl::StrCat("\"", name, "\" is not a kind of token; v4.public, v4.local, v3.public and v3.local are, ",
                             "and for what others still send v2.public, v2.local, v1.public and v1.local"));
      } else if (std::find(accept.begin(), accept.end(), *kind) == accept.end()) {
        accept.push_back(*kind);
      }
    }
    if (rule_.accept_size() == 0) accept.push_back(kV4Public);
    if (std::any_of(accept.begin(), accept.end(), IsLegacy)) CheckLegacyAccepted();
  }

  void CheckLegacyAccepted() {
    if (rule_.has_assertion()) {
      Problem("accept", "tokens of versions 2 and 1 cannot be bound to an assertion; leave them or the assertion out");
    }
    if (rule_.type() == kClientType) {
      Problem("accept", "client tokens are tokend's own, which makes none of versions 2 and 1; leave these out");
    }
  }

  void CompileAssertion() {
    if (!rule_.has_assertion()) return;
    AssertionSource& source = compiled_.shape.assertion;
    const v1::AuthRule::Assertion& assertion = rule_.assertion();
    source.raw = assertion.raw();
    switch (assertion.source_case()) {
      case v1::AuthRule::Assertion::kFixed:
        if (assertion.fixed().size() > kMaxFixedAssertionBytes) {
          Problem("assertion.fixed", absl::StrCat("has ", assertion.fixed().size(), " bytes; at most ",
                                                  kMaxFixedAssertionBytes, " are allowed"));
        }
        source.kind = AssertionSource::Kind::kFixed;
        source.value = source.raw ? assertion.fixed() : CallerAssertion(assertion.fixed());
        source.raw = false;  // said by the value
        break;
      case v1::AuthRule::Assertion::kMetadataKey:
        source.kind = AssertionSource::Kind::kMetadata;
        source.value = assertion.metadata_key();
        Problem("assertion.metadata_key", CheckMetadataKey(source.value));
        if (source.value == compiled_.shape.metadata_key) {
          Problem("assertion.metadata_key", "is the key of the credential itself; name another key");
        }
        break;
      case v1::AuthRule::Assertion::kAuthority:
        source.kind = AssertionSource::Kind::kAuthority;
        if (!assertion.authority()) Problem("assertion.authority", "false means nothing; leave the assertion out");
        break;
      case v1::AuthRule::Assertion::kCertificate:
        source.kind = AssertionSource::Kind::kCertificate;
        if (!assertion.certificate()) Problem("assertion.certificate", "false means nothing; leave the assertion out");
        break;
      case v1::AuthRule::Assertion::SOURCE_NOT_SET:
        Problem("assertion", "names no source; set fixed, metadata_key, authority or certificate, or leave it out");
        break;
    }
  }

  void CompileClaims() {
    const std::string type = rule_.type().empty() ? std::string(kAccessType) : rule_.type();
    if (type == kRefreshType) {
      Problem("type", "\"refresh\" is never accepted as a bearer credential; refresh tokens go to tokend only");
    }
    if (type.size() > kMaxTypeLength) {
      Problem("type", absl::StrCat("has ", type.size(), " characters; at most ", kMaxTypeLength, " are allowed"));
    }
    compiled_.validator.ExpectType(type);
    compiled_.for_clients = type == kClientType;
    if (compiled_.for_clients) {
      compiled_.shape.uses = {KeyUse::kClient};
    } else {
      compiled_.shape.uses = {KeyUse::kAccess, KeyUse::kForeign};
    }
    for (const std::string& audience : OrDefault("audiences", rule_.audiences(), defaults_.audience)) {
      compiled_.validator.ExpectAudience(audience);
    }
    for (const std::string& issuer : OrDefault("issuers", rule_.issuers(), defaults_.issuer)) {
      compiled_.validator.ExpectIssuer(issuer);
    }
  }

  std::vector<std::string> OrDefault(absl::string_view field,
                                     const google::protobuf::RepeatedPtrField<std::string>& names,
                                     const std::string& otherwise) {
    if (names.empty()) return {otherwise};
    if (std::find(names.begin(), names.end(), "") != names.end()) Problem(field, "holds an empty text");
    return {names.begin(), names.end()};
  }

  void CompileStrength() {
    Validator& validator = compiled_.validator;
    compiled_.clock_skew = defaults_.clock_skew;
    validator.AllowClockSkew(defaults_.clock_skew);
    validator.LimitTokenAge(defaults_.max_token_age);
    if (rule_.has_max_auth_age()) {
      const absl::Duration age = ToDuration(rule_.max_auth_age());
      if (age <= absl::ZeroDuration()) Problem("max_auth_age", "must be a positive duration");
      validator.LimitAuthenticationAge(age);
    }
    for (const std::string& scope : rule_.any_scopes()) Problem("any_scopes", CheckScope(scope));
    for (const std::string& scope : rule_.all_scopes()) Problem("all_scopes", CheckScope(scope));
    if (rule_.any_scopes_size() > 0) validator.RequireAnyScope({rule_.any_scopes().begin(), rule_.any_scopes().end()});
    if (rule_.all_scopes_size() > 0) validator.RequireAllScopes({rule_.all_scopes().begin(), rule_.all_scopes().end()});
  }

  void CompileCertificateBinding() {
    if (!v1::AuthRule::CertificateBinding_IsValid(rule_.certificate_binding())) {
      Problem("certificate_binding", "is not a value of AuthRule.CertificateBinding");
    }
    if (rule_.certificate_binding() == v1::AuthRule::CERTIFICATE_BINDING_UNSPECIFIED) return;
    compiled_.certificate_binding = rule_.certificate_binding();
  }

  void CompileStaleAction() {
    compiled_.allow_stale_trust = rule_.stale_action() == v1::AuthRule::STALE_ACTION_ALLOW;
    if (!v1::AuthRule::StaleAction_IsValid(rule_.stale_action())) {
      Problem("stale_action", "is not a value of AuthRule.StaleAction");
    }
  }

  void CompileStream() {
    if (!rule_.has_stream()) return;
    if (kind_ == MethodKind::kUnary) Problem("stream", "the method is unary; a stream rule is for streaming methods");
    if (rule_.stream().has_grace()) {
      compiled_.stream_grace = ToDuration(rule_.stream().grace());
      if (compiled_.stream_grace < absl::ZeroDuration() || compiled_.stream_grace > kMaxStreamGrace) {
        Problem("stream.grace", "must lie between 0 and 1 hour");
      }
    }
    if (rule_.stream().has_max_lifetime()) {
      compiled_.stream_lifetime = ToDuration(rule_.stream().max_lifetime());
      if (compiled_.stream_lifetime <= absl::ZeroDuration()) {
        Problem("stream.max_lifetime", "must be a positive duration");
      }
    }
  }

  void CompileMetadata() {
    compiled_.strip_credential = rule_.strip_credential();
    if (rule_.forward_claims_size() > kMaxForwardedClaims) {
      Problem("forward_claims", absl::StrCat("names ", rule_.forward_claims_size(), " claims; at most ",
                                             kMaxForwardedClaims, " are allowed"));
    }
    for (const auto& [key, claim] : rule_.forward_claims()) {
      Problem(absl::StrCat("forward_claims[", key, "]"), CheckForwardedClaim(key, claim, compiled_.shape));
      compiled_.forwarded_claims.push_back({key, claim});
    }
  }

  static std::string CheckForwardedClaim(const std::string& key, const std::string& claim,
                                         const CredentialShape& shape) {
    if (std::string problem = CheckMetadataKey(key); !problem.empty()) return problem;
    const bool is_assertion = shape.assertion.kind == AssertionSource::Kind::kMetadata && shape.assertion.value == key;
    if (key == shape.metadata_key || is_assertion) return "is a key that the caller sends something in; name another";
    return CheckClaimToForward(claim);
  }

  const v1::AuthRule& rule_;
  const MethodKind kind_;
  const RuleDefaults& defaults_;
  CompiledRule compiled_;
  std::vector<std::string> problems_;
};

}  // namespace

absl::StatusOr<CompiledRule> CompileRule(const v1::AuthRule& rule, MethodKind kind, const RuleDefaults& defaults) {
  return RuleCompiler(rule, kind, defaults).Compile();
}

}  // namespace paseto::interceptor
