// TokenBuilder: a token that is to be made, said in a sentence.
//
//   TokenBuilder(now).Issuer("https://id.shop").Audience("shop").Subject("alice").Type("access").Sign(keys);
//
// Guarantees: the token is issued at `now` and expires kDefaultTokenLifetime later, unless ExpiresIn or WithoutExpiry
// is called; the last of these calls decides. There is no clock in it. Does not: name every field of TokenSpec. Build
// gives one, for whoever wants to set the others.
//
// Threads: const methods may be called from several threads at once.
#ifndef GRPC_PASETO_CORE_TOKEN_TOKEN_BUILDER_H_
#define GRPC_PASETO_CORE_TOKEN_TOKEN_BUILDER_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpc_paseto/core/token/claims.h"
#include "grpc_paseto/core/token/footer.h"
#include "grpc_paseto/core/token/signer.h"

namespace paseto {

inline constexpr absl::Duration kDefaultTokenLifetime = absl::Minutes(10);

class TokenBuilder {
 public:
  // A v4.public token under the active access key.
  explicit TokenBuilder(absl::Time now) {
    spec_.claims.issued_at = now;
    ExpiresIn(kDefaultTokenLifetime);
  }

  TokenBuilder& Under(TokenKind kind, KeyUse use);  // the active key of this kind and use
  TokenBuilder& Issuer(std::string issuer);
  TokenBuilder& Audience(std::string audience);  // repeated calls: all of them
  TokenBuilder& Subject(std::string subject);
  TokenBuilder& Type(absl::string_view type);
  TokenBuilder& Id(TokenId id);
  TokenBuilder& Scope(std::string scope);  // repeated calls: all of them
  TokenBuilder& ExpiresIn(absl::Duration lifetime);
  TokenBuilder& WithoutExpiry();                 // the token is good for as long as its key; most validators refuse it
  TokenBuilder& CustomClaims(std::string json);  // as Claims::custom_json
  TokenBuilder& WithFooter(Footer footer);
  TokenBuilder& ImplicitAssertion(std::string assertion);

  TokenSpec Build() const { return spec_; }
  // SignToken(keys, Build()), with its errors.
  absl::StatusOr<std::string> Sign(const KeySet& keys) const { return SignToken(keys, spec_); }

 private:
  TokenSpec spec_;
};

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_TOKEN_TOKEN_BUILDER_H_
