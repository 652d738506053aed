// Principal: who calls. A cheap value; copies share the verified token.
#ifndef GRPC_PASETO_INTERCEPTOR_POLICY_PRINCIPAL_H_
#define GRPC_PASETO_INTERCEPTOR_POLICY_PRINCIPAL_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "grpc_paseto/core/token/verifier.h"

namespace paseto::interceptor {

class Principal {
 public:
  Principal();  // anonymous
  explicit Principal(std::shared_ptr<const VerifiedToken> token) : token_(std::move(token)) {}

  // True for a call without a credential where the rule allows that. Then every claim is empty.
  bool anonymous() const { return token_ == nullptr; }

  const Claims& claims() const;  // of the verified token; empty claims when anonymous
  const std::string& issuer() const { return claims().issuer; }
  const std::string& subject() const { return claims().subject; }
  const TokenId& token_id() const { return claims().token_id; }
  const SessionId& session_id() const { return claims().session_id; }
  const ClientId& client_id() const { return claims().client_id; }
  const std::string& type() const { return claims().type; }
  bool fresh() const { return claims().fresh.value_or(false); }
  const std::vector<std::string>& scopes() const { return claims().scopes; }
  bool HasScope(absl::string_view scope) const { return claims().HasScope(scope); }
  // Of the token; nullopt for one that does not expire, and when anonymous.
  absl::optional<absl::Time> expires_at() const { return claims().expires_at; }
  // Every claim that has no name of its own in Claims, as the text of one JSON object; empty when there is none.
  const std::string& custom_claims_json() const { return claims().custom_json; }
  // The bytes of the footer as they came; empty when there is none, and when anonymous.
  const std::string& footer() const;
  // The PASERK id of the key that made the token; empty when anonymous.
  const KeyId& key_id() const;
  // The token itself; null when anonymous.
  const std::shared_ptr<const VerifiedToken>& token() const { return token_; }

 private:
  std::shared_ptr<const VerifiedToken> token_;
};

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_POLICY_PRINCIPAL_H_
