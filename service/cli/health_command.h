// tokenctl health: whether tokend serves, for container health checks and scripts.
#ifndef GRPC_PASETO_SERVICE_CLI_HEALTH_COMMAND_H_
#define GRPC_PASETO_SERVICE_CLI_HEALTH_COMMAND_H_

#include "grpc_paseto/service/cli/outcome.h"
#include "grpc_paseto/service/cli/server_call.h"

namespace paseto::service {

// Asks grpc.health.v1.Health/Check, which needs no token. Fails with kRefused when tokend is stopping, and with
// kUnreachable when it does not answer.
Outcome CheckHealth(const CallOptions& options);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_CLI_HEALTH_COMMAND_H_
