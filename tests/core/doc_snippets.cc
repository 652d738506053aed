// What docs/core.md shows, compiled and run by doc_snippets_test.cc.

#include "grpc_paseto/tests/core/doc_snippets.h"

#include <utility>

#include "grpc_paseto/core/paseto/paserk_password.h"
#include "grpc_paseto/core/paseto/v4_local.h"
#include "grpc_paseto/core/token/token_builder.h"
#include "grpc_paseto/core/token/validator.h"
#include "grpc_paseto/core/token/verifier.h"

namespace paseto {

absl::StatusOr<std::string> Sign(const KeySet& keys, absl::Time now) {
  return TokenBuilder(now)  // v4.public under the active access key, good for ten minutes
      .Issuer("https://id.shop")
      .Audience("shop")
      .Subject("alice")
      .Type("access")
      .Scope("orders:read")
      .Sign(keys);
}

absl::StatusOr<std::string> Verify(const KeySet& keys, absl::string_view text, absl::Time now) {
  const TokenKind accept[] = {kV4Public};
  const KeyUse uses[] = {KeyUse::kAccess};
  VerifyOptions options;
  options.accept = accept;
  options.uses = uses;
  const auto token = VerifyToken(keys, text, options);  // is it genuine?
  if (!token.ok()) return token.status();
  const Validator rule = Validator().ExpectIssuer("https://id.shop").ExpectAudience("shop").ExpectType("access");
  const absl::Status status = rule.Validate((*token)->claims(), now);  // is it good here and now?
  if (!status.ok()) return status;
  return (*token)->claims().subject;
}

std::string Seal(const V4LocalKey& key, absl::string_view message) {
  return V4LocalSeal(key, message, /*footer=*/"", /*implicit_assertion=*/"orders");
}

absl::StatusOr<std::string> Open(const V4LocalKey& key, absl::string_view text) {
  const absl::StatusOr<UntrustedToken> token = UntrustedToken::Parse(text);
  if (!token.ok()) return token.status();
  return V4LocalOpen(key, *token, /*implicit_assertion=*/"orders");
}

absl::StatusOr<std::shared_ptr<const KeySet>> MakeKeys() {
  std::vector<Key> keys;
  keys.emplace_back(V4SecretKey::Generate(), KeyAttributes{KeyUse::kAccess, KeyState::kActive, {}});
  keys.emplace_back(V4LocalKey::Generate(), KeyAttributes{KeyUse::kRefresh, KeyState::kActive, {}});
  return KeySet::Create(std::move(keys));
}

absl::StatusOr<V4SecretKey> KeepUnderPassword(const V4SecretKey& key, absl::string_view password) {
  const absl::StatusOr<std::string> text = PaserkPasswordWrap(key, password);  // k4.secret-pw.
  if (!text.ok()) return text.status();
  return PaserkPasswordUnwrap<V4SecretKey>(*text, password);
}

}  // namespace paseto
