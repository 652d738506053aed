#include "grpc_paseto/tests/bench/closed_loop.h"

#include <algorithm>
#include <utility>

#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"

namespace paseto::bench {
namespace {

class Loop {
 public:
  Loop(int64_t calls, const StartCall& start) : start_(start), to_start_(calls) { result_.latencies.reserve(calls); }

  LoopResult Run(int in_flight) {
    const absl::Time began = absl::Now();
    for (int slot = 0; slot < in_flight; ++slot) Next(slot);
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(this, &Loop::Finished));
    result_.elapsed = absl::Now() - began;
    return std::move(result_);
  }

 private:
  bool Finished() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return to_start_ == 0 && running_ == 0; }

  void Next(int slot) {
    {
      absl::MutexLock lock(&mutex_);
      if (to_start_ == 0) return;
      --to_start_;
      ++running_;
    }
    const absl::Time began = absl::Now();
    start_(slot, [this, slot, began](bool ok) {
      const auto latency = static_cast<uint32_t>(absl::ToInt64Microseconds(absl::Now() - began));
      {
        absl::MutexLock lock(&mutex_);
        ++result_.calls;
        if (!ok) ++result_.failures;
        result_.latencies.push_back(latency);
      }
      Next(slot);
      absl::MutexLock lock(&mutex_);
      --running_;
    });
  }

  const StartCall& start_;
  absl::Mutex mutex_;
  int64_t to_start_ ABSL_GUARDED_BY(mutex_);
  int64_t running_ ABSL_GUARDED_BY(mutex_) = 0;
  LoopResult result_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

double LoopResult::LatencyMs(double share) const {
  if (latencies.empty()) return 0;
  std::vector<uint32_t> sorted = latencies;
  std::sort(sorted.begin(), sorted.end());
  const auto at = static_cast<size_t>(share * static_cast<double>(sorted.size() - 1));
  return sorted[at] / 1000.0;
}

LoopResult RunClosedLoop(int in_flight, int64_t calls, const StartCall& start) {
  return Loop(calls, start).Run(in_flight);
}

}  // namespace paseto::bench
