// tokenctl key: the key file of an issuer, without a server.
#ifndef GRPC_PASETO_SERVICE_CLI_KEY_COMMANDS_H_
#define GRPC_PASETO_SERVICE_CLI_KEY_COMMANDS_H_

#include <string>

#include "grpc_paseto/core/token/clock.h"
#include "grpc_paseto/service/cli/outcome.h"
#include "grpc_paseto/service/cli/server_call.h"

namespace paseto::service {

struct GenerateKeyOptions {
  std::string file;
  std::string use;               // access, refresh or client
  std::string kind;              // empty: v4.local for refresh, v4.public for the others
  std::string state = "active";  // announced, active or retired
};

// Adds a new key to the file, which is made when it does not exist. Keys that stand in it stay as they are.
// Fails, and changes nothing, when the file cannot be read as a key file or has an active key of that kind and use.
Outcome GenerateKey(const GenerateKeyOptions& options);

struct ListKeysOptions {
  std::string file;    // empty: ask the server instead
  CallOptions server;  // of ListServerKeys
};

// The keys of the file: id, use, kind, state, and whether the secret half is there. Never key material.
Outcome ListKeys(const ListKeysOptions& options);

struct ExportKeysOptions {
  std::string file;
  std::string issuer;           // empty: a plain key file; otherwise a list signed as this issuer
  std::string lifetime = "7d";  // of the signed list; 1m to 400d
};

// The public keys that verify access tokens, for verifiers that have no trust feed: a key file (core/token/key_file.h),
// or a signed key list (core/token/key_list.h). Fails when there is none.
Outcome ExportKeys(const ExportKeysOptions& options, const Clock& clock);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_CLI_KEY_COMMANDS_H_
