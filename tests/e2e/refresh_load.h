// RefreshLoad: clients that each refresh a session of their own until tokend is gone, and remember what was
// acknowledged.
#ifndef GRPC_PASETO_TESTS_E2E_REFRESH_LOAD_H_
#define GRPC_PASETO_TESTS_E2E_REFRESH_LOAD_H_

#include <atomic>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/synchronization/blocking_counter.h"
#include "grpc_paseto/tests/e2e/dev_tokend.h"

namespace paseto::service {

class RefreshLoad {
 public:
  struct Client {
    std::vector<v1::IssuedToken> acknowledged;  // the refresh tokens that it was given, oldest first
    absl::Status end;                           // how its last call failed
  };

  // Each of `clients` opens a session and begins.
  RefreshLoad(DevTokend& tokend, int clients) : clients_(clients), warm_(clients) {
    for (Client& client : clients_) {
      threads_.emplace_back([this, &tokend, &client] { Run(tokend, client); });
    }
  }

  // Waits until every client has refreshed a few times.
  void AwaitWarm() { warm_.Wait(); }
  // Waits until every client has met an error.
  std::vector<Client>& Join() {
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
    return clients_;
  }

 private:
  static constexpr size_t kWarm = 10;

  void Run(DevTokend& tokend, Client& client) {
    const absl::StatusOr<v1::IssueResponse> pair = tokend.IssuePair("alice");
    client.end = pair.status();
    if (pair.ok()) client.acknowledged.push_back(pair->refresh_token());
    while (client.end.ok()) {
      const absl::StatusOr<v1::RefreshResponse> next = tokend.Refresh(client.acknowledged.back());
      client.end = next.status();
      if (next.ok()) client.acknowledged.push_back(next->refresh_token());
      if (client.acknowledged.size() == kWarm && next.ok()) warm_.DecrementCount();
    }
    if (client.acknowledged.size() < kWarm) warm_.DecrementCount();
  }

  std::vector<Client> clients_;
  absl::BlockingCounter warm_;
  std::vector<std::thread> threads_;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_TESTS_E2E_REFRESH_LOAD_H_
