#include "grpc_paseto/core/token/key_list.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/token/key_file.h"
#include "grpc_paseto/core/token/signer.h"
#include "grpc_paseto/core/token/validator.h"
#include "grpc_paseto/core/token/verifier.h"

namespace paseto {

std::vector<Key> PublishedKeys(const KeySet& keys) {
  std::vector<Key> published;
  for (const Key& key : keys.keys()) {
    if (key.attributes().use != KeyUse::kAccess || !key.CanVerify()) continue;
    if (absl::optional<Key> half = key.PublicHalf(); half.has_value()) published.push_back(*std::move(half));
  }
  return published;
}

absl::StatusOr<std::string> SignKeyList(const KeySet& keys, absl::string_view issuer, absl::Time now,
                                        absl::Duration lifetime) {
  const InsecureSecretAccess access = InsecureSecretAccess::Get();  // public keys only: nothing here is secret
  TokenSpec spec;
  spec.claims.issuer = std::string(issuer);
  spec.claims.type = std::string(kKeyListType);
  spec.claims.issued_at = now;
  spec.claims.expires_at = now + lifetime;
  spec.claims.custom_json = std::string(EncodeKeyFile(PublishedKeys(keys), access).ReadText(access));
  return SignToken(keys, spec);
}

absl::StatusOr<std::vector<Key>> ReadKeyList(const KeySet& trusted, absl::string_view text, absl::string_view issuer,
                                             absl::Time now) {
  const TokenKind accept[] = {kV4Public};
  const KeyUse uses[] = {KeyUse::kAccess};
  VerifyOptions options;
  options.accept = accept;
  options.uses = uses;
  const auto token = VerifyToken(trusted, text, options);
  if (!token.ok()) return token.status();
  const Claims& claims = (*token)->claims();
  const Validator rule =
      Validator().ExpectIssuer(std::string(issuer)).IgnoreAudience().ExpectType(std::string(kKeyListType));
  if (absl::Status status = rule.Validate(claims, now); !status.ok()) return status;
  absl::StatusOr<std::vector<Key>> keys = ParseKeyFile(claims.custom_json);
  if (!keys.ok()) return absl::InvalidArgumentError(absl::StrCat("the key list: ", keys.status().message()));
  for (const Key& key : *keys) {
    if (key.attributes().use == KeyUse::kAccess && key.kind().purpose == Purpose::kPublic) continue;
    return absl::InvalidArgumentError("the key list has a key that is not a public access key; its issuer is broken");
  }
  return keys;
}

}  // namespace paseto
