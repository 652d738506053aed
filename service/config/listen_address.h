// Addresses that a server listens on: host:port, [IPv6]:port, unix:PATH.
#ifndef GRPC_PASETO_SERVICE_CONFIG_LISTEN_ADDRESS_H_
#define GRPC_PASETO_SERVICE_CONFIG_LISTEN_ADDRESS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace paseto::service {

// OK for an address of one of the three forms. Port 0 is one. Errors: INVALID_ARGUMENT saying what is wrong.
absl::Status CheckAddress(absl::string_view address);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_CONFIG_LISTEN_ADDRESS_H_
