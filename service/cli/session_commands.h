// tokenctl sessions: what TokenService lists.
#ifndef GRPC_PASETO_SERVICE_CLI_SESSION_COMMANDS_H_
#define GRPC_PASETO_SERVICE_CLI_SESSION_COMMANDS_H_

#include <string>
#include <vector>

#include "grpc_paseto/service/cli/outcome.h"
#include "grpc_paseto/service/cli/server_call.h"
#include "paseto/v1/token_service.pb.h"

namespace paseto::service {

struct SessionsOptions {
  CallOptions server;
  std::string subject;
  int limit = 100;
};

Report DescribeSessions(const std::vector<v1::SessionDescription>& sessions, bool more);
// Reads page after page until there are enough.
Outcome ListSessions(const SessionsOptions& options);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_CLI_SESSION_COMMANDS_H_
