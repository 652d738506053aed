// A whole tokend for the history test, whose store may have a fault planted.
//
//   history_service FOLDER CLOCK BUG
//
// Serves on a free port with its clock standing at CLOCK (seconds), until it is ended. The file "serving" in the folder
// then holds the address and a client token. BUG names a fault, "none" for none.
#include <unistd.h>

#include <iostream>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "grpc_paseto/service/lifecycle/client_token.h"
#include "grpc_paseto/service/server/load_keys.h"
#include "grpc_paseto/service/server/server.h"
#include "grpc_paseto/service/server/whole_file.h"
#include "grpc_paseto/tests/support/fake_clock.h"
#include "grpc_paseto/tests/support/forwarding_store.h"
#include "grpc_paseto/tests/support/running_tokend.h"

namespace paseto::service {
namespace {

// The faults that peers had, each in the place of the store that would have it.
class FaultyProtocol final : public ForwardingStore {
 public:
  FaultyProtocol(std::unique_ptr<SessionStore> store, std::string bug)
      : ForwardingStore(*store), owned_(std::move(store)), bug_(std::move(bug)) {}

  void Rotate(RotationAttempt attempt, absl::Time now, Done<RotationResult> done) override {
    if (bug_ == "endless_grace") now = absl::UnixEpoch();  // Supabase
    ForwardingStore::Rotate(std::move(attempt), now,
                            [this, done = std::move(done)](absl::StatusOr<RotationResult> result) mutable {
                              if (result.ok()) Twist(*result);
                              std::move(done)(std::move(result));
                            });
  }
  void Revoke(RevocationOrder order, absl::Time now, Done<FeedPosition> done) override {
    if (bug_ == "refresh_after_revoke") return ReadHead(std::move(done));  // answered, not done
    if (bug_ == "subject_spares_sessions" && order.kind == RevocationKind::kSubject) order.id += "?";
    ForwardingStore::Revoke(std::move(order), now, std::move(done));
  }

 private:
  void Twist(RotationResult& result) {
    const bool displaced = bug_ == "displaced_child_is_theft";                      // SuperTokens
    const bool forgets = bug_ == "forgets_used_tokens" ||                           // Hydra after pruning
                         (bug_ == "restart_revives" && !RotatedInThisRun(result));  // Keycloak, CVE-2026-9802
    if (result.outcome == RotationOutcome::kRepeated && bug_ == "branches") ++result.session.generation;  // Hydra
    if (result.outcome == RotationOutcome::kRepeated && displaced) result.outcome = RotationOutcome::kReused;
    if (result.outcome == RotationOutcome::kReused && forgets) result.outcome = RotationOutcome::kRotated;
  }
  // What a service remembers that keeps used tokens in memory.
  bool RotatedInThisRun(const RotationResult& result) {
    absl::MutexLock lock(&mutex_);
    if (result.outcome == RotationOutcome::kRotated) rotated_.insert(result.session.id.text());
    return rotated_.count(result.session.id.text()) != 0;
  }

  const std::unique_ptr<SessionStore> owned_;
  const std::string bug_;
  absl::Mutex mutex_;
  std::set<std::string> rotated_ ABSL_GUARDED_BY(mutex_);
};

int Serve(const std::string& folder, int64_t clock_seconds, const std::string& bug) {
  config::TokendConfig config = TestConfig(folder);
  (*config.mutable_clients())["web"].set_revoke_subjects(true);
  if (::access(config.keys().file().c_str(), F_OK) != 0) WriteTestKeys(config.keys().file());
  const FakeClock clock(absl::FromUnixSeconds(clock_seconds));
  SystemRandom random;
  const JsonLog log(std::cerr, LogSeverity::kWarn);
  ServerOptions options{clock, random, log};
  options.around_store = [&bug](std::unique_ptr<SessionStore> store) -> std::unique_ptr<SessionStore> {
    return std::make_unique<FaultyProtocol>(std::move(store), bug);
  };
  const auto server = Server::Start(config, options);
  if (!server.ok()) {
    std::cerr << server.status().message() << "\n";
    return 1;
  }
  const auto token = MakeClientToken(*LoadKeys(config.keys().file()).value(), config.issuer(), ClientId("web"),
                                     absl::Hours(24), clock.Now(), random);
  if (!WriteWholeFile("serving", (*server)->addresses().front() + " " + token.value().text + "\n").ok()) return 1;
  for (;;) ::pause();
}

}  // namespace
}  // namespace paseto::service

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  return paseto::service::Serve(argv[1], std::stoll(argv[2]), argv[3]);
}
