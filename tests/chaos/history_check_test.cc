// The check of a history, on histories of a few lines.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "grpc_paseto/tests/chaos/history.h"

namespace paseto::chaos {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> With(std::vector<std::string> lines, const std::vector<std::string>& more) {
  lines.insert(lines.end(), more.begin(), more.end());
  return lines;
}

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

TEST(CheckHistory, SeesALongUsedTokenThatLeavesItsSessionAlive) {
  const std::vector<std::string> used = {"B 1 issue subject:a 0 100", "E 1 ok s 1", "B 2 refresh s 1 100", "E 2 ok s 2",
                                         "B 3 refresh s 2 100",       "E 3 ok s 3", "B 4 refresh s 1 100"};
  for (const char* answer : {"refresh_invalid", "session_revoked", "grace_exhausted"}) {
    EXPECT_THAT(CheckHistory(With(used, {std::string("E 4 ") + answer + " - 0"})).violations,
                ElementsAre(HasSubstr("left its session alive")));
  }
  for (const char* answer : {"refresh_reused", "store_unavailable"}) {
    EXPECT_THAT(CheckHistory(With(used, {std::string("E 4 ") + answer + " - 0"})).violations, IsEmpty());
  }
  EXPECT_THAT(CheckHistory(With(used, {"B 5 revoke s 0 100", "E 4 session_revoked - 0"})).violations, IsEmpty());
}

TEST(CheckHistory, SeesANeedlessLogout) {
  const std::vector<std::string> opened = {"B 1 issue subject:a 0 100", "E 1 ok s 1"};
  const auto violations_after = [&](const std::vector<std::string>& more) {
    return CheckHistory(With(With(opened, more), {"B 9 refresh s 1 100", "E 9 session_revoked - 0"})).violations;
  };
  EXPECT_THAT(violations_after({}), ElementsAre(HasSubstr("needless logout")));
  EXPECT_THAT(violations_after({"B 2 revoke subject:b 0 100"}), ElementsAre(HasSubstr("needless logout")));
  EXPECT_THAT(violations_after({"B 2 revoke subject:a 0 100", "E 2 client_not_allowed - 0"}),
              ElementsAre(HasSubstr("needless logout")));
  EXPECT_THAT(violations_after({"B 2 refresh s 1 100", "E 2 ok s 2"}), ElementsAre(HasSubstr("needless logout")));
  for (const char* target : {"s", "subject:a", "client:web", "everything"}) {
    const std::string begun = std::string("B 2 revoke ") + target + " 0 100";
    EXPECT_THAT(violations_after({begun}), IsEmpty());
    EXPECT_THAT(violations_after({begun, "E 2 ok - 0"}), IsEmpty());
    EXPECT_THAT(violations_after({begun, "E 2 store_unavailable - 0"}), IsEmpty());
    EXPECT_THAT(violations_after({begun, "R"}), IsEmpty()) << "cut off, but perhaps done";
  }
  // A token that is used at another time may be theft, whether or not its caller learns that.
  EXPECT_THAT(violations_after({"B 2 refresh s 1 50", "E 2 ok s 2", "B 3 refresh s 1 80", "R"}), IsEmpty());
}

TEST(CheckHistory, ASessionMayEndWithARevocationThatItsOpeningOverlaps) {
  const std::vector<std::string> refused = {"B 9 refresh s 1 100", "E 9 token_revoked - 0"};
  EXPECT_THAT(CheckHistory(With({"B 1 issue subject:a 0 100", "B 2 revoke subject:a 0 100", "E 2 ok - 0",  //
                                 "E 1 ok s 1"},
                                refused))
                  .violations,
              IsEmpty());
  EXPECT_THAT(CheckHistory(With({"B 2 revoke subject:a 0 100", "E 2 ok - 0", "B 1 issue subject:a 0 100",  //
                                 "E 1 ok s 1"},
                                refused))
                  .violations,
              ElementsAre(HasSubstr("needless logout")));
}

TEST(CheckHistory, HoldsARequestToOneSession) {
  const std::vector<std::string> asked = {"B 1 issue subject:a 0 100", "E 1 lost s 1"};
  const HistoryVerdict repeated = CheckHistory(With(asked, {"B 2 issue subject:a 1 100", "E 2 ok s 1"}));
  EXPECT_THAT(repeated.violations, IsEmpty());
  EXPECT_EQ(repeated.repeated_requests, 1);
  EXPECT_THAT(CheckHistory(With(asked, {"B 2 issue subject:a 1 100", "E 2 ok t 1"})).violations,
              ElementsAre(HasSubstr("opened another session")));
  EXPECT_THAT(CheckHistory(With(asked, {"B 2 issue subject:a 1 100", "E 2 request_id_taken - 0"})).violations,
              ElementsAre(HasSubstr("taken for another")));
  EXPECT_THAT(CheckHistory(With(asked, {"B 2 issue_changed subject:a 1 100", "E 2 ok s 1"})).violations,
              ElementsAre(HasSubstr("under another's id")));
  EXPECT_THAT(CheckHistory(With(asked, {"B 2 issue_changed subject:a 1 100", "E 2 request_id_taken - 0"})).violations,
              IsEmpty());
}

TEST(CheckHistory, SeesARevokedAccessTokenThatVerifies) {
  const std::vector<std::string> revoked = {"B 1 revoke_access s 2 100", "E 1 ok - 0"};
  EXPECT_THAT(CheckHistory(With(revoked, {"B 2 introspect_access s 2 100", "E 2 ok - 0"})).violations,
              ElementsAre(HasSubstr("revoked access token")));
  EXPECT_THAT(CheckHistory(With(revoked, {"B 2 introspect s 2 100", "E 2 ok - 0"})).violations, IsEmpty());
  EXPECT_THAT(CheckHistory(With(revoked, {"B 2 introspect_access s 3 100", "E 2 ok - 0"})).violations, IsEmpty());
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
  EXPECT_THAT(CheckHistory(With(opened, {"B 4 refresh new 1 100", "E 4 ok new 2"})).violations, IsEmpty());
  EXPECT_THAT(CheckHistory(With(opened, {"B 4 refresh old 1 100", "E 4 ok old 2"})).violations,
              Contains(HasSubstr("end was answered")));
}

}  // namespace
}  // namespace paseto::chaos
