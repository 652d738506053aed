// HistoryClients: clients that issue, refresh, revoke and introspect at once, and what they saw.
//
// Threads: not thread-safe from outside; it runs threads of its own.
#ifndef GRPC_PASETO_TESTS_CHAOS_HISTORY_CLIENTS_H_
#define GRPC_PASETO_TESTS_CHAOS_HISTORY_CLIENTS_H_

#include <cstdint>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "grpc_paseto/core/token/key_set.h"
#include "grpc_paseto/tests/chaos/history.h"
#include "paseto/v1/token_service.grpc.pb.h"

namespace paseto::chaos {

// The processes that serve one store now; a client asks any of them.
struct HistoryService {
  std::vector<std::string> addresses;
  std::string client_token;
  std::shared_ptr<const KeySet> keys;  // to read the generation of a refresh token
  int64_t clock = 0;                   // of the service, in seconds
};

class HistoryClients {
 public:
  // Appends the history to the file at `path`.
  HistoryClients(uint32_t seed, const std::string& path) : random_(seed), file_(path, std::ios::app) {}

  // Makes `calls` calls. `interrupt` is called once, while the others go on, when `interrupt_at` of them have begun;
  // what gets no answer then is cut off, and the client that made it stops.
  void Run(const HistoryService& service, int64_t calls, int64_t interrupt_at, const std::function<void()>& interrupt);

  HistoryVerdict verdict() const;

 private:
  class Client;
  struct Held {
    uint64_t generation;
    std::string refresh_token;
    std::string access_token;
  };
  struct Pick {
    std::string session;
    Held held;
  };

  int64_t NextCall();
  void Say(const std::string& line);
  void Keep(const std::string& session, Held held);
  size_t sessions() const;
  // One of the sessions that were opened last: the newest of its tokens, or one of the `depth` before.
  Pick PickToken(uint32_t which, uint32_t depth) const;

  std::mt19937 random_;
  mutable absl::Mutex mutex_;
  std::ofstream file_ ABSL_GUARDED_BY(mutex_);
  HistoryChecker checker_ ABSL_GUARDED_BY(mutex_);
  int64_t next_call_ ABSL_GUARDED_BY(mutex_) = 1;
  std::vector<std::string> names_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::vector<Held>> held_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace paseto::chaos

#endif  // GRPC_PASETO_TESTS_CHAOS_HISTORY_CLIENTS_H_
