// Defaults and rules of the configuration: each default and each limit stands in validate_config.cc once.
#ifndef GRPC_PASETO_SERVICE_CONFIG_VALIDATE_CONFIG_H_
#define GRPC_PASETO_SERVICE_CONFIG_VALIDATE_CONFIG_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "service/config/tokend_config.pb.h"

namespace paseto::service {

struct ConfigProblem {
  std::string field;  // "tokens.refresh_grace", "clients[web].types[0]"; what is missing is named where it belongs
  std::string message;
};

// Sets every optional field that is absent to its default, those of each client included.
void FillDefaults(config::TokendConfig& config);

// Every rule of tokend_config.proto that a filled configuration breaks; empty when it is good. Pure: touches no files.
std::vector<ConfigProblem> ValidateConfig(const config::TokendConfig& config);

// What is wrong with the files that the configuration names: certificates, private keys and the key file have to be
// there and readable, the key file for its owner alone.
std::vector<ConfigProblem> CheckConfigFiles(const config::TokendConfig& config);

// True for host:port and [IPv6]:port in 127.0.0.0/8, ::1 and localhost, and for unix:PATH: bytes sent there do not
// leave the machine. False for anything else, malformed addresses included.
bool IsLocalAddress(absl::string_view address);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_CONFIG_VALIDATE_CONFIG_H_
