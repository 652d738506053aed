// PrometheusObserver: a CallObserver that counts with prometheus-cpp.
//
//   paseto_calls_allowed_total{method,caller,cache}   caller: known or anonymous; cache: hit or miss
//   paseto_calls_refused_total{method,reason}
//   paseto_streams_ended_total{method,reason}
//   paseto_streams_would_end_total{method,reason}     of a guard that only counts
//   paseto_stale_trust_used_total{method}             alert on it: old keys and revocations decide
//
// Labels come from closed lists, never from callers: methods that the server has ("unknown" for any other) and the
// reasons of paseto/v1/reason.proto.
// Threads: all methods may be called from several threads at once. One observer may serve several guards.
#ifndef GRPC_PASETO_INTERCEPTOR_PROMETHEUS_PROMETHEUS_OBSERVER_H_
#define GRPC_PASETO_INTERCEPTOR_PROMETHEUS_PROMETHEUS_OBSERVER_H_

#include <memory>

#include "absl/strings/string_view.h"
#include "grpc_paseto/interceptor/observe/call_observer.h"

namespace prometheus {
class Registry;
}

namespace paseto::interceptor {

class PrometheusObserver final : public CallObserver {
 public:
  // Registers the families above. `registry` outlives this object.
  explicit PrometheusObserver(prometheus::Registry& registry);
  ~PrometheusObserver() override;

  void OnAllowed(absl::string_view method, bool anonymous, bool was_cached) override;
  void OnRefused(absl::string_view method, v1::Reason reason) override;
  void OnStreamEnded(absl::string_view method, v1::Reason reason) override;
  void OnStreamWouldEnd(absl::string_view method, v1::Reason reason) override;
  void OnStaleTrustUsed(absl::string_view method) override;

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_PROMETHEUS_PROMETHEUS_OBSERVER_H_
