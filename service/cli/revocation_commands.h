// tokenctl revoke and introspect: calls of TokenService that end a token or ask about it.
#ifndef GRPC_PASETO_SERVICE_CLI_REVOCATION_COMMANDS_H_
#define GRPC_PASETO_SERVICE_CLI_REVOCATION_COMMANDS_H_

#include <istream>
#include <string>

#include "absl/status/statusor.h"
#include "grpc_paseto/service/cli/outcome.h"
#include "grpc_paseto/service/cli/server_call.h"
#include "grpc_paseto/service/cli/token_input.h"
#include "paseto/v1/token_service.pb.h"

namespace paseto::service {

// Exactly one of token, session_id and subject is given.
struct RevokeOptions {
  ServerOptions server;
  TokenInput token;
  std::string session_id;
  std::string subject;
  bool whole_session = false;  // with token
  std::string assertion;       // with token
};

// The request that `options` describe. Errors: INVALID_ARGUMENT unless there is one target; those of ReadToken.
absl::StatusOr<v1::RevokeRequest> MakeRevokeRequest(const RevokeOptions& options, std::istream& standard_input);
Outcome Revoke(const RevokeOptions& options, std::istream& standard_input);

struct IntrospectOptions {
  ServerOptions server;
  TokenInput token;
  std::string assertion;
};

Report DescribeIntrospected(const v1::IntrospectResponse& response);
// A token that is not active is an answer, not a failure.
Outcome Introspect(const IntrospectOptions& options, std::istream& standard_input);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_CLI_REVOCATION_COMMANDS_H_
