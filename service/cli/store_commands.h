// tokenctl backup, restore and doctor: the store of a tokend that is stopped; backup also of one that runs.
#ifndef GRPC_PASETO_SERVICE_CLI_STORE_COMMANDS_H_
#define GRPC_PASETO_SERVICE_CLI_STORE_COMMANDS_H_

#include <string>

#include "grpc_paseto/service/cli/outcome.h"
#include "grpc_paseto/service/cli/server_call.h"

namespace paseto::service {

struct BackUpOptions {
  std::string folder;  // store.sqlite.folder of tokend's configuration
  std::string out;     // a file that is not there yet
  std::string name;    // in the place of both: the file in the backup folder of a tokend that runs
  CallOptions server;
};

// Writes the store to one file. It holds the secrets of sessions: mode 0600.
Outcome BackUp(const BackUpOptions& options);

struct RestoreOptions {
  std::string folder;
  std::string from;  // a file of `backup`
};

// Puts a backup in the place of the store, which is kept beside it.
Outcome Restore(const RestoreOptions& options);

struct DoctorOptions {
  std::string folder;
  std::string progress_file;  // empty: `progress` in the folder
};

// Checks every page of the store, and whether it is the newest.
Outcome Doctor(const DoctorOptions& options);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_CLI_STORE_COMMANDS_H_
