#include "grpc_paseto/interceptor/client/token_keeper.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "grpc_paseto/interceptor/policy/refusal.h"
#include "grpc_paseto/tests/interceptor/client/scripted_refresher.h"
#include "grpc_paseto/tests/support/fake_clock.h"
#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto::client {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class TokenKeeperTest : public ::testing::Test {
 protected:
  ~TokenKeeperTest() override { refresher_->Forget(); }
  // Pair number `n`: its access token lives for 100 s from now.
  TokenPair Pair(int n) {
    return {absl::StrCat("access", n), clock_.Now() + absl::Seconds(100), absl::StrCat("refresh", n)};
  }
  std::shared_ptr<TokenKeeper> Make(TokenPair pair) {
    TokenKeeperOptions options;
    options.refresher = refresher_;
    options.clock = &clock_;
    options.save = [this](const TokenPair& saved) {
      saved_.push_back(saved.refresh_token);
      return save_result_;
    };
    options.on_problem = [this](const absl::Status& problem) { problems_.push_back(problem); };
    return TokenKeeper::Make(std::move(pair), std::move(options));
  }
  // What Get gives at once; nullopt when it waits.
  struct Asked {
    absl::optional<absl::StatusOr<TokenKeeper::Token>> answer;
    std::string text() const { return answer.has_value() && answer->ok() ? (*answer)->text : "none"; }
  };
  std::shared_ptr<Asked> Ask(TokenKeeper& keeper, absl::Time newer_than = absl::InfinitePast()) {
    auto asked = std::make_shared<Asked>();
    keeper.GetNewerThan(newer_than, [asked](absl::StatusOr<TokenKeeper::Token> token) { asked->answer = token; });
    return asked;
  }

  FakeClock clock_;
  std::shared_ptr<ScriptedRefresher> refresher_ = std::make_shared<ScriptedRefresher>();
  std::vector<std::string> saved_;
  absl::Status save_result_;
  std::vector<absl::Status> problems_;
};

TEST_F(TokenKeeperTest, GivesTheTokenWithoutARefreshInTheFirstFourFifthsOfItsLife) {
  const auto keeper = Make(Pair(1));
  EXPECT_EQ(Ask(*keeper)->text(), "access1");
  clock_.Advance(absl::Seconds(80) - absl::Nanoseconds(1));
  EXPECT_EQ(Ask(*keeper)->text(), "access1");
  EXPECT_THAT(refresher_->presented(), IsEmpty());
}

TEST_F(TokenKeeperTest, RefreshesAheadOnceAndGoesOnWithTheOldTokenMeanwhile) {
  const auto keeper = Make(Pair(1));
  clock_.Advance(absl::Seconds(89));  // the margin begins at 90
  clock_.Advance(absl::Milliseconds(999));
  EXPECT_THAT(refresher_->presented(), IsEmpty()) << "refreshed while idle";
  EXPECT_EQ(Ask(*keeper)->text(), "access1");
  EXPECT_EQ(Ask(*keeper)->text(), "access1");
  EXPECT_THAT(refresher_->presented(), ElementsAre("refresh1"));
  refresher_->Answer(Pair(2));
  EXPECT_EQ(Ask(*keeper)->text(), "access2");
  EXPECT_THAT(saved_, ElementsAre("refresh2"));
}

TEST_F(TokenKeeperTest, PairIsSavedBeforeItIsUsedAndOneThatCannotBeSavedIsReportedAndUsed) {
  save_result_ = absl::UnavailableError("tokens.txt: the disk is full");
  TokenPair expired = Pair(1);
  expired.access_expires_at = clock_.Now() - absl::Seconds(1);
  const auto keeper = Make(expired);
  clock_.Advance(absl::Seconds(2));
  size_t saved_when_answered = 0;
  keeper->Get([&](const absl::StatusOr<TokenKeeper::Token>&) { saved_when_answered = saved_.size(); });
  refresher_->Answer(Pair(2));
  EXPECT_EQ(saved_when_answered, 1u);
  EXPECT_THAT(problems_, ElementsAre(save_result_));
  EXPECT_EQ(Ask(*keeper)->text(), "access2");
}

TEST_F(TokenKeeperTest, MomentOfTheRefreshIsSpread) {
  std::vector<int> refreshed_at;
  for (int i = 0; i < 40; ++i) {
    FakeClock clock;
    auto refresher = std::make_shared<ScriptedRefresher>();
    TokenKeeperOptions options;
    options.refresher = refresher;
    options.clock = &clock;
    const auto keeper = TokenKeeper::Make({"a", clock.Now() + absl::Seconds(1000), "r"}, std::move(options));
    clock.Advance(absl::Seconds(800));
    int seconds = 800;
    while (refresher->presented().empty() && seconds < 1000) {
      Ask(*keeper);
      clock.Advance(absl::Seconds(10));
      seconds += 10;
    }
    EXPECT_LE(seconds, 910);
    refreshed_at.push_back(seconds);
    refresher->Forget();
  }
  EXPECT_NE(*std::min_element(refreshed_at.begin(), refreshed_at.end()),
            *std::max_element(refreshed_at.begin(), refreshed_at.end()));
}

TEST_F(TokenKeeperTest, CallsWithoutAUsableTokenWaitForOneRefresh) {
  const auto keeper = Make(Pair(1));
  clock_.Advance(absl::Seconds(90));  // within the margin: as good as expired
  const auto first = Ask(*keeper), second = Ask(*keeper);
  EXPECT_FALSE(first->answer.has_value());
  EXPECT_THAT(refresher_->presented(), SizeIs(1));
  refresher_->Answer(Pair(2));
  EXPECT_EQ(first->text(), "access2");
  EXPECT_EQ(second->text(), "access2");
}

TEST_F(TokenKeeperTest, FailedRefreshIsTriedAgainAfterAPauseThatGrows) {
  const auto keeper = Make(Pair(1));
  clock_.Advance(absl::Seconds(95));
  const auto first = Ask(*keeper);
  refresher_->Answer(absl::UnavailableError("tokend is away"));
  EXPECT_THAT(first->answer->status(), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(Ask(*keeper)->answer->status(), StatusIs(absl::StatusCode::kUnavailable));  // at once
  EXPECT_THAT(refresher_->presented(), SizeIs(1));
  clock_.Advance(absl::Milliseconds(1200));
  const auto second = Ask(*keeper);
  EXPECT_THAT(refresher_->presented(), SizeIs(2));
  refresher_->Answer(absl::UnavailableError("still away"));
  clock_.Advance(absl::Milliseconds(1200));
  EXPECT_TRUE(Ask(*keeper)->answer.has_value());  // the pause is twice as long now
  EXPECT_THAT(refresher_->presented(), SizeIs(2));
  clock_.Advance(absl::Milliseconds(1200));
  const auto third = Ask(*keeper);
  refresher_->Answer(Pair(2));
  EXPECT_EQ(third->text(), "access2");
  EXPECT_THAT(problems_, SizeIs(2));
}

TEST_F(TokenKeeperTest, PauseGrowsUpToMaxBackoff) {
  TokenKeeperOptions options;
  options.refresher = refresher_;
  options.clock = &clock_;
  options.max_backoff = absl::Seconds(4);
  const auto keeper = TokenKeeper::Make(Pair(1), std::move(options));
  clock_.Advance(absl::Seconds(95));
  for (size_t attempt = 1; attempt <= 6; ++attempt) {
    Ask(*keeper);
    EXPECT_THAT(refresher_->presented(), SizeIs(attempt));
    refresher_->Answer(absl::UnavailableError("away"));
    if (attempt >= 3) {  // 1 s, 2 s, 4 s, 4 s ..., each a fifth more or less
      clock_.Advance(absl::Milliseconds(3199));
      Ask(*keeper);
      EXPECT_THAT(refresher_->presented(), SizeIs(attempt));
    }
    clock_.Advance(absl::Milliseconds(1601 + (attempt < 3 ? 3199 : 0)));
  }
}

TEST_F(TokenKeeperTest, OldTokenServesWhileRefreshAheadFails) {
  const auto keeper = Make({"access1", clock_.Now() + absl::Seconds(1000), "refresh1"});
  clock_.Advance(absl::Seconds(901));
  EXPECT_EQ(Ask(*keeper)->text(), "access1");
  refresher_->Answer(absl::UnavailableError("away"));
  EXPECT_EQ(Ask(*keeper)->text(), "access1");
  EXPECT_THAT(refresher_->presented(), SizeIs(1));
}

TEST_F(TokenKeeperTest, EndOfTheSessionEndsTheAttemptsUntilANewOneBegins) {
  for (const v1::Reason reason : {v1::REASON_REFRESH_INVALID, v1::REASON_REFRESH_REUSED, v1::REASON_SESSION_EXPIRED,
                                  v1::REASON_SESSION_REVOKED, v1::REASON_STORE_ROLLED_BACK, v1::REASON_TOKEN_REVOKED}) {
    refresher_ = std::make_shared<ScriptedRefresher>();
    const auto keeper = Make(Pair(1));
    clock_.Advance(absl::Seconds(101));
    const auto first = Ask(*keeper);
    refresher_->Answer(interceptor::MakeRefusal(reason, "sign in again"));
    EXPECT_THAT(first->answer->status(), StatusIs(absl::StatusCode::kUnauthenticated));
    clock_.Advance(absl::Hours(1));
    EXPECT_THAT(Ask(*keeper)->answer->status(), StatusIs(absl::StatusCode::kUnauthenticated));
    EXPECT_THAT(refresher_->presented(), SizeIs(1)) << v1::Reason_Name(reason);
    keeper->SetPair(Pair(7));
    EXPECT_EQ(Ask(*keeper)->text(), "access7");
  }
}

TEST_F(TokenKeeperTest, ExpiredClientTokenDoesNotEndTheSession) {
  const auto keeper = Make(Pair(1));
  clock_.Advance(absl::Seconds(101));
  Ask(*keeper);
  refresher_->Answer(interceptor::MakeRefusal(v1::REASON_TOKEN_EXPIRED, "the client token"));
  clock_.Advance(absl::Seconds(2));
  const auto again = Ask(*keeper);
  refresher_->Answer(Pair(2));
  EXPECT_EQ(again->text(), "access2");
}

TEST_F(TokenKeeperTest, RejectedTokenIsReplacedOnceAndNeverInALoop) {
  const auto keeper = Make(Pair(1));
  keeper->Reject("some other token");
  EXPECT_EQ(Ask(*keeper)->text(), "access1");
  keeper->Reject("access1");
  const auto waiting = Ask(*keeper);
  EXPECT_FALSE(waiting->answer.has_value());
  refresher_->Answer(Pair(2));
  EXPECT_EQ(waiting->text(), "access2");
  keeper->Reject("access2");  // refused as well: another refresh would not help
  EXPECT_EQ(Ask(*keeper)->text(), "access2");
  EXPECT_THAT(refresher_->presented(), SizeIs(1));
}

TEST_F(TokenKeeperTest, AskedForANewerTokenItRefreshesAtOnce) {
  const auto keeper = Make(Pair(1));
  EXPECT_EQ(Ask(*keeper, clock_.Now())->text(), "access1");
  clock_.Advance(absl::Seconds(10));
  const auto newer = Ask(*keeper, clock_.Now() + absl::Seconds(90));
  EXPECT_FALSE(newer->answer.has_value());
  refresher_->Answer(Pair(2));
  EXPECT_EQ(newer->text(), "access2");
}

TEST_F(TokenKeeperTest, ClockThatRunsAheadDoesNotMakeEveryCallRefresh) {
  const auto keeper = Make({"access1", clock_.Now() - absl::Hours(1), "refresh1"});
  clock_.Advance(absl::Seconds(2));
  const auto waiting = Ask(*keeper);
  refresher_->Answer(TokenPair{"access2", clock_.Now() - absl::Minutes(55), "refresh2"});
  EXPECT_EQ(waiting->text(), "access2");
  EXPECT_EQ(Ask(*keeper)->text(), "access2");
  EXPECT_EQ(Ask(*keeper)->text(), "access2");
  EXPECT_LE(refresher_->presented().size(), 2u);
}

TEST_F(TokenKeeperTest, PairWithoutARefreshTokenLastsAsLongAsItsAccessToken) {
  const auto keeper = Make({"access1", clock_.Now() + absl::Seconds(100), ""});
  EXPECT_EQ(Ask(*keeper)->text(), "access1");
  clock_.Advance(absl::Seconds(100));
  EXPECT_THAT(Ask(*keeper)->answer->status(), StatusIs(absl::StatusCode::kUnauthenticated));
  EXPECT_THAT(refresher_->presented(), IsEmpty());
}

TEST_F(TokenKeeperTest, NewSessionDuringARefreshWins) {
  const auto keeper = Make(Pair(1));
  clock_.Advance(absl::Seconds(101));
  const auto waiting = Ask(*keeper);
  keeper->SetPair(Pair(7));
  refresher_->Answer(Pair(2));
  EXPECT_EQ(waiting->text(), "access7");
  EXPECT_EQ(Ask(*keeper)->text(), "access7");
}

TEST(RefreshMayHelpTest, OnlyWhereAnotherTokenMayDoBetter) {
  const auto helps = [](v1::Reason reason) { return RefreshMayHelp(interceptor::MakeRefusal(reason, "why")); };
  EXPECT_TRUE(helps(v1::REASON_TOKEN_EXPIRED));
  EXPECT_TRUE(helps(v1::REASON_STREAM_REVOKED));
  EXPECT_TRUE(helps(v1::REASON_KEY_UNKNOWN));
  EXPECT_FALSE(helps(v1::REASON_NOT_FRESH));
  EXPECT_FALSE(helps(v1::REASON_WRONG_AUDIENCE));
  EXPECT_FALSE(helps(v1::REASON_SCOPE_MISSING));
  EXPECT_TRUE(RefreshMayHelp(absl::UnauthenticatedError("refused")));
  EXPECT_FALSE(RefreshMayHelp(absl::OkStatus()));
}

}  // namespace
}  // namespace paseto::client
