#include "grpc_paseto/interceptor/trust/feed_journal.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <limits>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"

namespace paseto::interceptor {
namespace {

constexpr absl::string_view kMagic = "paseto-feed-journal-1\n";
constexpr uint32_t kMaxMessageBytes = 4 << 20;
constexpr size_t kChecksumBytes = 16;
constexpr size_t kHeaderBytes = 4 + kChecksumBytes;
constexpr size_t kNoServer = std::numeric_limits<size_t>::max();

bool ReadAll(int fd, void* to, size_t size) {
  auto* out = static_cast<char*>(to);
  while (size > 0) {
    const ssize_t got = read(fd, out, size);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    out += got;
    size -= static_cast<size_t>(got);
  }
  return true;
}

bool WriteAll(int fd, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(put));
  }
  return true;
}

void PutSize(uint32_t size, char* out) {
  for (int i = 0; i < 4; ++i) out[i] = static_cast<char>(size >> (24 - 8 * i));
}

uint32_t SizeIn(const char* in) {
  uint32_t size = 0;
  for (int i = 0; i < 4; ++i) size = size << 8 | static_cast<uint8_t>(in[i]);
  return size;
}

std::array<uint8_t, kChecksumBytes> Next(const std::array<uint8_t, kChecksumBytes>& before, absl::string_view message) {
  std::array<uint8_t, kChecksumBytes> checksum;
  crypto_generichash_state state;
  crypto_generichash_init(&state, nullptr, 0, kChecksumBytes);
  crypto_generichash_update(&state, before.data(), before.size());
  crypto_generichash_update(&state, reinterpret_cast<const uint8_t*>(message.data()), message.size());
  crypto_generichash_final(&state, checksum.data(), checksum.size());
  return checksum;
}

// The folder's entry must be durable too, or the old file may come back: an older state, which is allowed.
void SyncFolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  fsync(fd);
  close(fd);
}

}  // namespace

FeedJournal::FeedJournal(std::string path) : path_(std::move(path)) {}
FeedJournal::~FeedJournal() { Close(); }

void FeedJournal::Close() {
  if (file_ >= 0) close(file_);
  file_ = -1;
}

absl::Status FeedJournal::Fail(absl::string_view what) {
  const int error = errno;
  Close();
  incomplete_ = true;
  in_snapshot_ = false;
  return absl::UnavailableError(absl::StrCat("the feed's journal ", path_, " could not be ", what, " (errno ", error,
                                             "); a restart without the feed will know less"));
}

absl::Status FeedJournal::Replay(FeedFollower& follower) {
  const int fd = open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0 && errno == ENOENT) return absl::OkStatus();
  if (fd < 0) return Fail("opened");
  const auto close_fd = absl::MakeCleanup([fd] { close(fd); });
  struct stat status;
  if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return Fail("read: it is no regular file");
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return absl::PermissionDeniedError(
        absl::StrCat("the feed's journal ", path_, " may be written by others and is not believed; chmod 600 it"));
  }
  absl::Status read = ReadRecords(fd, status.st_size, follower);
  return read.ok() && follower.position().epoch() != 0 ? Continue() : read;
}

absl::Status FeedJournal::ReadRecords(int fd, int64_t size, FeedFollower& follower) {
  const absl::Status damaged = absl::DataLossError(
      absl::StrCat("the feed's journal ", path_, " is damaged, or of another issuer; it was read up to there"));
  std::string text(kMagic.size(), '\0');
  if (!ReadAll(fd, text.data(), text.size()) || text != kMagic) return damaged;
  follower.StartStream(kNoServer);
  char header[kHeaderBytes];
  for (int64_t end = static_cast<int64_t>(kMagic.size()); end < size;) {
    if (!ReadAll(fd, header, sizeof header) || SizeIn(header) > kMaxMessageBytes) return damaged;
    text.resize(SizeIn(header));
    if (!ReadAll(fd, text.data(), text.size())) return damaged;
    checksum_ = Next(checksum_, text);
    const bool is_whole = std::equal(checksum_.begin(), checksum_.end(), reinterpret_cast<const uint8_t*>(header) + 4);
    v1::WatchResponse message;
    if (!is_whole || !message.ParseFromString(text) || !follower.Restore(message).ok()) return damaged;
    end += static_cast<int64_t>(sizeof header + text.size());
    if (message.has_keys()) keys_ = message;
    room_ = message.has_snapshot() ? kMaxAddedBytes : room_ - static_cast<int64_t>(sizeof header + text.size());
  }
  return absl::OkStatus();
}

absl::Status FeedJournal::Continue() {
  file_ = open(path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  if (file_ < 0) return Fail("opened");
  incomplete_ = false;
  return absl::OkStatus();
}

void FeedJournal::StartStream() {
  if (in_snapshot_) Close();
  in_snapshot_ = false;
}

absl::Status FeedJournal::Add(const v1::WatchResponse& message) {
  if (message.has_keys()) {
    const bool is_known = keys_.SerializeAsString() == message.SerializeAsString();
    keys_ = message;
    return is_known || file_ < 0 ? absl::OkStatus() : Write(message);
  }
  if (message.has_snapshot()) {
    if (!in_snapshot_) {
      if (absl::Status begun = BeginSnapshot(); !begun.ok()) return begun;
    }
    absl::Status written = Write(message);
    return written.ok() && message.snapshot().last() ? EndSnapshot() : written;
  }
  if (!message.has_changes() || file_ < 0) return absl::OkStatus();
  v1::WatchResponse without_instant = message;
  without_instant.mutable_changes()->clear_as_of();
  return Write(without_instant);
}

absl::Status FeedJournal::BeginSnapshot() {
  Close();
  file_ = open(absl::StrCat(path_, ".new").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file_ < 0 || !WriteAll(file_, kMagic)) return Fail("created");
  in_snapshot_ = true;
  incomplete_ = true;
  room_ = std::numeric_limits<int64_t>::max();
  checksum_ = {};
  return Write(keys_);
}

absl::Status FeedJournal::EndSnapshot() {
  if (fsync(file_) != 0 || rename(absl::StrCat(path_, ".new").c_str(), path_.c_str()) != 0) return Fail("replaced");
  SyncFolderOf(path_);
  in_snapshot_ = false;
  incomplete_ = false;
  room_ = kMaxAddedBytes;
  return absl::OkStatus();
}

absl::Status FeedJournal::Write(const v1::WatchResponse& message) {
  const std::string text = message.SerializeAsString();
  checksum_ = Next(checksum_, text);
  char header[kHeaderBytes];
  PutSize(static_cast<uint32_t>(text.size()), header);
  std::copy(checksum_.begin(), checksum_.end(), header + 4);
  room_ -= static_cast<int64_t>(sizeof header + text.size());
  if (room_ < 0) {  // the next stream brings a snapshot
    Close();
    incomplete_ = true;
    return absl::OkStatus();
  }
  if (!WriteAll(file_, {header, sizeof header}) || !WriteAll(file_, text)) return Fail("written");
  return absl::OkStatus();
}

}  // namespace paseto::interceptor
