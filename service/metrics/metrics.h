// Metrics: what tokend counts, served to Prometheus over HTTP at /metrics.
//
//   tokend_rpcs_total{rpc,code,reason}        answered calls of TokenService
//   tokend_rpc_seconds{rpc}                   how long they took (histogram)
//   tokend_refreshes_total{outcome}           rotated, concurrent, lost_response, theft, expired, revoked,
//                                             client_disabled, store_rolled_back, grace_exhausted, invalid, failed
//   tokend_guard_refusals_total{rpc,reason}   calls that the guard refused before a handler ran
//   tokend_store_rollbacks_total              times that a verifier proved that the store had gone back in time
//
// Labels come from closed lists, never from callers.
// Threads: all methods may be called from several threads at once.
#ifndef GRPC_PASETO_SERVICE_METRICS_METRICS_H_
#define GRPC_PASETO_SERVICE_METRICS_METRICS_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "grpc_paseto/service/log/rpc_log.h"

namespace paseto::service {

// Which kind of end a refresh had; `outcome` as in RpcLine.
absl::string_view RefreshOutcomeName(const absl::Status& status, absl::string_view outcome);

class Metrics final : public CallMeter {
 public:
  Metrics();
  ~Metrics() override;

  // Listens on host:port from now on; port 0 takes a free one. Errors: UNAVAILABLE when it cannot.
  absl::Status Serve(const std::string& address);
  // The port that was bound; 0 before Serve.
  int port() const;

  void OnAnswered(const RpcLine& line) override;
  void OnGuardRefusal(absl::string_view rpc, absl::string_view reason) override;
  void OnStoreRolledBack();

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_METRICS_METRICS_H_
