// tokenctl revoke, introspect and subject: calls of TokenService that end a token, ask about it, or block a subject.
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

// Exactly one of token, session_id, subject, client_id, key_id and everything is given.
struct RevokeOptions {
  CallOptions server;
  TokenInput token;
  std::string session_id;
  std::string subject;
  std::string client_id;
  std::string key_id;
  bool everything = false;
  bool whole_session = false;  // with token
  std::string assertion;       // with token
};

// The request that `options` describe. Errors: INVALID_ARGUMENT unless there is one target; those of ReadToken.
absl::StatusOr<v1::RevokeRequest> MakeRevokeRequest(const RevokeOptions& options, std::istream& standard_input);
Outcome Revoke(const RevokeOptions& options, std::istream& standard_input);

struct IntrospectOptions {
  CallOptions server;
  TokenInput token;
  std::string assertion;
};

Report DescribeIntrospected(const v1::IntrospectResponse& response);
// A token that is not active is an answer, not a failure.
Outcome Introspect(const IntrospectOptions& options, std::istream& standard_input);

struct SubjectOptions {
  CallOptions server;
  std::string subject;
};

Outcome DisableSubject(const SubjectOptions& options);
// A subject that was not disabled is an answer, not a failure.
Outcome EnableSubject(const SubjectOptions& options);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_CLI_REVOCATION_COMMANDS_H_
