#include "grpc_paseto/tests/chaos/history.h"

#include <algorithm>
#include <utility>

namespace paseto::chaos {
namespace {

bool IsSubject(const std::string& target) { return target.rfind("subject:", 0) == 0; }

}  // namespace

void HistoryChecker::Take(const std::string& line) {
  std::istringstream words(line);
  std::string mark;
  int64_t call = 0;
  words >> mark >> call;
  if (mark == "B") Begin(call, words);
  if (mark == "E") End(call, words);
}

void HistoryChecker::Begin(int64_t call, std::istringstream& words) {
  Begun begun;
  words >> begun.what >> begun.target >> begun.generation >> begun.clock;
  if (IsSubject(begun.target)) {
    begun.sessions = of_subject_[begun.target];
  } else {
    Known& known = sessions_[begun.target];
    begun.at_start = known;
    begun.sessions = {begun.target};
    if (begun.what == "refresh") {
      begun.same_token = known.presented_at[begun.generation];
      known.presented_at[begun.generation].insert(begun.clock);
      known.highest_presented = std::max(known.highest_presented, begun.generation);
    }
  }
  calls_[call] = std::move(begun);
}

void HistoryChecker::End(int64_t call, std::istringstream& words) {
  const Begun& begun = calls_[call];
  std::string result, session;
  uint64_t generation = 0;
  words >> result >> session >> generation;
  if (begun.what == "issue" && result == "ok") {
    uint64_t& newest = sessions_[session].newest;
    newest = std::max<uint64_t>(1, newest);
    of_subject_[begun.target].push_back(session);
  }
  if (begun.what == "refresh") EndRefresh(call, begun, result, generation);
  if (begun.what == "revoke" && result == "ok") {
    for (const std::string& ended : begun.sessions) sessions_[ended].ended = true;
    ++verdict_.revocations;
  }
  if (begun.what == "introspect" && result == "ok" && begun.at_start.ended) {
    Violation(call, begun, "a token verified after its session's end was answered");
  }
  calls_.erase(call);
}

void HistoryChecker::EndRefresh(int64_t call, const Begun& begun, const std::string& result, uint64_t generation) {
  Known& known = sessions_[begun.target];
  if (result == "ok") {
    ++verdict_.refreshes;
    if (!begun.same_token.empty()) ++verdict_.repetitions;
    CheckSuccess(call, begun, generation);
    known.newest = std::max(known.newest, generation);
  }
  if (result == "store_rolled_back") Violation(call, begun, "an acknowledged generation was lost");
  if (result != "refresh_reused") return;
  ++verdict_.thefts;
  CheckTheft(call, begun, known);
  known.ended = true;
}

void HistoryChecker::CheckSuccess(int64_t call, const Begun& begun, uint64_t generation) {
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
void HistoryChecker::CheckTheft(int64_t call, const Begun& begun, const Known& known) {
  const bool predecessor_at_most = known.highest_presented <= begun.generation;
  const bool at_once = known.presented_at.at(begun.generation).size() == 1;
  if (predecessor_at_most && at_once) Violation(call, begun, "an honest repetition was taken for theft");
}

void HistoryChecker::Violation(int64_t call, const Begun& begun, const std::string& what) {
  std::ostringstream text;
  text << what << ": call " << call << ", session " << begun.target << ", generation " << begun.generation;
  verdict_.violations.push_back(text.str());
}

HistoryVerdict CheckHistory(const std::vector<std::string>& lines) {
  HistoryChecker checker;
  for (const std::string& line : lines) checker.Take(line);
  return checker.verdict();
}

}  // namespace paseto::chaos
