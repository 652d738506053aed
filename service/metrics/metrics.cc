#include "grpc_paseto/service/metrics/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/exposer.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <exception>
#include <tuple>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "grpc_paseto/interceptor/policy/refusal.h"

namespace paseto::service {
namespace {

using interceptor::ReasonName;
using interceptor::ReasonOf;
using prometheus::Counter;
using prometheus::Histogram;

const Histogram::BucketBoundaries kSeconds = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5};

std::string ReasonLabel(v1::Reason reason) {
  return reason == v1::REASON_UNSPECIFIED ? "" : std::string(ReasonName(reason));
}

}  // namespace

absl::string_view RefreshOutcomeName(const absl::Status& status, absl::string_view outcome) {
  if (status.ok()) return outcome.empty() ? "rotated" : outcome;
  switch (ReasonOf(status.message())) {
    case v1::REASON_REFRESH_REUSED:
      return "theft";
    case v1::REASON_SESSION_EXPIRED:
      return "expired";
    case v1::REASON_SESSION_REVOKED:
    case v1::REASON_TOKEN_REVOKED:
    case v1::REASON_SUBJECT_DISABLED:
      return "revoked";
    case v1::REASON_CLIENT_DISABLED:
      return "client_disabled";
    case v1::REASON_STORE_ROLLED_BACK:
      return "store_rolled_back";
    case v1::REASON_GRACE_EXHAUSTED:
      return "grace_exhausted";
    case v1::REASON_REFRESH_INVALID:
      return "invalid";
    default:
      return "failed";
  }
}

class Metrics::Impl {
 public:
  Impl()
      : rpcs_(prometheus::BuildCounter().Name("tokend_rpcs_total").Help("Answered calls").Register(*registry_)),
        seconds_(
            prometheus::BuildHistogram().Name("tokend_rpc_seconds").Help("How long calls took").Register(*registry_)),
        refreshes_(prometheus::BuildCounter()
                       .Name("tokend_refreshes_total")
                       .Help("Refreshes by outcome")
                       .Register(*registry_)),
        refusals_(prometheus::BuildCounter()
                      .Name("tokend_guard_refusals_total")
                      .Help("Calls that the guard refused")
                      .Register(*registry_)),
        rollbacks_(prometheus::BuildCounter()
                       .Name("tokend_store_rollbacks_total")
                       .Help("Times that a verifier proved that the store had gone back in time")
                       .Register(*registry_)
                       .Add({})) {
    for (const char* outcome : {"rotated", "concurrent", "lost_response", "theft", "expired", "revoked",
                                "client_disabled", "store_rolled_back", "grace_exhausted", "invalid", "failed"}) {
      refreshes_.Add({{"outcome", outcome}});  // so that a rate has a beginning
    }
  }

  absl::Status Serve(const std::string& address) {
    try {  // the one place where this library may throw
      exposer_ = std::make_unique<prometheus::Exposer>(address, 1);
      exposer_->RegisterCollectable(registry_);
    } catch (const std::exception&) {
      return absl::UnavailableError(absl::StrCat("metrics: cannot listen on ", address, "; is the port in use?"));
    }
    return absl::OkStatus();
  }

  int port() const { return exposer_ == nullptr ? 0 : exposer_->GetListeningPorts().front(); }

  void OnAnswered(const RpcLine& line) {
    const std::string rpc(line.rpc);
    const v1::Reason reason = ReasonOf(line.status.message());
    const int code = static_cast<int>(line.status.code());
    const auto count = [&]() -> Counter& {
      return rpcs_.Add(
          {{"rpc", rpc}, {"code", absl::StatusCodeToString(line.status.code())}, {"reason", ReasonLabel(reason)}});
    };
    counters_.Find({line.rpc.data(), code, static_cast<int>(reason)}, count).Increment();
    const auto time = [&]() -> Histogram& { return seconds_.Add({{"rpc", rpc}}, kSeconds); };
    histograms_.Find(line.rpc.data(), time).Observe(std::chrono::duration<double>(line.duration).count());
    if (line.rpc != "TokenService/Refresh") return;
    const absl::string_view outcome = RefreshOutcomeName(line.status, line.outcome);
    const auto refresh = [&]() -> Counter& { return refreshes_.Add({{"outcome", std::string(outcome)}}); };
    outcomes_.Find(outcome, refresh).Increment();
  }

  void OnStoreRolledBack() { rollbacks_.Increment(); }

  void OnGuardRefusal(absl::string_view rpc, absl::string_view reason) {
    refusals_.Add({{"rpc", std::string(rpc)}, {"reason", std::string(reason)}}).Increment();
  }

 private:
  // Finding a counter by its labels takes a microsecond; here it is a look into a map, most times under a shared lock.
  template <typename Metric, typename Key>
  class Cached {
   public:
    template <typename Make>
    Metric& Find(const Key& key, Make make) {
      {
        absl::ReaderMutexLock lock(&mutex_);
        if (const auto found = metrics_.find(key); found != metrics_.end()) return *found->second;
      }
      absl::MutexLock lock(&mutex_);
      Metric*& metric = metrics_[key];
      if (metric == nullptr) metric = &make();
      return *metric;
    }

   private:
    absl::Mutex mutex_;
    absl::flat_hash_map<Key, Metric*> metrics_ ABSL_GUARDED_BY(mutex_);
  };

  const std::shared_ptr<prometheus::Registry> registry_ = std::make_shared<prometheus::Registry>();
  prometheus::Family<Counter>& rpcs_;
  prometheus::Family<Histogram>& seconds_;
  prometheus::Family<Counter>& refreshes_;
  prometheus::Family<Counter>& refusals_;
  Counter& rollbacks_;
  Cached<Counter, std::tuple<const char*, int, int>> counters_;  // names of RPCs are literals
  Cached<Histogram, const char*> histograms_;
  Cached<Counter, absl::string_view> outcomes_;  // literals, too
  std::unique_ptr<prometheus::Exposer> exposer_;
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

absl::Status Metrics::Serve(const std::string& address) { return impl_->Serve(address); }
int Metrics::port() const { return impl_->port(); }
void Metrics::OnAnswered(const RpcLine& line) { impl_->OnAnswered(line); }
void Metrics::OnGuardRefusal(absl::string_view rpc, absl::string_view reason) { impl_->OnGuardRefusal(rpc, reason); }
void Metrics::OnStoreRolledBack() { impl_->OnStoreRolledBack(); }

}  // namespace paseto::service
