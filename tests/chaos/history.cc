#include "grpc_paseto/tests/chaos/history.h"

#include <algorithm>
#include <utility>

namespace paseto::chaos {
namespace {

bool IsSession(const std::string& target) {
  return target != "everything" && target != "-" && target.find(':') == std::string::npos;
}

}  // namespace

void HistoryChecker::Take(const std::string& line) {
  std::istringstream words(line);
  std::string mark;
  int64_t call = 0;
  words >> mark >> call;
  ++line_;
  if (mark == "B") Begin(call, words);
  if (mark == "E") End(call, words);
  if (mark == "R") {
    for (const auto& [cut_off, begun] : calls_) LeaveOpen(begun);
    calls_.clear();
  }
}

void HistoryChecker::Begin(int64_t call, std::istringstream& words) {
  Begun begun;
  begun.line = line_;
  words >> begun.what >> begun.target >> begun.generation >> begun.clock;
  if (IsSession(begun.target)) begun.at_start = sessions_[begun.target];
  if (begun.what == "revoke") {
    for (const auto& [session, known] : sessions_) {
      if (Covers(begun.target, session, known)) begun.sessions.push_back(session);
    }
  }
  if (begun.what == "refresh") {
    Known& known = sessions_[begun.target];
    begun.same_token = known.presented_at[begun.generation];
    known.presented_at[begun.generation].insert(begun.clock);
    known.highest_presented = std::max(known.highest_presented, begun.generation);
  }
  calls_[call] = std::move(begun);
}

void HistoryChecker::End(int64_t call, std::istringstream& words) {
  const Begun& begun = calls_[call];
  std::string result, session;
  uint64_t generation = 0;
  words >> result >> session >> generation;
  if (begun.what == "issue" || begun.what == "issue_changed") EndIssue(call, begun, result, session);
  if (begun.what == "refresh") EndRefresh(call, begun, result, generation);
  if (begun.what == "revoke") EndRevocation(begun, result);
  if (begun.what == "revoke_access" && result == "ok") sessions_[begun.target].revoked_access.insert(begun.generation);
  if (result == "ok") CheckIntrospection(call, begun);
  if (result == "store_unavailable") LeaveOpen(begun);
  calls_.erase(call);
}

void HistoryChecker::EndIssue(int64_t call, const Begun& begun, const std::string& result, const std::string& session) {
  if (begun.what == "issue" && result == "request_id_taken") {
    Violation(call, begun, "a repeated request was taken for another");
  }
  if (result != "ok" && result != "lost") return;
  if (begun.what == "issue_changed") return Violation(call, begun, "a changed request got tokens under another's id");
  const int64_t request = begun.generation == 0 ? call : static_cast<int64_t>(begun.generation);
  const auto [answered, is_first] = answered_.emplace(request, session);
  if (answered->second != session) Violation(call, begun, "a repeated request opened another session");
  if (!is_first) ++verdict_.repeated_requests;
  Known& known = sessions_[session];
  known.subject = begun.target;
  known.newest = std::max<uint64_t>(1, known.newest);
  if (MayBeRevokedSince(begun.line, session)) known.perhaps_ended = true;
}

void HistoryChecker::EndRefresh(int64_t call, const Begun& begun, const std::string& result, uint64_t generation) {
  Known& known = sessions_[begun.target];
  if (result == "ok") {
    ++verdict_.refreshes;
    if (!begun.same_token.empty()) ++verdict_.repetitions;
    CheckSuccess(call, begun, generation);
    known.newest = std::max(known.newest, generation);
  } else if (result == "refresh_reused") {
    ++verdict_.thefts;
    CheckTheft(call, begun, known);
    known.ended = true;
  } else if (result == "store_rolled_back") {
    Violation(call, begun, "an acknowledged generation was lost");
  } else if (result != "lost" && result != "store_unavailable" && result != "server_stopping") {
    CheckRefusal(call, begun, result);
  }
}

void HistoryChecker::EndRevocation(const Begun& begun, const std::string& result) {
  if (!IsSession(begun.target)) revoked_at_[begun.target] = line_;
  if (result != "ok") return;
  for (const std::string& ended : begun.sessions) sessions_[ended].ended = true;
  ++verdict_.revocations;
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

void HistoryChecker::CheckTheft(int64_t call, const Begun& begun, const Known& known) {
  if (!MayBeTheft(begun, known)) Violation(call, begun, "an honest repetition was taken for theft");
}

void HistoryChecker::CheckRefusal(int64_t call, const Begun& begun, const std::string& result) {
  if (MayHaveEnded(call, begun.target)) return;
  const bool long_used = begun.at_start.newest >= begun.generation + 2;
  Violation(call, begun, (long_used ? "a long used token left its session alive: " : "a needless logout: ") + result);
}

void HistoryChecker::CheckIntrospection(int64_t call, const Begun& begun) {
  const bool of_access = begun.what == "introspect_access";
  if (!of_access && begun.what != "introspect") return;
  if (begun.at_start.ended) Violation(call, begun, "a token verified after its session's end was answered");
  if (of_access && begun.at_start.revoked_access.count(begun.generation) != 0) {
    Violation(call, begun, "a revoked access token verified");
  }
}

void HistoryChecker::LeaveOpen(const Begun& begun) {
  for (auto& [session, known] : sessions_) {
    if (MayEnd(begun, session, known)) known.perhaps_ended = true;
  }
}

bool HistoryChecker::MayHaveEnded(int64_t call, const std::string& session) const {
  const Known& known = sessions_.at(session);
  if (known.ended || known.perhaps_ended) return true;
  for (const auto& [other, begun] : calls_) {
    if (other != call && MayEnd(begun, session, known)) return true;
  }
  return false;
}

bool HistoryChecker::MayBeRevokedSince(int64_t line, const std::string& session) const {
  const Known& known = sessions_.at(session);
  for (const auto& [target, ended] : revoked_at_) {
    if (ended > line && Covers(target, session, known)) return true;
  }
  for (const auto& [call, begun] : calls_) {
    if (begun.what == "revoke" && Covers(begun.target, session, known)) return true;
  }
  return false;
}

bool HistoryChecker::Covers(const std::string& target, const std::string& session, const Known& known) {
  return target == session || target == known.subject || target == "everything" || target.rfind("client:", 0) == 0;
}

// Otherwise no later generation can exist, and no time has passed since the token was used first.
bool HistoryChecker::MayBeTheft(const Begun& begun, const Known& known) {
  return known.highest_presented > begun.generation || known.presented_at.at(begun.generation).size() > 1;
}

bool HistoryChecker::MayEnd(const Begun& begun, const std::string& session, const Known& known) {
  if (begun.what == "revoke") return Covers(begun.target, session, known);
  return begun.what == "refresh" && begun.target == session && MayBeTheft(begun, known);
}

void HistoryChecker::Violation(int64_t call, const Begun& begun, const std::string& what) {
  std::ostringstream text;
  text << what << ": call " << call << ", " << begun.what << " " << begun.target << ", generation " << begun.generation;
  verdict_.violations.push_back(text.str());
}

HistoryVerdict CheckHistory(const std::vector<std::string>& lines) {
  HistoryChecker checker;
  for (const std::string& line : lines) checker.Take(line);
  return checker.verdict();
}

}  // namespace paseto::chaos
