// RpcLog: one line per RPC.
//
//   {"time":"...","level":"info","rpc":"TokenService/Refresh","client":"web","code":"UNAUTHENTICATED",
//    "reason":"refresh_reused","duration_us":812}
//
// Threads: all methods may be called from several threads at once.
#ifndef GRPC_PASETO_SERVICE_LOG_RPC_LOG_H_
#define GRPC_PASETO_SERVICE_LOG_RPC_LOG_H_

#include <chrono>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "grpc_paseto/core/token/boot_clock.h"
#include "grpc_paseto/interceptor/observe/call_observer.h"
#include "grpc_paseto/service/log/json_log.h"
#include "grpc_paseto/service/log/line_sampler.h"

namespace paseto::service {

struct RpcLine {
  absl::string_view rpc;  // "TokenService/Issue"; lives for ever
  std::string client;     // empty: nobody authenticated
  absl::Status status;
  std::string cause;  // what the operator has to know and the caller does not
  std::chrono::microseconds duration;
  absl::string_view outcome = {};  // which kind of success, lives for ever; empty: there is one kind
};

// Counts what the log tells.
// Threads: all methods may be called from several threads at once.
class CallMeter {
 public:
  virtual ~CallMeter() = default;
  virtual void OnAnswered(const RpcLine& line) = 0;
  virtual void OnGuardRefusal(absl::string_view rpc, absl::string_view reason) = 0;
};

class RpcLog {
 public:
  // `log` and `meter`, which may be null, outlive this object.
  explicit RpcLog(const JsonLog& log, CallMeter* meter = nullptr) : log_(log), meter_(meter) {}
  void Write(const RpcLine& line) const;

 private:
  const JsonLog& log_;
  CallMeter* const meter_;
};

// What the guard refuses never reaches a handler; here it gets its line, at most one a second for each RPC and reason,
// with the number of those that were left out ("left_out"). So do the calls of services that keep no log of their own,
// when they are let in.
class GuardLog final : public interceptor::CallObserver {
 public:
  // `log`, `clock` and `meter`, which may be null, outlive this object.
  GuardLog(const JsonLog& log, const BootClock& clock, CallMeter* meter = nullptr)
      : log_(log), clock_(clock), meter_(meter) {}

  void OnAllowed(absl::string_view method, bool anonymous, bool was_cached) override;
  void OnRefused(absl::string_view method, v1::Reason reason) override;
  void OnStreamEnded(absl::string_view method, v1::Reason reason) override;
  void OnStaleTrustUsed(absl::string_view method) override;

 private:
  const JsonLog& log_;
  const BootClock& clock_;
  CallMeter* const meter_;
  LineSampler refusals_;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_LOG_RPC_LOG_H_
