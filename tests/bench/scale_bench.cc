// service.refresh_growth_1m, service.start_ms_1m, service.start_after_kill_ms_1m, service.issue_vs_refresh_1m: what a
// refresh costs, and how long tokend takes to start, with a store of 1,000,000 sessions and as many active revocations,
// beside one with 10,000 sessions; and what a new session costs there beside a refresh.
//
//   scale_bench TOKEND [SESSIONS [REVOCATIONS [ROUNDS]]]
//
// Prints one JSON object. Everything is made by calls, as clients would make it. Refreshes go to 10,000 sessions that
// are spread evenly over all of them; rounds are interleaved, and the medians are compared. Each tokend works in a
// folder beside the present one.
#include <grpcpp/grpcpp.h>
#include <signal.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/tests/bench/closed_loop.h"
#include "grpc_paseto/tests/bench/rounds.h"
#include "grpc_paseto/tests/bench/tokend_process.h"
#include "grpc_paseto/tests/bench/unary_load.h"

namespace paseto::bench {
namespace {

constexpr int kInFlight = 64;
constexpr int64_t kRefreshed = 10'000;  // sessions
constexpr int64_t kCallsPerRound = 8'000;
constexpr int kStarts = 5;
constexpr int kKills = 3;

// A tokend with many sessions, of which kRefreshed are refreshed in turn.
class FilledTokend {
 public:
  FilledTokend(const std::string& program, int64_t sessions, int64_t revocations) : tokend_(program) {
    OpenSessions(sessions);
    Revoke(revocations);
  }

  // Refreshes per second.
  double RefreshRound() {
    UnaryLoad<v1::RefreshRequest, v1::RefreshResponse> load(kInFlight);
    load.new_context = [this] { return tokend_.NewContext(); };
    std::vector<size_t> place(kInFlight);
    for (int slot = 0; slot < kInFlight; ++slot) place[slot] = slot;
    load.prepare = [&](int slot, v1::RefreshRequest& request) {
      place[slot] += kInFlight;  // a slot has every 64th session to itself
      if (place[slot] >= refresh_tokens_.size()) place[slot] = slot;
      request.set_refresh_token(refresh_tokens_[place[slot]]);
    };
    load.keep = [&](int slot, const v1::RefreshResponse& response) {
      refresh_tokens_[place[slot]] = response.refresh_token().token();
    };
    load.start = [this](auto* context, const auto* request, auto* response, auto done) {
      tokend_.stub().async()->Refresh(context, request, response, std::move(done));
    };
    return Run(kCallsPerRound, load.Calls());
  }

  // Sessions opened per second.
  double IssueRound() {
    return IssueMany(kCallsPerRound, [](int64_t, const v1::IssueResponse&) {});
  }

  double RestartMs(int signal) { return absl::ToDoubleMilliseconds(tokend_.Restart(signal)); }
  double ResidentMib() const { return tokend_.process().ResidentMib(); }

 private:
  void OpenSessions(int64_t sessions) {
    const int64_t stride = sessions / kRefreshed;
    refresh_tokens_.resize(kRefreshed);
    IssueMany(sessions, [&](int64_t number, const v1::IssueResponse& response) {
      if (number % stride == 0 && number / stride < kRefreshed) {
        refresh_tokens_[number / stride] = response.refresh_token().token();
      }
    });
  }

  // `keep` gets the answers with their numbers from 0 on. Gives sessions per second.
  double IssueMany(int64_t sessions, const std::function<void(int64_t, const v1::IssueResponse&)>& keep) {
    std::atomic<int64_t> next = 0;
    std::vector<int64_t> number(kInFlight);
    UnaryLoad<v1::IssueRequest, v1::IssueResponse> load(kInFlight);
    load.new_context = [this] { return tokend_.NewContext(); };
    load.prepare = [&](int slot, v1::IssueRequest& request) {
      number[slot] = next++;
      request.set_subject(absl::StrCat("user-", number[slot]));
      request.add_audiences("shop");
      request.add_scopes("orders:read");
      request.set_with_refresh_token(true);
    };
    load.keep = [&](int slot, const v1::IssueResponse& response) { keep(number[slot], response); };
    load.start = [this](auto* context, const auto* request, auto* response, auto done) {
      tokend_.stub().async()->Issue(context, request, response, std::move(done));
    };
    return Run(sessions, load.Calls());
  }

  // Of subjects that have no sessions.
  void Revoke(int64_t revocations) {
    if (revocations == 0) return;
    std::atomic<int64_t> next = 0;
    UnaryLoad<v1::RevokeRequest, v1::RevokeResponse> load(kInFlight);
    load.new_context = [this] { return tokend_.NewContext(); };
    load.prepare = [&](int, v1::RevokeRequest& request) { request.set_subject(absl::StrCat("gone-", next++)); };
    load.start = [this](auto* context, const auto* request, auto* response, auto done) {
      tokend_.stub().async()->Revoke(context, request, response, std::move(done));
    };
    Run(revocations, load.Calls());
  }

  double Run(int64_t calls, const StartCall& start) {
    const LoopResult result = RunClosedLoop(kInFlight, calls, start);
    if (result.failures == 0) return result.calls_per_second();
    std::cerr << result.failures << " calls failed\n";
    std::exit(1);
  }

  TokendProcess tokend_;
  std::vector<std::string> refresh_tokens_;
};

int Measure(const std::string& program, int64_t sessions, int64_t revocations, int rounds) {
  FilledTokend small(program, kRefreshed, 0);
  FilledTokend large(program, sessions, revocations);
  std::vector<double> starts;
  for (int i = 0; i < kStarts; ++i) starts.push_back(large.RestartMs(SIGTERM));
  const double large_rss_mib = large.ResidentMib();
  small.RefreshRound();
  large.RefreshRound();
  std::vector<double> small_rates, large_rates, growths, issue_rates, issues;
  for (int round = 0; round < rounds; ++round) {
    small_rates.push_back(small.RefreshRound());
    large_rates.push_back(large.RefreshRound());
    growths.push_back(small_rates.back() / large_rates.back());
    issue_rates.push_back(large.IssueRound());
    issues.push_back(issue_rates.back() / large_rates.back());
  }
  std::vector<double> starts_after_kill;
  for (int i = 0; i < kKills; ++i) starts_after_kill.push_back(large.RestartMs(SIGKILL));
  std::printf(
      "{\"sessions\": %lld, \"revocations\": %lld, \"refresh_per_second_10k\": %.0f, \"refresh_per_second_1m\": %.0f, "
      "\"refresh_growth_1m\": %.4f, \"issue_per_second_1m\": %.0f, \"issue_vs_refresh_1m\": %.4f, "
      "\"start_ms_1m\": %.1f, \"start_after_kill_ms_1m\": %.1f, \"rss_mib_1m\": %.1f}\n",
      static_cast<long long>(sessions), static_cast<long long>(revocations), Median(small_rates), Median(large_rates),
      Median(growths), Median(issue_rates), Median(issues), Median(starts), Median(starts_after_kill), large_rss_mib);
  return 0;
}

}  // namespace
}  // namespace paseto::bench

int main(int argc, char** argv) {
  if (argc < 2 || argc > 5) {
    std::cerr << "usage: " << argv[0] << " TOKEND [SESSIONS [REVOCATIONS [ROUNDS]]]\n";
    return 2;
  }
  const auto number = [&](int i, long long otherwise) { return argc > i ? std::atoll(argv[i]) : otherwise; };
  return paseto::bench::Measure(argv[1], number(2, 1'000'000), number(3, 1'000'000), static_cast<int>(number(4, 7)));
}
