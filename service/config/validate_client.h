// The rules of one client's policy.
#ifndef GRPC_PASETO_SERVICE_CONFIG_VALIDATE_CLIENT_H_
#define GRPC_PASETO_SERVICE_CONFIG_VALIDATE_CLIENT_H_

#include <string>

#include "grpc_paseto/service/config/problem_list.h"
#include "service/config/tokend_config.pb.h"

namespace paseto::service {

// Adds every rule that the client `id` breaks. REQUIRES: defaults are filled.
void ValidateClient(const std::string& id, const config::Client& client, const config::Tokens& tokens,
                    ProblemList& problems);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_CONFIG_VALIDATE_CLIENT_H_
