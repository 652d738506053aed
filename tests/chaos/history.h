// A history of calls, as their callers saw them, and the check that a correct service could have given it.
//
// One line per event, in the order in which they happened:
//
//   B <call> <what> <target> <generation> <clock>   a call begins; what: issue, refresh, revoke or introspect
//   E <call> <result> <session> <generation>        it ends; result: ok, inactive, lost (the caller never saw the
//                                                   answer) or the reason of a refusal
//
// A target is a session, or a subject as "subject:..." (of an issue and of some revocations). "-" stands for nothing. A
// call without an E was cut off. A refresh begins with the generation that it presents and ends with the one that it
// got; the clock is the service's, in seconds, which may jump between runs of the service.
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
};

// One lineage per session; after a revocation or a theft was answered nothing succeeds; a used token does not work
// outside of grace; nobody is taken for a thief within it; no acknowledged generation is lost.
class HistoryChecker {
 public:
  void Take(const std::string& line);
  const HistoryVerdict& verdict() const { return verdict_; }

 private:
  // What is certain about a session from the answers so far.
  struct Known {
    uint64_t newest = 0;                                 // highest generation that was acknowledged
    bool ended = false;                                  // a revocation or a theft was acknowledged
    uint64_t highest_presented = 0;                      // by calls that began
    std::map<uint64_t, std::set<int64_t>> presented_at;  // by generation: the clocks of the calls that presented it
  };
  struct Begun {
    std::string what;
    std::string target;
    uint64_t generation = 0;
    int64_t clock = 0;
    Known at_start;                     // of the session
    std::set<int64_t> same_token;       // clocks of the calls that presented the same generation before
    std::vector<std::string> sessions;  // that a revocation concerns for certain
  };

  void Begin(int64_t call, std::istringstream& words);
  void End(int64_t call, std::istringstream& words);
  void EndRefresh(int64_t call, const Begun& begun, const std::string& result, uint64_t generation);
  void CheckSuccess(int64_t call, const Begun& begun, uint64_t generation);
  void CheckTheft(int64_t call, const Begun& begun, const Known& known);
  void Violation(int64_t call, const Begun& begun, const std::string& what);

  HistoryVerdict verdict_;
  std::map<int64_t, Begun> calls_;
  std::map<std::string, Known> sessions_;
  std::map<std::string, std::vector<std::string>> of_subject_;
};

HistoryVerdict CheckHistory(const std::vector<std::string>& lines);

}  // namespace paseto::chaos

#endif  // GRPC_PASETO_TESTS_CHAOS_HISTORY_H_
