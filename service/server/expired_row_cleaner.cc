#include "grpc_paseto/service/server/expired_row_cleaner.h"

#include <future>
#include <utility>

namespace paseto::service {
namespace {

// More rows at once would keep writers waiting.
constexpr int kRowsPerStep = 100;

}  // namespace

ExpiredRowCleaner::ExpiredRowCleaner(SessionStore& store, ForgetClock& clock, const JsonLog& log,
                                     absl::Duration interval)
    : store_(store), clock_(clock), log_(log), interval_(interval), thread_([this] { Run(); }) {}

ExpiredRowCleaner::~ExpiredRowCleaner() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

void ExpiredRowCleaner::Run() {
  bool more = false;
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      if (!more) mutex_.AwaitWithTimeout(absl::Condition(&stopping_), interval_);
      if (stopping_) return;
    }
    more = CleanOneStep();
  }
}

absl::StatusOr<int> ExpiredRowCleaner::DeleteSome() {
  if (absl::Status moved = clock_.Advance(store_); !moved.ok()) return moved;
  std::promise<absl::StatusOr<int>> result;
  store_.DeleteExpired(clock_.Now(), kRowsPerStep,
                       [&result](absl::StatusOr<int> deleted) { result.set_value(std::move(deleted)); });
  return result.get_future().get();
}

bool ExpiredRowCleaner::CleanOneStep() {
  const absl::StatusOr<int> deleted = DeleteSome();
  if (!deleted.ok()) {
    log_.Message(LogSeverity::kWarn, "expired rows could not be deleted; they are tried again later",
                 {{"cause", deleted.status().message()}});
    return false;
  }
  return *deleted == kRowsPerStep;
}

}  // namespace paseto::service
