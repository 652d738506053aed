#include "grpc_paseto/interceptor/trust/watched_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"

namespace paseto::interceptor {
namespace {

absl::Status SystemError(int error, const std::string& path) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return absl::NotFoundError(absl::StrCat("there is no file ", path, "; create it or correct the path"));
    case EACCES:
    case EPERM:
      return absl::PermissionDeniedError(absl::StrCat("the file ", path, " may not be read by this user"));
    default:
      return absl::UnavailableError(absl::StrCat("the file ", path, " could not be read (errno ", error, ")"));
  }
}

int64_t Nanoseconds(const timespec& time) { return static_cast<int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec; }

}  // namespace

WatchedFile::WatchedFile(std::string path, size_t max_bytes) : path_(std::move(path)), max_bytes_(max_bytes) {}

WatchedFile::Version WatchedFile::VersionOf(const struct stat& status) {
  return {status.st_dev, status.st_ino, status.st_size, Nanoseconds(status.st_mtim), Nanoseconds(status.st_ctim)};
}

absl::StatusOr<SecretBytes> WatchedFile::Read() {
  seen_ = {};
  // O_NONBLOCK: opening a FIFO must not wait for a writer.
  const int fd = open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    const int error = errno;
    struct stat status;
    if (stat(path_.c_str(), &status) == 0) seen_ = VersionOf(status);
    return SystemError(error, path_);
  }
  auto close_fd = absl::MakeCleanup([fd] { close(fd); });
  struct stat status;
  if (fstat(fd, &status) != 0) return SystemError(errno, path_);
  seen_ = VersionOf(status);  // before reading: a change during the read is seen as a change later
  if (!S_ISREG(status.st_mode)) return absl::InvalidArgumentError(absl::StrCat(path_, " is not a regular file"));
  if (static_cast<uint64_t>(status.st_size) > max_bytes_) {
    return absl::InvalidArgumentError(absl::StrCat("the file ", path_, " has more than ", max_bytes_, " bytes"));
  }
  return ReadBytes(fd, static_cast<size_t>(status.st_size));
}

absl::StatusOr<SecretBytes> WatchedFile::ReadBytes(int fd, size_t size) const {
  SecretBytes buffer = SecretBytes::Zeroed(size);
  const absl::Span<uint8_t> room = buffer.Write(InsecureSecretAccess::Get());
  size_t filled = 0;
  while (filled < size) {
    const ssize_t got = read(fd, room.data() + filled, size - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return SystemError(errno, path_);
    if (got == 0) break;  // cut short meanwhile
    filled += static_cast<size_t>(got);
  }
  if (filled == size) return buffer;
  return SecretBytes::CopyFrom(buffer.ReadText(InsecureSecretAccess::Get()).substr(0, filled));
}

bool WatchedFile::HasChanged() const {
  struct stat status;
  const Version now = stat(path_.c_str(), &status) == 0 ? VersionOf(status) : Version{};
  return !(now == seen_);
}

}  // namespace paseto::interceptor
