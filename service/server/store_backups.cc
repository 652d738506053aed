#include "grpc_paseto/service/server/store_backups.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/service/store/sqlite_maintenance.h"

namespace paseto::service {

StoreBackups::~StoreBackups() {
  Cancel();
  std::thread last;
  {
    absl::MutexLock lock(&mutex_);
    last = std::move(thread_);
  }
  if (last.joinable()) last.join();
}

void StoreBackups::Start(const std::string& name, Done<FinishedBackup> done) {
  if (folder_.empty()) {
    return std::move(done)(
        absl::InvalidArgumentError("no backups can be made; the operator names store.sqlite.backup_folder"));
  }
  {
    absl::MutexLock lock(&mutex_);
    if (!running_) {
      if (thread_.joinable()) thread_.join();  // it has nothing left to do
      running_ = true;
      thread_ = std::thread([this, file = absl::StrCat(folder_, "/", name), done = std::move(done)]() mutable {
        absl::StatusOr<FinishedBackup> made = Make(file);
        {
          absl::MutexLock also(&mutex_);
          running_ = false;
        }
        std::move(done)(std::move(made));
      });
      return;
    }
  }
  std::move(done)(absl::UnavailableError("another backup is being made; wait for it"));
}

absl::StatusOr<FinishedBackup> StoreBackups::Make(const std::string& file) const {
  const absl::StatusOr<StoreProgress> progress = BackUpOpenSqliteStore(store_folder_, file, cancelled_);
  if (absl::IsAlreadyExists(progress.status())) return absl::InvalidArgumentError(progress.status().message());
  if (absl::IsCancelled(progress.status())) return absl::UnavailableError(progress.status().message());
  if (!progress.ok()) return progress.status();
  return FinishedBackup{file, {progress->epoch, progress->revision}, progress->commits};
}

}  // namespace paseto::service
