// The rules of the configuration, as tokend_config.proto states them; their limits stand in limits.h.
#ifndef GRPC_PASETO_SERVICE_CONFIG_VALIDATE_CONFIG_H_
#define GRPC_PASETO_SERVICE_CONFIG_VALIDATE_CONFIG_H_

#include <string>
#include <vector>

#include "service/config/tokend_config.pb.h"

namespace paseto::service {

struct ConfigProblem {
  std::string field;  // "tokens.refresh_grace", "clients[web].types[0]"; what is missing is named where it belongs
  std::string message;

  friend bool operator==(const ConfigProblem&, const ConfigProblem&) = default;
};

// Every rule that `config` breaks; empty when it is good. Pure: touches no files.
// REQUIRES: defaults are filled.
std::vector<ConfigProblem> ValidateConfig(const config::TokendConfig& config);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_CONFIG_VALIDATE_CONFIG_H_
