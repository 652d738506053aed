#include "grpc_paseto/service/cli/secret_file.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "grpc_paseto/core/token/key_file.h"

namespace paseto::service {
namespace {

constexpr size_t kLargestFileBytes = 1024 * 1024;
constexpr mode_t kOwnerOnly = S_IRUSR | S_IWUSR;

absl::Status SystemError(const std::string& path, absl::string_view what) {
  const int error = errno;
  return absl::ErrnoToStatus(error, absl::StrCat(path, ": ", what));
}

absl::Status WriteAll(int file, const std::string& path, absl::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(file, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return SystemError(path, "cannot be written");
    content.remove_prefix(static_cast<size_t>(written));
  }
  return ::fsync(file) == 0 ? absl::OkStatus() : SystemError(path, "cannot be written");
}

int OpenFolderOf(const std::string& path) {
  return ::open(std::filesystem::absolute(path).parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

// Writes a file that must not exist; leaves none behind when that fails. With the owner and mode of `like`, if given.
absl::Status Create(const std::string& path, absl::string_view content, const absl::optional<struct stat>& like) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, kOwnerOnly);
  if (file < 0) return SystemError(path, "cannot be made");
  absl::Status status = WriteAll(file, path, content);
  if (status.ok() && like.has_value()) {
    const mode_t mode = kOwnerOnly | (like->st_mode & (S_IRGRP | S_IWGRP));
    if ((like->st_uid != ::geteuid() || like->st_gid != ::getegid()) &&
        ::fchown(file, like->st_uid, like->st_gid) != 0) {
      status = SystemError(path, "cannot be given to the owner of the present file");
    } else if (::fchmod(file, mode) != 0) {
      status = SystemError(path, "cannot be given its mode");
    }
  }
  ::close(file);
  if (!status.ok()) ::unlink(path.c_str());
  return status;
}

// REQUIRES: the folder is locked, so a file ".new" was left behind by a crash.
absl::Status Replace(const std::string& path, const std::vector<Key>& keys, int folder) {
  const InsecureSecretAccess access = InsecureSecretAccess::Get();
  const SecretBytes encoded = EncodeKeyFile(keys, access);
  const absl::Span<const uint8_t> bytes = encoded.Read(access);
  absl::optional<struct stat> present;
  if (struct stat status; ::stat(path.c_str(), &status) == 0) present = status;
  const std::string next = path + ".new";
  ::unlink(next.c_str());
  absl::Status status = Create(next, {reinterpret_cast<const char*>(bytes.data()), bytes.size()}, present);
  if (status.ok() && std::rename(next.c_str(), path.c_str()) != 0) {
    status = SystemError(path, "cannot be replaced");
    ::unlink(next.c_str());
  }
  if (status.ok()) ::fsync(folder);
  return status;
}

}  // namespace

absl::Status WriteNewSecretFile(const std::string& path, absl::string_view content) {
  return Create(path, content, absl::nullopt);
}

absl::StatusOr<std::vector<Key>> ReadKeyFile(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return SystemError(path, "cannot be read");
  const absl::Cleanup close = [file] { ::close(file); };
  std::string text(kLargestFileBytes + 1, '\0');  // once, so that no copy of a secret is left behind
  const absl::Cleanup wipe = [&text] { sodium_memzero(text.data(), text.capacity()); };
  size_t size = 0;
  for (;;) {
    const ssize_t got = ::read(file, text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return SystemError(path, "cannot be read");
    if (got == 0) break;
    size += static_cast<size_t>(got);
    if (size > kLargestFileBytes) return absl::InvalidArgumentError(absl::StrCat(path, ": is larger than 1 MiB"));
  }
  absl::StatusOr<std::vector<Key>> keys = ParseKeyFile(absl::string_view(text.data(), size));
  if (!keys.ok()) return absl::InvalidArgumentError(absl::StrCat(path, ": ", keys.status().message()));
  return keys;
}

absl::Status UpdateKeyFile(const std::string& path, absl::FunctionRef<absl::Status(std::vector<Key>&)> change) {
  const int folder = OpenFolderOf(path);
  if (folder < 0) return SystemError(path, "its folder cannot be opened");
  const absl::Cleanup unlock = [folder] { ::close(folder); };
  if (::flock(folder, LOCK_EX) != 0) return SystemError(path, "its folder cannot be locked");
  absl::StatusOr<std::vector<Key>> keys = ReadKeyFile(path);
  if (absl::IsNotFound(keys.status())) keys = std::vector<Key>();
  if (!keys.ok()) return keys.status();
  if (absl::Status changed = change(*keys); !changed.ok()) return changed;
  return Replace(path, *keys, folder);
}

}  // namespace paseto::service
