// StoreBackups: makes backups of the store while tokend serves, one at a time, into one folder.
//
// Threads: one of its own while a backup is made. The destructor ends that backup; nothing of it stays.
#ifndef GRPC_PASETO_SERVICE_SERVER_STORE_BACKUPS_H_
#define GRPC_PASETO_SERVICE_SERVER_STORE_BACKUPS_H_

#include <atomic>
#include <string>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "grpc_paseto/service/api/store_admin_service.h"

namespace paseto::service {

class StoreBackups {
 public:
  // `folder` is empty when the configuration names none. The store of `store_folder` is open as long as this object
  // lives.
  StoreBackups(std::string store_folder, std::string folder)
      : store_folder_(std::move(store_folder)), folder_(std::move(folder)) {}
  ~StoreBackups();

  // Ends the backup that is being made; from now on all are refused.
  void Cancel() { cancelled_ = true; }

  // Runs `done` once: inside the call when nothing can begin, else on the backup's thread. REQUIRES: `name` has no
  // slash. Errors: INVALID_ARGUMENT when the file exists or there is no folder; UNAVAILABLE when it cannot be written,
  // another backup is being made, or tokend stops; DATA_LOSS for a damaged store.
  void Start(const std::string& name, Done<FinishedBackup> done);

 private:
  absl::StatusOr<FinishedBackup> Make(const std::string& file) const;

  const std::string store_folder_;
  const std::string folder_;
  std::atomic<bool> cancelled_ = false;
  absl::Mutex mutex_;
  bool running_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_SERVER_STORE_BACKUPS_H_
