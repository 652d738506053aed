#include "grpc_paseto/service/keys/key_rotator.h"

#include <future>
#include <utility>

namespace paseto::service {

KeyRotator::KeyRotator(std::shared_ptr<KeyKeeper> keeper, std::function<std::vector<VerifierAck>()> live,
                       const JsonLog& log, absl::Duration interval)
    : keeper_(std::move(keeper)), live_(std::move(live)), log_(log), interval_(interval), thread_([this] { Run(); }) {}

KeyRotator::~KeyRotator() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

void KeyRotator::Run() {
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      if (mutex_.AwaitWithTimeout(absl::Condition(&stopping_), interval_)) return;
    }
    TakeTurn();
  }
}

void KeyRotator::TakeTurn() {
  std::promise<absl::Status> result;
  keeper_->Turn(live_(), [&result](absl::StatusOr<KeyTable> table) { result.set_value(table.status()); });
  const absl::Status turned = result.get_future().get();
  if (turned.ok()) return;
  log_.Message(LogSeverity::kWarn, "the keys could not be looked after; it is tried again",
               {{"cause", turned.message()}});
}

}  // namespace paseto::service
