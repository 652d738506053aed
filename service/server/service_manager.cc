#include "grpc_paseto/service/server/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace paseto::service {

absl::Status NotifyServiceManager(absl::string_view state) {
  const char* const value = std::getenv("NOTIFY_SOCKET");
  if (value == nullptr) return absl::OkStatus();
  const std::string name = value;
  sockaddr_un address{};
  if (name.size() < 2 || name.size() >= sizeof(address.sun_path) || (name[0] != '/' && name[0] != '@')) {
    return absl::InvalidArgumentError("NOTIFY_SOCKET: must be an absolute path or @ with a name, of up to 107 bytes");
  }
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, name.data(), name.size());
  if (name[0] == '@') address.sun_path[0] = '\0';
  const socklen_t size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());

  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const bool sent = fd >= 0 && ::sendto(fd, state.data(), state.size(), MSG_NOSIGNAL,
                                        reinterpret_cast<const sockaddr*>(&address), size) >= 0;
  const int error = errno;
  if (fd >= 0) ::close(fd);
  if (sent) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("NOTIFY_SOCKET: the service manager cannot be told ", state, ": ",
                                             std::generic_category().message(error)));
}

}  // namespace paseto::service
