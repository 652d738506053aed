// tokenctl client: client tokens, made from the key file without a server.
#ifndef GRPC_PASETO_SERVICE_CLI_CLIENT_COMMANDS_H_
#define GRPC_PASETO_SERVICE_CLI_CLIENT_COMMANDS_H_

#include <string>

#include "grpc_paseto/core/token/clock.h"
#include "grpc_paseto/service/cli/outcome.h"

namespace paseto::service {

struct AddClientOptions {
  std::string keys_file;         // tokend's key file, with an active key of the use client
  std::string issuer;            // as in tokend's configuration
  std::string id;                // a client id of tokend's configuration
  std::string lifetime = "90d";  // 1m to 400d
  std::string out;               // a new file for the token, mode 0600; empty: the token is the output
};

// Mints the token by which the client proves who it is to tokend. What it may do stands in tokend's configuration.
Outcome AddClient(const AddClientOptions& options, const Clock& clock);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_CLI_CLIENT_COMMANDS_H_
