#include "grpc_paseto/interceptor/stream/stream_renewal.h"

#include <algorithm>
#include <tuple>

#include "absl/hash/hash.h"
#include "absl/strings/ascii.h"
#include "grpc_paseto/interceptor/policy/refusal.h"

namespace paseto::interceptor {
namespace {

absl::Status Refused(absl::string_view sentence) { return MakeRefusal(v1::REASON_RENEWAL_REFUSED, sentence); }

absl::Time ExpiryOf(const VerifiedToken& token) { return token.claims().expires_at.value_or(absl::InfiniteFuture()); }

// Issuer, subject and session; the client where a token names neither of the latter two.
std::tuple<absl::string_view, absl::string_view, absl::string_view, absl::string_view> HolderOf(const Claims& claims) {
  absl::string_view client;
  if (claims.subject.empty() && claims.session_id.empty()) client = claims.client_id.text();
  return {claims.issuer, claims.subject, claims.session_id.text(), client};
}

}  // namespace

bool IsStreamId(absl::string_view id) {
  return !id.empty() && id.size() <= kMaxStreamIdLength && std::all_of(id.begin(), id.end(), absl::ascii_isgraph);
}

uint64_t HashStreamName(const StreamAddress& address, const Claims& holder) {
  return absl::HashOf(address.method, address.id, HolderOf(holder));
}

bool SameHolder(const Claims& a, const Claims& b) { return HolderOf(a) == HolderOf(b); }

bool IsSameToken(const VerifiedToken& a, const VerifiedToken& b) {
  return !a.claims().token_id.empty() && a.claims().token_id == b.claims().token_id && a.key_id() == b.key_id() &&
         a.claims().expires_at == b.claims().expires_at && a.claims().scopes == b.claims().scopes;
}

absl::Status CheckRenewal(const VerifiedToken& present, const VerifiedToken& next) {
  const Claims& before = present.claims();
  const Claims& after = next.claims();
  if (before.client_id != after.client_id) return Refused("the new token was issued to another client");
  if (before.certificate_thumbprint_sha256 != after.certificate_thumbprint_sha256) {
    return Refused("the new token is bound to another certificate");
  }
  if (present.key_use() != next.key_use()) return Refused("the new token was made under a key of another use");
  const bool scopes_shrink = std::all_of(after.scopes.begin(), after.scopes.end(),
                                         [&before](const std::string& scope) { return before.HasScope(scope); });
  if (!scopes_shrink) return Refused("the new token has a scope that the stream's present token lacks");
  if (ExpiryOf(next) < ExpiryOf(present)) return Refused("the new token expires before the stream's present token");
  return absl::OkStatus();
}

}  // namespace paseto::interceptor
