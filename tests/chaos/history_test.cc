// Many clients of one service that is killed, stopped and restarted under jumping clocks: what they saw must be a
// history that the session protocol allows, and the check must see through every fault that a peer has had.
//
// The seed and the time are GRPC_PASETO_HISTORY_SEED (default 1) and GRPC_PASETO_HISTORY_SECONDS (default 60).
#include "grpc_paseto/tests/chaos/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <random>
#include <sstream>

#include "grpc_paseto/service/server/load_keys.h"
#include "grpc_paseto/tests/chaos/history_clients.h"
#include "grpc_paseto/tests/support/process.h"
#include "grpc_paseto/tests/support/temporary_folder.h"

namespace paseto::chaos {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

int FromEnvironment(const char* name, int otherwise) {
  const char* text = ::getenv(name);
  return text == nullptr ? otherwise : std::stoi(text);
}

class History {
 public:
  History(uint32_t seed, std::string bug)
      : random_(seed), bug_(std::move(bug)), clients_(random_(), folder_.path() + "/history") {}

  // A run of the service that answers its calls, or is killed among them; the next one may begin at another time of the
  // clock.
  void Run(int64_t calls) {
    std::filesystem::remove(folder_.path() + "/serving");
    Process process(folder_.path(), {HISTORY_SERVICE, folder_.path(), std::to_string(clock_), bug_});
    std::istringstream serving(AwaitFile(folder_.path() + "/serving", process));
    HistoryService service;
    serving >> service.addresses.emplace_back() >> service.client_token;
    ASSERT_FALSE(service.client_token.empty()) << process.err();
    service.keys = service::LoadKeys(folder_.path() + "/keys.json").value();
    service.clock = clock_;
    const bool is_killed = random_() % 2 == 0;
    clients_.Run(service, calls, random_() % calls, [&] {
      if (is_killed) process.Signal(SIGKILL);
    });
    EXPECT_TRUE(is_killed ? process.Wait() == -SIGKILL : process.IsRunning()) << process.err();
    const int64_t jumps[] = {0, 0, 3, 9, 12, 40, -5, -3600, 4000};
    clock_ += jumps[random_() % std::size(jumps)];
  }

  HistoryVerdict Verdict() const { return clients_.verdict(); }

 private:
  TemporaryFolder folder_;
  std::mt19937 random_;
  const std::string bug_;
  HistoryClients clients_;
  int64_t clock_ = 1704067200;
};

TEST(SessionHistory, IsOneThatTheProtocolAllows) {
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
                                           Planted{"forgets_used_tokens", "long used token"},
                                           Planted{"restart_revives", "long used token"},
                                           Planted{"refresh_after_revoke", "end was answered"},
                                           Planted{"subject_spares_sessions", "end was answered"},
                                           Planted{"displaced_child_is_theft", "honest repetition"}),
                         [](const auto& info) { return info.param.bug; });

// --- The check itself, on histories of a few lines

TEST(CheckHistory, AllowsRotationRepetitionAndTheft) {
  const HistoryVerdict verdict = CheckHistory({
      "B 1 issue - 0 100",
      "E 1 ok s 1",  //
      "B 2 refresh s 1 100",
      "E 2 ok s 2",  //
      "B 3 refresh s 1 105",
      "E 3 ok s 2",  // a lost response
      "B 4 refresh s 2 105",
      "E 4 ok s 3",  //
      "B 5 refresh s 1 105",
      "E 5 refresh_reused - 0",  //
      "B 6 refresh s 3 105",
      "E 6 session_revoked - 0",
  });
  EXPECT_THAT(verdict.violations, IsEmpty());
  EXPECT_EQ(verdict.refreshes, 3);
  EXPECT_EQ(verdict.repetitions, 1);
  EXPECT_EQ(verdict.thefts, 1);
}

TEST(CheckHistory, SeesALostGeneration) {
  EXPECT_THAT(CheckHistory({"B 1 refresh s 4 100", "E 1 store_rolled_back - 0"}).violations,
              Contains(HasSubstr("lost")));
}

TEST(CheckHistory, JudgesCallsThatOverlapARevocationByTheirBeginning) {
  EXPECT_THAT(CheckHistory({"B 1 refresh s 1 100", "B 2 revoke s 0 100", "E 2 ok - 0", "E 1 ok s 2"}).violations,
              IsEmpty());
  EXPECT_THAT(CheckHistory({"B 2 revoke s 0 100", "E 2 ok - 0", "B 1 refresh s 1 100", "E 1 ok s 2"}).violations,
              Contains(HasSubstr("end was answered")));
  EXPECT_THAT(CheckHistory({"B 2 revoke s 0 100", "E 2 ok - 0", "B 1 introspect s 1 100", "E 1 ok - 0"}).violations,
              Contains(HasSubstr("verified")));
}

TEST(CheckHistory, CountsOnlySessionsThatWereOpenBeforeASubjectIsRevoked) {
  const std::vector<std::string> opened = {"B 1 issue subject:a 0 100", "E 1 ok old 1", "B 2 revoke subject:a 0 100",
                                           "B 3 issue subject:a 0 100", "E 3 ok new 1", "E 2 ok - 0"};
  std::vector<std::string> lines = opened;
  lines.insert(lines.end(), {"B 4 refresh new 1 100", "E 4 ok new 2"});
  EXPECT_THAT(CheckHistory(lines).violations, IsEmpty());
  lines.insert(lines.end(), {"B 5 refresh old 1 100", "E 5 ok old 2"});
  EXPECT_THAT(CheckHistory(lines).violations, Contains(HasSubstr("end was answered")));
}

}  // namespace
}  // namespace paseto::chaos
