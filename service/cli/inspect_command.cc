#include "grpc_paseto/service/cli/inspect_command.h"

#include <simdjson.h>

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/paseto/untrusted_token.h"
#include "grpc_paseto/core/token/assertion.h"
#include "grpc_paseto/core/token/key_set.h"
#include "grpc_paseto/core/token/strict_json.h"
#include "grpc_paseto/core/token/token_wrap.h"
#include "grpc_paseto/core/token/verifier.h"
#include "grpc_paseto/service/cli/secret_file.h"
#include "grpc_paseto/service/lifecycle/refresh_token.h"

namespace paseto::service {
namespace {

constexpr size_t kV4SignatureBytes = 64;
constexpr size_t kV3SignatureBytes = 96;
constexpr KeyUse kAllUses[] = {KeyUse::kAccess, KeyUse::kRefresh, KeyUse::kClient, KeyUse::kForeign};

Failure Refused(absl::string_view message, std::string next_step = "") {
  return Failure{ExitCode::kRefused, "", std::string(message), std::move(next_step)};
}

// Bytes from a token as what they are: a JSON object, text, or neither.
void AddContent(absl::string_view name, absl::string_view bytes, Report& report) {
  if (bytes.empty()) return;
  const absl::StatusOr<StrictJson> json =
      StrictJson::Parse(bytes, {kMaxPayloadBytes, kMaxPayloadDepth, kMaxPayloadKeys});
  if (json.ok()) {
    report.AddJson(name, bytes);
  } else if (simdjson::validate_utf8(bytes.data(), bytes.size())) {
    report.Add(absl::StrCat(name, "_text"), bytes);
  } else {
    report.Add(absl::StrCat(name, "_hex"), absl::BytesToHexString(bytes));
  }
}

Report DescribeUnverified(const UntrustedToken& token) {
  Report report;
  report.Add("verified", false);
  report.Add("kind", TokenKindName(token.untrusted_kind()));
  AddContent("footer", token.untrusted_footer(), report);
  const absl::string_view body = token.untrusted_body();
  if (token.untrusted_kind().purpose == Purpose::kPublic) {
    const size_t signature = token.untrusted_kind().version == Version::kV4 ? kV4SignatureBytes : kV3SignatureBytes;
    if (body.size() > signature) AddContent("claims", body.substr(0, body.size() - signature), report);
  } else {
    report.Add("encrypted_bytes", static_cast<int64_t>(body.size()));
  }
  report.Note("NOT VERIFIED: anyone can write such a token. --keys FILE verifies it with a key file.");
  return report;
}

// Refresh tokens are bound to their client and have an assertion of their own, which their footer lets us make again.
absl::StatusOr<std::shared_ptr<const VerifiedToken>> Verify(const KeySet& keys, absl::string_view text, TokenKind kind,
                                                            absl::string_view assertion) {
  if (kind == kV4Local) {
    if (auto refresh = OpenRefreshToken(keys, text); refresh.ok()) return refresh->token;
  }
  const std::string signed_assertion = CallerAssertion(assertion);
  VerifyOptions options;
  options.accept = absl::MakeConstSpan(&kind, 1);
  options.uses = kAllUses;
  options.implicit_assertion = signed_assertion;
  options.accept_without_kid = true;
  return VerifyToken(keys, text, options);
}

Outcome DescribeVerified(const VerifiedToken& token, absl::Time now) {
  Claims claims = token.claims();
  claims.tag.clear();  // a secret of the session's, of no use to a reader
  const absl::StatusOr<std::string> json = EncodeClaims(claims);
  if (!json.ok()) return Refused(json.status().message());
  Report report;
  report.Add("verified", true);
  report.Add("kind", TokenKindName(token.kind()));
  report.Add("key_id", token.key_id().text());
  report.Add("key_use", KeyUseName(token.key_use()));
  report.Add("expired", claims.expires_at.has_value() && *claims.expires_at < now);
  report.Add("not_yet_valid", claims.not_before.has_value() && *claims.not_before > now);
  AddContent("footer", token.footer(), report);
  report.AddJson("claims", *json);
  report.Note("Whether it was revoked is not in the token: tokenctl introspect asks the server.");
  return report;
}

Outcome InspectWithKeys(const InspectOptions& options, absl::string_view text, TokenKind kind, absl::Time now) {
  absl::StatusOr<std::vector<Key>> keys = ReadKeyFile(options.keys_file);
  if (!keys.ok()) return UsageFailure(keys.status());
  const auto set = KeySet::Create(*std::move(keys));
  if (!set.ok()) return UsageFailure(set.status());
  const auto verified = Verify(**set, text, kind, options.assertion);
  if (!verified.ok()) {
    return Refused(absl::StrCat("the token does not verify: ", verified.status().message()),
                   "check that the key file is that of the issuer, and give --assertion if it was issued with one");
  }
  return DescribeVerified(**verified, now);
}

}  // namespace

Outcome Inspect(const InspectOptions& options, const Clock& clock, std::istream& standard_input) {
  absl::StatusOr<std::string> text = ReadToken(options.token, standard_input);
  if (!text.ok()) return UsageFailure(text.status());
  if (options.keys_file.empty() && !options.assertion.empty()) {
    return UsageFailure("--assertion is for verifying; give --keys FILE too");
  }
  if (options.base64_wrapped) {
    absl::optional<std::string> unwrapped = UnwrapToken(*text);
    if (!unwrapped.has_value()) return Refused("the text is not base64 (standard alphabet, padded)");
    text = *std::move(unwrapped);
  }
  const absl::StatusOr<UntrustedToken> token = UntrustedToken::Parse(*text);
  if (!token.ok()) return Refused(token.status().message());
  if (options.keys_file.empty()) return DescribeUnverified(*token);
  return InspectWithKeys(options, *text, token->untrusted_kind(), clock.Now());
}

}  // namespace paseto::service
