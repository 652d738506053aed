#include "grpc_paseto/service/keys/key_rotation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto::service {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);

RotationPolicy Policy() {
  RotationPolicy policy;
  policy.every = absl::Hours(24);
  policy.min_announce = absl::Minutes(10);
  policy.patience = absl::Hours(1);
  policy.keep_access = absl::Hours(2);
  policy.keep_refresh = absl::Hours(48);
  policy.keep_client = absl::Hours(96);
  return policy;
}

KeyRow Row(const std::string& id, KeyState state, absl::Time since = kStart, TokenKind kind = kV4Public,
           KeyUse use = KeyUse::kAccess) {
  return {.id = id,
          .kind = kind,
          .use = use,
          .state = state,
          .paserk = "text",
          .kek = "kek",
          .seal = "seal",
          .state_since = since,
          .published_version = 5};
}

// Besides the access keys that a test is about, what keeps the rest of the table quiet.
KeyTable Table(std::vector<KeyRow> access) {
  KeyTable table{.version = 7, .rows = {}, .gone = {}, .head = {}};
  table.rows = {Row("refresh", KeyState::kActive, kStart + absl::Hours(24 * 365), kV4Local, KeyUse::kRefresh),
                Row("refresh-next", KeyState::kAnnounced, kStart + absl::Hours(24 * 365), kV4Local, KeyUse::kRefresh),
                Row("client", KeyState::kActive, kStart, kV4Public, KeyUse::kClient)};
  table.rows.insert(table.rows.end(), access.begin(), access.end());
  return table;
}

// "id:state" of what a plan puts, "-id" of what it drops, "+kind:use:state" of what it wants.
std::vector<std::string> Words(const RotationPlan& plan) {
  std::vector<std::string> words;
  for (const KeyRow& row : plan.change.put) words.push_back(row.id + ":" + std::string(KeyStateName(row.state)));
  for (const std::string& id : plan.change.drop) words.push_back("-" + id);
  for (const WantedKey& wanted : plan.wanted) {
    words.push_back("+" + std::string(TokenKindName(wanted.kind)) + ":" + std::string(KeyUseName(wanted.use)) + ":" +
                    std::string(KeyStateName(wanted.state)));
  }
  return words;
}

std::vector<std::string> Rotation(const KeyTable& table, absl::Time now, std::vector<VerifierAck> acks = {}) {
  return Words(PlanRotation(table, acks, Policy(), now));
}

const char kNewSuccessor[] = "+v4.public:access:announced";

TEST(PlanRotation, EmptyTableGetsWhatTokendNeeds) {
  EXPECT_THAT(Rotation({}, kStart), UnorderedElementsAre("+v4.public:access:active", "+v4.public:access:announced",
                                                         "+v4.local:refresh:active", "+v4.local:refresh:announced",
                                                         "+v4.public:client:active"));
}

TEST(PlanRotation, QuietTableStaysAsItIs) {
  const RotationPlan plan = PlanRotation(Table({Row("a", KeyState::kActive), Row("b", KeyState::kAnnounced)}), {},
                                         Policy(), kStart + absl::Hours(1));
  EXPECT_TRUE(plan.empty());
  EXPECT_EQ(plan.change.expected_version, 7);
}

TEST(PlanRotation, SuccessorIsAlwaysAnnounced) {
  EXPECT_THAT(Rotation(Table({Row("a", KeyState::kActive)}), kStart), ElementsAre(kNewSuccessor));
  const KeyRow local = Row("l", KeyState::kActive, kStart, kV3Local);
  EXPECT_THAT(Rotation(Table({Row("a", KeyState::kActive), Row("b", KeyState::kAnnounced), local}), kStart),
              ElementsAre("+v3.local:access:announced"));
}

TEST(PlanRotation, ActiveKeyLeavesAfterItsTime) {
  const KeyTable table = Table({Row("a", KeyState::kActive), Row("b", KeyState::kAnnounced)});
  const absl::Time due = kStart + absl::Hours(24);
  EXPECT_THAT(Rotation(table, due - absl::Seconds(1)), IsEmpty());
  EXPECT_THAT(Rotation(table, due), ElementsAre("a:retired", "b:active", kNewSuccessor));
}

TEST(PlanRotation, SuccessorIsAnnouncedLongEnough) {
  const absl::Time announced = kStart + absl::Hours(24);
  const KeyTable table = Table({Row("a", KeyState::kActive), Row("b", KeyState::kAnnounced, announced)});
  EXPECT_THAT(Rotation(table, announced + absl::Minutes(10) - absl::Seconds(1)), IsEmpty());
  EXPECT_THAT(Rotation(table, announced + absl::Minutes(10)), ElementsAre("a:retired", "b:active", kNewSuccessor));
}

TEST(PlanRotation, WaitsForEveryVerifierAndNotForEver) {
  const KeyTable table = Table({Row("a", KeyState::kActive), Row("b", KeyState::kAnnounced)});
  const absl::Time due = kStart + absl::Hours(24);
  const VerifierAck good{ClientId("shop"), "1", 5}, behind{ClientId("shop"), "2", 4}, dead{ClientId("mail"), "1", 0};
  EXPECT_THAT(Rotation(table, due, {good}), ElementsAre("a:retired", "b:active", kNewSuccessor));
  for (const VerifierAck& slow : {behind, dead}) {
    EXPECT_THAT(Rotation(table, due, {good, slow}), IsEmpty());
    EXPECT_THAT(Rotation(table, due + absl::Hours(1) - absl::Seconds(1), {good, slow}), IsEmpty());
    EXPECT_THAT(Rotation(table, due + absl::Hours(1), {good, slow}),
                ElementsAre("a:retired", "b:active", kNewSuccessor));
  }
}

TEST(PlanRotation, NeverRotatesWhereItIsTurnedOff) {
  RotationPolicy policy = Policy();
  policy.every = absl::InfiniteDuration();
  const KeyTable table = Table({Row("a", KeyState::kActive), Row("b", KeyState::kAnnounced)});
  EXPECT_TRUE(PlanRotation(table, {}, policy, kStart + absl::Hours(24 * 300)).empty());
}

TEST(PlanRotation, ClockThatWasSetBackChangesNothing) {
  const KeyTable table =
      Table({Row("a", KeyState::kActive), Row("b", KeyState::kAnnounced), Row("c", KeyState::kRetired)});
  EXPECT_THAT(Rotation(table, kStart - absl::Hours(24 * 400)), IsEmpty());
}

TEST(PlanRotation, KeyIsDroppedWhenNoTokenUnderItCanLive) {
  struct Case {
    KeyUse use;
    absl::Duration kept;
  };
  for (const Case& given : {Case{KeyUse::kAccess, absl::Hours(2)}, Case{KeyUse::kRefresh, absl::Hours(48)},
                            Case{KeyUse::kClient, absl::Hours(96)}}) {
    for (const KeyState state : {KeyState::kRetired, KeyState::kRevoked}) {
      const KeyTable table = Table({Row("a", KeyState::kActive, kStart + absl::Hours(24 * 365)),
                                    Row("b", KeyState::kAnnounced, kStart + absl::Hours(24 * 365)),
                                    Row("old", state, kStart, kV4Local, given.use)});
      EXPECT_THAT(Rotation(table, kStart + given.kept), IsEmpty());
      EXPECT_THAT(Rotation(table, kStart + given.kept + absl::Microseconds(1)), ElementsAre("-old"));
    }
  }
}

TEST(PlanRotation, ForeignKeysAreLeftAlone) {
  const KeyTable table = Table({Row("a", KeyState::kActive, kStart + absl::Hours(24 * 365)),
                                Row("b", KeyState::kAnnounced, kStart + absl::Hours(24 * 365)),
                                Row("f", KeyState::kActive, kStart, kV4Local, KeyUse::kForeign),
                                Row("g", KeyState::kRetired, kStart, kV4Public, KeyUse::kForeign)});
  EXPECT_THAT(Rotation(table, kStart + absl::Hours(24 * 364)), IsEmpty());
}

TEST(PlanRotation, ClientKeysChangeByAnAdministratorOnly) {
  KeyTable table = Table({Row("a", KeyState::kActive, kStart + absl::Hours(24 * 365)),
                          Row("b", KeyState::kAnnounced, kStart + absl::Hours(24 * 365))});
  table.rows.push_back(Row("client-next", KeyState::kAnnounced, kStart, kV4Public, KeyUse::kClient));
  EXPECT_THAT(Rotation(table, kStart + absl::Hours(24 * 364)), IsEmpty());
}

TEST(PlanRotation, PublicHalfIsNoSuccessor) {
  KeyRow half = Row("half", KeyState::kAnnounced);
  half.kek = "";
  EXPECT_THAT(Rotation(Table({Row("a", KeyState::kActive), half}), kStart + absl::Hours(48)),
              ElementsAre(kNewSuccessor));
}

TEST(PlanActivation, TakesThePlaceOfTheActiveKey) {
  const KeyTable table =
      Table({Row("a", KeyState::kActive), Row("b", KeyState::kAnnounced), Row("c", KeyState::kRetired)});
  EXPECT_THAT(Words(*PlanActivation(table, "b", kStart)), ElementsAre("a:retired", "b:active"));
  EXPECT_THAT(Words(*PlanActivation(table, "c", kStart)), ElementsAre("a:retired", "c:active"));
  EXPECT_THAT(Words(*PlanActivation(table, "a", kStart)), IsEmpty());
}

TEST(PlanActivation, RefusesWhatCannotSign) {
  KeyRow half = Row("half", KeyState::kAnnounced);
  half.kek = "";
  const KeyTable table = Table({Row("a", KeyState::kActive), Row("x", KeyState::kRevoked), half});
  EXPECT_THAT(PlanActivation(table, "x", kStart), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(PlanActivation(table, "half", kStart), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(PlanActivation(table, "none", kStart), StatusIs(absl::StatusCode::kNotFound));
}

TEST(PlanRetirement, LeavesTheSigningToTheSuccessor) {
  const KeyTable table =
      Table({Row("a", KeyState::kActive), Row("b", KeyState::kAnnounced), Row("c", KeyState::kRevoked)});
  EXPECT_THAT(Words(*PlanRetirement(table, "a", kStart)), ElementsAre("a:retired", "b:active"));
  EXPECT_THAT(Words(*PlanRetirement(table, "b", kStart)), ElementsAre("b:retired"));
  EXPECT_THAT(PlanRetirement(table, "c", kStart), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(PlanRetirement(Table({Row("a", KeyState::kActive)}), "a", kStart),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST(PlanKeyRevocation, SuccessorSignsFromTheSameChangeOn) {
  const KeyTable table =
      Table({Row("a", KeyState::kActive), Row("b", KeyState::kAnnounced), Row("c", KeyState::kAnnounced)});
  EXPECT_THAT(Words(*PlanKeyRevocation(table, "a", kStart)), ElementsAre("a:revoked", "b:active"));
  EXPECT_THAT(Words(*PlanKeyRevocation(table, "b", kStart)), ElementsAre("b:revoked"));
}

TEST(PlanKeyRevocation, KeyIsMadeWhereThereIsNoSuccessor) {
  EXPECT_THAT(Words(*PlanKeyRevocation(Table({Row("a", KeyState::kActive)}), "a", kStart)),
              ElementsAre("a:revoked", "+v4.public:access:active"));
  EXPECT_THAT(Words(*PlanKeyRevocation(Table({}), "client", kStart)), ElementsAre("client:revoked"));
}

TEST(PlanKeyRevocation, TwiceIsNoChange) {
  const KeyTable table = Table({Row("a", KeyState::kActive), Row("x", KeyState::kRevoked)});
  EXPECT_THAT(Words(*PlanKeyRevocation(table, "x", kStart)), IsEmpty());
  EXPECT_THAT(PlanKeyRevocation(table, "none", kStart), StatusIs(absl::StatusCode::kNotFound));
}

TEST(PlanPreparation, KindGoesWithTheUse) {
  EXPECT_THAT(Words(*PlanPreparation(Table({}), kV4Public, KeyUse::kAccess)), ElementsAre(kNewSuccessor));
  EXPECT_THAT(Words(*PlanPreparation(Table({}), kV3Local, KeyUse::kAccess)), ElementsAre("+v3.local:access:announced"));
  struct Case {
    TokenKind kind;
    KeyUse use;
  };
  for (const Case& given : {Case{kV4Public, KeyUse::kRefresh}, Case{kV4Local, KeyUse::kClient},
                            Case{kV4Public, KeyUse::kForeign}, Case{kV2Public, KeyUse::kAccess}}) {
    EXPECT_THAT(PlanPreparation(Table({}), given.kind, given.use), StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

TEST(PlanPreparation, FourAnnouncedKeysAreEnough) {
  std::vector<KeyRow> rows;
  for (const char* id : {"a", "b", "c"}) rows.push_back(Row(id, KeyState::kAnnounced));
  EXPECT_THAT(PlanPreparation(Table(rows), kV4Public, KeyUse::kAccess), IsOk());
  rows.push_back(Row("d", KeyState::kAnnounced));
  EXPECT_THAT(PlanPreparation(Table(rows), kV4Public, KeyUse::kAccess),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST(PlanImport, TakesWhatTheStoreHasNeverSeen) {
  KeyTable table = Table({Row("a", KeyState::kActive)});
  table.gone = {"dropped"};
  const std::vector<KeyRow> file = {Row("a", KeyState::kRetired), Row("b", KeyState::kActive),
                                    Row("c", KeyState::kRetired), Row("dropped", KeyState::kActive)};
  const absl::Time now = kStart + absl::Hours(1);
  const RotationPlan plan = PlanImport(table, file, now);
  EXPECT_THAT(Words(plan), ElementsAre("b:announced", "c:retired"));
  EXPECT_EQ(plan.change.put[0].state_since, now);
}

TEST(PlanImport, ActiveKeyStaysActiveWhereItsPlaceIsFree) {
  EXPECT_THAT(Words(PlanImport({}, std::vector<KeyRow>{Row("a", KeyState::kActive)}, kStart)), ElementsAre("a:active"));
}

TEST(PlanImport, KeyThatTheFileCallsRevokedIsRevoked) {
  const KeyTable table = Table({Row("a", KeyState::kActive), Row("b", KeyState::kAnnounced)});
  EXPECT_THAT(Words(PlanImport(table, std::vector<KeyRow>{Row("a", KeyState::kRevoked)}, kStart)),
              ElementsAre("a:revoked", "b:active"));
}

}  // namespace
}  // namespace paseto::service
