// Principal: who calls. A cheap value; copies share the verified token.
#ifndef GRPC_PASETO_INTERCEPTOR_POLICY_PRINCIPAL_H_
#define GRPC_PASETO_INTERCEPTOR_POLICY_PRINCIPAL_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "grpc_paseto/core/token/verifier.h"

namespace paseto::interceptor {

class Principal {
 public:
  Principal();  // anonymous
  explicit Principal(std::shared_ptr<const VerifiedToken> token) : token_(std::move(token)) {}

  // True for a call without a credential where the rule allows that. Then every claim is empty.
  bool anonymous() const { return token_ == nullptr; }

  const Claims& claims() const;  // of the verified token; empty claims when anonymous
  const std::string& subject() const { return claims().subject; }
  const TokenId& token_id() const { return claims().token_id; }
  const SessionId& session_id() const { return claims().session_id; }
  const ClientId& client_id() const { return claims().client_id; }
  const std::string& type() const { return claims().type; }
  bool fresh() const { return claims().fresh.value_or(false); }
  bool HasScope(absl::string_view scope) const { return claims().HasScope(scope); }
  // The token itself (footer, key id); null when anonymous.
  const std::shared_ptr<const VerifiedToken>& token() const { return token_; }

 private:
  std::shared_ptr<const VerifiedToken> token_;
};

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_POLICY_PRINCIPAL_H_
