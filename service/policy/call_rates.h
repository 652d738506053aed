// CallRates: how often each client may call.
//
// A client with a limit of N may make N calls at once and N per second in the long run (the generic cell rate
// algorithm: one number per client, no queue). Times that go back never lock a client out. Threads: all methods may be
// called from several threads at once.
#ifndef GRPC_PASETO_SERVICE_POLICY_CALL_RATES_H_
#define GRPC_PASETO_SERVICE_POLICY_CALL_RATES_H_

#include <atomic>
#include <cstdint>
#include <memory>

#include "absl/container/flat_hash_map.h"
#include "grpc_paseto/core/token/clock.h"
#include "grpc_paseto/core/token/ids.h"
#include "service/config/tokend_config.pb.h"

namespace paseto::service {

class CallRates {
 public:
  // `clock` outlives this object.
  CallRates(const config::TokendConfig& config, const Clock& clock);

  // Whether `client` may make a call now; then it counts. True for a client without a limit.
  bool Take(const ClientId& client);

 private:
  struct Rate {
    int64_t interval_ns;              // between two calls in the long run
    std::atomic<int64_t> free_at_ns;  // when all calls so far are paid for
  };
  const Clock& clock_;
  absl::flat_hash_map<ClientId, std::unique_ptr<Rate>> by_client_;  // those with a limit
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_POLICY_CALL_RATES_H_
