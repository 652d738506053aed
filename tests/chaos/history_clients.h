// HistoryClients: clients that issue, refresh, revoke and introspect at once, and what they saw.
//
// Threads: not thread-safe from outside; it runs threads of its own.
#ifndef GRPC_PASETO_TESTS_CHAOS_HISTORY_CLIENTS_H_
#define GRPC_PASETO_TESTS_CHAOS_HISTORY_CLIENTS_H_

#include <cstdint>
#include <deque>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/optional.h"
#include "grpc_paseto/core/token/key_set.h"
#include "grpc_paseto/tests/chaos/history.h"
#include "paseto/v1/token_service.grpc.pb.h"

namespace paseto::chaos {

// The processes that serve one store now; a client asks any of them, and is the client "web" there.
struct HistoryService {
  std::vector<std::string> addresses;
  std::shared_ptr<const KeySet> keys;  // to read the generation of a refresh token
};

class HistoryClients {
 public:
  // Appends the history to the file at `path`.
  HistoryClients(uint32_t seed, const std::string& path) : random_(seed), file_(path, std::ios::app) {}

  // Makes `calls` calls. `before` is called before each, while others go on, with its number from 0 on. What gets no
  // answer is cut off, and the client that made it stops.
  void Run(const HistoryService& service, int64_t calls, const std::function<void(int64_t)>& before);

  // Moves the service's clock to `clock` seconds by `move`, while no call is under way. May be called by `before`.
  void MoveClock(int64_t clock, const std::function<void()>& move);

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
  // For a new session, which may be asked for again.
  struct Request {
    int64_t call;  // that made it first
    std::string subject;
    int64_t clock;
    bool answered = false;  // the answer may have got lost
    bool received = false;
  };

  int64_t NextCall();
  void Say(const std::string& line);
  void Keep(const std::string& session, Held held);
  size_t sessions() const;
  // One of the sessions that were opened last: the newest of its tokens, or one of the `depth` before.
  Pick PickToken(uint32_t which, uint32_t depth) const;
  // One of the access tokens that were revoked last.
  absl::optional<Pick> PickRevoked(uint32_t which) const;
  void KeepRevoked(Pick pick);
  // A request to be made again: the last one whose answer got lost, if there is one, else the last one. To be changed:
  // only one that was answered.
  absl::optional<Request> PickRequest(bool to_change, int64_t clock) const;
  void Remember(Request request);
  void Answered(int64_t request, bool received);

  std::mt19937 random_;
  absl::Mutex turn_;  // held by calls that are under way as readers
  int64_t clock_ ABSL_GUARDED_BY(turn_) = 0;
  mutable absl::Mutex mutex_;
  std::ofstream file_ ABSL_GUARDED_BY(mutex_);
  HistoryChecker checker_ ABSL_GUARDED_BY(mutex_);
  int64_t next_call_ ABSL_GUARDED_BY(mutex_) = 1;
  std::vector<std::string> names_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::vector<Held>> held_ ABSL_GUARDED_BY(mutex_);
  std::deque<Pick> revoked_ ABSL_GUARDED_BY(mutex_);
  std::deque<Request> requests_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace paseto::chaos

#endif  // GRPC_PASETO_TESTS_CHAOS_HISTORY_CLIENTS_H_
