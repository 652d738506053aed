// The defaults of the configuration; each stands in fill_defaults.cc once.
#ifndef GRPC_PASETO_SERVICE_CONFIG_FILL_DEFAULTS_H_
#define GRPC_PASETO_SERVICE_CONFIG_FILL_DEFAULTS_H_

#include "service/config/tokend_config.pb.h"

namespace paseto::service {

// Sets every optional field that is absent to its default, in every client too. What is required stays absent.
void FillDefaults(config::TokendConfig& config);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_CONFIG_FILL_DEFAULTS_H_
