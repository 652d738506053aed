// Which texts name a client.
#ifndef GRPC_PASETO_SERVICE_CONFIG_CLIENT_ID_H_
#define GRPC_PASETO_SERVICE_CONFIG_CLIENT_ID_H_

#include "absl/strings/string_view.h"

namespace paseto::service {

inline constexpr absl::string_view kClientIdRule =
    "a client id has 1 to 64 letters, digits, dots, underscores and hyphens and starts with a letter or digit";

bool IsClientId(absl::string_view id);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_CONFIG_CLIENT_ID_H_
