#include "grpc_paseto/service/store/data_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace paseto::service {
namespace {

absl::Status FileSystemError(int error, absl::string_view doing, absl::string_view path) {
  char text[128];
  const std::string message = absl::StrCat(doing, " '", path, "' failed: ", strerror_r(error, text, sizeof(text)));
  if (error == EACCES || error == EPERM || error == EROFS) {
    return absl::PermissionDeniedError(
        absl::StrCat(message, "; give this user the right to write there, or name another data folder"));
  }
  if (error == ENOENT || error == ENOTDIR) {
    return absl::UnavailableError(absl::StrCat(message, "; create the folder above it, or name another data folder"));
  }
  return absl::UnavailableError(absl::StrCat(message, "; see to the disk, then start again"));
}

// Closes on every way out.
class ScopedFd {
 public:
  explicit ScopedFd(int fd) : fd_(fd) {}
  ~ScopedFd() {
    if (fd_ >= 0) close(fd_);
  }
  ScopedFd(const ScopedFd&) = delete;
  ScopedFd& operator=(const ScopedFd&) = delete;
  int get() const { return fd_; }

 private:
  const int fd_;
};

absl::Status InUseError(const std::string& path, int lock_fd) {
  char holder[16] = {};
  const ssize_t size = pread(lock_fd, holder, sizeof(holder) - 1, 0);
  const std::string who = size > 0 ? absl::StrCat("process ", holder) : std::string("another process");
  return absl::FailedPreconditionError(
      absl::StrCat("the data folder '", path, "' is in use by ", who, "; stop it first, or name another data folder"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<DataFolder>> DataFolder::Take(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  std::unique_ptr<DataFolder> folder(new DataFolder(std::move(path)));
  if (absl::Status status = folder->OpenFolder(); !status.ok()) return status;
  if (absl::Status status = folder->LockFolder(); !status.ok()) return status;
  if (absl::Status status = folder->PrepareDatabaseFile(); !status.ok()) return status;
  return folder;
}

DataFolder::~DataFolder() {
  if (lock_fd_ >= 0) close(lock_fd_);  // releases the lock
  if (folder_fd_ >= 0) close(folder_fd_);
}

absl::Status DataFolder::OpenFolder() {
  if (mkdir(path_.c_str(), 0700) != 0 && errno != EEXIST) return FileSystemError(errno, "creating", path_);
  folder_fd_ = open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder_fd_ < 0) return FileSystemError(errno, "opening", path_);
  return absl::OkStatus();
}

// flock belongs to the open file, so a second open within this process is refused too.
absl::Status DataFolder::LockFolder() {
  lock_fd_ = openat(folder_fd_, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock_fd_ < 0) return FileSystemError(errno, "opening the lock file in", path_);
  if (flock(lock_fd_, LOCK_EX | LOCK_NB) != 0) {
    return errno == EWOULDBLOCK ? InUseError(path_, lock_fd_) : FileSystemError(errno, "locking", path_);
  }
  const std::string holder = absl::StrCat(getpid());
  if (ftruncate(lock_fd_, 0) != 0 || pwrite(lock_fd_, holder.data(), holder.size(), 0) < 0) {
    return FileSystemError(errno, "writing the lock file in", path_);
  }
  return absl::OkStatus();
}

// SQLite gives its other files the mode of this one. An empty file is an empty database to it.
absl::Status DataFolder::PrepareDatabaseFile() {
  const ScopedFd file(open(database().c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (file.get() < 0) return FileSystemError(errno, "opening", database());
  struct stat facts;
  if (fstat(file.get(), &facts) != 0) return FileSystemError(errno, "reading the size of", database());
  if (fchmod(file.get(), 0600) != 0) return FileSystemError(errno, "setting the mode of", database());
  if (fsync(folder_fd_) != 0) return FileSystemError(errno, "flushing", path_);
  const auto exists = [this](const char* name) { return faccessat(folder_fd_, name, F_OK, 0) == 0; };
  const bool new_store = facts.st_size == 0 && !exists("store.db-wal");
  was_stopped_cleanly_ = new_store || exists("stopped_cleanly");
  return absl::OkStatus();
}

absl::Status DataFolder::MarkInUse() {
  if (unlinkat(folder_fd_, "stopped_cleanly", 0) != 0 && errno != ENOENT) {
    return FileSystemError(errno, "removing", marker());
  }
  if (fsync(folder_fd_) != 0) return FileSystemError(errno, "flushing", path_);
  return absl::OkStatus();
}

absl::Status DataFolder::MarkStoppedCleanly() {
  const ScopedFd file(openat(folder_fd_, "stopped_cleanly", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  if (file.get() < 0) return FileSystemError(errno, "creating", marker());
  if (fsync(folder_fd_) != 0) return FileSystemError(errno, "flushing", path_);
  return absl::OkStatus();
}

}  // namespace paseto::service
