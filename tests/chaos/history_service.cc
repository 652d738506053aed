// A whole tokend for the history test, whose store may have a fault planted.
//
//   history_service FOLDER BUG
//
// Serves on a socket in the folder, where every caller is the client "web", until it is ended; the file "serving" there
// then holds the address. Its clock stands at the seconds in the file "clock" there, which may be replaced meanwhile.
// Expired rows are deleted all the time. BUG names a fault, "none" for none.
#include <unistd.h>

#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "grpc_paseto/service/server/server.h"
#include "grpc_paseto/service/server/whole_file.h"
#include "grpc_paseto/tests/support/forwarding_store.h"
#include "grpc_paseto/tests/support/running_tokend.h"

namespace paseto::service {
namespace {

constexpr absl::Duration kCleanInterval = absl::Milliseconds(20);

// Stands at the seconds that its file holds.
class FileClock final : public Clock {
 public:
  explicit FileClock(std::string path) : path_(std::move(path)) {}

  absl::Time Now() const override {
    int64_t seconds = 0;
    std::ifstream(path_) >> seconds;
    return absl::FromUnixSeconds(seconds);
  }

 private:
  const std::string path_;
};

// The faults that peers had, each in the place of the store that would have it.
class FaultyProtocol final : public ForwardingStore {
 public:
  FaultyProtocol(std::unique_ptr<SessionStore> store, std::string bug)
      : ForwardingStore(*store), owned_(std::move(store)), bug_(std::move(bug)) {}

  void Issue(IssueAttempt attempt, absl::Time now, Done<IssueResult> done) override {
    if (bug_ == "request_opens_two_sessions") attempt.request.reset();
    if (bug_ == "id_is_the_request" && attempt.request.has_value()) attempt.request->hash = "same";
    ForwardingStore::Issue(std::move(attempt), now, std::move(done));
  }
  void Rotate(RotationAttempt attempt, absl::Time now, Done<RotationResult> done) override {
    if (bug_ == "endless_grace") now = absl::UnixEpoch();                                         // Supabase
    if (bug_ == "used_is_unknown" && IsLongUsed(attempt)) return AnswerUnknown(std::move(done));  // Hydra after pruning
    ForwardingStore::Rotate(std::move(attempt), now,
                            [this, now, done = std::move(done)](absl::StatusOr<RotationResult> result) mutable {
                              if (result.ok()) Twist(*result, now);
                              std::move(done)(std::move(result));
                            });
  }
  void Revoke(RevocationOrder order, absl::Time now, Done<FeedPosition> done) override {
    if (bug_ == "refresh_after_revoke") return ReadHead(std::move(done));  // answered, not done
    if (bug_ == "subject_spares_sessions" && order.kind == RevocationKind::kSubject) order.id += "?";
    if (bug_ == "forgets_revoked_tokens" && order.kind == RevocationKind::kToken) order.keep_until = absl::UnixEpoch();
    if (bug_ == "client_replaces_everything" && IsReplaced(order)) return ReadHead(std::move(done));  // Keycloak
    ForwardingStore::Revoke(std::move(order), now, std::move(done));
  }

 private:
  void Twist(RotationResult& result, absl::Time now) {
    RememberRotation(result);
    const bool displaced = bug_ == "displaced_child_is_theft";                         // SuperTokens
    const bool forgets = bug_ == "forgets_used_tokens" ||                              // Hydra after pruning
                         (bug_ == "restart_revives" && !RotatedInThisRun(result)) ||   // Keycloak, CVE-2026-9802
                         (bug_ == "same_second" && now == result.session.rotated_at);  // seconds in the place of order
    if (result.outcome == RotationOutcome::kRepeated && bug_ == "branches") ++result.session.generation;  // Hydra
    if (result.outcome == RotationOutcome::kRepeated && displaced) result.outcome = RotationOutcome::kReused;
    if (result.outcome == RotationOutcome::kReused && forgets) result.outcome = RotationOutcome::kRotated;
  }
  // What a service remembers that keeps used tokens in memory: the newest generation of each session.
  void RememberRotation(const RotationResult& result) {
    absl::MutexLock lock(&mutex_);
    if (result.outcome == RotationOutcome::kRotated) rotated_[result.session.id.text()] = result.session.generation;
  }
  bool RotatedInThisRun(const RotationResult& result) {
    absl::MutexLock lock(&mutex_);
    return rotated_.count(result.session.id.text()) != 0;
  }
  bool IsLongUsed(const RotationAttempt& attempt) {
    absl::MutexLock lock(&mutex_);
    const auto newest = rotated_.find(attempt.session.text());
    return newest != rotated_.end() && newest->second >= attempt.generation + 2;
  }
  void AnswerUnknown(Done<RotationResult> done) {
    ReadHead([done = std::move(done)](absl::StatusOr<FeedPosition>) mutable { std::move(done)(RotationResult()); });
  }
  // For ever, once there was an order for a client.
  static bool IsReplaced(const RevocationOrder& order) {
    constexpr char kClientRevoked[] = "client_revoked";
    if (order.kind == RevocationKind::kClient) WriteWholeFile(kClientRevoked, "yes").IgnoreError();
    return order.kind == RevocationKind::kEverything && ::access(kClientRevoked, F_OK) == 0;
  }

  const std::unique_ptr<SessionStore> owned_;
  const std::string bug_;
  absl::Mutex mutex_;
  std::map<std::string, uint64_t> rotated_ ABSL_GUARDED_BY(mutex_);
};

int Serve(const std::string& folder, const std::string& bug) {
  config::TokendConfig config = TestConfig(folder);
  config::Listener& socket = *config.add_listen();
  socket.set_address("unix:" + folder + "/web/tokend.sock");
  socket.set_client("web");
  config::Client& web = (*config.mutable_clients())["web"];
  web.set_revoke_subjects(true);
  web.set_revoke_all(true);
  if (::access(config.keys().file().c_str(), F_OK) != 0) WriteTestKeys(config.keys().file());
  const FileClock clock(folder + "/clock");
  SystemRandom random;
  const JsonLog log(std::cerr, LogSeverity::kWarn);
  ServerOptions options{clock, random, log};
  options.clean_interval = kCleanInterval;
  options.around_store = [&bug](std::unique_ptr<SessionStore> store) -> std::unique_ptr<SessionStore> {
    return std::make_unique<FaultyProtocol>(std::move(store), bug);
  };
  const auto server = Server::Start(config, options);
  if (!server.ok()) {
    std::cerr << server.status().message() << "\n";
    return 1;
  }
  if (!WriteWholeFile("serving", (*server)->addresses().back() + "\n").ok()) return 1;
  for (;;) ::pause();
}

}  // namespace
}  // namespace paseto::service

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  return paseto::service::Serve(argv[1], argv[2]);
}
