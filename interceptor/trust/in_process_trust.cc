#include "grpc_paseto/interceptor/trust/in_process_trust.h"

#include <algorithm>

namespace paseto::interceptor {

void TrustBoard::SetKeys(std::shared_ptr<const KeySet> keys) {
  keys_.Swap(std::move(keys));
  Notify();
}

void TrustBoard::AddRevocations(absl::Span<const Revocation> records) {
  revocations_.Add(records);
  Notify();
}

void TrustBoard::ReplaceRevocations(absl::Span<const Revocation> records) {
  revocations_.Replace(records);
  Notify();
}

int TrustBoard::Subscribe(std::function<void()> listener) {
  absl::MutexLock lock(&mutex_);
  listeners_.emplace_back(next_subscription_, std::move(listener));
  return next_subscription_++;
}

void TrustBoard::Unsubscribe(int subscription) {
  absl::MutexLock lock(&mutex_);
  listeners_.erase(std::remove_if(listeners_.begin(), listeners_.end(),
                                  [&](const auto& entry) { return entry.first == subscription; }),
                   listeners_.end());
}

// Listeners run under the lock, so that none is running once Unsubscribe has returned.
void TrustBoard::Notify() {
  absl::MutexLock lock(&mutex_);
  for (const auto& [subscription, listener] : listeners_) listener();
}

namespace {

class BoardTrust final : public TrustSource {
 public:
  explicit BoardTrust(std::shared_ptr<TrustBoard> board) : board_(std::move(board)) {}
  ~BoardTrust() override { OnChange(nullptr); }

  const KeyRing& keys() const override { return board_->keys(); }
  const RevocationSet& revocations() const override { return board_->revocations(); }
  absl::Duration Age() const override { return absl::ZeroDuration(); }
  bool WaitForFirstTrust(absl::Duration) override { return true; }

  void OnChange(std::function<void()> listener) override {
    absl::MutexLock lock(&mutex_);
    if (subscription_ != 0) board_->Unsubscribe(subscription_);
    subscription_ = listener ? board_->Subscribe(std::move(listener)) : 0;
  }

 private:
  const std::shared_ptr<TrustBoard> board_;
  absl::Mutex mutex_;
  int subscription_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace

std::unique_ptr<TrustSource> TrustFromBoard(std::shared_ptr<TrustBoard> board) {
  return std::make_unique<BoardTrust>(std::move(board));
}

}  // namespace paseto::interceptor
