#include "grpc_paseto/service/store/progress_keeper.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace paseto::service {

ProgressKeeper::ProgressKeeper(std::unique_ptr<ProgressRecord> record)
    : record_(std::move(record)), thread_([this] { Loop(); }) {}

ProgressKeeper::~ProgressKeeper() { Stop(); }

void ProgressKeeper::Confirm(const StoreProgress& progress, Answer answer) {
  absl::MutexLock lock(&mutex_);
  newest_ = progress;
  waiting_.push_back(std::move(answer));
}

absl::Status ProgressKeeper::Ready() {
  StoreProgress progress;
  {
    absl::MutexLock lock(&mutex_);
    if (trouble_.ok()) return trouble_;
    progress = newest_;
  }
  return Record(progress);
}

absl::Status ProgressKeeper::Record(const StoreProgress& progress) {
  absl::Status written;
  {
    absl::MutexLock lock(&record_mutex_);
    if (record_->last() != progress) written = record_->Write(progress);
  }
  absl::MutexLock lock(&mutex_);
  return trouble_ = written;
}

void ProgressKeeper::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void ProgressKeeper::Loop() {
  while (true) {
    std::vector<Answer> answers;
    StoreProgress progress;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(this, &ProgressKeeper::HasWorkOrIsStopped));
      if (waiting_.empty()) return;
      answers.swap(waiting_);
      progress = newest_;
    }
    const absl::Status recorded = Record(progress);
    const absl::Status fate =
        recorded.ok() ? recorded : absl::UnknownError(absl::StrCat("it has happened, but ", recorded.message()));
    for (Answer& answer : answers) std::move(answer)(fate);
  }
}

}  // namespace paseto::service
