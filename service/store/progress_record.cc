#include "grpc_paseto/service/store/progress_record.h"

#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace paseto::service {
namespace {

constexpr size_t kSlotBytes = 512;  // what a disk writes as a whole
constexpr int kSlots = 2;
constexpr char kFormat[] = "tokend-progress 1";

absl::Status FileError(absl::string_view doing, const std::string& path) {
  char text[128];
  const int error = errno;
  const std::string message =
      absl::StrCat(doing, " the store's progress record '", path, "' failed: ", strerror_r(error, text, sizeof(text)));
  if (error == EACCES || error == EPERM || error == EROFS) {
    return absl::PermissionDeniedError(absl::StrCat(message, "; give this user the right to write there"));
  }
  return absl::UnavailableError(absl::StrCat(message, "; see to the disk and the folder"));
}

std::string Checksum(absl::string_view text) {
  std::array<unsigned char, crypto_generichash_BYTES_MIN> sum;
  crypto_generichash(sum.data(), sum.size(), reinterpret_cast<const unsigned char*>(text.data()), text.size(), nullptr,
                     0);
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(sum.data()), sum.size()));
}

std::string FormatSlot(const StoreProgress& progress) {
  std::string line = absl::StrCat(kFormat, " ", progress.epoch, " ", progress.revision, " ", progress.commits, " ");
  absl::StrAppend(&line, Checksum(line), "\n");
  line.resize(kSlotBytes, ' ');
  return line;
}

absl::optional<StoreProgress> ParseSlot(absl::string_view slot) {
  const size_t end = slot.find('\n');
  if (end == absl::string_view::npos) return absl::nullopt;
  const std::vector<absl::string_view> words = absl::StrSplit(slot.substr(0, end), ' ');
  if (words.size() != 6 || absl::StrCat(words[0], " ", words[1]) != kFormat) return absl::nullopt;
  const size_t summed = end - words[5].size();
  if (Checksum(slot.substr(0, summed)) != words[5]) return absl::nullopt;
  StoreProgress progress;
  if (!absl::SimpleAtoi(words[2], &progress.epoch) || !absl::SimpleAtoi(words[3], &progress.revision) ||
      !absl::SimpleAtoi(words[4], &progress.commits)) {
    return absl::nullopt;
  }
  return progress;
}

// Of two records of one store, the one that was written later.
bool IsLater(const StoreProgress& a, const StoreProgress& b) {
  return std::pair(a.epoch, a.commits) > std::pair(b.epoch, b.commits);
}

// So that the name of a new file outlives a power loss.
absl::Status SyncFolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return FileError("opening the folder of", path);
  const bool synced = fsync(fd) == 0;
  absl::Status status = synced ? absl::OkStatus() : FileError("flushing the folder of", path);
  close(fd);
  return status;
}

absl::Status Behind(const std::string& path, const std::string& what) {
  return absl::FailedPreconditionError(absl::StrCat(
      "the store has gone back in time: ", what, " (its progress record is '", path,
      "'); a backup was restored, or the write-ahead log was damaged. Put the newest files back, or start tokend once "
      "with --accept-rollback, which ends every session"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<ProgressRecord>> ProgressRecord::Open(const std::string& path) {
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return FileError("opening", path);
  std::unique_ptr<ProgressRecord> record(new ProgressRecord(path, fd));
  if (absl::Status status = SyncFolderOf(path); !status.ok()) return status;
  if (absl::Status status = record->Read(); !status.ok()) return status;
  return record;
}

ProgressRecord::~ProgressRecord() { close(fd_); }

absl::Status ProgressRecord::Read() {
  char bytes[kSlots * kSlotBytes] = {};
  const ssize_t size = pread(fd_, bytes, sizeof(bytes), 0);
  if (size < 0) return FileError("reading", path_);
  for (int slot = 0; slot < kSlots; ++slot) {
    const absl::optional<StoreProgress> found = ParseSlot({bytes + slot * kSlotBytes, kSlotBytes});
    if (!found.has_value() || (last_.has_value() && !IsLater(*found, *last_))) continue;
    last_ = found;
    next_slot_ = (slot + 1) % kSlots;
  }
  if (last_.has_value() || size == 0) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(
      "the store's progress record '", path_,
      "' is damaged; without it nobody can tell whether the store is the newest. When you know that it is, delete the "
      "file and start tokend once with --accept-rollback, which ends every session"));
}

absl::Status ProgressRecord::Write(const StoreProgress& progress) {
  const std::string slot = FormatSlot(progress);
  const ssize_t written = pwrite(fd_, slot.data(), slot.size(), static_cast<off_t>(next_slot_ * kSlotBytes));
  if (written != static_cast<ssize_t>(slot.size())) {
    if (written >= 0) errno = ENOSPC;
    return FileError("writing", path_);
  }
  if (fdatasync(fd_) != 0) return FileError("flushing", path_);
  next_slot_ = (next_slot_ + 1) % kSlots;
  last_ = progress;
  return absl::OkStatus();
}

absl::Status ProgressRecord::Check(const StoreProgress& store) const {
  if (!last_.has_value()) {
    if (store.commits == 0) return absl::OkStatus();
    return absl::FailedPreconditionError(
        absl::StrCat("the store's progress record '", path_,
                     "' is missing, so nobody can tell whether the store is the newest. Put "
                     "the record back, or start tokend once with --accept-rollback, which ends every session"));
  }
  if (store.epoch != last_->epoch) return Behind(path_, "it is another store than the one that was last in use");
  if (store.commits < last_->commits) {
    return Behind(path_,
                  absl::StrCat("it holds ", store.commits, " commits, and ", last_->commits, " were acknowledged"));
  }
  if (store.revision < last_->revision) {
    return Behind(path_, absl::StrCat("its feed ends at revision ", store.revision, ", and ", last_->revision,
                                      " was acknowledged"));
  }
  return absl::OkStatus();
}

}  // namespace paseto::service
