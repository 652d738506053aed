// Operation: one call of a store's method on its way: what is to be done with a target (writes or reads on a
// connection), and who waits for the result.
#ifndef GRPC_PASETO_SERVICE_STORE_OPERATION_H_
#define GRPC_PASETO_SERVICE_STORE_OPERATION_H_

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "grpc_paseto/service/store/session_store.h"

namespace paseto::service {

template <typename Target>
class Operation {
 public:
  virtual ~Operation() = default;
  // Does the work and keeps the result for Finish.
  virtual void Run(Target& target) = 0;
  // Calls the completion, once: with the result of Run when `fate` is OK, else with `fate`.
  virtual void Finish(const absl::Status& fate) = 0;
};

template <typename Target, typename T, typename Work>
class OperationOf final : public Operation<Target> {
 public:
  OperationOf(Work work, Done<T> done) : work_(std::move(work)), done_(std::move(done)) {}
  void Run(Target& target) override { result_ = work_(target); }
  void Finish(const absl::Status& fate) override {
    if (!fate.ok()) result_ = fate;
    std::move(done_)(std::move(result_));
  }

 private:
  Work work_;
  Done<T> done_;
  absl::StatusOr<T> result_ = absl::UnavailableError("the operation did not run");
};

// `work` takes a Target& and gives an absl::StatusOr<T>.
template <typename Target, typename T, typename Work>
std::unique_ptr<Operation<Target>> MakeOperation(Work work, Done<T> done) {
  return std::make_unique<OperationOf<Target, T, Work>>(std::move(work), std::move(done));
}

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_STORE_OPERATION_H_
