// tokenctl key: the keys in the store of a tokend that is stopped, and the key-encryption key that they are wrapped
// under. tokend's own configuration says where both are.
#ifndef GRPC_PASETO_SERVICE_CLI_STORED_KEY_COMMANDS_H_
#define GRPC_PASETO_SERVICE_CLI_STORED_KEY_COMMANDS_H_

#include <string>

#include "grpc_paseto/core/token/clock.h"
#include "grpc_paseto/service/cli/outcome.h"

namespace paseto::service {

struct NewKekOptions {
  std::string out;
  std::string password_file;  // empty: the key is not wrapped
};
// Makes a key-encryption key in a new file of mode 0600.
Outcome NewKek(const NewKekOptions& options);

struct ImportKeysOptions {
  std::string config_file;
  std::string from;
};
// Takes those keys of a key file into the store that it has never seen, as tokend does at its start.
Outcome ImportKeys(const ImportKeysOptions& options, const Clock& clock);

struct ExportSecretsOptions {
  std::string config_file;
  std::string out;
  std::string use;  // empty: every use
};
// Writes keys of the store, secrets included, into a new key file of mode 0600.
Outcome ExportSecrets(const ExportSecretsOptions& options);

struct RewrapOptions {
  std::string config_file;
  std::string new_config_file;
};
// Wraps every key of the store under the key-encryption key of another configuration, in one change: when it was
// interrupted, all keys are under the one or all under the other.
Outcome RewrapKeys(const RewrapOptions& options, const Clock& clock);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_CLI_STORED_KEY_COMMANDS_H_
