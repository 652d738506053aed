#include "grpc_paseto/service/store/progress_keeper.h"

#include <utility>

namespace paseto::service {

ProgressKeeper::ProgressKeeper(std::unique_ptr<ProgressRecord> record)
    : record_(std::move(record)), thread_([this] { Loop(); }) {}

ProgressKeeper::~ProgressKeeper() { Stop(); }

void ProgressKeeper::Confirm(const StoreProgress& progress, Answer answer) {
  absl::MutexLock lock(&mutex_);
  newest_ = progress;
  waiting_.push_back(std::move(answer));
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
    const bool on_record = record_->last() == progress;
    const absl::Status fate = on_record ? absl::OkStatus() : record_->Write(progress);
    for (Answer& answer : answers) std::move(answer)(fate);
  }
}

}  // namespace paseto::service
