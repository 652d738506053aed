// A history of calls, as their callers saw them, and the check that a correct service could have given it.
//
// One line per event, in the order in which they happened:
//
//   B <call> <what> <session> <generation> <clock>   a call begins; what: issue, refresh, revoke or introspect
//   E <call> <result> <session> <generation> <token> it ends; result: ok, inactive, lost (the caller never saw the
//                                                    answer) or the reason of a refusal
//
// "-" stands for nothing. A call without an E was cut off. A refresh begins with the generation that it presents and
// ends with the one that it got; the clock is the service's, in seconds, which may jump between runs of the service.
#ifndef GRPC_PASETO_TESTS_CHAOS_HISTORY_H_
#define GRPC_PASETO_TESTS_CHAOS_HISTORY_H_

#include <cstdint>
#include <map>
#include <set>
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
HistoryVerdict CheckHistory(const std::vector<std::string>& lines);

}  // namespace paseto::chaos

#endif  // GRPC_PASETO_TESTS_CHAOS_HISTORY_H_
