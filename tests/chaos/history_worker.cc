// One run of a service for the history test: opens the store in a folder, lets several clients issue, refresh, revoke
// and introspect at once until it is killed or has made its calls, and appends what they see to the history.
//
//   history_worker FOLDER SEED CALLS CLOCK FIRST_CALL BUG
//
// Clients learn what the history's earlier runs gave them. BUG names a fault to plant, "none" for none.
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <future>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <sstream>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "grpc_paseto/interceptor/policy/refusal.h"
#include "grpc_paseto/service/lifecycle/introspect.h"
#include "grpc_paseto/service/lifecycle/issue.h"
#include "grpc_paseto/service/lifecycle/refresh.h"
#include "grpc_paseto/service/lifecycle/revoke.h"
#include "grpc_paseto/service/server/load_keys.h"
#include "grpc_paseto/service/store/sqlite_store.h"
#include "grpc_paseto/tests/service/store/blocking_store.h"
#include "grpc_paseto/tests/support/fake_clock.h"
#include "grpc_paseto/tests/support/forwarding_store.h"
#include "grpc_paseto/tests/support/running_tokend.h"

namespace paseto::service {
namespace {

constexpr int kClients = 6;
constexpr size_t kSessions = 24;

// The faults that peers had, each in the place of the store that would have it.
class FaultyProtocol final : public ForwardingStore {
 public:
  FaultyProtocol(SessionStore& store, std::string bug) : ForwardingStore(store), bug_(std::move(bug)) {}

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
  const std::string bug_;
  absl::Mutex mutex_;
  std::set<std::string> rotated_ ABSL_GUARDED_BY(mutex_);
};

struct Held {
  uint64_t generation;
  std::string token;
};

// What the clients share: the sessions that they know, and the history.
class World {
 public:
  explicit World(const std::string& folder)
      : history_(::open((folder + "/history").c_str(), O_WRONLY | O_APPEND | O_CREAT, 0600)) {
    std::ifstream earlier(folder + "/history");
    absl::MutexLock lock(&mutex_);
    for (std::string line; std::getline(earlier, line);) Learn(line);
  }

  void Say(const std::string& line) {
    const std::string whole = line + "\n";
    if (::write(history_, whole.data(), whole.size()) != static_cast<ssize_t>(whole.size())) ::_exit(3);
    if (line[0] != 'E') return;
    absl::MutexLock lock(&mutex_);
    Learn(line);
  }

  size_t sessions() {
    absl::MutexLock lock(&mutex_);
    return names_.size();
  }
  // The newest of its tokens, or one of the `depth` before.
  std::pair<std::string, Held> Pick(uint32_t which, uint32_t depth) {
    absl::MutexLock lock(&mutex_);
    const size_t recent = std::min(names_.size(), kSessions);
    const std::string& name = names_[names_.size() - 1 - which % recent];
    const std::vector<Held>& held = held_[name];
    return {name, held[held.size() - 1 - std::min<size_t>(depth, held.size() - 1)]};
  }

 private:
  void Learn(const std::string& line) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    std::istringstream words(line);
    std::string mark, call, result, session, token;
    uint64_t generation = 0;
    words >> mark >> call >> result >> session >> generation >> token;
    if (mark != "E" || result != "ok" || token.size() < 2) return;
    std::vector<Held>& held = held_[session];
    if (held.empty()) names_.push_back(session);
    if (held.empty() || held.back().generation < generation) held.push_back({generation, token});
  }

  const int history_;
  absl::Mutex mutex_;
  std::vector<std::string> names_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::vector<Held>> held_ ABSL_GUARDED_BY(mutex_);
};

class Client {
 public:
  Client(const Dependencies& dependencies, World& world, std::atomic<int64_t>& next_call, uint32_t seed)
      : dependencies_(dependencies), world_(world), next_call_(next_call), random_(seed) {}

  void Run(int64_t last_call) {
    for (int64_t call = next_call_++; call < last_call; call = next_call_++) {
      const uint32_t dice = random_() % 100;
      if (world_.sessions() < 4 || dice < 6) {
        Issue(call);
      } else if (dice < 90) {
        Refresh(call);
      } else if (dice < 92) {
        Revoke(call);
      } else {
        Introspect(call);
      }
    }
  }

 private:
  void Begin(int64_t call, const char* what, const std::string& session, uint64_t generation) {
    world_.Say(absl::StrCat("B ", call, " ", what, " ", session, " ", generation, " ",
                            absl::ToUnixSeconds(dependencies_.clock.Now())));
  }
  // Some answers get lost on their way.
  void End(int64_t call, const absl::Status& status, const std::string& session, uint64_t generation,
           const std::string& token) {
    const bool lost = status.ok() && random_() % 8 == 0;
    const absl::string_view result = lost          ? "lost"
                                     : status.ok() ? "ok"
                                                   : interceptor::ReasonName(interceptor::ReasonOf(status.message()));
    world_.Say(absl::StrCat("E ", call, " ", result, " ", session.empty() ? "-" : session, " ", generation, " ",
                            token.empty() || lost ? "-" : token));
  }

  void EndWithTokens(int64_t call, const absl::StatusOr<IssuedTokens>& tokens) {
    if (!tokens.ok()) return End(call, tokens.status(), "", 0, "");
    const auto opened = OpenRefreshToken(*dependencies_.keys.Current(), tokens->refresh->text);
    End(call, opened.status(), tokens->session.text(), *opened->claims().generation, tokens->refresh->text);
  }

  void Issue(int64_t call) {
    IssueOrder order;
    order.client = ClientId("web");
    order.subject = "alice";
    order.type = "access";
    order.grant.set_kind("v4.public");
    order.with_refresh_token = true;
    order.request = RepeatableRequest{absl::StrCat("r-", call), "hash"};
    const Issuer issuer(dependencies_);
    Begin(call, "issue", "-", 0);
    EndWithTokens(call, Await<IssuedTokens>([&](auto done) { issuer.Issue(order, std::move(done)); }));
  }

  void Refresh(int64_t call) {
    const uint32_t dice = random_() % 100;
    const bool first = !std::exchange(has_refreshed_, true);  // after a restart: with a token that was used long before
    const uint32_t which = first || random_() % 5 == 0 ? random_() : 0;
    const auto [session, held] = world_.Pick(which, first || dice >= 98 ? 3 : dice < 70 ? 0 : 1);
    const Refresher refresher(dependencies_);
    RefreshOrder order;
    order.caller = ClientId("web");
    order.refresh_token = held.token;
    Begin(call, "refresh", session, held.generation);
    EndWithTokens(call, Await<IssuedTokens>([&](auto done) { refresher.Refresh(order, std::move(done)); }));
  }

  void Revoke(int64_t call) {
    const std::string session = world_.Pick(random_(), 0).first;
    const Revoker revoker(dependencies_);
    Begin(call, "revoke", session, 0);
    const auto revoked = Await<int64_t>([&](auto done) {
      revoker.Revoke({ClientId("web"), RevokeOrder::Target::kSession, session, "", false}, std::move(done));
    });
    End(call, revoked.status(), "", 0, "");
  }

  void Introspect(int64_t call) {
    const auto [session, held] = world_.Pick(random_(), 0);
    const std::string token = held.token;
    const Introspector introspector(dependencies_);
    Begin(call, "introspect", session, held.generation);
    const auto claims = Await<absl::optional<Claims>>([&](auto done) {
      introspector.Introspect({ClientId("web"), token, ""}, std::move(done));
    });
    if (claims.ok() && !claims->has_value()) return world_.Say(absl::StrCat("E ", call, " inactive - 0 -"));
    End(call, claims.status(), "", 0, "");
  }

  const Dependencies& dependencies_;
  World& world_;
  std::atomic<int64_t>& next_call_;
  std::mt19937 random_;
  bool has_refreshed_ = false;
};

int Run(const std::string& folder, uint32_t seed, int64_t calls, int64_t clock_seconds, int64_t first_call,
        const std::string& bug) {
  const config::TokendConfig config = TestConfig(folder);
  if (::access(config.keys().file().c_str(), F_OK) != 0) WriteTestKeys(config.keys().file());
  const KeyRing keys(LoadKeys(config.keys().file()).value());
  const auto policies = CallerPolicies::Create(config).value();
  const FakeClock clock(absl::FromUnixSeconds(clock_seconds));
  SystemRandom random;
  const std::unique_ptr<SessionStore> store = OpenSqliteStore({.folder = folder + "/store"}).value();
  FaultyProtocol faulty(*store, bug);
  const Dependencies dependencies{faulty,
                                  keys,
                                  *policies,
                                  clock,
                                  random,
                                  LifecycleSettingsFrom(config),
                                  [](FeedPosition, absl::AnyInvocable<void() &&> done) { std::move(done)(); }};
  World world(folder);
  std::atomic<int64_t> next_call = first_call;
  std::vector<std::thread> clients;
  for (int i = 0; i < kClients; ++i) {
    clients.emplace_back(
        [&, i] { Client(dependencies, world, next_call, seed * kClients + i).Run(first_call + calls); });
  }
  for (std::thread& client : clients) client.join();
  return 0;
}

}  // namespace
}  // namespace paseto::service

int main(int argc, char** argv) {
  if (argc != 7) return 2;
  return paseto::service::Run(argv[1], static_cast<uint32_t>(std::stoul(argv[2])), std::stoll(argv[3]),
                              std::stoll(argv[4]), std::stoll(argv[5]), argv[6]);
}
