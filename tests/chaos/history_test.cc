// Many clients of one service that is killed, stopped and restarted under jumping clocks: what they saw must be a
// history that the session protocol allows, and the check must see through every fault that a peer has had.
//
// The seed and the time are GRPC_PASETO_HISTORY_SEED (default 1) and GRPC_PASETO_HISTORY_SECONDS (default 60);
// GRPC_PASETO_HISTORY_REPLAY names a recorded history that is checked instead.
#include "grpc_paseto/tests/chaos/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>
#include <sstream>

#include "grpc_paseto/service/server/load_keys.h"
#include "grpc_paseto/tests/chaos/history_clients.h"
#include "grpc_paseto/tests/support/process.h"
#include "grpc_paseto/tests/support/temporary_folder.h"

namespace paseto::chaos {
namespace {

using ::testing::IsEmpty;
using ::testing::Not;

int FromEnvironment(const char* name, int otherwise) {
  const char* text = ::getenv(name);
  return text == nullptr ? otherwise : std::stoi(text);
}

std::vector<std::string> ReadLines(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

class History {
 public:
  History(uint32_t seed, std::string bug)
      : seed_(seed), random_(seed), bug_(std::move(bug)), clients_(random_(), folder_.File("history")) {}
  ~History() {
    if (::testing::Test::HasFailure()) Record();
  }

  // A run of the service that answers its calls, or is killed among them. For a part of it the clock stands elsewhere,
  // and the next run may begin at another time.
  void Run(int64_t calls) {
    std::filesystem::remove(folder_.File("serving"));
    MoveClock(clock_);
    Process process(folder_.path(), {HISTORY_SERVICE, folder_.path(), bug_});
    std::istringstream serving(AwaitFile(folder_.File("serving"), process));
    HistoryService service;
    serving >> service.addresses.emplace_back();
    ASSERT_FALSE(service.addresses.front().empty()) << process.err();
    service.keys = service::LoadKeys(folder_.File("keys.json")).value();
    const bool is_killed = random_() % 2 == 0;
    const int64_t interrupted = random_() % calls;
    const int64_t away = random_() % calls;
    const int64_t elsewhere = clock_ + kExcursions[random_() % std::size(kExcursions)];
    clients_.Run(service, calls, [&](int64_t call) {
      if (is_killed && call == interrupted) process.Signal(SIGKILL);
      if (call == away) MoveClock(elsewhere);
      if (call == away + calls / 4) MoveClock(clock_);
    });
    EXPECT_TRUE(is_killed ? process.Wait() == -SIGKILL : process.IsRunning()) << process.err();
    const int64_t jumps[] = {0, 0, 3, 9, 12, 40, -5, -3600, 4000};
    clock_ += jumps[random_() % std::size(jumps)];
  }

  HistoryVerdict Verdict() const { return clients_.verdict(); }

 private:
  // Beyond the life of every access token, and beyond the memory of requests; far from the deadline of a session.
  static constexpr int64_t kExcursions[] = {0, 2 * 3600, 26 * 3600, -2 * 3600, -26 * 3600};

  void MoveClock(int64_t clock) {
    clients_.MoveClock(clock, [&] { folder_.Write("clock", std::to_string(clock)); });
  }

  // Keeps the history beside the service's program.
  void Record() const {
    const std::filesystem::path kept = std::filesystem::absolute(HISTORY_SERVICE).parent_path() /
                                       ("history-" + bug_ + "-" + std::to_string(seed_) + ".txt");
    std::error_code failed;
    std::filesystem::copy_file(folder_.File("history"), kept, std::filesystem::copy_options::overwrite_existing,
                               failed);
    std::cerr << "to check this history again: GRPC_PASETO_HISTORY_REPLAY=" << kept.string()
              << (failed ? " (it could not be kept)" : "") << std::endl;
  }

  TemporaryFolder folder_;
  const uint32_t seed_;
  std::mt19937 random_;
  const std::string bug_;
  HistoryClients clients_;
  int64_t clock_ = 1704067200;
};

TEST(SessionHistory, IsOneThatTheProtocolAllows) {
  if (const char* recorded = ::getenv("GRPC_PASETO_HISTORY_REPLAY")) {
    const std::vector<std::string> lines = ReadLines(recorded);
    EXPECT_THAT(lines, Not(IsEmpty()));
    EXPECT_THAT(CheckHistory(lines).violations, IsEmpty());
    return;
  }
  const int seed = FromEnvironment("GRPC_PASETO_HISTORY_SEED", 1);
  const auto end =
      std::chrono::steady_clock::now() + std::chrono::seconds(FromEnvironment("GRPC_PASETO_HISTORY_SECONDS", 60));
  SCOPED_TRACE("GRPC_PASETO_HISTORY_SEED=" + std::to_string(seed));
  History history(seed, "none");
  for (int run = 0; run < 5 || std::chrono::steady_clock::now() < end; ++run) history.Run(400);
  const HistoryVerdict verdict = history.Verdict();
  EXPECT_THAT(verdict.violations, IsEmpty());
  EXPECT_GT(verdict.refreshes, 200);
  EXPECT_GT(verdict.repetitions, 20);
  EXPECT_GT(verdict.thefts, 3);
  EXPECT_GT(verdict.revocations, 3);
  EXPECT_GT(verdict.repeated_requests, 3);
}

struct Planted {
  std::string bug;
  std::string seen_as;
};

class PlantedBug : public ::testing::TestWithParam<Planted> {};

TEST_P(PlantedBug, IsCaught) {
  History history(7, GetParam().bug);
  std::vector<std::string> violations;
  for (int run = 0; run < 40 && violations.empty(); ++run) {
    history.Run(300);
    for (const std::string& violation : history.Verdict().violations) {
      if (violation.find(GetParam().seen_as) != std::string::npos) violations.push_back(violation);
    }
  }
  EXPECT_THAT(violations, Not(IsEmpty()));
}

INSTANTIATE_TEST_SUITE_P(OfPeers, PlantedBug,
                         ::testing::Values(Planted{"branches", "branch"}, Planted{"endless_grace", "outside of grace"},
                                           Planted{"forgets_used_tokens", "long used token worked"},
                                           Planted{"restart_revives", "long used token worked"},
                                           Planted{"used_is_unknown", "left its session alive: refresh_invalid"},
                                           Planted{"same_second", "long used token worked"},
                                           Planted{"refresh_after_revoke", "end was answered"},
                                           Planted{"subject_spares_sessions", "end was answered"},
                                           Planted{"client_replaces_everything", "end was answered"},
                                           Planted{"displaced_child_is_theft", "honest repetition"},
                                           Planted{"forgets_revoked_tokens", "revoked access token verified"},
                                           Planted{"request_opens_two_sessions", "opened another session"},
                                           Planted{"id_is_the_request", "under another's id"}),
                         [](const auto& info) { return info.param.bug; });

}  // namespace
}  // namespace paseto::chaos
