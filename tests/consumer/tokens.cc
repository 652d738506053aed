// tokens: signs a token and verifies it with the component core alone. Exit code 0 when all came out as it must.
#include <iostream>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "grpc_paseto/core/token/key_set.h"
#include "grpc_paseto/core/token/signer.h"
#include "grpc_paseto/core/token/validator.h"
#include "grpc_paseto/core/token/verifier.h"

namespace {

absl::Status CheckToken(const paseto::KeySet& keys, const std::string& text, absl::Time now) {
  const paseto::TokenKind accept[] = {paseto::kV4Public};
  const paseto::KeyUse uses[] = {paseto::KeyUse::kAccess};
  paseto::VerifyOptions options;
  options.accept = accept;
  options.uses = uses;
  const auto token = paseto::VerifyToken(keys, text, options);
  if (!token.ok()) return token.status();
  return paseto::Validator()
      .ExpectIssuer("https://id.example")
      .ExpectAudience("greeter")
      .ExpectType("access")
      .Validate((*token)->claims(), now);
}

absl::Status Run() {
  const auto keys = paseto::KeySet::Create({paseto::Key(paseto::V4SecretKey::Generate(), {})});
  if (!keys.ok()) return keys.status();
  const absl::Time now = absl::Now();
  paseto::TokenSpec spec;
  spec.claims.issuer = "https://id.example";
  spec.claims.subject = "alice";
  spec.claims.audiences = {"greeter"};
  spec.claims.type = "access";
  spec.claims.expires_at = now + absl::Minutes(10);
  const auto text = paseto::SignToken(**keys, spec);
  if (!text.ok()) return text.status();
  if (absl::Status good = CheckToken(**keys, *text, now); !good.ok()) return good;
  if (CheckToken(**keys, *text, now + absl::Hours(1)).ok()) return absl::InternalError("an expired token passed");
  std::string changed = *text;
  char& last_of_payload = changed[changed.rfind('.') - 1];
  last_of_payload = last_of_payload == 'A' ? 'Q' : 'A';
  if (CheckToken(**keys, changed, now).ok()) return absl::InternalError("a changed token passed");
  return absl::OkStatus();
}

}  // namespace

int main() {
  const absl::Status status = Run();
  if (!status.ok()) std::cerr << "tokens: " << status.message() << "\n";
  return status.ok() ? 0 : 1;
}
