// The part of validation that looks at the file system.
#ifndef GRPC_PASETO_SERVICE_CONFIG_CHECK_CONFIG_FILES_H_
#define GRPC_PASETO_SERVICE_CONFIG_CHECK_CONFIG_FILES_H_

#include <vector>

#include "absl/status/status.h"
#include "grpc_paseto/service/config/validate_config.h"
#include "service/config/tokend_config.pb.h"

namespace paseto::service {

// What is wrong with the files that a valid `config` names: certificates, private keys and the key file have to be
// readable files, PEM where they should be, secrets closed to other users; the store's folder, or the one around it,
// has to be there; the folder of a client's socket is closed to others. Never with a file's content.
std::vector<ConfigProblem> CheckConfigFiles(const config::TokendConfig& config);

// Makes the folder of a client's socket, with mode 0700, when it is missing. OK when nobody but its owner can reach the
// socket, and for a listener without a client of its own. Errors: FAILED_PRECONDITION with what to do.
absl::Status MakeSocketFolder(const config::Listener& listener);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_CONFIG_CHECK_CONFIG_FILES_H_
