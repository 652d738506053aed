// HiddenCallers: who makes the calls whose credential was taken out of the metadata that their handler sees.
//
// An entry lives as long as its call's context, which the interceptor that took the credential out sees to.
// Threads: all methods may be called from several threads at once.
#ifndef GRPC_PASETO_INTERCEPTOR_GATE_HIDDEN_CALLERS_H_
#define GRPC_PASETO_INTERCEPTOR_GATE_HIDDEN_CALLERS_H_

#include <grpcpp/server_context.h>

#include <atomic>
#include <cstddef>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/node_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/optional.h"
#include "grpc_paseto/interceptor/policy/principal.h"

namespace paseto::interceptor {

class HiddenCallers {
 public:
  using Caller = absl::StatusOr<Principal>;  // or why the credential was not acceptable any more

  void Add(const grpc::ServerContextBase* context, Caller caller) {
    any_.store(true, std::memory_order_release);
    absl::MutexLock lock(&mutex_);
    callers_.insert_or_assign(context, std::move(caller));
  }
  void Remove(const grpc::ServerContextBase* context) {
    absl::MutexLock lock(&mutex_);
    callers_.erase(context);
  }
  // nullopt for a call whose credential stands in its metadata. Cheap while no rule hides credentials.
  absl::optional<Caller> Find(const grpc::ServerContextBase* context) const {
    if (!any_.load(std::memory_order_acquire)) return absl::nullopt;
    absl::ReaderMutexLock lock(&mutex_);
    const auto found = callers_.find(context);
    if (found == callers_.end()) return absl::nullopt;
    return found->second;
  }
  size_t size() const {
    absl::ReaderMutexLock lock(&mutex_);
    return callers_.size();
  }

 private:
  std::atomic<bool> any_{false};
  mutable absl::Mutex mutex_;
  absl::node_hash_map<const grpc::ServerContextBase*, Caller> callers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_GATE_HIDDEN_CALLERS_H_
