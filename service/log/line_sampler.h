// LineSampler: which of many equal lines are written: the first of every second. The others are counted, and told with
// the next one that is written.
//
// Threads: all methods may be called from several threads at once. Memory: one entry for each pair, of closed lists.
#ifndef GRPC_PASETO_SERVICE_LOG_LINE_SAMPLER_H_
#define GRPC_PASETO_SERVICE_LOG_LINE_SAMPLER_H_

#include <cstdint>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "paseto/v1/reason.pb.h"

namespace paseto::service {

class LineSampler {
 public:
  static constexpr absl::Duration kInterval = absl::Seconds(1);

  // `now` is of a clock that nobody sets. Result: how many lines of this pair were left out since the last one that was
  // written, when this one is to be written; nullopt when not.
  absl::optional<int64_t> Take(absl::string_view rpc, v1::Reason reason, absl::Duration now) {
    absl::MutexLock lock(&mutex_);
    Entry& entry = entries_[{std::string(rpc), static_cast<int>(reason)}];
    if (now - entry.written_at < kInterval) {
      ++entry.left_out;
      return absl::nullopt;
    }
    entry.written_at = now;
    return std::exchange(entry.left_out, 0);
  }

 private:
  struct Entry {
    absl::Duration written_at = -absl::InfiniteDuration();
    int64_t left_out = 0;
  };
  absl::Mutex mutex_;
  absl::flat_hash_map<std::pair<std::string, int>, Entry> entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_LOG_LINE_SAMPLER_H_
