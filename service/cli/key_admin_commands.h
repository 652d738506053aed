// tokenctl key: the keys of a running tokend, through paseto.v1.KeyAdmin. Needs a client token with manage_keys.
#ifndef GRPC_PASETO_SERVICE_CLI_KEY_ADMIN_COMMANDS_H_
#define GRPC_PASETO_SERVICE_CLI_KEY_ADMIN_COMMANDS_H_

#include <string>

#include "grpc_paseto/service/cli/outcome.h"
#include "grpc_paseto/service/cli/server_call.h"

namespace paseto::service {

// Every key with its state, and how many verifiers do not know it yet.
Outcome ListServerKeys(const CallOptions& server);

struct PrepareKeyOptions {
  std::string use;   // access, refresh or client
  std::string kind;  // empty: the default of the use
  CallOptions server;
};
Outcome PrepareKey(const PrepareKeyOptions& options);

struct ChangeKeyOptions {
  std::string key_id;
  CallOptions server;
};
Outcome ActivateKey(const ChangeKeyOptions& options);
Outcome RetireKey(const ChangeKeyOptions& options);
Outcome RevokeKey(const ChangeKeyOptions& options);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_CLI_KEY_ADMIN_COMMANDS_H_
