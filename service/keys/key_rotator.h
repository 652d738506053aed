// KeyRotator: lets a KeyKeeper take its turns.
//
// Threads: one of its own. The destructor waits for the turn that is running.
#ifndef GRPC_PASETO_SERVICE_KEYS_KEY_ROTATOR_H_
#define GRPC_PASETO_SERVICE_KEYS_KEY_ROTATOR_H_

#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "grpc_paseto/service/keys/key_keeper.h"

namespace paseto::service {

class KeyRotator {
 public:
  // One turn per `interval`. `live` gives the verifiers that are connected now. What it holds outlives it.
  KeyRotator(std::shared_ptr<KeyKeeper> keeper, std::function<std::vector<VerifierAck>()> live, const JsonLog& log,
             absl::Duration interval);
  ~KeyRotator();

 private:
  void Run();
  void TakeTurn();

  const std::shared_ptr<KeyKeeper> keeper_;
  const std::function<std::vector<VerifierAck>()> live_;
  const JsonLog& log_;
  const absl::Duration interval_;
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_KEYS_KEY_ROTATOR_H_
