#include "grpc_paseto/service/server/whole_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace paseto::service {
namespace {

bool WriteAll(int fd, absl::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno != EINTR) return false;
    if (written > 0) content.remove_prefix(static_cast<size_t>(written));
  }
  return ::fsync(fd) == 0;
}

absl::Status Failed(const std::string& path, int error) {
  return absl::FailedPreconditionError(
      absl::StrCat(path, ": cannot be written: ", std::generic_category().message(error)));
}

}  // namespace

absl::Status WriteWholeFile(const std::string& path, absl::string_view content) {
  std::string temporary = path + ".XXXXXX";
  const int fd = ::mkostemp(temporary.data(), O_CLOEXEC);  // mode 0600
  if (fd < 0) return Failed(path, errno);
  const bool written = WriteAll(fd, content);
  const int write_error = errno;
  ::close(fd);
  if (written && std::rename(temporary.c_str(), path.c_str()) == 0) return absl::OkStatus();
  const int error = written ? errno : write_error;
  ::unlink(temporary.c_str());
  return Failed(path, error);
}

}  // namespace paseto::service
