// A program that uses core and nothing else: the smallest one that signs and verifies a token.
#include <cstdio>

#include "grpc_paseto/core/token/signer.h"
#include "grpc_paseto/core/token/verifier.h"

int main() {
  using namespace paseto;
  const auto keys = KeySet::Create({Key(V4SecretKey::Generate(), {})});
  TokenSpec spec;
  spec.claims.expires_at = absl::UnixEpoch();
  const absl::StatusOr<std::string> text = SignToken(**keys, spec);
  const KeyUse uses[] = {KeyUse::kAccess};
  VerifyOptions options;
  options.accept = absl::MakeConstSpan(&kV4Public, 1);
  options.uses = uses;
  const bool verified = text.ok() && VerifyToken(**keys, *text, options).ok();
  std::puts(verified ? "verified" : "not verified");
  return verified ? 0 : 1;
}
