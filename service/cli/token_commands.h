// tokenctl issue and refresh: calls of TokenService that give tokens.
#ifndef GRPC_PASETO_SERVICE_CLI_TOKEN_COMMANDS_H_
#define GRPC_PASETO_SERVICE_CLI_TOKEN_COMMANDS_H_

#include <istream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "grpc_paseto/service/cli/outcome.h"
#include "grpc_paseto/service/cli/server_call.h"
#include "grpc_paseto/service/cli/token_input.h"
#include "paseto/v1/token_service.pb.h"

namespace paseto::service {

// As in paseto.v1.IssueRequest; empty means the server's default.
struct IssueOptions {
  CallOptions server;
  std::string subject;
  std::string type;
  std::vector<std::string> audiences;
  std::vector<std::string> scopes;
  std::string lifetime;
  bool fresh = false;
  std::string claims_json;
  std::string footer_json;
  std::string footer_text;
  std::string assertion;
  std::string kind;
  bool base64_wrapped = false;
  bool with_refresh_token = false;
  std::string session_lifetime;
  std::string request_id;
  bool single_use = false;
  std::string session_id;
};

// The request that `options` describe. Errors: INVALID_ARGUMENT for a duration, or two footers. The server checks the
// rest.
absl::StatusOr<v1::IssueRequest> MakeIssueRequest(const IssueOptions& options);

Report DescribeIssued(const v1::IssueResponse& response);
Outcome Issue(const IssueOptions& options);

struct RefreshOptions {
  CallOptions server;
  TokenInput refresh_token;
  std::vector<std::string> scopes;
};

Report DescribeRefreshed(const v1::RefreshResponse& response);
Outcome Refresh(const RefreshOptions& options, std::istream& standard_input);

struct ConsumeOptions {
  CallOptions server;
  TokenInput token;
  std::string type;
  std::string assertion;
  std::string request_id;
};

Outcome Consume(const ConsumeOptions& options, std::istream& standard_input);

struct ExchangeOptions {
  CallOptions server;
  TokenInput token;
  std::vector<std::string> audiences;
  std::vector<std::string> scopes;
};

Outcome Exchange(const ExchangeOptions& options, std::istream& standard_input);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_CLI_TOKEN_COMMANDS_H_
