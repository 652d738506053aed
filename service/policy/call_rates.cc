#include "grpc_paseto/service/policy/call_rates.h"

#include <algorithm>

#include "absl/time/time.h"

namespace paseto::service {
namespace {

constexpr int64_t kSecondNs = 1'000'000'000;

}  // namespace

CallRates::CallRates(const config::TokendConfig& config, const Clock& clock) : clock_(clock) {
  for (const auto& [id, client] : config.clients()) {
    if (!client.has_max_calls_per_second()) continue;
    by_client_[ClientId(id)].reset(new Rate{kSecondNs / client.max_calls_per_second(), {0}});
  }
}

bool CallRates::Take(const ClientId& client) {
  const auto found = by_client_.find(client);
  if (found == by_client_.end()) return true;
  Rate& rate = *found->second;
  const int64_t now_ns = absl::ToUnixNanos(clock_.Now());
  int64_t free_at = rate.free_at_ns.load(std::memory_order_relaxed);
  int64_t next = 0;
  do {
    // Calls are never paid for more than a second ahead, so then the clock was set back.
    const int64_t begin = free_at > now_ns + kSecondNs ? now_ns : std::max(free_at, now_ns);
    next = begin + rate.interval_ns;
    if (next > now_ns + kSecondNs) return false;
  } while (!rate.free_at_ns.compare_exchange_weak(free_at, next, std::memory_order_relaxed));
  return true;
}

}  // namespace paseto::service
