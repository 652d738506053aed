// Guard::Impl: what a guard owns. For the other files of this room.
#ifndef GRPC_PASETO_INTERCEPTOR_GATE_GUARD_IMPL_H_
#define GRPC_PASETO_INTERCEPTOR_GATE_GUARD_IMPL_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "grpc_paseto/core/token/boot_clock.h"
#include "grpc_paseto/interceptor/gate/guard.h"
#include "grpc_paseto/interceptor/policy/authenticator.h"
#include "grpc_paseto/interceptor/policy/compiled_rule.h"
#include "grpc_paseto/interceptor/policy/refusal.h"
#include "grpc_paseto/interceptor/stream/stream_guard.h"

namespace paseto::interceptor {

class ServerGate;

class Guard::Impl {
 public:
  // REQUIRES: options that Guard::Create found good.
  explicit Impl(GuardOptions options);
  ~Impl();

  RuleDefaults rule_defaults() const {
    return {options_.issuer, options_.audience, options_.clock_skew, options_.max_token_age};
  }
  const Clock& clock() const { return options_.clock != nullptr ? *options_.clock : system_clock_; }
  const std::string& instance() const { return options_.instance; }
  CallObserver* observer() const { return options_.observer.get(); }
  Authenticator& authenticator() { return authenticator_; }
  StreamGuard& streams() { return streams_; }

  // `refusal` as its caller may read it.
  absl::Status ForCaller(const absl::Status& refusal) const {
    return options_.hide_reasons ? WithoutReason(refusal) : refusal;
  }
  // Waits as long as the options say. Errors: UNAVAILABLE when no trust came.
  absl::Status WaitForFirstTrust();
  // A gate for one more server; lives as long as the guard.
  ServerGate& AddServer();

 private:
  void Listen(const std::function<void()>& listener);

  const GuardOptions options_;
  const SystemClock system_clock_;
  const SystemBootClock boot_clock_;
  VerifiedTokenCache cache_;
  Authenticator authenticator_;
  StreamGuard streams_;
  absl::Mutex mutex_;
  std::vector<std::unique_ptr<ServerGate>> servers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_GATE_GUARD_IMPL_H_
