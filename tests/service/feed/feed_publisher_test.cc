#include "grpc_paseto/service/feed/feed_publisher.h"

#include <future>

#include "grpc_paseto/tests/service/feed/feed_test_support.h"
#include "grpc_paseto/tests/support/change_waiter.h"

namespace paseto::service {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class FeedPublisherTest : public ::testing::Test {
 protected:
  FeedPublisher::Dependencies Dependencies() {
    FeedPublisher::Dependencies dependencies;
    dependencies.store = &faults_;
    dependencies.board = board_;
    dependencies.clock = &clock_;
    dependencies.forget_clock = &forget_clock_;
    dependencies.tick = absl::Milliseconds(20);
    return dependencies;
  }
  std::unique_ptr<FeedPublisher> Start() { return FeedPublisher::Start(Dependencies()).value(); }
  bool Refuses(const std::string& token) const { return board_->revocations().IsRevoked(ClaimsOf(token)); }
  static absl::Status Applied(FeedPublisher& publisher, FeedPosition position) {
    std::promise<absl::Status> promise;
    publisher.WhenApplied(position, [&](absl::Status status) { promise.set_value(std::move(status)); });
    return promise.get_future().get();
  }

  TemporaryFolder folder_;
  FakeClock clock_;
  FakeClock forget_clock_;
  std::unique_ptr<SessionStore> store_ = OpenStore(folder_.File("store"));
  StoreWithFaults faults_{store_.get()};
  const std::shared_ptr<interceptor::TrustBoard> board_ = std::make_shared<interceptor::TrustBoard>();
};

TEST_F(FeedPublisherTest, MissingDependenciesAreNamed) {
  FeedPublisher::Dependencies dependencies;
  dependencies.tick = absl::ZeroDuration();
  dependencies.max_message_bytes = kMaxRecordBytes + 1;
  EXPECT_THAT(FeedPublisher::Start(dependencies),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("store"), HasSubstr("board"), HasSubstr("; clock"), HasSubstr("forget_clock"),
                             HasSubstr("tick"), HasSubstr("max_message_bytes"))));
}

TEST_F(FeedPublisherTest, StartsWithEverythingThatIsInForce) {
  const FeedPosition position = RevokeTokens(*store_, "old-", 3, clock_.Now());
  const auto publisher = Start();
  EXPECT_TRUE(Refuses("old-1"));
  EXPECT_TRUE(Refuses("old-3"));
  EXPECT_EQ(publisher->head(), position);
  EXPECT_EQ(publisher->as_of(), clock_.Now());
}

TEST_F(FeedPublisherTest, WhatExpiredIsLeftOutByTheForgetClockAlone) {
  RevokeTokens(*store_, "old-", 1, clock_.Now());
  clock_.Advance(absl::Hours(3));
  Start();
  EXPECT_TRUE(Refuses("old-1"));
  forget_clock_.Advance(absl::Hours(3));
  Start();
  EXPECT_FALSE(Refuses("old-1"));
}

TEST_F(FeedPublisherTest, FailsToStartOnAStoreThatCannotBeRead) {
  faults_.FailReads(true);
  EXPECT_THAT(FeedPublisher::Start(Dependencies()), StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(FeedPublisherTest, WhenAppliedMeansThatThisProcessRefuses) {
  FeedPublisher::Dependencies dependencies = Dependencies();
  dependencies.tick = absl::Hours(1);  // the store's word alone
  const auto publisher = FeedPublisher::Start(std::move(dependencies)).value();
  for (int round = 0; round < 50; ++round) {
    const std::string prefix = absl::StrCat("round-", round, "-");
    const FeedPosition position = RevokeTokens(*store_, prefix, 1, clock_.Now());
    bool refused = false;
    std::promise<void> done;
    publisher->WhenApplied(position, [&](absl::Status status) {
      EXPECT_THAT(status, IsOk());
      refused = Refuses(prefix + "1");
      done.set_value();
    });
    done.get_future().get();
    EXPECT_TRUE(refused);
  }
}

TEST_F(FeedPublisherTest, WhatIsAppliedAlreadyIsSaidInsideTheCall) {
  const FeedPosition position = RevokeTokens(*store_, "old-", 2, clock_.Now());
  const auto publisher = Start();
  bool called = false;
  publisher->WhenApplied(position, [&](absl::Status status) { called = status.ok(); });
  EXPECT_TRUE(called);
}

TEST_F(FeedPublisherTest, WaitersLearnThatTheStoreCannotBeRead) {
  const auto publisher = Start();
  faults_.FailReads(true);
  const FeedPosition position = RevokeTokens(*store_, "late-", 1, clock_.Now());
  EXPECT_THAT(Applied(*publisher, position), StatusIs(absl::StatusCode::kUnavailable));
  faults_.FailReads(false);
  EXPECT_THAT(Applied(*publisher, position), IsOk());
  EXPECT_TRUE(Refuses("late-1"));
}

TEST_F(FeedPublisherTest, WaitersAreToldWhenThePublisherEnds) {
  auto publisher = Start();
  FeedPosition never = publisher->head();
  never.revision += 1000;
  std::promise<absl::Status> promise;
  publisher->WhenApplied(never, [&](absl::Status status) { promise.set_value(std::move(status)); });
  publisher.reset();
  EXPECT_THAT(promise.get_future().get(), StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(FeedPublisherTest, FollowsMoreThanOnePage) {
  const auto publisher = Start();
  const FeedPosition position = RevokeTokens(*store_, "many-", 2 * kFeedPageRecords + 500, clock_.Now());
  EXPECT_THAT(Applied(*publisher, position), IsOk());
  EXPECT_EQ(board_->revocations().size(), static_cast<size_t>(2 * kFeedPageRecords + 500));
  EXPECT_EQ(publisher->head(), position);
}

TEST_F(FeedPublisherTest, AsOfStandsStillWhileTheStoreCannotBeRead) {
  const auto publisher = Start();
  ChangeWaiter ticks;
  publisher->OnTick([&] { ticks.Notify(); });
  const absl::Time start = clock_.Now();
  clock_.Advance(absl::Seconds(10));
  EXPECT_TRUE(ticks.Await([&] { return publisher->as_of() == start + absl::Seconds(10); }));
  faults_.FailReads(true);
  // A read that began before may still end well: settle first.
  const FeedPosition next{publisher->head().epoch, publisher->head().revision + 1};
  EXPECT_THAT(Applied(*publisher, next), StatusIs(absl::StatusCode::kUnavailable));
  clock_.Advance(absl::Seconds(60));
  int seen = 0;
  EXPECT_TRUE(ticks.Await([&] { return ++seen > 5; }));
  EXPECT_EQ(publisher->as_of(), start + absl::Seconds(10));
  faults_.FailReads(false);
  EXPECT_TRUE(ticks.Await([&] { return publisher->as_of() == start + absl::Seconds(70); }));
  publisher->OnTick(nullptr);
}

TEST_F(FeedPublisherTest, AsOfIsTheInstantBeforeTheStoreWasAsked) {
  faults_.TakeTime(&clock_);
  FeedPublisher::Dependencies dependencies = Dependencies();
  dependencies.tick = absl::Hours(1);
  const auto publisher = FeedPublisher::Start(std::move(dependencies)).value();
  const FeedPosition position = RevokeTokens(*store_, "live-", 1, clock_.Now());
  EXPECT_THAT(Applied(*publisher, position), IsOk());
  EXPECT_LT(publisher->as_of(), clock_.Now());
}

// Those are many, and no caller of this process has either.
TEST_F(FeedPublisherTest, KeepsNoRecordsOfSessionsAndSubjectsForItself) {
  const auto revoke = [this](RevocationKind kind, const std::string& id) {
    std::promise<absl::StatusOr<FeedPosition>> revoked;
    store_->Revoke({kind, id, clock_.Now() + absl::Hours(1), clock_.Now() + absl::Hours(24)}, clock_.Now(),
                   [&revoked](auto result) { revoked.set_value(std::move(result)); });
    return revoked.get_future().get().value();
  };
  for (const std::string when : {"before", "after"}) {
    SCOPED_TRACE(when);
    revoke(RevocationKind::kSession, when);
    revoke(RevocationKind::kSubject, when);
    const FeedPosition last = revoke(RevocationKind::kClient, when);
    const auto publisher = Start();
    EXPECT_EQ(publisher->head(), last);
    revoke(RevocationKind::kSubject, when + " the start");
    EXPECT_THAT(Applied(*publisher, revoke(RevocationKind::kToken, when + " the start")), IsOk());
    EXPECT_TRUE(Refuses(when + " the start"));
  }
  EXPECT_EQ(board_->revocations().size(), 4u) << "two clients and two tokens";
}

TEST_F(FeedPublisherTest, NewEpochReplacesEverything) {
  RevokeTokens(*store_, "old-", 3, clock_.Now());
  const std::unique_ptr<SessionStore> other = OpenStore(folder_.File("other"));
  const auto publisher = Start();
  const FeedPosition position = RevokeTokens(*other, "new-", 1, clock_.Now());
  ASSERT_NE(position.epoch, publisher->head().epoch);
  ChangeWaiter advances;
  publisher->OnAdvance([&] { advances.Notify(); });
  faults_.Replace(other.get());
  EXPECT_TRUE(advances.Await([&] { return publisher->head() == position; }));
  EXPECT_TRUE(Refuses("new-1"));
  EXPECT_FALSE(Refuses("old-1"));
  publisher->OnAdvance(nullptr);
  faults_.Replace(store_.get());
}

}  // namespace
}  // namespace paseto::service
