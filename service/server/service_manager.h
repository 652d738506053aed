// NotifyServiceManager: tells the service manager, such as systemd, how far the program has come (sd_notify(3)).
#ifndef GRPC_PASETO_SERVICE_SERVER_SERVICE_MANAGER_H_
#define GRPC_PASETO_SERVICE_SERVER_SERVICE_MANAGER_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace paseto::service {

inline constexpr absl::string_view kReady = "READY=1";
inline constexpr absl::string_view kStopping = "STOPPING=1";

// Sends `state` to the socket that NOTIFY_SOCKET in the environment names: a path, or "@" and an abstract name.
// Not an error: no NOTIFY_SOCKET, because nobody asked.
// Errors: INVALID_ARGUMENT for a name that no socket can have, UNAVAILABLE with the system's cause otherwise.
absl::Status NotifyServiceManager(absl::string_view state);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_SERVER_SERVICE_MANAGER_H_
