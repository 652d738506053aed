// Claims. A payload that is accepted can be written again, says the same again, and keeps custom claims byte for byte.
#include "absl/time/time.h"
#include "grpc_paseto/core/paseto/check.h"
#include "grpc_paseto/core/token/claims.h"
#include "grpc_paseto/core/token/token_error.h"
#include "grpc_paseto/tests/fuzz/fuzz_input.h"

namespace paseto {
namespace {

// Dates are written in whole seconds.
absl::optional<absl::Time> WholeSeconds(const absl::optional<absl::Time>& date) {
  if (!date.has_value()) return date;
  return absl::FromUnixSeconds(absl::ToUnixSeconds(*date));
}

bool SaysTheSame(const Claims& a, const Claims& b) {
  return a.issuer == b.issuer && a.subject == b.subject && a.audiences == b.audiences &&
         WholeSeconds(a.expires_at) == b.expires_at && WholeSeconds(a.not_before) == b.not_before &&
         WholeSeconds(a.issued_at) == b.issued_at && a.token_id == b.token_id && a.type == b.type &&
         a.fresh == b.fresh && a.session_id == b.session_id && a.generation == b.generation && a.tag == b.tag &&
         a.revision == b.revision && a.client_id == b.client_id && a.scopes == b.scopes &&
         WholeSeconds(a.auth_time) == b.auth_time && a.actor_json == b.actor_json &&
         a.certificate_thumbprint_sha256 == b.certificate_thumbprint_sha256 && a.custom_json == b.custom_json;
}

void CheckPayload(absl::string_view payload) {
  const absl::StatusOr<Claims> claims = ParseClaims(payload);
  const absl::StatusOr<Claims> foreign = ParseForeignClaims(payload, {"scope"});
  const absl::StatusOr<Claims> lenient = ParseForeignClaims(payload, {"scope"}, /*integer_subject=*/true);
  if (foreign.ok()) PASETO_CHECK(lenient.ok() && lenient->subject == foreign->subject);
  if (!lenient.ok()) PASETO_CHECK(GetTokenError(lenient.status()) == TokenError::kMalformed);
  if (!claims.ok()) {
    PASETO_CHECK(GetTokenError(claims.status()) == TokenError::kMalformed);
    if (!foreign.ok()) PASETO_CHECK(GetTokenError(foreign.status()) == TokenError::kMalformed);
    return;
  }
  PASETO_CHECK(foreign.ok());  // it looks at fewer claims
  PASETO_CHECK(foreign->session_id.empty() && foreign->tag.empty() && foreign->actor_json.empty() &&
               !foreign->revision.has_value() && foreign->scopes == claims->scopes);

  const absl::StatusOr<std::string> written = EncodeClaims(*claims);
  if (!written.ok()) {  // an offset may lead out of the years 1 to 9999, and what was short may be written longer
    PASETO_CHECK(written.status().code() == absl::StatusCode::kInvalidArgument);
    return;
  }
  const absl::StatusOr<Claims> again = ParseClaims(*written);
  PASETO_CHECK(again.ok() && SaysTheSame(*claims, *again));
}

}  // namespace
}  // namespace paseto

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  paseto::CheckPayload(paseto::FuzzText(data, size));
  return 0;
}
