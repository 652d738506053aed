// The data folder of tokend --dev: keys, a configuration and a client token, made when they are missing and used again
// later. For a first try only: everything lies there unencrypted, and the client "dev" may do everything.
#ifndef GRPC_PASETO_SERVICE_SERVER_DEV_FOLDER_H_
#define GRPC_PASETO_SERVICE_SERVER_DEV_FOLDER_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpc_paseto/service/lifecycle/random_source.h"
#include "service/config/tokend_config.pb.h"

namespace paseto::service {

inline constexpr absl::string_view kDevClient = "dev";

struct DevFolder {
  std::string token_file;  // holds the client token of "dev"
  config::TokendConfig config;
};

// Makes what is missing in the folder `path`: the folder itself with mode 0700, keys.json, tokend.yaml and dev.token
// with mode 0600. A client token that is no longer good is made anew. `listen` replaces the addresses of tokend.yaml
// unless it is empty. Errors: FAILED_PRECONDITION for a folder that others may enter; INVALID_ARGUMENT for a
// tokend.yaml that is wrong or an address beyond loopback; those of the file system. Each says what to do.
absl::StatusOr<DevFolder> PrepareDevFolder(const std::string& path, const std::string& listen, absl::Time now,
                                           RandomSource& random);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_SERVER_DEV_FOLDER_H_
