#include "grpc_paseto/interceptor/prometheus/prometheus_observer.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/registry.h>

#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "grpc_paseto/interceptor/policy/refusal.h"

namespace paseto::interceptor {
namespace {

using prometheus::Counter;
using prometheus::Labels;

// The counters of one name, by method and one number. prometheus-cpp takes a microsecond to find a counter by its
// labels; here it is a look into a map, most times under a shared lock.
class Counters {
 public:
  Counters(prometheus::Registry& registry, const char* name, const char* help)
      : family_(prometheus::BuildCounter().Name(name).Help(help).Register(registry)) {}

  template <typename MoreLabels>
  void Increment(absl::string_view method, int number, MoreLabels more_labels) {
    Find(method, number, more_labels).Increment();
  }

 private:
  template <typename MoreLabels>
  Counter& Find(absl::string_view method, int number, MoreLabels more_labels) {
    {
      absl::ReaderMutexLock lock(&mutex_);
      if (const auto found = counters_.find(method); found != counters_.end()) {
        if (const auto counter = found->second.find(number); counter != found->second.end()) return *counter->second;
      }
    }
    absl::MutexLock lock(&mutex_);
    Counter*& counter = counters_[method][number];
    if (counter == nullptr) {
      Labels labels = more_labels();
      labels["method"] = method.empty() ? "unknown" : std::string(method);
      counter = &family_.Add(labels);
    }
    return *counter;
  }

  prometheus::Family<Counter>& family_;
  absl::Mutex mutex_;
  absl::flat_hash_map<std::string, absl::flat_hash_map<int, Counter*>> counters_ ABSL_GUARDED_BY(mutex_);
};

auto ReasonLabel(v1::Reason reason) {
  return [reason] { return Labels{{"reason", std::string(ReasonName(reason))}}; };
}

}  // namespace

class PrometheusObserver::Impl {
 public:
  explicit Impl(prometheus::Registry& registry)
      : allowed(registry, "paseto_calls_allowed_total", "Calls that passed the gate"),
        refused(registry, "paseto_calls_refused_total", "Calls that the gate refused"),
        ended(registry, "paseto_streams_ended_total", "Streams that the guard ended"),
        would_end(registry, "paseto_streams_would_end_total", "Streams that the guard would have ended"),
        stale(registry, "paseto_stale_trust_used_total", "Calls judged by trust data older than the bound") {}

  Counters allowed, refused, ended, would_end, stale;
};

PrometheusObserver::PrometheusObserver(prometheus::Registry& registry) : impl_(std::make_unique<Impl>(registry)) {}
PrometheusObserver::~PrometheusObserver() = default;

void PrometheusObserver::OnAllowed(absl::string_view method, bool anonymous, bool was_cached) {
  impl_->allowed.Increment(method, (anonymous ? 2 : 0) + (was_cached ? 1 : 0), [=] {
    return Labels{{"caller", anonymous ? "anonymous" : "known"}, {"cache", was_cached ? "hit" : "miss"}};
  });
}

void PrometheusObserver::OnRefused(absl::string_view method, v1::Reason reason) {
  impl_->refused.Increment(method, reason, ReasonLabel(reason));
}

void PrometheusObserver::OnStreamEnded(absl::string_view method, v1::Reason reason) {
  impl_->ended.Increment(method, reason, ReasonLabel(reason));
}

void PrometheusObserver::OnStreamWouldEnd(absl::string_view method, v1::Reason reason) {
  impl_->would_end.Increment(method, reason, ReasonLabel(reason));
}

void PrometheusObserver::OnStaleTrustUsed(absl::string_view method) {
  impl_->stale.Increment(method, 0, [] { return Labels(); });
}

}  // namespace paseto::interceptor
