// DataFolder: the folder that holds an embedded store, taken by one process at a time.
//
// Files: `lock` (held while in use, with the process id of the user), `store.db` with SQLite's files beside it, and
// `stopped_cleanly`, which exists only after an orderly stop.
#ifndef GRPC_PASETO_SERVICE_STORE_DATA_FOLDER_H_
#define GRPC_PASETO_SERVICE_STORE_DATA_FOLDER_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace paseto::service {

class DataFolder {
 public:
  // Creates the folder (0700) and an empty database file (0600) when absent, and takes the lock until destruction.
  // Errors: FAILED_PRECONDITION when it is in use, by another process or by this one; PERMISSION_DENIED or UNAVAILABLE
  // for the file system.
  static absl::StatusOr<std::unique_ptr<DataFolder>> Take(std::string path);
  ~DataFolder();
  DataFolder(const DataFolder&) = delete;
  DataFolder& operator=(const DataFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string database() const { return path_ + "/store.db"; }

  // True when the last user stopped in good order, or there was none.
  bool was_stopped_cleanly() const { return was_stopped_cleanly_; }

  // From here on a crash leaves the folder marked as not stopped cleanly. Durable on return.
  absl::Status MarkInUse();
  // REQUIRES: the database is closed.
  absl::Status MarkStoppedCleanly();

 private:
  explicit DataFolder(std::string path) : path_(std::move(path)) {}
  absl::Status OpenFolder();
  absl::Status LockFolder();
  absl::Status PrepareDatabaseFile();
  std::string marker() const { return path_ + "/stopped_cleanly"; }

  const std::string path_;
  int folder_fd_ = -1;
  int lock_fd_ = -1;
  bool was_stopped_cleanly_ = false;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_STORE_DATA_FOLDER_H_
