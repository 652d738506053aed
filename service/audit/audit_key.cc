#include "grpc_paseto/service/audit/audit_key.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "grpc_paseto/service/audit/audit_chain.h"

namespace paseto::service {
namespace {

constexpr size_t kHexDigits = 2 * kAuditKeyBytes;

absl::Status KeyFileError(absl::string_view doing, const std::string& path) {
  const int error = errno;
  const std::string message =
      absl::StrCat(doing, " the audit key '", path, "' failed: ", std::generic_category().message(error));
  if (error == ENOENT) return absl::NotFoundError(absl::StrCat(message, "; put the key back"));
  if (error == EEXIST) return absl::AlreadyExistsError(absl::StrCat(message, "; name a new file"));
  if (error == EACCES) return absl::PermissionDeniedError(absl::StrCat(message, "; give this user the right to it"));
  return absl::UnavailableError(absl::StrCat(message, "; see to the disk and the folder"));
}

}  // namespace

absl::StatusOr<std::string> ReadAuditKey(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return KeyFileError("opening", path);
  struct stat facts = {};
  char text[kHexDigits + 2] = {};
  const bool is_private = fstat(fd, &facts) == 0 && (facts.st_mode & S_IRWXO) == 0;
  const ssize_t size = read(fd, text, sizeof(text));
  close(fd);
  if (size < 0) return KeyFileError("reading", path);
  if (!is_private) {
    return absl::FailedPreconditionError(
        absl::StrCat("the audit key '", path, "' is open to every user; run chmod o-rwx on it"));
  }
  const absl::string_view hex = absl::StripTrailingAsciiWhitespace(absl::string_view(text, static_cast<size_t>(size)));
  const bool digits = std::all_of(hex.begin(), hex.end(), [](unsigned char c) { return absl::ascii_isxdigit(c); });
  if (hex.size() == kHexDigits && digits) return absl::HexStringToBytes(hex);
  return absl::FailedPreconditionError(absl::StrCat("'", path, "' is no audit key: it must hold ", kHexDigits,
                                                    " hex digits; name the key of this audit file"));
}

absl::StatusOr<std::string> MakeAuditKey(const std::string& path) {
  std::string key(kAuditKeyBytes, '\0');
  randombytes_buf(key.data(), key.size());
  const std::string text = absl::BytesToHexString(key) + "\n";
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return KeyFileError("making", path);
  const bool written = write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && fsync(fd) == 0;
  const absl::Status status = written ? absl::OkStatus() : KeyFileError("writing", path);
  close(fd);
  if (written) return key;
  unlink(path.c_str());
  return status;
}

}  // namespace paseto::service
