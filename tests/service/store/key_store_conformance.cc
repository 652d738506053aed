// Keys and acknowledgements: what every engine must do.
#include <gmock/gmock.h>

#include <atomic>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "grpc_paseto/tests/service/store/session_store_conformance.h"
#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto::service {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

KeyRow Row(const std::string& id, KeyState state = KeyState::kAnnounced) {
  return {.id = id,
          .kind = kV4Public,
          .use = KeyUse::kAccess,
          .state = state,
          .paserk = "k4.secret-wrap.pie.x",
          .kek = "k4.lid.k",
          .seal = std::string("\x00seal", 5),
          .state_since = kNow};
}

KeyRow Published(KeyRow row, int64_t version) {
  row.published_version = version;
  return row;
}

KeyRow In(KeyState state, KeyRow row) {
  row.state = state;
  return row;
}

TEST_P(KeyStoreConformance, VersionsOfALaterStoreAndOfANewEpochAreHigher) {
  ASSERT_THAT(blocking().ChangeKeys({.expected_version = 0, .put = {Row("a")}}, kNow), IsOk());
  const int64_t first = blocking().ChangeKeys({.expected_version = FirstVersion(), .put = {Row("b")}}, kNow)->version;
  SetUp();
  const int64_t second = blocking().ChangeKeys({.expected_version = 0, .put = {Row("a")}}, kNow)->version;
  EXPECT_GT(second, first);
  const FeedPosition head = Head();
  ASSERT_THAT(blocking().StartEpochAbove({head.epoch, head.revision + 1}, kNow), IsOk());
  EXPECT_GT(blocking().ReadKeys()->version, second);
}

TEST_P(KeyStoreConformance, ANewEpochRevokesTheKeysThatTokendSignsWith) {
  KeyRow refresh = Row("refresh"), client = Row("client", KeyState::kActive), foreign = Row("foreign");
  refresh.use = KeyUse::kRefresh;
  client.use = KeyUse::kClient;
  foreign.use = KeyUse::kForeign;
  const std::vector<KeyRow> rows = {Row("access", KeyState::kActive), Row("next"), refresh, client, foreign};
  ASSERT_THAT(blocking().ChangeKeys({.expected_version = 0, .put = rows}, kNow), IsOk());
  const FeedPosition head = Head();
  const absl::Time later = kNow + absl::Seconds(1);
  ASSERT_THAT(blocking().StartEpochAbove({head.epoch, head.revision + 1}, later), IsOk());
  const auto table = blocking().ReadKeys();
  ASSERT_THAT(table, IsOk());
  for (const KeyRow& row : table->rows) {
    const bool is_own = row.use == KeyUse::kAccess || row.use == KeyUse::kRefresh;
    EXPECT_EQ(row.state == KeyState::kRevoked, is_own) << row.id;
    EXPECT_EQ(row.state_since, is_own ? later : kNow) << row.id;
  }
  EXPECT_THAT(table->gone, ElementsAre("access", "next", "refresh"));
}

TEST_P(KeyStoreConformance, NewStoreHasNoKeys) {
  const auto table = blocking().ReadKeys();
  ASSERT_THAT(table, IsOk());
  EXPECT_EQ(table->version, 0);
  EXPECT_THAT(table->rows, IsEmpty());
  EXPECT_THAT(table->gone, IsEmpty());
}

TEST_P(KeyStoreConformance, RowComesBackAsItWas) {
  KeyRow row = Row("k4.pid.a");
  row.kind = kV3Local;
  row.use = KeyUse::kForeign;
  row.foreign_claims = {"scope", "sid"};
  ASSERT_THAT(blocking().ChangeKeys({.expected_version = 0, .put = {row}}, kNow), IsOk());
  Reopen();
  const auto table = blocking().ReadKeys();
  ASSERT_THAT(table, IsOk());
  EXPECT_EQ(table->version, FirstVersion());
  EXPECT_THAT(table->rows, ElementsAre(Published(row, FirstVersion())));
}

TEST_P(KeyStoreConformance, ChangedRowKeepsTheVersionInWhichItCame) {
  ASSERT_THAT(blocking().ChangeKeys({.expected_version = 0, .put = {Row("a")}}, kNow), IsOk());
  KeyRow later = In(KeyState::kActive, Row("a"));
  later.state_since = kNow + absl::Seconds(1);
  const auto table = blocking().ChangeKeys({.expected_version = FirstVersion(), .put = {later, Row("b")}}, kNow);
  ASSERT_THAT(table, IsOk());
  EXPECT_EQ(table->version, FirstVersion() + 1);
  EXPECT_THAT(table->rows, ElementsAre(Published(Row("b"), FirstVersion() + 1), Published(later, FirstVersion())));
}

TEST_P(KeyStoreConformance, ChangeByAnOlderTableChangesNothing) {
  ASSERT_THAT(blocking().ChangeKeys({.expected_version = 0, .put = {Row("a")}}, kNow), IsOk());
  EXPECT_THAT(blocking().ChangeKeys({.expected_version = 0, .put = {Row("b")}}, kNow),
              StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(blocking().ReadKeys()->rows, ElementsAre(Published(Row("a"), FirstVersion())));
}

TEST_P(KeyStoreConformance, OneOfManyThatDecideAtOnceWins) {
  constexpr int kDeciders = 16;
  std::atomic<int> won = 0;
  std::atomic<int> lost = 0;
  absl::BlockingCounter finished(kDeciders);
  for (int i = 0; i < kDeciders; ++i) {
    store().keys().ChangeKeys({.expected_version = 0, .put = {Row(absl::StrCat("k", i), KeyState::kActive)}}, kNow,
                              [&](absl::StatusOr<KeyTable> table) {
                                if (table.ok()) ++won;
                                if (absl::IsAborted(table.status())) ++lost;
                                finished.DecrementCount();
                              });
  }
  finished.Wait();
  EXPECT_EQ(won, 1);
  EXPECT_EQ(lost, kDeciders - 1);
  EXPECT_EQ(blocking().ReadKeys()->rows.size(), 1u);
}

TEST_P(KeyStoreConformance, ActiveKeyLeavesItsPlaceToItsSuccessorInOneChange) {
  ASSERT_THAT(blocking().ChangeKeys({.expected_version = 0, .put = {Row("old", KeyState::kActive), Row("new")}}, kNow),
              IsOk());
  const KeyChange swap = {.expected_version = FirstVersion(),
                          .put = {Row("new", KeyState::kActive), Row("old", KeyState::kRetired)}};
  EXPECT_THAT(blocking().ChangeKeys(swap, kNow), IsOk());
}

TEST_P(KeyStoreConformance, TwoActiveKeysOfAKindAndUseAreRefused) {
  ASSERT_THAT(blocking().ChangeKeys({.expected_version = 0, .put = {Row("a", KeyState::kActive)}}, kNow), IsOk());
  EXPECT_THAT(blocking().ChangeKeys({.expected_version = FirstVersion(), .put = {Row("b", KeyState::kActive)}}, kNow),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(blocking().ReadKeys()->version, FirstVersion());
  KeyRow other_use = Row("c", KeyState::kActive);
  other_use.use = KeyUse::kClient;
  KeyRow without_secret = Row("d", KeyState::kActive);
  without_secret.kek = "";
  EXPECT_THAT(blocking().ChangeKeys({.expected_version = FirstVersion(), .put = {other_use, without_secret}}, kNow),
              IsOk());
}

TEST_P(KeyStoreConformance, RevokedAndDroppedKeysNeverComeBack) {
  ASSERT_THAT(blocking().ChangeKeys({.expected_version = 0, .put = {Row("a"), Row("b"), Row("c")}}, kNow), IsOk());
  const KeyChange end = {.expected_version = FirstVersion(), .put = {Row("a", KeyState::kRevoked)}, .drop = {"b"}};
  const auto table = blocking().ChangeKeys(end, kNow);
  ASSERT_THAT(table, IsOk());
  EXPECT_THAT(table->gone, ElementsAre("a", "b"));
  EXPECT_EQ(table->rows.size(), 2u);
  ASSERT_THAT(blocking().ChangeKeys({.expected_version = FirstVersion() + 1, .drop = {"a"}}, kNow), IsOk());
  Reopen();
  for (const std::string id : {"a", "b"}) {
    EXPECT_THAT(blocking().ChangeKeys({.expected_version = FirstVersion() + 2, .put = {Row(id)}}, kNow),
                StatusIs(absl::StatusCode::kFailedPrecondition));
  }
  EXPECT_THAT(blocking().ReadKeys()->rows, ElementsAre(Published(Row("c"), FirstVersion())));
}

TEST_P(KeyStoreConformance, OverlongTextIsRefused) {
  KeyRow row = Row("a");
  row.paserk = std::string(4097, 'x');
  EXPECT_THAT(blocking().ChangeKeys({.expected_version = 0, .put = {row}}, kNow),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(blocking().SaveAcks({{ClientId("shop"), std::string(65, 'x'), 1}}, kNow, kNow),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_P(KeyStoreConformance, NewestAcknowledgementOfEachVerifierIsKept) {
  const ClientId shop("shop"), mail("mail");
  ASSERT_THAT(blocking().SaveAcks({{shop, "1", 3}, {shop, "2", 3}, {mail, "1", 2}}, kNow, kNow), IsOkAndHolds(3));
  ASSERT_THAT(blocking().SaveAcks({{shop, "1", 4}}, kNow + absl::Seconds(1), kNow), IsOkAndHolds(1));
  Reopen();
  EXPECT_THAT(blocking().ReadAcks(kNow),
              IsOkAndHolds(UnorderedElementsAre(VerifierAck{shop, "1", 4}, VerifierAck{shop, "2", 3},
                                                VerifierAck{mail, "1", 2})));
  EXPECT_THAT(blocking().ReadAcks(kNow + absl::Seconds(1)), IsOkAndHolds(ElementsAre(VerifierAck{shop, "1", 4})));
}

TEST_P(KeyStoreConformance, ClockThatWasSetBackForgetsNoVerifier) {
  const VerifierAck ack = {ClientId("shop"), "1", 3};
  ASSERT_THAT(blocking().SaveAcks({ack}, kNow, kNow), IsOk());
  ASSERT_THAT(blocking().SaveAcks({ack}, kNow - absl::Hours(2), kNow - absl::Hours(3)), IsOk());
  EXPECT_THAT(blocking().ReadAcks(kNow), IsOkAndHolds(ElementsAre(ack)));
}

TEST_P(KeyStoreConformance, VerifiersThatWereNotSeenAreForgotten) {
  ASSERT_THAT(blocking().SaveAcks({{ClientId("shop"), "1", 3}}, kNow, kNow), IsOk());
  ASSERT_THAT(blocking().SaveAcks({}, kNow, kNow), IsOk());
  EXPECT_EQ(blocking().ReadAcks(absl::InfinitePast())->size(), 1u);
  ASSERT_THAT(blocking().SaveAcks({}, kNow, kNow + absl::Microseconds(1)), IsOk());
  EXPECT_THAT(blocking().ReadAcks(absl::InfinitePast()), IsOkAndHolds(IsEmpty()));
}

TEST_P(KeyStoreConformance, OneClientCannotFillTheStoreWithVerifiers) {
  std::vector<VerifierAck> acks;
  for (int i = 0; i < kMaxVerifiersOfClient + 1; ++i) {
    acks.push_back({ClientId("shop"), absl::StrCat(i), 1});
    if (acks.size() < kMaxAcksAtOnce && i < kMaxVerifiersOfClient) continue;
    ASSERT_THAT(blocking().SaveAcks(std::exchange(acks, {}), kNow, kNow), IsOk());
  }
  ASSERT_THAT(blocking().SaveAcks({{ClientId("mail"), "1", 1}}, kNow, kNow), IsOkAndHolds(1));
  EXPECT_THAT(blocking().SaveAcks({{ClientId("shop"), "0", 7}}, kNow, kNow), IsOkAndHolds(1));
  EXPECT_EQ(blocking().ReadAcks(kNow)->size(), static_cast<size_t>(kMaxVerifiersOfClient) + 1);
}

}  // namespace
}  // namespace paseto::service
