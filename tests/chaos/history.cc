#include "grpc_paseto/tests/chaos/history.h"

#include <algorithm>
#include <sstream>

namespace paseto::chaos {
namespace {

// What is certain about a session from the answers so far.
struct Known {
  uint64_t newest = 0;                                 // highest generation that was acknowledged
  bool ended = false;                                  // a revocation or a theft was acknowledged
  uint64_t highest_presented = 0;                      // by calls that began
  std::map<uint64_t, std::set<int64_t>> presented_at;  // by generation: the clocks of the calls that presented it
};

struct Begun {
  std::string what;
  std::string session;
  uint64_t generation = 0;
  int64_t clock = 0;
  Known at_start;                // of the session
  std::set<int64_t> same_token;  // clocks of the calls that presented the same generation before
};

class Checker {
 public:
  void Take(const std::string& line) {
    std::istringstream words(line);
    std::string mark;
    int64_t call = 0;
    words >> mark >> call;
    if (mark == "B") Begin(call, words);
    if (mark == "E") End(call, words);
  }
  HistoryVerdict verdict;

 private:
  void Begin(int64_t call, std::istringstream& words) {
    Begun begun;
    words >> begun.what >> begun.session >> begun.generation >> begun.clock;
    Known& known = sessions_[begun.session];
    begun.at_start = known;
    if (begun.what == "refresh") {
      begun.same_token = known.presented_at[begun.generation];
      known.presented_at[begun.generation].insert(begun.clock);
      known.highest_presented = std::max(known.highest_presented, begun.generation);
    }
    calls_[call] = std::move(begun);
  }

  void End(int64_t call, std::istringstream& words) {
    const Begun& begun = calls_[call];
    std::string result, session;
    uint64_t generation = 0;
    words >> result >> session >> generation;
    if (begun.what == "issue" && result == "ok") sessions_[session].newest = std::max<uint64_t>(1, Newest(session));
    if (begun.what == "refresh") EndRefresh(call, begun, result, generation);
    if (begun.what == "revoke" && result == "ok") {
      sessions_[begun.session].ended = true;
      ++verdict.revocations;
    }
    if (begun.what == "introspect" && result == "ok" && begun.at_start.ended) {
      Violation(call, begun, "a token verified after its session's end was answered");
    }
    calls_.erase(call);
  }

  void EndRefresh(int64_t call, const Begun& begun, const std::string& result, uint64_t generation) {
    Known& known = sessions_[begun.session];
    if (result == "ok") {
      ++verdict.refreshes;
      if (!begun.same_token.empty()) ++verdict.repetitions;
      CheckSuccess(call, begun, generation);
      known.newest = std::max(known.newest, generation);
    }
    if (result == "store_rolled_back") Violation(call, begun, "an acknowledged generation was lost");
    if (result != "refresh_reused") return;
    ++verdict.thefts;
    CheckTheft(call, begun, known);
    known.ended = true;
  }

  void CheckSuccess(int64_t call, const Begun& begun, uint64_t generation) {
    if (begun.at_start.ended) Violation(call, begun, "a refresh succeeded after its session's end was answered");
    if (generation != begun.generation + 1) Violation(call, begun, "a successor begins a branch of its own");
    if (begun.at_start.newest >= begun.generation + 2) Violation(call, begun, "a long used token worked");
    if (begun.at_start.newest != begun.generation + 1 || begun.same_token.empty()) return;
    // Whichever call rotated it, it did so at the latest of these instants.
    if (begun.clock > *begun.same_token.rbegin() + kGraceSeconds) {
      Violation(call, begun, "a used token worked outside of grace");
    }
  }

  // No later generation can exist, and no time has passed since the token was used first: an honest repetition.
  void CheckTheft(int64_t call, const Begun& begun, const Known& known) {
    const bool predecessor_at_most = known.highest_presented <= begun.generation;
    const std::set<int64_t>& clocks = known.presented_at.at(begun.generation);
    const bool at_once = clocks.size() == 1;
    if (predecessor_at_most && at_once) Violation(call, begun, "an honest repetition was taken for theft");
  }

  uint64_t Newest(const std::string& session) { return sessions_[session].newest; }
  void Violation(int64_t call, const Begun& begun, const std::string& what) {
    std::ostringstream text;
    text << what << ": call " << call << ", session " << begun.session << ", generation " << begun.generation;
    verdict.violations.push_back(text.str());
  }

  std::map<int64_t, Begun> calls_;
  std::map<std::string, Known> sessions_;
};

}  // namespace

HistoryVerdict CheckHistory(const std::vector<std::string>& lines) {
  Checker checker;
  for (const std::string& line : lines) checker.Take(line);
  return std::move(checker.verdict);
}

}  // namespace paseto::chaos
