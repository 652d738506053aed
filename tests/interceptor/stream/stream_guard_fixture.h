// What the tests of StreamGuard share: clocks that a test moves, a call that remembers its end, tokens.
#ifndef GRPC_PASETO_TESTS_INTERCEPTOR_STREAM_STREAM_GUARD_FIXTURE_H_
#define GRPC_PASETO_TESTS_INTERCEPTOR_STREAM_STREAM_GUARD_FIXTURE_H_

#include <gmock/gmock.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "grpc_paseto/interceptor/stream/stream_guard.h"
#include "grpc_paseto/tests/support/fake_clock.h"
#include "grpc_paseto/tests/support/token_mint.h"

namespace paseto::interceptor {

class FakeBootClock final : public BootClock {
 public:
  absl::Duration SinceBoot() const override { return absl::Nanoseconds(nanoseconds_.load()); }
  void Advance(absl::Duration duration) { nanoseconds_ += absl::ToInt64Nanoseconds(duration); }

 private:
  std::atomic<int64_t> nanoseconds_{int64_t{1'000'000'000'000}};
};

// Remembers how it was ended.
class FakeCall final : public LiveCall {
 public:
  void End(const absl::Status& status) override {
    absl::MutexLock lock(&mutex_);
    ends_.push_back(std::string(status.message()));
    if (!ended_.HasBeenNotified()) ended_.Notify();
  }
  std::vector<std::string> ends() const {
    absl::MutexLock lock(&mutex_);
    return ends_;
  }
  void WaitForEnd() { ended_.WaitForNotification(); }

 private:
  mutable absl::Mutex mutex_;
  std::vector<std::string> ends_ ABSL_GUARDED_BY(mutex_);
  absl::Notification ended_;
};

// A stream's hold on a call that the test looks at, too.
class SharedCall final : public LiveCall {
 public:
  explicit SharedCall(std::shared_ptr<LiveCall> call) : call_(std::move(call)) {}
  void End(const absl::Status& status) override { call_->End(status); }

 private:
  const std::shared_ptr<LiveCall> call_;
};

inline std::unique_ptr<LiveCall> Share(std::shared_ptr<LiveCall> call) {
  return std::make_unique<SharedCall>(std::move(call));
}

class FakeObserver final : public CallObserver {
 public:
  void OnAllowed(absl::string_view, bool, bool) override {}
  void OnRefused(absl::string_view, v1::Reason) override {}
  void OnStreamEnded(absl::string_view method, v1::Reason reason) override {
    absl::MutexLock lock(&mutex_);
    ended.push_back({std::string(method), reason});
  }
  void OnStreamWouldEnd(absl::string_view method, v1::Reason reason) override {
    absl::MutexLock lock(&mutex_);
    would_end.push_back({std::string(method), reason});
  }
  void OnStaleTrustUsed(absl::string_view) override {}
  std::vector<std::pair<std::string, v1::Reason>> ended, would_end;  // read when no other thread is left

 private:
  absl::Mutex mutex_;
};

class StreamGuardTest : public ::testing::Test {
 protected:
  std::shared_ptr<const VerifiedToken> TokenOf(const std::string& subject, absl::Duration life,
                                               const std::function<void(Claims&)>& change = nullptr) {
    const std::string text = mint_.Mint(subject, [&](TokenSpec& spec) {
      spec.claims.expires_at = clock_.Now() + life;
      if (change) change(spec.claims);
    });
    VerifyOptions options;
    const TokenKind accept[] = {kV4Public};
    const KeyUse uses[] = {KeyUse::kAccess};
    options.accept = accept;
    options.uses = uses;
    return VerifyToken(*mint_.board()->keys().Current(), text, options).value();
  }

  // A stream with a token of ten seconds.
  StreamGuard::Stream StreamOf(const std::string& subject) {
    StreamGuard::Stream stream;
    stream.call = Share(call_);
    stream.token = TokenOf(subject, absl::Seconds(10));
    stream.method = "/echo.Echo/Follow";
    return stream;
  }

  void Advance(absl::Duration duration) {
    clock_.Advance(duration);
    boot_clock_.Advance(duration);
  }

  FakeClock clock_;
  FakeBootClock boot_clock_;
  TokenMint mint_{clock_};
  FakeObserver observer_;
  std::shared_ptr<FakeCall> call_ = std::make_shared<FakeCall>();
  StreamGuard streams_{{{&mint_.board()->keys(), &mint_.board()->revocations()}, clock_, boot_clock_, &observer_}};
};

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_TESTS_INTERCEPTOR_STREAM_STREAM_GUARD_FIXTURE_H_
