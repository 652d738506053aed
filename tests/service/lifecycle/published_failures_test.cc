// One test for each published failure of a peer's refresh rotation or revocation, named after it.
#include <atomic>
#include <set>
#include <thread>

#include "grpc_paseto/service/lifecycle/timestamps.h"
#include "grpc_paseto/tests/service/lifecycle/lifecycle_fixture.h"

namespace paseto::service {
namespace {

class PublishedFailuresTest : public LifecycleTest {
 protected:
  uint64_t GenerationOf(const MadeToken& token) {
    return *OpenRefreshToken(*keys_.Current(), token.text)->claims().generation;
  }
  // A clean stop and a start of everything that holds memory, on the same folder.
  void Restart() {
    faulty_.FailWith(absl::UnavailableError("restarting"));
    restarted_ = nullptr;
    store_ = nullptr;
    store_ = OpenSqliteStore({.folder = temp_ / "data"}).value();
    restarted_ = std::make_unique<Dependencies>(Dependencies{*store_, keys_, *policies_, clock_, clock_, random_,
                                                             dependencies_->settings, dependencies_->when_in_force});
  }
  absl::StatusOr<IssuedTokens> RefreshAfterRestart(const MadeToken& token) {
    const Refresher refresher(*restarted_);
    return Await<IssuedTokens>([&](auto done) {
      refresher.Refresh({ClientId("web"), token.text, {}, ""}, std::move(done));
    });
  }
  std::unique_ptr<Dependencies> restarted_;
};

// Keycloak CVE-2026-1035: two refreshes at once with one single-use token gave two independent tokens.
TEST_F(PublishedFailuresTest, KeycloakCve20261035ConcurrentRefreshesShareOneSuccessor) {
  const IssuedTokens pair = Issue(PairOrder("web")).value();
  std::vector<absl::StatusOr<IssuedTokens>> results(16);
  std::vector<std::thread> callers;
  for (auto& result : results) callers.emplace_back([&] { result = Refresh("web", *pair.refresh); });
  for (std::thread& caller : callers) caller.join();
  for (const auto& result : results) {
    ASSERT_THAT(result, IsOk());
    EXPECT_EQ(GenerationOf(*result->refresh), 2u);
  }
  EXPECT_EQ(Stored(pair.session).generation, 2u);
  clock_.Advance(absl::Seconds(11));
  ASSERT_THAT(Refresh("web", *results[3]->refresh), IsOk());
  clock_.Advance(absl::Seconds(11));
  EXPECT_THAT(Refresh("web", *results[9]->refresh), RefusedFor(v1::REASON_REFRESH_REUSED));
}

// Keycloak CVE-2026-9802: what had been rotated away was known to memory only, and worked again after a restart.
TEST_F(PublishedFailuresTest, KeycloakCve20269802RestartRevivesNoRotatedToken) {
  const IssuedTokens first = Issue(PairOrder("web")).value();
  const IssuedTokens second = Refresh("web", *first.refresh).value();
  const IssuedTokens third = Refresh("web", *second.refresh).value();
  Restart();
  EXPECT_THAT(RefreshAfterRestart(*first.refresh), RefusedFor(v1::REASON_REFRESH_REUSED));
  EXPECT_THAT(RefreshAfterRestart(*third.refresh), RefusedFor(v1::REASON_SESSION_REVOKED));
  Restart();
  EXPECT_THAT(RefreshAfterRestart(*third.refresh), RefusedFor(v1::REASON_SESSION_REVOKED));
}

// Keycloak: tokens told apart by their second of issue, so that a replay within the same second passed.
TEST_F(PublishedFailuresTest, KeycloakReplayWithinTheSameSecondIsTheft) {
  const IssuedTokens first = Issue(PairOrder("web")).value();
  const IssuedTokens second = Refresh("web", *first.refresh).value();
  ASSERT_THAT(Refresh("web", *second.refresh), IsOk());  // the clock stands still
  EXPECT_THAT(Refresh("web", *first.refresh), RefusedFor(v1::REASON_REFRESH_REUSED));
}

// The other side of it: a sign-in in the second of a revocation is not caught by it, and one before it is.
TEST_F(PublishedFailuresTest, KeycloakRevocationWithinTheSameSecondSeparatesBeforeAndAfter) {
  const IssuedTokens before = Issue(PairOrder("web")).value();
  ASSERT_THAT(RevokeSubject("auditor", "alice"), IsOk());
  const IssuedTokens after = Issue(PairOrder("web")).value();
  EXPECT_FALSE(IsActive(before.access));
  EXPECT_TRUE(IsActive(after.access));
  EXPECT_THAT(Refresh("web", *before.refresh), RefusedFor(v1::REASON_TOKEN_REVOKED));
  EXPECT_THAT(Refresh("web", *after.refresh), IsOk());
}

// Keycloak: a refresh that raced a revocation minted tokens after the revocation had been answered.
TEST_F(PublishedFailuresTest, KeycloakRefreshMintsNothingAfterASuccessfulRevoke) {
  for (int round = 0; round < 30; ++round) {
    const IssuedTokens pair = Issue(PairOrder("web")).value();
    std::atomic<bool> revoked = false;
    std::thread refresher([&] {
      MadeToken token = *pair.refresh;
      while (true) {
        const bool revoked_before = revoked;
        const absl::StatusOr<IssuedTokens> next = Refresh("web", token);
        if (!next.ok()) return;
        EXPECT_FALSE(revoked_before);
        token = *next->refresh;
      }
    });
    EXPECT_THAT(RevokeSession("web", pair.session), IsOk());
    revoked = true;
    refresher.join();
  }
}

// Keycloak: the not-before instants of realm and client replaced each other; the later one has to win, whichever it is.
TEST_F(PublishedFailuresTest, KeycloakRealmAndClientRevocationsAddUp) {
  const IssuedTokens old = Issue(PairOrder("web")).value();
  ASSERT_THAT(RevokeClient("admin", "web"), IsOk());
  const IssuedTokens between = Issue(PairOrder("web")).value();
  ASSERT_THAT(RevokeEverything("admin"), IsOk());
  const IssuedTokens later = Issue(PairOrder("web")).value();
  ASSERT_THAT(RevokeClient("admin", "shop"), IsOk());  // a newer record about somebody else lifts none of the others
  for (const IssuedTokens* dead : {&old, &between}) {
    EXPECT_FALSE(IsActive(dead->access));
    EXPECT_THAT(Refresh("web", *dead->refresh), RefusedFor(v1::REASON_TOKEN_REVOKED));
  }
  EXPECT_TRUE(IsActive(later.access));
  EXPECT_THAT(Refresh("web", *later.refresh), IsOk());
  ASSERT_THAT(RevokeClient("admin", "web"), IsOk());
  EXPECT_FALSE(IsActive(later.access));
}

// Hydra in graceful mode: each use within the window began a branch of its own that lived on.
TEST_F(PublishedFailuresTest, HydraGraceBeginsNoBranch) {
  const IssuedTokens pair = Issue(PairOrder("web")).value();
  const IssuedTokens one = Refresh("web", *pair.refresh).value();
  const IssuedTokens other = Refresh("web", *pair.refresh).value();
  EXPECT_EQ(GenerationOf(*one.refresh), GenerationOf(*other.refresh));
  const IssuedTokens next = Refresh("web", *one.refresh).value();
  EXPECT_EQ(GenerationOf(*Refresh("web", *other.refresh)->refresh), GenerationOf(*next.refresh));
  clock_.Advance(absl::Seconds(11));
  ASSERT_THAT(Refresh("web", *next.refresh), IsOk());
  EXPECT_THAT(Refresh("web", *other.refresh), RefusedFor(v1::REASON_REFRESH_REUSED));
}

// Hydra: used tokens were pruned, so a late replay was unknown instead of theft.
TEST_F(PublishedFailuresTest, HydraPruningForgetsNoUsedToken) {
  const IssuedTokens first = Issue(PairOrder("web")).value();
  MadeToken newest = *first.refresh;
  for (int day = 0; day < 25; ++day) {
    clock_.Advance(absl::Hours(24));
    ASSERT_THAT(BlockingStore(*store_).DeleteExpired(clock_.Now(), 100), IsOk());
    newest = *Refresh("web", newest)->refresh;
  }
  EXPECT_THAT(Refresh("web", *first.refresh), RefusedFor(v1::REASON_REFRESH_REUSED));
  EXPECT_THAT(Refresh("web", newest), RefusedFor(v1::REASON_SESSION_REVOKED));
}

// SuperTokens: the child that a racer displaced was taken for theft, and the user was logged out.
TEST_F(PublishedFailuresTest, SuperTokensDisplacedChildIsNoTheft) {
  const IssuedTokens pair = Issue(PairOrder("web")).value();
  const IssuedTokens winner = Refresh("web", *pair.refresh).value();
  const IssuedTokens racer = Refresh("web", *pair.refresh).value();
  ASSERT_THAT(Refresh("web", *winner.refresh), IsOk());
  EXPECT_THAT(Refresh("web", *racer.refresh), IsOk());
  EXPECT_FALSE(Stored(pair.session).revoked);
}

// Supabase: the previous generation was accepted as long as the present one had not been used.
TEST_F(PublishedFailuresTest, SupabasePreviousGenerationHasATimeLimit) {
  const IssuedTokens pair = Issue(PairOrder("web")).value();
  ASSERT_THAT(Refresh("web", *pair.refresh), IsOk());
  clock_.Advance(absl::Seconds(10));
  EXPECT_THAT(Refresh("web", *pair.refresh), IsOk());  // the last instant of the window
  clock_.Advance(absl::Seconds(1));                    // which repetitions do not lengthen
  EXPECT_THAT(Refresh("web", *pair.refresh), RefusedFor(v1::REASON_REFRESH_REUSED));
}

// Retention by the present limit: a limit that was lowered made revocations be forgotten before their tokens died.
TEST_F(PublishedFailuresTest, LoweredLifetimeLeavesNoTokenToOutliveItsRevocation) {
  IssueOrder order = Order("web");
  order.grant.mutable_lifetime()->set_seconds(3600);
  const IssuedTokens single = Issue(order).value();
  const LifetimeMarks marks = BlockingStore(*store_).RaiseLifetimes(dependencies_->settings.marks).value();
  config::TokendConfig config = LifecycleConfig();
  config.mutable_tokens()->mutable_max_access_lifetime()->set_seconds(60);
  for (auto& [id, client] : *config.mutable_clients()) client.mutable_max_session_lifetime()->set_seconds(60);
  Configure(config);
  EXPECT_LT(dependencies_->settings.marks.access, marks.access);
  dependencies_->settings.marks = BlockingStore(*store_).RaiseLifetimes(dependencies_->settings.marks).value();
  EXPECT_EQ(dependencies_->settings.marks, marks);
  ASSERT_THAT(RevokeSubject("auditor", "alice"), IsOk());
  clock_.SetNow(single.access.expires_at);
  ASSERT_THAT(BlockingStore(*store_).DeleteExpired(clock_.Now(), 100), IsOk());
  EXPECT_EQ(BlockingStore(*store_).ReadSnapshot(clock_.Now())->revocations.size(), 1u);  // verifiers keep it
  EXPECT_FALSE(IsActive(single.access));
}

}  // namespace
}  // namespace paseto::service
