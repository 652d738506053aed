// ProgressRecord: how far a store had come when it last acknowledged a write, in a small file of its own.
//
// A store that is behind its record has gone back in time: a backup was restored, or a damaged write-ahead log was cut
// off. The record is best kept on another volume than the store; whoever takes both back at once is not noticed.
//
// File: two slots of 512 bytes, written in turn, so that a torn write leaves the one before:
//
//   tokend-progress 1 EPOCH REVISION COMMITS CHECKSUM\n     then spaces; CHECKSUM: BLAKE2b-128 of what stands before it
//
// It is written through SQLite's VFS, as the database is: one place stands between the store and the disk.
//
// Threads: one at a time.
#ifndef GRPC_PASETO_SERVICE_STORE_PROGRESS_RECORD_H_
#define GRPC_PASETO_SERVICE_STORE_PROGRESS_RECORD_H_

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace paseto::service {

struct StoreProgress {
  int64_t epoch = 0;
  int64_t revision = 0;
  int64_t commits = 0;  // since the store was created

  friend bool operator==(const StoreProgress&, const StoreProgress&) = default;
};

class ProgressRecord {
 public:
  // Opens the file, or makes an empty one with mode 0600.
  // Errors: FAILED_PRECONDITION when it holds something else; PERMISSION_DENIED or UNAVAILABLE for the file system.
  static absl::StatusOr<std::unique_ptr<ProgressRecord>> Open(const std::string& path);

  // What the file says; absent when it is empty or has no whole slot.
  const absl::optional<StoreProgress>& last() const { return last_; }
  const std::string& path() const { return path_; }

  // Durable on return. Errors: UNAVAILABLE.
  absl::Status Write(const StoreProgress& progress);

  // OK when a store at `progress` has everything that was acknowledged.
  // Errors: FAILED_PRECONDITION when it is behind the record, belongs to another one, or its record is missing;
  // DATA_LOSS when the record is damaged.
  absl::Status Check(const StoreProgress& progress) const;

 private:
  struct CloseFile {
    void operator()(sqlite3_file* file) const;
  };

  explicit ProgressRecord(std::string path) : path_(std::move(path)), vfs_name_(path_ + '\0') {}
  absl::Status OpenFile();
  absl::Status Read();
  absl::Status FileError(absl::string_view doing, int code) const;

  const std::string path_;
  const std::string vfs_name_;  // ends with two zeros
  std::unique_ptr<sqlite3_file, CloseFile> file_;
  absl::optional<StoreProgress> last_;
  bool is_damaged_ = false;
  int next_slot_ = 0;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_STORE_PROGRESS_RECORD_H_
