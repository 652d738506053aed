// The configuration file of tokend: from a path to a message that is complete and makes sense.
//
// Steps: read, parse (interceptor/yaml), apply overrides, fill defaults, validate, look at the files that it names.
// Every problem of a step, and of parsing and validation together, is reported at once with its line.
#ifndef GRPC_PASETO_SERVICE_CONFIG_LOAD_CONFIG_H_
#define GRPC_PASETO_SERVICE_CONFIG_LOAD_CONFIG_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/config/tokend_config.pb.h"

namespace paseto::service {

// What the command line says over the file.
struct ConfigOverrides {
  bool allow_plaintext = false;  // true: as allow_plaintext: true in the file
};

// The configuration in `yaml`, defaults filled. `name` stands for the file in errors. Touches no files.
// Errors: INVALID_ARGUMENT; its message has one line per problem: "tokend.yaml:12: tokens.refresh_grace: ...".
absl::StatusOr<config::TokendConfig> ParseConfig(absl::string_view yaml, const std::string& name,
                                                 const ConfigOverrides& overrides);

// ParseConfig on the file at `path`, then CheckConfigFiles.
// Errors: those of both; NOT_FOUND or PERMISSION_DENIED when the file cannot be read.
absl::StatusOr<config::TokendConfig> LoadConfig(const std::string& path, const ConfigOverrides& overrides);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_CONFIG_LOAD_CONFIG_H_
