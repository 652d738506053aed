// What the tests of core/token share: matchers for refusals and short ways to keys and claims.
#ifndef GRPC_PASETO_TESTS_CORE_TOKEN_TOKEN_TEST_SUPPORT_H_
#define GRPC_PASETO_TESTS_CORE_TOKEN_TOKEN_TEST_SUPPORT_H_

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "grpc_paseto/core/token/key_set.h"
#include "grpc_paseto/core/token/signer.h"
#include "grpc_paseto/core/token/token_error.h"
#include "grpc_paseto/core/token/verifier.h"
#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto {

// Matches a Status or StatusOr that carries `error`.
MATCHER_P(IsRefused, error, "") {
  const absl::Status& status = status_matchers_internal::StatusOf(arg);
  *result_listener << "whose status is " << status;
  return GetTokenError(status) == error;
}

inline constexpr int64_t kNowSeconds = 1704067200;  // 2024-01-01T00:00:00Z
inline absl::Time TestNow() { return absl::FromUnixSeconds(kNowSeconds); }

inline Key PublicKeyFor(KeyUse use, KeyState state = KeyState::kActive) {
  return Key(V4SecretKey::Generate(), KeyAttributes{use, state, {}});
}
inline Key LocalKeyFor(KeyUse use, KeyState state = KeyState::kActive) {
  return Key(V4LocalKey::Generate(), KeyAttributes{use, state, {}});
}
inline std::shared_ptr<const KeySet> KeysOf(std::vector<Key> keys) { return KeySet::Create(std::move(keys)).value(); }

// An access token's claims that a default rule accepts at TestNow().
inline Claims AccessClaims() {
  Claims claims;
  claims.issuer = "https://id.shop";
  claims.subject = "alice";
  claims.audiences = {"shop"};
  claims.expires_at = TestNow() + absl::Minutes(10);
  claims.issued_at = TestNow();
  claims.token_id = TokenId("11111111-1111-4111-8111-111111111111");
  claims.type = "access";
  return claims;
}

inline std::string TypeFor(KeyUse use) {
  return std::string(use == KeyUse::kRefresh ? kRefreshType : use == KeyUse::kClient ? kClientType : kAccessType);
}

inline TokenSpec SpecFor(TokenKind kind, KeyUse use) {
  TokenSpec spec;
  spec.kind = kind;
  spec.use = use;
  spec.claims = AccessClaims();
  spec.claims.type = TypeFor(use);
  return spec;
}

inline constexpr TokenKind kBothKinds[] = {kV4Public, kV4Local};
inline constexpr KeyUse kAllUses[] = {KeyUse::kAccess, KeyUse::kRefresh, KeyUse::kClient, KeyUse::kForeign};
inline constexpr KeyUse kOnlyAccess[] = {KeyUse::kAccess};

// Accepts everything that can be accepted, so that one option at a time can be narrowed.
inline VerifyOptions AcceptAll() {
  VerifyOptions options;
  options.accept = kBothKinds;
  options.uses = kAllUses;
  return options;
}

// A token over any payload and footer, as other software may make it.
inline std::string RawToken(const Key& key, absl::string_view payload, absl::string_view footer,
                            absl::string_view assertion = "") {
  if (key.v4_local() != nullptr) return V4LocalSeal(*key.v4_local(), payload, footer, assertion);
  return V4PublicSign(*key.v4_secret(), payload, footer, assertion);
}
inline std::string KidFooter(const Key& key) { return "{\"kid\":\"" + key.id().text() + "\"}"; }

}  // namespace paseto

#endif  // GRPC_PASETO_TESTS_CORE_TOKEN_TOKEN_TEST_SUPPORT_H_
