// A history of calls, as their callers saw them, and the check that a correct service could have given it.
//
// One line per event, in the order in which they happened:
//
//   R                                               the service starts; calls without an end were cut off before
//   B <call> <what> <target> <generation> <clock>   a call begins
//   E <call> <result> <session> <generation>        it ends; result: ok, inactive, nothing (there was nothing to
//                                                   revoke), lost (its caller never saw the answer) or the reason of
//                                                   a refusal
//
// what:
//   issue, issue_changed   of a new session; the generation is the call whose request it repeats, as it was or changed,
//                          0 for a new request
//   refresh                presents a generation, and ends with the one that it got
//   revoke, revoke_access  of the target; of the access token that came with a generation
//   introspect, introspect_access  of the refresh token of a generation; of the access token that came with it
//
// A target is a session (or an access token without one), a subject as "subject:...", a client as "client:..." or
// "everything"; of an issue it is the subject. "-" stands for nothing. The clock is the service's, in seconds; it may
// jump, but not while a call is under way, and it stays far from the deadline of every session.
#ifndef GRPC_PASETO_TESTS_CHAOS_HISTORY_H_
#define GRPC_PASETO_TESTS_CHAOS_HISTORY_H_

#include <cstdint>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace paseto::chaos {

inline constexpr int64_t kGraceSeconds = 10;

struct HistoryVerdict {
  std::vector<std::string> violations;  // empty: the history is possible
  int refreshes = 0;                    // that succeeded
  int repetitions = 0;                  // of those, with a token that was used before
  int thefts = 0;                       // refusals as reused
  int revocations = 0;
  int repeated_requests = 0;  // for a session, that got the session of the first one
};

// One lineage per session; after a revocation or a theft was answered nothing succeeds; a used token does not work
// outside of grace, and a long used one ends its session; nobody is taken for a thief within grace, nor refused while
// nothing can have ended the session; no acknowledged generation is lost; a request opens one session.
class HistoryChecker {
 public:
  void Take(const std::string& line);
  const HistoryVerdict& verdict() const { return verdict_; }

 private:
  // What is certain about a session from the answers so far.
  struct Known {
    std::string subject;
    uint64_t newest = 0;                                 // highest generation that was acknowledged
    bool ended = false;                                  // a revocation or a theft was acknowledged
    bool perhaps_ended = false;                          // there may have been one that nobody got the answer of
    uint64_t highest_presented = 0;                      // by calls that began
    std::map<uint64_t, std::set<int64_t>> presented_at;  // by generation: the clocks of the calls that presented it
    std::set<uint64_t> revoked_access;                   // generations whose access token was revoked
  };
  struct Begun {
    std::string what;
    std::string target;
    uint64_t generation = 0;
    int64_t clock = 0;
    int64_t line = 0;
    Known at_start;                     // of the session
    std::set<int64_t> same_token;       // clocks of the calls that presented the same generation before
    std::vector<std::string> sessions;  // that a revocation concerns for certain
  };

  void Begin(int64_t call, std::istringstream& words);
  void End(int64_t call, std::istringstream& words);
  void EndIssue(int64_t call, const Begun& begun, const std::string& result, const std::string& session);
  void EndRefresh(int64_t call, const Begun& begun, const std::string& result, uint64_t generation);
  void EndRevocation(const Begun& begun, const std::string& result);
  void CheckSuccess(int64_t call, const Begun& begun, uint64_t generation);
  void CheckTheft(int64_t call, const Begun& begun, const Known& known);
  void CheckRefusal(int64_t call, const Begun& begun, const std::string& result);
  void CheckIntrospection(int64_t call, const Begun& begun);
  // The service may or may not have done what the call asked for.
  void LeaveOpen(const Begun& begun);
  // Whether anything but `call` may have ended the session by now.
  bool MayHaveEnded(int64_t call, const std::string& session) const;
  // Whether a revocation of what the session belongs to was under way after `line`.
  bool MayBeRevokedSince(int64_t line, const std::string& session) const;
  void Violation(int64_t call, const Begun& begun, const std::string& what);
  static bool Covers(const std::string& target, const std::string& session, const Known& known);
  static bool MayBeTheft(const Begun& begun, const Known& known);
  static bool MayEnd(const Begun& begun, const std::string& session, const Known& known);

  HistoryVerdict verdict_;
  int64_t line_ = 0;
  std::map<int64_t, Begun> calls_;  // that have not ended
  std::map<std::string, Known> sessions_;
  std::map<std::string, int64_t> revoked_at_;  // by target: the line on which its last revocation ended
  std::map<int64_t, std::string> answered_;    // by the call of a request: the session that it opened
};

HistoryVerdict CheckHistory(const std::vector<std::string>& lines);

}  // namespace paseto::chaos

#endif  // GRPC_PASETO_TESTS_CHAOS_HISTORY_H_
