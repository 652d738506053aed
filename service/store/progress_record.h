// ProgressRecord: how far a store had come when it last acknowledged a write, in a small file of its own.
//
// A store that is behind its record has gone back in time: a backup was restored, or a damaged write-ahead log was cut
// off. The record is best kept on another volume than the store; whoever takes both back at once is not noticed.
//
// File: two slots of 512 bytes, written in turn, so that a torn write leaves the one before:
//
//   tokend-progress 1 EPOCH REVISION COMMITS CHECKSUM\n     then spaces; CHECKSUM: BLAKE2b-128 of what stands before it
//
// Threads: one at a time.
#ifndef GRPC_PASETO_SERVICE_STORE_PROGRESS_RECORD_H_
#define GRPC_PASETO_SERVICE_STORE_PROGRESS_RECORD_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
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
  // Errors: DATA_LOSS when it has content but no whole slot; PERMISSION_DENIED or UNAVAILABLE for the file system.
  static absl::StatusOr<std::unique_ptr<ProgressRecord>> Open(const std::string& path);
  ~ProgressRecord();
  ProgressRecord(const ProgressRecord&) = delete;
  ProgressRecord& operator=(const ProgressRecord&) = delete;

  // What the file says; absent when it is empty.
  const absl::optional<StoreProgress>& last() const { return last_; }
  const std::string& path() const { return path_; }

  // Durable on return. Errors: UNAVAILABLE.
  absl::Status Write(const StoreProgress& progress);

  // OK when a store at `progress` has everything that was acknowledged.
  // Errors: FAILED_PRECONDITION when it is behind the record, belongs to another one, or its record is missing.
  absl::Status Check(const StoreProgress& progress) const;

 private:
  ProgressRecord(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}
  absl::Status Read();

  const std::string path_;
  const int fd_;
  absl::optional<StoreProgress> last_;
  int next_slot_ = 0;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_STORE_PROGRESS_RECORD_H_
