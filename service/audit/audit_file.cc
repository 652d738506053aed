#include "grpc_paseto/service/audit/audit_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"

namespace paseto::service {
namespace {

constexpr int64_t kFirstLook = 1 << 20;  // bytes from the end of the file; what is not durable yet is mostly less

absl::Status FileError(absl::string_view doing, const std::string& path) {
  const int error = errno;
  const std::string message =
      absl::StrCat(doing, " the audit file '", path, "' failed: ", std::generic_category().message(error));
  if (error == EACCES || error == EPERM || error == EROFS) {
    return absl::PermissionDeniedError(absl::StrCat(message, "; give this user the right to write there"));
  }
  return absl::UnavailableError(absl::StrCat(message, "; see to the disk and the folder"));
}

absl::Status OtherChain(const std::string& path, const std::string& what) {
  return absl::FailedPreconditionError(
      absl::StrCat("the audit file '", path, "' does not go on where the store's audit chain ends: ", what,
                   ". Look at it with tokenctl audit verify; move it away, and tokend begins a new file"));
}

// So that the name of a new file outlives a power loss.
absl::Status SyncFolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return FileError("opening the folder of", path);
  const absl::Status status = fsync(fd) == 0 ? absl::OkStatus() : FileError("flushing the folder of", path);
  close(fd);
  return status;
}

bool ReadAt(int fd, int64_t from, std::string& text) {
  for (size_t done = 0; done < text.size();) {
    const ssize_t got = pread(fd, text.data() + done, text.size() - done, from + static_cast<int64_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    done += static_cast<size_t>(got);
  }
  return true;
}

// The first whole line of `text`, without its end; absent when there is none.
absl::optional<absl::string_view> FirstLine(absl::string_view text) {
  const size_t end = text.find('\n');
  if (end == absl::string_view::npos) return absl::nullopt;
  return text.substr(0, end);
}

// What a crash can leave of the first line of a file: any other content is somebody else's.
bool IsTornLine(absl::string_view text) {
  constexpr absl::string_view kStart = R"({"id":)";
  return text.substr(0, kStart.size()) == kStart.substr(0, std::min(text.size(), kStart.size())) ||
         text.find_first_not_of('\0') == absl::string_view::npos;
}

}  // namespace

absl::StatusOr<std::unique_ptr<AuditFile>> AuditFile::Open(const std::string& path) {
  std::unique_ptr<AuditFile> file(new AuditFile(path));
  if (absl::Status status = file->Reopen(); !status.ok()) return status;
  return file;
}

AuditFile::~AuditFile() {
  if (fd_ >= 0) close(fd_);
}

absl::Status AuditFile::Reopen() {
  const int fd = open(path_.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return FileError("opening", path_);
  if (fd_ >= 0) close(fd_);
  fd_ = fd;
  return SyncFolderOf(path_);
}

// The file's last part: from its beginning, or from a line that is not after `known_id`.
absl::Status AuditFile::ReadEnd(int64_t known_id, std::string& text, bool& whole) const {
  const int64_t end = size();
  whole = end == 0;
  for (int64_t look = kFirstLook; !whole; look *= 2) {
    const int64_t from = std::max<int64_t>(0, end - look);
    whole = from == 0;
    text.resize(static_cast<size_t>(end - from));
    if (!ReadAt(fd_, from, text)) return FileError("reading", path_);
    if (whole) break;
    text.erase(0, std::min(text.find('\n'), text.size() - 1) + 1);  // half a line
    const absl::optional<AuditLine> first = ParseAuditLine(FirstLine(text).value_or(""));
    if (first.has_value() && first->id <= known_id) break;
  }
  return absl::OkStatus();
}

absl::StatusOr<AuditFile::Tail> AuditFile::Recover(const AuditHead& known) {
  std::string text;
  bool at_beginning = false;  // the next line is the file's first
  if (absl::Status status = ReadEnd(known.id, text, at_beginning); !status.ok()) return status;
  Tail tail{known, {}};
  bool found = false;  // `known`, or the line after it as the first of the file
  absl::string_view rest = text;
  for (auto line = FirstLine(rest); line.has_value(); line = FirstLine(rest)) {
    const absl::optional<AuditLine> parsed = ParseAuditLine(*line);
    if (!found && parsed.has_value() && parsed->id == known.id) {
      if (parsed->chain != known.chain) return OtherChain(path_, absl::StrCat("its event ", known.id, " is another"));
      found = true;
    } else if ((found || at_beginning) && parsed.has_value() && Follows(*line, *parsed, tail.head)) {
      found = true;
      tail.bodies[parsed->id] = std::string(parsed->body);
    } else if (found) {
      break;
    }
    at_beginning = false;
    rest.remove_prefix(line->size() + 1);
  }
  if (!found && (rest.size() != text.size() || !IsTornLine(rest))) {
    return OtherChain(path_, absl::StrCat("it does not hold event ", known.id, ", the last that is known to be there"));
  }
  if (!rest.empty()) CutTo(size() - static_cast<int64_t>(rest.size()));
  return tail;
}

absl::Status AuditFile::Append(absl::string_view text) {
  size_t done = 0;
  while (done < text.size()) {
    const ssize_t wrote = write(fd_, text.data() + done, text.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) {
      const absl::Status status = FileError("writing", path_);
      CutTo(size() - static_cast<int64_t>(done));
      return status;
    }
    done += static_cast<size_t>(wrote);
  }
  return absl::OkStatus();
}

absl::Status AuditFile::Sync() { return fdatasync(fd_) == 0 ? absl::OkStatus() : FileError("flushing", path_); }

bool AuditFile::WasMoved() const {
  struct stat named = {}, open = {};
  if (stat(path_.c_str(), &named) != 0 || fstat(fd_, &open) != 0) return true;
  return named.st_ino != open.st_ino || named.st_dev != open.st_dev;
}

void AuditFile::CutTo(int64_t size) {
  if (size < 0 || size >= this->size()) return;
  if (ftruncate(fd_, size) != 0) return;  // a torn line is cut off at the next start
}

int64_t AuditFile::size() const {
  struct stat facts = {};
  return fstat(fd_, &facts) == 0 ? facts.st_size : 0;
}

}  // namespace paseto::service
