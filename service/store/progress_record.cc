#include "grpc_paseto/service/store/progress_record.h"

#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace paseto::service {
namespace {

constexpr size_t kSlotBytes = 512;  // what a disk writes as a whole
constexpr int kSlots = 2;
constexpr char kFormat[] = "tokend-progress 1";

absl::Status SystemError(absl::string_view doing, const std::string& path) {
  const int error = errno;
  const std::string message =
      absl::StrCat(doing, " the store's progress record '", path, "' failed: ", std::generic_category().message(error));
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

// A slot that is torn or damaged, or nothing that reached the disk: no other content is overwritten.
bool CanBeOurs(absl::string_view content) { return content[0] == '\0' || absl::StartsWith(content, kFormat); }

// Of two records of one store, the one that was written later.
bool IsLater(const StoreProgress& a, const StoreProgress& b) {
  return std::pair(a.epoch, a.commits) > std::pair(b.epoch, b.commits);
}

// So that the name of a new file outlives a power loss.
absl::Status SyncFolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return SystemError("opening the folder of", path);
  const bool synced = fsync(fd) == 0;
  absl::Status status = synced ? absl::OkStatus() : SystemError("flushing the folder of", path);
  close(fd);
  return status;
}

absl::Status Behind(const std::string& path, const std::string& what) {
  return absl::FailedPreconditionError(absl::StrCat(
      "the store has gone back in time: ", what, " (its progress record is '", path,
      "'); a backup was restored, or the write-ahead log was damaged. Put the newest files back, or start tokend once "
      "with --accept-rollback, which ends every session and replaces the keys that tokend signs with"));
}

}  // namespace

void ProgressRecord::CloseFile::operator()(sqlite3_file* file) const {
  if (file->pMethods != nullptr) file->pMethods->xClose(file);
  sqlite3_free(file);
}

absl::StatusOr<std::unique_ptr<ProgressRecord>> ProgressRecord::Open(const std::string& path) {
  const int made = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (made < 0) return SystemError("opening", path);
  close(made);
  std::unique_ptr<ProgressRecord> record(new ProgressRecord(path));
  if (absl::Status status = SyncFolderOf(path); !status.ok()) return status;
  if (absl::Status status = record->OpenFile(); !status.ok()) return status;
  if (absl::Status status = record->Read(); !status.ok()) return status;
  return record;
}

absl::Status ProgressRecord::FileError(absl::string_view doing, int code) const {
  return absl::UnavailableError(
      absl::StrCat(doing, " the store's progress record '", path_, "' failed (SQLite code ", code, "); ",
                   (code & 0xff) == SQLITE_FULL ? "make room on its disk" : "see to its disk"));
}

absl::Status ProgressRecord::OpenFile() {
  sqlite3_initialize();
  sqlite3_vfs* const vfs = sqlite3_vfs_find(nullptr);
  file_.reset(static_cast<sqlite3_file*>(sqlite3_malloc(vfs->szOsFile)));
  file_->pMethods = nullptr;
  int flags = 0;
  const int code = vfs->xOpen(vfs, vfs_name_.c_str(), file_.get(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_MAIN_DB, &flags);
  return code == SQLITE_OK ? absl::OkStatus() : FileError("opening", code);
}

absl::Status ProgressRecord::Read() {
  char bytes[kSlots * kSlotBytes] = {};
  sqlite3_int64 size = 0;
  int code = file_->pMethods->xFileSize(file_.get(), &size);
  if (code == SQLITE_OK) code = file_->pMethods->xRead(file_.get(), bytes, sizeof(bytes), 0);
  if (code != SQLITE_OK && code != SQLITE_IOERR_SHORT_READ) return FileError("reading", code);
  for (int slot = 0; slot < kSlots; ++slot) {
    const absl::optional<StoreProgress> found = ParseSlot({bytes + slot * kSlotBytes, kSlotBytes});
    if (!found.has_value() || (last_.has_value() && !IsLater(*found, *last_))) continue;
    last_ = found;
    next_slot_ = (slot + 1) % kSlots;
  }
  is_damaged_ = !last_.has_value() && size != 0;
  if (!is_damaged_ || CanBeOurs(absl::string_view(bytes, sizeof(bytes)))) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("'", path_, "' holds something else than a progress record; name another file for it"));
}

absl::Status ProgressRecord::Write(const StoreProgress& progress) {
  const std::string slot = FormatSlot(progress);
  const auto offset = static_cast<sqlite3_int64>(next_slot_ * kSlotBytes);
  int code = file_->pMethods->xWrite(file_.get(), slot.data(), static_cast<int>(slot.size()), offset);
  if (code != SQLITE_OK) return FileError("writing", code);
  code = file_->pMethods->xSync(file_.get(), SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY);
  if (code != SQLITE_OK) return FileError("flushing", code);
  next_slot_ = (next_slot_ + 1) % kSlots;
  last_ = progress;
  return absl::OkStatus();
}

absl::Status ProgressRecord::Check(const StoreProgress& store) const {
  if (!last_.has_value()) {
    if (store.commits == 0) return absl::OkStatus();  // a crash can have torn the very first record
    if (is_damaged_) {
      return absl::DataLossError(absl::StrCat(
          "the store's progress record '", path_,
          "' is damaged, so nobody can tell whether the store is the newest. Put the record back, or start "
          "tokend once with --accept-rollback, which ends every session and replaces the keys that tokend signs with"));
    }
    return absl::FailedPreconditionError(
        absl::StrCat("the store's progress record '", path_,
                     "' is missing, so nobody can tell whether the store is the newest. Put "
                     "the record back, or start tokend once with --accept-rollback, which ends every session and "
                     "replaces the keys that tokend signs with"));
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
