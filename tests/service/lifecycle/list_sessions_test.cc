#include "grpc_paseto/service/lifecycle/list_sessions.h"

#include "grpc_paseto/service/config/durations.h"
#include "grpc_paseto/service/lifecycle/timestamps.h"
#include "grpc_paseto/tests/service/lifecycle/lifecycle_fixture.h"

namespace paseto::service {
namespace {

class ListSessionsTest : public LifecycleTest {
 protected:
  ListedSessions Page(const std::string& caller, int size, const std::string& token = "") {
    return List({ClientId(caller), "alice", size, token}).value();
  }
};

TEST_F(ListSessionsTest, PagesGiveEverySessionOnceTheNewestFirst) {
  std::vector<SessionId> opened;
  for (int i = 0; i < 5; ++i) {
    opened.push_back(Issue(PairOrder("web"))->session);
    clock_.Advance(absl::Milliseconds(2));
  }
  std::vector<SessionId> listed;
  std::string token;
  do {
    const ListedSessions page = Page("web", 2, token);
    EXPECT_LE(page.sessions.size(), 2u);
    for (const ListedSession& one : page.sessions) listed.insert(listed.begin(), one.session.id);
    token = page.next_page_token;
  } while (!token.empty());
  EXPECT_EQ(listed, opened);
}

TEST_F(ListSessionsTest, ClientSeesItsOwnAndAnAuditorAll) {
  const SessionId own = Issue(PairOrder("web"))->session;
  ASSERT_THAT(Issue(PairOrder("shop")), IsOk());
  const ListedSessions page = Page("web", 10);
  ASSERT_EQ(page.sessions.size(), 1u);
  EXPECT_EQ(page.sessions[0].session.id, own);
  EXPECT_EQ(page.sessions[0].grant.scopes_size(), 2);
  EXPECT_EQ(Page("auditor", 10).sessions.size(), 2u);
  EXPECT_TRUE(List({ClientId("auditor"), "bob", 10, ""})->sessions.empty());
}

TEST_F(ListSessionsTest, EndedSessionsAreNotListed) {
  ASSERT_THAT(RevokeSession("web", Issue(PairOrder("web"))->session), IsOk());
  ASSERT_THAT(Issue(PairOrder("web")), IsOk());
  ASSERT_THAT(RevokeSubject("auditor", "alice"), IsOk());
  EXPECT_TRUE(Page("web", 10).sessions.empty());
  ASSERT_THAT(Issue(PairOrder("web")), IsOk());
  EXPECT_EQ(Page("web", 10).sessions.size(), 1u);
  clock_.Advance(absl::Hours(24 * 8));
  EXPECT_TRUE(Page("web", 10).sessions.empty());
}

TEST_F(ListSessionsTest, PageTokenIsGoodForItsListingOnly) {
  for (int i = 0; i < 3; ++i) ASSERT_THAT(Issue(PairOrder("web")), IsOk());
  const std::string token = Page("web", 2).next_page_token;
  EXPECT_THAT(List({ClientId("auditor"), "alice", 2, token}), RefusedFor(v1::REASON_REQUEST_INVALID));
  EXPECT_THAT(List({ClientId("web"), "bob", 2, token}), RefusedFor(v1::REASON_REQUEST_INVALID));
  EXPECT_THAT(List({ClientId("web"), "alice", 2, "AAAA"}), RefusedFor(v1::REASON_REQUEST_INVALID));
  EXPECT_THAT(List({ClientId("web"), "alice", 2, "not base64!"}), RefusedFor(v1::REASON_REQUEST_INVALID));
}

TEST_F(ListSessionsTest, PageTokenIsSealed) {
  std::vector<IssuedTokens> issued;
  for (int i = 0; i < 3; ++i) issued.push_back(Issue(PairOrder("web")).value());
  const std::string token = Page("web", 2).next_page_token;
  EXPECT_EQ(Page("web", 2, token).sessions.size(), 1u);
  for (size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_THAT(List({ClientId("web"), "alice", 2, changed}), RefusedFor(v1::REASON_REQUEST_INVALID)) << i;
  }
  EXPECT_THAT(List({ClientId("web"), "alice", 2, issued[0].refresh->text}), RefusedFor(v1::REASON_REQUEST_INVALID));
  EXPECT_THAT(Refresh(RefreshOrder{ClientId("web"), token, {}, ""}), RefusedFor(v1::REASON_REFRESH_INVALID));
  EXPECT_NE(Page("web", 2).next_page_token, token) << "the same position looks different each time";
}

TEST_F(ListSessionsTest, UnknownAndDisabledClientsSeeNothing) {
  EXPECT_THAT(List({ClientId("stranger"), "alice", 2, ""}), RefusedFor(v1::REASON_CLIENT_NOT_ALLOWED));
  EXPECT_THAT(List({ClientId("off"), "alice", 2, ""}), RefusedFor(v1::REASON_CLIENT_DISABLED));
}

// A limit that is lowered does not shorten what is alive.
TEST_F(ListSessionsTest, LifetimeMarksOnlyRise) {
  BlockingStore store(*store_);
  EXPECT_EQ(*store.RaiseLifetimes({absl::Hours(1), absl::Hours(30)}), (LifetimeMarks{absl::Hours(1), absl::Hours(30)}));
  EXPECT_EQ(*store.RaiseLifetimes({absl::Hours(2), absl::Hours(3)}), (LifetimeMarks{absl::Hours(2), absl::Hours(30)}));
}

TEST_F(ListSessionsTest, KeyRevocationTakesAPolicyAndAKey) {
  const std::string key = keys_.Current()->keys()[0].id().text();
  EXPECT_THAT(RevokeKey("auditor", key), RefusedFor(v1::REASON_CLIENT_NOT_ALLOWED));
  EXPECT_THAT(RevokeKey("admin", "k4.pid.none"), RefusedFor(v1::REASON_REQUEST_INVALID));
  EXPECT_TRUE(revoked_keys_.empty());
  EXPECT_THAT(RevokeKey("admin", key), IsOkAndHolds(7));
  EXPECT_THAT(revoked_keys_, ::testing::ElementsAre(key));
}

}  // namespace
}  // namespace paseto::service
