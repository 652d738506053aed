// tokend: issues, refreshes, revokes and introspects PASETO tokens, and feeds verifiers.
#include <algorithm>
#include <cstring>
#include <iostream>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/synchronization/mutex.h"
#include "grpc_paseto/service/server/run.h"

ABSL_FLAG(std::string, config, "", "Configuration file (deploy/tokend.full.yaml shows every option)");
ABSL_FLAG(bool, check_config, false, "Check the file of --config, report every problem, and exit");
ABSL_FLAG(bool, dev, false, "First try: loopback only, makes its own keys and client token in the folder of --data");
ABSL_FLAG(std::string, data, "./tokend-dev", "With --dev: the data folder, made with mode 0700");
ABSL_FLAG(std::string, listen, "", "With --dev: address in the place of 127.0.0.1:7443; port 0 takes a free port");
ABSL_FLAG(bool, allow_plaintext, false, "Allow a listener without TLS beyond loopback and Unix sockets");
ABSL_FLAG(bool, accept_rollback, false,
          "Once: start with a store that has gone back in time, in a new epoch; every session ends, and the keys that "
          "tokend signs with are replaced");
ABSL_FLAG(std::string, log_level, "", "debug, info, warn or error; over log.level of the configuration");
ABSL_FLAG(std::string, port_file, "", "Write the bound ports to this file, one a line, once tokend serves");

namespace {

// Abseil's flags have underscores; people write --check-config. "--name-of-flag=value" becomes "--name_of_flag=value".
void AcceptDashesInNames(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    if (std::strncmp(argv[i], "--", 2) != 0) continue;
    char* const name = argv[i] + 2;
    std::replace(name, name + std::strcspn(name, "="), '-', '_');
  }
}

}  // namespace

int main(int argc, char** argv) {
  // Debian builds Abseil with assertions: every lock of gRPC and ours would enter one process-wide graph of locks.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  absl::SetProgramUsageMessage("tokend --dev | tokend --config FILE [--check-config]");
  AcceptDashesInNames(argc, argv);
  const std::vector<char*> rest = absl::ParseCommandLine(argc, argv);
  if (rest.size() > 1) {
    std::cerr << "tokend: takes no arguments, only flags; see tokend --help\n";
    return paseto::service::kUsageError;
  }
  paseto::service::RunOptions options;
  options.config_file = absl::GetFlag(FLAGS_config);
  options.check_only = absl::GetFlag(FLAGS_check_config);
  options.dev = absl::GetFlag(FLAGS_dev);
  options.dev_folder = absl::GetFlag(FLAGS_data);
  options.dev_listen = absl::GetFlag(FLAGS_listen);
  options.allow_plaintext = absl::GetFlag(FLAGS_allow_plaintext);
  options.accept_rollback = absl::GetFlag(FLAGS_accept_rollback);
  options.log_level = absl::GetFlag(FLAGS_log_level);
  options.port_file = absl::GetFlag(FLAGS_port_file);
  return paseto::service::Run(options);
}
