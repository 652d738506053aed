#include "grpc_paseto/interceptor/policy/claim_text.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "grpc_paseto/core/token/rfc3339.h"
#include "grpc_paseto/core/token/strict_json.h"

namespace paseto::interceptor {
namespace {

constexpr size_t kMaxNameLength = 64;
constexpr JsonLimits kCustomLimits{kMaxPayloadBytes, kMaxPayloadDepth, kMaxPayloadKeys};

using Text = absl::optional<std::string>;

Text Some(const std::string& text) { return text.empty() ? Text() : Text(text); }
Text Date(const absl::optional<absl::Time>& time) { return time.has_value() ? FormatRfc3339(*time) : absl::nullopt; }

struct Forwardable {
  absl::string_view name;
  Text (*text)(const Claims& claims);
};

constexpr Forwardable kForwardable[] = {
    {"iss", [](const Claims& claims) { return Some(claims.issuer); }},
    {"sub", [](const Claims& claims) { return Some(claims.subject); }},
    {"jti", [](const Claims& claims) { return Some(std::string(claims.token_id.text())); }},
    {"sid", [](const Claims& claims) { return Some(std::string(claims.session_id.text())); }},
    {"client_id", [](const Claims& claims) { return Some(std::string(claims.client_id.text())); }},
    {"type", [](const Claims& claims) { return Some(claims.type); }},
    {"scope", [](const Claims& claims) { return Some(absl::StrJoin(claims.scopes, " ")); }},
    {"exp", [](const Claims& claims) { return Date(claims.expires_at); }},
    {"iat", [](const Claims& claims) { return Date(claims.issued_at); }},
    {"auth_time", [](const Claims& claims) { return Date(claims.auth_time); }},
    {"fresh", [](const Claims& claims) { return Text(claims.fresh.value_or(false) ? "true" : "false"); }},
    {"act", [](const Claims& claims) { return Some(claims.actor_json); }},
};

const Forwardable* Find(absl::string_view claim) {
  const auto found = std::find_if(std::begin(kForwardable), std::end(kForwardable),
                                  [claim](const Forwardable& candidate) { return candidate.name == claim; });
  return found == std::end(kForwardable) ? nullptr : found;
}

Text CustomText(const std::string& custom_json, absl::string_view claim) {
  if (custom_json.empty()) return absl::nullopt;
  const absl::StatusOr<StrictJson> object = StrictJson::Parse(custom_json, kCustomLimits);
  const JsonMember* const member = object.ok() ? object->Find(claim) : nullptr;
  if (member == nullptr) return absl::nullopt;
  if (const absl::optional<absl::string_view> text = AsString(member->value)) return std::string(*text);
  return std::string(member->raw_value);
}

// Metadata is printable ASCII, and a reader must be able to tell what stood there.
std::string PercentEncoded(absl::string_view text) {
  std::string encoded;
  for (const char c : text) {
    if (absl::ascii_isprint(static_cast<unsigned char>(c)) && c != '%') {
      encoded += c;
    } else {
      absl::StrAppend(&encoded, "%", absl::AsciiStrToUpper(absl::BytesToHexString(absl::string_view(&c, 1))));
    }
  }
  return encoded;
}

}  // namespace

std::string CheckClaimToForward(absl::string_view claim) {
  if (claim.empty() || claim.size() > kMaxNameLength) {
    return absl::StrCat("names no claim; a name has 1 to ", kMaxNameLength, " characters");
  }
  if (!IsReservedClaim(claim) || Find(claim) != nullptr) return "";
  std::vector<absl::string_view> names;
  for (const Forwardable& candidate : kForwardable) names.push_back(candidate.name);
  return absl::StrCat("this claim is not forwarded; custom claims are, and ", absl::StrJoin(names, ", "));
}

absl::optional<std::string> ClaimText(const Claims& claims, absl::string_view claim) {
  const Forwardable* const known = Find(claim);
  const Text text = known != nullptr ? known->text(claims) : CustomText(claims.custom_json, claim);
  return text.has_value() ? Text(PercentEncoded(*text)) : absl::nullopt;
}

}  // namespace paseto::interceptor
