#include "grpc_paseto/service/lifecycle/client_token.h"

#include <utility>

#include "grpc_paseto/service/lifecycle/new_ids.h"
#include "grpc_paseto/service/lifecycle/refusals.h"
#include "grpc_paseto/service/lifecycle/timestamps.h"

namespace paseto::service {

absl::StatusOr<MadeToken> MakeClientToken(const KeySet& keys, const std::string& issuer, const ClientId& client,
                                          absl::Duration lifetime, absl::Time now, RandomSource& random) {
  TokenSpec spec;
  spec.use = KeyUse::kClient;
  spec.claims.issuer = issuer;
  spec.claims.audiences = {std::string(kServiceAudience)};
  spec.claims.issued_at = FloorToSecond(now);
  spec.claims.expires_at = FloorToSecond(now + lifetime);
  spec.claims.token_id = NewTokenId(random);
  spec.claims.type = std::string(kClientType);
  spec.claims.client_id = client;
  absl::StatusOr<std::string> text = SignToken(keys, spec);
  if (!text.ok()) return SigningRefusal(text.status());
  return MadeToken{*std::move(text), *spec.claims.expires_at, spec.claims.token_id};
}

absl::Status CheckClientToken(const Claims& claims) {
  if (claims.client_id.empty()) return ClientNotAllowed("the client token names no client");
  if (claims.subject.empty() && claims.session_id.empty()) return absl::OkStatus();
  return ClientNotAllowed("the client token names a subject or a session; make one that names its client alone");
}

}  // namespace paseto::service
