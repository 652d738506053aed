#include "grpc_paseto/interceptor/policy/rule_fields.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace paseto::interceptor {
namespace {

constexpr size_t kMaxSchemeLength = 32;
constexpr absl::string_view kSchemePunctuation = "!#$&'*+-.^_`|~";
// Protobuf's own bound on a duration: about 10,000 years.
constexpr int64_t kMaxDurationSeconds = 315'576'000'000;

bool IsMetadataKeyCharacter(char c) {
  return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '_' || c == '-' || c == '.';
}

bool IsSchemeCharacter(char c) {
  return absl::ascii_isalnum(c) || absl::StrContains(kSchemePunctuation, absl::string_view(&c, 1));
}

bool IsReservedKey(absl::string_view key) {
  static constexpr absl::string_view kReserved[] = {"te", "host", "content-type", "user-agent", "connection"};
  return absl::StartsWith(key, "grpc-") ||
         std::find(std::begin(kReserved), std::end(kReserved), key) != std::end(kReserved);
}

}  // namespace

std::string CheckMetadataKey(absl::string_view key) {
  if (key.empty() || !std::all_of(key.begin(), key.end(), IsMetadataKeyCharacter)) {
    return "a metadata key consists of lower-case letters, digits, '_', '-' and '.'";
  }
  if (absl::EndsWith(key, "-bin")) return "a key that ends in \"-bin\" holds bytes; name one that holds text";
  if (IsReservedKey(key)) return absl::StrCat("\"", key, "\" belongs to gRPC itself; name another key");
  return "";
}

std::string CheckScheme(absl::string_view scheme) {
  if (scheme.size() > kMaxSchemeLength || !std::all_of(scheme.begin(), scheme.end(), IsSchemeCharacter)) {
    return absl::StrCat("a scheme is one word of at most ", kMaxSchemeLength,
                        " characters, such as \"Bearer\"; \"-\" means none");
  }
  return "";
}

std::string CheckScope(absl::string_view scope) {
  const auto is_scope_character = [](char c) { return c > ' ' && c < 0x7f && c != '"' && c != '\\'; };
  if (scope.empty() || !std::all_of(scope.begin(), scope.end(), is_scope_character)) {
    return "a scope is printable ASCII without space, '\"' and '\\' (RFC 6749 section 3.3)";
  }
  return "";
}

absl::Duration ToDuration(const google::protobuf::Duration& duration) {
  const bool in_range = duration.seconds() >= -kMaxDurationSeconds && duration.seconds() <= kMaxDurationSeconds &&
                        duration.nanos() > -1'000'000'000 && duration.nanos() < 1'000'000'000;
  const bool signs_agree =
      duration.seconds() == 0 || duration.nanos() == 0 || (duration.seconds() < 0) == (duration.nanos() < 0);
  if (!in_range || !signs_agree) return -absl::InfiniteDuration();
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

std::string CredentialFieldsOf(const v1::AuthRule& rule) {
  std::vector<absl::string_view> names;
  if (rule.accept_size() > 0) names.push_back("accept");
  if (!rule.type().empty()) names.push_back("type");
  if (rule.fresh()) names.push_back("fresh");
  if (rule.has_max_auth_age()) names.push_back("max_auth_age");
  if (rule.any_scopes_size() > 0) names.push_back("any_scopes");
  if (rule.all_scopes_size() > 0) names.push_back("all_scopes");
  if (rule.audiences_size() > 0) names.push_back("audiences");
  if (rule.issuers_size() > 0) names.push_back("issuers");
  if (!rule.metadata_key().empty()) names.push_back("metadata_key");
  if (!rule.metadata_prefix().empty()) names.push_back("metadata_prefix");
  if (rule.base64_wrapped()) names.push_back("base64_wrapped");
  if (rule.has_assertion()) names.push_back("assertion");
  if (rule.stale_action() != v1::AuthRule::STALE_ACTION_UNSPECIFIED) names.push_back("stale_action");
  if (rule.stream().has_grace()) names.push_back("stream.grace");
  if (rule.accept_without_kid()) names.push_back("accept_without_kid");
  if (rule.certificate_binding() != v1::AuthRule::CERTIFICATE_BINDING_UNSPECIFIED) {
    names.push_back("certificate_binding");
  }
  if (rule.strip_credential()) names.push_back("strip_credential");
  if (rule.forward_claims_size() > 0) names.push_back("forward_claims");
  return absl::StrJoin(names, ", ");
}

}  // namespace paseto::interceptor
