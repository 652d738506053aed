// tokenctl audit: the audit files of a tokend that is stopped.
#ifndef GRPC_PASETO_SERVICE_CLI_AUDIT_COMMANDS_H_
#define GRPC_PASETO_SERVICE_CLI_AUDIT_COMMANDS_H_

#include <string>
#include <vector>

#include "grpc_paseto/service/cli/outcome.h"

namespace paseto::service {

struct VerifyAuditOptions {
  std::vector<std::string> files;  // older ones first
  std::string folder;              // store.sqlite.folder of tokend's configuration
  std::string key_file;            // audit.key_file there
  bool older_files_gone = false;   // the first event is not in the files any more
};

// Checks every line, and that the chain ends where the store says. Exit code 1 for what somebody has changed.
Outcome VerifyAudit(const VerifyAuditOptions& options);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_CLI_AUDIT_COMMANDS_H_
