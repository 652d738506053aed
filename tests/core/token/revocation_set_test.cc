#include "grpc_paseto/core/token/revocation_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/tests/core/token/token_test_support.h"

namespace paseto {
namespace {

Claims SomeClaims() {
  Claims claims;
  claims.token_id = TokenId("jti");
  claims.session_id = SessionId("sid");
  claims.subject = "sub";
  claims.client_id = ClientId("client");
  claims.revision = 10;
  claims.issued_at = TestNow();
  return claims;
}

Revocation Record(RevocationKind kind, absl::string_view id, int64_t revision = 1) {
  return {kind, std::string(id), revision, TestNow(), TestNow() + absl::Hours(1)};
}

bool Revokes(const Revocation& record, const Claims& claims) {
  RevocationSet set;
  set.Add({record});
  return set.IsRevoked(claims);
}

TEST(RevocationSetTest, NothingIsRevokedAtFirst) {
  RevocationSet set;
  EXPECT_FALSE(set.IsRevoked(SomeClaims()));
  EXPECT_FALSE(set.IsRevoked(Claims()));
  EXPECT_EQ(set.size(), 0);
}

TEST(RevocationSetTest, TokenAndSessionRecordsHoldWhateverTheRevision) {
  EXPECT_TRUE(Revokes(Record(RevocationKind::kToken, "jti"), SomeClaims()));
  EXPECT_TRUE(Revokes(Record(RevocationKind::kSession, "sid"), SomeClaims()));
  EXPECT_FALSE(Revokes(Record(RevocationKind::kToken, "jtj"), SomeClaims()));
  EXPECT_FALSE(Revokes(Record(RevocationKind::kSession, "si"), SomeClaims()));
}

TEST(RevocationSetTest, AnIdOfOneKindIsNoIdOfAnother) {
  for (const char* id : {"jti", "sid", "sub", "client", ""}) {
    for (const RevocationKind kind :
         {RevocationKind::kToken, RevocationKind::kSession, RevocationKind::kSubject, RevocationKind::kClient}) {
      const bool own = (kind == RevocationKind::kToken && id == absl::string_view("jti")) ||
                       (kind == RevocationKind::kSession && id == absl::string_view("sid")) ||
                       (kind == RevocationKind::kSubject && id == absl::string_view("sub")) ||
                       (kind == RevocationKind::kClient && id == absl::string_view("client"));
      EXPECT_EQ(Revokes(Record(kind, id, 11), SomeClaims()), own) << id << static_cast<int>(kind);
    }
  }
}

class HorizonTest : public ::testing::TestWithParam<std::pair<RevocationKind, const char*>> {
 protected:
  Revocation RecordAt(int64_t revision) const { return Record(GetParam().first, GetParam().second, revision); }
};

TEST_P(HorizonTest, ConcernsTokensOfLowerRevisionsOnly) {
  EXPECT_FALSE(Revokes(RecordAt(9), SomeClaims()));
  EXPECT_FALSE(Revokes(RecordAt(10), SomeClaims()));
  EXPECT_TRUE(Revokes(RecordAt(11), SomeClaims()));
}

TEST_P(HorizonTest, ClocksDoNotMatterWhereThereIsARevision) {
  Claims claims = SomeClaims();
  claims.issued_at = TestNow() - absl::Hours(24);
  EXPECT_FALSE(Revokes(RecordAt(10), claims));
  claims.issued_at = TestNow() + absl::Hours(24);
  EXPECT_TRUE(Revokes(RecordAt(11), claims));
}

TEST_P(HorizonTest, ConcernsByIssueDateWhereThereIsNoRevision) {
  Claims claims = SomeClaims();
  claims.revision.reset();
  claims.issued_at = TestNow() - absl::Seconds(1);
  EXPECT_TRUE(Revokes(RecordAt(1), claims));
  claims.issued_at = TestNow();
  EXPECT_TRUE(Revokes(RecordAt(1), claims));
  claims.issued_at = TestNow() + absl::Seconds(1);
  EXPECT_FALSE(Revokes(RecordAt(1), claims));
}

TEST_P(HorizonTest, ATokenWithoutRevisionAndDateIsRevoked) {
  Claims claims = SomeClaims();
  claims.revision.reset();
  claims.issued_at.reset();
  EXPECT_TRUE(Revokes(RecordAt(1), claims));
}

TEST_P(HorizonTest, TheHighestRevisionAndLatestInstantWin) {
  RevocationSet set;
  Revocation late = RecordAt(5);
  late.revoked_at = TestNow() + absl::Hours(1);
  set.Add({RecordAt(11), late, RecordAt(3)});
  EXPECT_EQ(set.size(), 1);
  EXPECT_TRUE(set.IsRevoked(SomeClaims()));
  Claims claims = SomeClaims();
  claims.revision = 11;
  EXPECT_FALSE(set.IsRevoked(claims));
  claims.revision.reset();
  claims.issued_at = TestNow() + absl::Minutes(59);
  EXPECT_TRUE(set.IsRevoked(claims));
}

INSTANTIATE_TEST_SUITE_P(Kinds, HorizonTest,
                         ::testing::Values(std::pair(RevocationKind::kSubject, "sub"),
                                           std::pair(RevocationKind::kClient, "client"),
                                           std::pair(RevocationKind::kEverything, "")));

TEST(RevocationSetTest, AbsentIdsAreNotOneId) {
  Claims claims;
  claims.revision = 1;
  for (const RevocationKind kind :
       {RevocationKind::kToken, RevocationKind::kSession, RevocationKind::kSubject, RevocationKind::kClient}) {
    RevocationSet set;
    set.Add({Record(kind, "", 100)});
    EXPECT_EQ(set.size(), 0);
    EXPECT_FALSE(set.IsRevoked(claims));
  }
}

TEST(RevocationSetTest, EverythingConcernsTokensWithoutAnyId) {
  Claims claims;
  claims.revision = 1;
  EXPECT_TRUE(Revokes(Record(RevocationKind::kEverything, "", 2), claims));
  EXPECT_TRUE(Revokes(Record(RevocationKind::kEverything, "ignored", 2), claims));
}

TEST(RevocationSetTest, ReplaceDropsWhatWasThere) {
  RevocationSet set;
  set.Add({Record(RevocationKind::kToken, "jti"), Record(RevocationKind::kEverything, "", 100)});
  set.Replace({Record(RevocationKind::kSession, "other")});
  EXPECT_EQ(set.size(), 1);
  EXPECT_FALSE(set.IsRevoked(SomeClaims()));
  set.Replace({Record(RevocationKind::kToken, "jti")});
  EXPECT_TRUE(set.IsRevoked(SomeClaims()));
}

TEST(RevocationSetTest, PruneDropsWhatConcernsNoLivingToken) {
  RevocationSet set;
  set.Add({Record(RevocationKind::kToken, "jti"), Record(RevocationKind::kSubject, "x"),
           Revocation{RevocationKind::kToken, "kept", 1, TestNow(), TestNow() + absl::Hours(2)},
           Revocation{RevocationKind::kSession, "ever", 1, TestNow(), absl::InfiniteFuture()}});
  EXPECT_EQ(set.Prune(TestNow() + absl::Hours(1)), 0);
  EXPECT_EQ(set.Prune(TestNow() + absl::Hours(1) + absl::Seconds(1)), 2);
  EXPECT_FALSE(set.IsRevoked(SomeClaims()));
  EXPECT_EQ(set.size(), 2);
  EXPECT_EQ(set.Prune(absl::FromUnixSeconds(int64_t{1} << 40)), 1);
  EXPECT_EQ(set.size(), 1);
}

TEST(RevocationSetTest, PruneRoundsTheInstantUp) {
  RevocationSet set;
  set.Add({Revocation{RevocationKind::kToken, "jti", 1, TestNow(), TestNow() + absl::Milliseconds(500)}});
  EXPECT_EQ(set.Prune(TestNow() + absl::Milliseconds(400)), 0);
  EXPECT_EQ(set.Prune(TestNow() + absl::Seconds(2)), 1);
}

TEST(RevocationSetTest, ARecordAddedAgainIsRememberedForTheLongerTime) {
  RevocationSet set;
  Revocation longer = Record(RevocationKind::kToken, "jti");
  longer.forget_after += absl::Hours(5);
  set.Add({longer, Record(RevocationKind::kToken, "jti")});
  EXPECT_EQ(set.size(), 1);
  EXPECT_EQ(set.Prune(TestNow() + absl::Hours(2)), 0);
  EXPECT_TRUE(set.IsRevoked(SomeClaims()));
}

TEST(RevocationSetTest, TheCountMovesWithEachChange) {
  RevocationSet set;
  const uint64_t at_first = set.change_count();
  set.Add({Record(RevocationKind::kToken, "jti")});
  const uint64_t after_add = set.change_count();
  EXPECT_NE(after_add, at_first);
  set.Replace({});
  EXPECT_NE(set.change_count(), after_add);
}

TEST(RevocationSetTest, ManyIdsAreKeptExactly) {
  RevocationSet set;
  std::vector<Revocation> records;
  for (int i = 0; i < 20000; i += 2) records.push_back(Record(RevocationKind::kToken, absl::StrCat("id", i)));
  set.Add(records);
  EXPECT_EQ(set.size(), 10000);
  Claims claims;
  for (int i = 0; i < 20000; ++i) {
    claims.token_id = TokenId(absl::StrCat("id", i));
    EXPECT_EQ(set.IsRevoked(claims), i % 2 == 0) << i;
  }
}

}  // namespace
}  // namespace paseto
