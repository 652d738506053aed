// NotifySocket: what a service manager listens on, in the place of systemd.
#ifndef GRPC_PASETO_TESTS_SUPPORT_NOTIFY_SOCKET_H_
#define GRPC_PASETO_TESTS_SUPPORT_NOTIFY_SOCKET_H_

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <string>

namespace paseto {

// While it lives, NOTIFY_SOCKET names it, in this process and in those that it starts.
class NotifySocket {
 public:
  // `name`: a path, or "@" and an abstract name.
  explicit NotifySocket(const std::string& name) : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name[0] == '@') address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    EXPECT_EQ(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), size), 0) << name;
    const timeval patience{.tv_sec = 60, .tv_usec = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
  }
  ~NotifySocket() {
    ::unsetenv("NOTIFY_SOCKET");
    ::close(fd_);
  }
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  // The next message; waits for it, for a minute at most.
  std::string Receive() const {
    char message[64];
    const ssize_t size = ::recv(fd_, message, sizeof(message), 0);
    return size < 0 ? "nothing came" : std::string(message, static_cast<size_t>(size));
  }

 private:
  const int fd_;
};

}  // namespace paseto

#endif  // GRPC_PASETO_TESTS_SUPPORT_NOTIFY_SOCKET_H_
