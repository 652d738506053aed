#include "grpc_paseto/interceptor/stream/stream_guard.h"

#include <gmock/gmock.h>

#include <atomic>
#include <new>
#include <thread>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "grpc_paseto/interceptor/policy/refusal.h"
#include "grpc_paseto/tests/interceptor/stream/stream_guard_fixture.h"
#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto::interceptor {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

TEST_F(StreamGuardTest, StreamEndsWhenItsTokenExpiresAndNotBefore) {
  streams_.Watch(StreamOf("alice"));
  Advance(absl::Seconds(10) - absl::Nanoseconds(1));
  streams_.EndWhatIsDue();
  EXPECT_THAT(call_->ends(), IsEmpty());
  Advance(absl::Nanoseconds(1));
  streams_.EndWhatIsDue();
  EXPECT_THAT(call_->ends(), ElementsAre(StartsWith("stream_expired: ")));
  EXPECT_EQ(streams_.live(), 0u);
  EXPECT_THAT(observer_.ended, ElementsAre(std::pair(std::string("/echo.Echo/Follow"), v1::REASON_STREAM_EXPIRED)));
}

TEST_F(StreamGuardTest, GraceComesOnTopOfTheExpiry) {
  StreamGuard::Stream stream = StreamOf("alice");
  stream.grace = absl::Seconds(5);
  streams_.Watch(std::move(stream));
  Advance(absl::Seconds(15) - absl::Nanoseconds(1));
  streams_.EndWhatIsDue();
  EXPECT_THAT(call_->ends(), IsEmpty());
  Advance(absl::Nanoseconds(1));
  streams_.EndWhatIsDue();
  EXPECT_THAT(call_->ends(), ElementsAre(StartsWith("stream_expired: ")));
}

TEST_F(StreamGuardTest, LongestLifeEndsAStreamBeforeItsTokenDoes) {
  StreamGuard::Stream stream = StreamOf("alice");
  stream.grace = absl::Hours(1);
  stream.max_lifetime = absl::Seconds(3);
  streams_.Watch(std::move(stream));
  Advance(absl::Seconds(3));
  streams_.EndWhatIsDue();
  EXPECT_THAT(call_->ends(), ElementsAre(StartsWith("stream_expired: the stream reached its longest allowed life")));
}

TEST_F(StreamGuardTest, LongestLifeHoldsForAnonymousStreams) {
  StreamGuard::Stream stream;
  stream.call = Share(call_);
  stream.max_lifetime = absl::Seconds(3);
  streams_.Watch(std::move(stream));
  streams_.EndWhatIsRevoked();
  Advance(absl::Seconds(3));
  streams_.EndWhatIsDue();
  EXPECT_THAT(call_->ends(), ElementsAre(StartsWith("stream_expired: ")));
}

TEST_F(StreamGuardTest, TokenThatExpiredBeforeRegistrationEndsTheStreamAtOnce) {
  StreamGuard::Stream stream = StreamOf("alice");
  Advance(absl::Seconds(11));  // the remaining life is negative
  streams_.Watch(std::move(stream));
  EXPECT_THAT(call_->ends(), ElementsAre(StartsWith("stream_expired: ")));
  EXPECT_EQ(streams_.live(), 0u);
}

TEST_F(StreamGuardTest, TokenRevokedBetweenGateAndRegistrationEndsTheStreamAtOnce) {
  StreamGuard::Stream stream = StreamOf("alice");
  mint_.RevokeToken("token-of-alice");
  streams_.Watch(std::move(stream));
  EXPECT_THAT(call_->ends(), ElementsAre(StartsWith("stream_revoked: ")));
}

TEST_F(StreamGuardTest, KeyRevokedBetweenGateAndRegistrationEndsTheStreamAtOnce) {
  StreamGuard::Stream stream = StreamOf("alice");
  mint_.SetAccessKeyState(KeyState::kRevoked);
  streams_.Watch(std::move(stream));
  EXPECT_THAT(call_->ends(), ElementsAre(StartsWith("stream_revoked: ")));
}

TEST_F(StreamGuardTest, RevocationEndsTheStreamsThatItReachesAndNoOther) {
  StreamGuard::Stream other = StreamOf("bob");
  const auto other_call = std::make_shared<FakeCall>();
  other.call = Share(other_call);
  streams_.Watch(StreamOf("alice"));
  streams_.Watch(std::move(other));
  mint_.RevokeSubject("alice");
  streams_.EndWhatIsRevoked();
  EXPECT_THAT(call_->ends(), ElementsAre(StartsWith("stream_revoked: ")));
  EXPECT_THAT(other_call->ends(), IsEmpty());
  EXPECT_EQ(streams_.live(), 1u);
}

class ThrowingObserver final : public CallObserver {
 public:
  void OnAllowed(absl::string_view, bool, bool) override {}
  void OnRefused(absl::string_view, v1::Reason) override {}
  void OnStreamEnded(absl::string_view, v1::Reason) override { throw std::bad_alloc(); }
  void OnStreamWouldEnd(absl::string_view, v1::Reason) override {}
  void OnStaleTrustUsed(absl::string_view) override {}
};

TEST_F(StreamGuardTest, ObserverThatThrowsKeepsNoStreamAlive) {
  ThrowingObserver observer;
  StreamGuard streams({{&mint_.board()->keys(), &mint_.board()->revocations()}, clock_, boot_clock_, &observer});
  streams.Watch(StreamOf("alice"));
  mint_.RevokeSubject("alice");
  streams.EndWhatIsRevoked();
  EXPECT_THAT(call_->ends(), ElementsAre(StartsWith("stream_revoked: ")));
}

TEST_F(StreamGuardTest, RetiredKeyKeepsStreamsAliveRevokedKeyEndsThem) {
  streams_.Watch(StreamOf("alice"));
  mint_.SetAccessKeyState(KeyState::kRetired);
  streams_.EndWhatIsRevoked();
  EXPECT_THAT(call_->ends(), IsEmpty());
  mint_.SetAccessKeyState(KeyState::kRevoked);
  streams_.EndWhatIsRevoked();
  EXPECT_THAT(call_->ends(), ElementsAre(StartsWith("stream_revoked: ")));
}

TEST_F(StreamGuardTest, StepOfTheWallClockMovesNoDeadline) {
  streams_.Watch(StreamOf("alice"));
  clock_.Advance(absl::Hours(5));
  streams_.EndWhatIsDue();
  EXPECT_THAT(call_->ends(), IsEmpty());
  clock_.Advance(-absl::Hours(10));
  boot_clock_.Advance(absl::Seconds(10));
  streams_.EndWhatIsDue();
  EXPECT_THAT(call_->ends(), ElementsAre(StartsWith("stream_expired: ")));
}

TEST_F(StreamGuardTest, StreamIsEndedOnceAtMost) {
  streams_.Watch(StreamOf("alice"));
  mint_.RevokeToken("token-of-alice");
  Advance(absl::Seconds(10));
  streams_.EndWhatIsDue();
  streams_.EndWhatIsRevoked();
  streams_.EndWhatIsDue();
  EXPECT_THAT(call_->ends(), ElementsAre(StartsWith("stream_expired: ")));
}

TEST_F(StreamGuardTest, ForgottenStreamIsLetGoAndNotEnded) {
  const std::weak_ptr<FakeCall> watched = call_;
  const StreamGuard::Id id = streams_.Watch(StreamOf("alice"));
  call_.reset();
  streams_.Forget(id);
  EXPECT_TRUE(watched.expired());
  Advance(absl::Seconds(10));
  streams_.EndWhatIsDue();
  EXPECT_THAT(observer_.ended, IsEmpty());
}

TEST_F(StreamGuardTest, ThreadEndsWhatWasRevoked) {
  streams_.StartThread();
  streams_.Watch(StreamOf("alice"));
  mint_.RevokeSubject("alice");
  streams_.OnTrustChange();
  call_->WaitForEnd();
  EXPECT_THAT(call_->ends(), ElementsAre(StartsWith("stream_revoked: ")));
}

TEST_F(StreamGuardTest, ThreadWakesForADeadlineThatComesBeforeTheOthers) {
  streams_.StartThread();
  StreamGuard::Stream late = StreamOf("bob");
  late.call = std::make_unique<FakeCall>();
  streams_.Watch(std::move(late));
  StreamGuard::Stream soon = StreamOf("alice");
  soon.max_lifetime = absl::Seconds(1);
  boot_clock_.Advance(absl::Seconds(2));
  streams_.Watch(std::move(soon));
  boot_clock_.Advance(absl::Seconds(1));
  streams_.OnTrustChange();  // the fake clock cannot wake the thread by itself
  call_->WaitForEnd();
  EXPECT_THAT(call_->ends(), ElementsAre(StartsWith("stream_expired: ")));
}

TEST_F(StreamGuardTest, ThreadThatSleptWithoutStreamsWakesForTheFirst) {
  streams_.StartThread();
  absl::SleepFor(absl::Milliseconds(50));  // it sleeps now, most likely
  streams_.Watch(StreamOf("alice"));
  Advance(absl::Seconds(10));
  call_->WaitForEnd();
  EXPECT_THAT(call_->ends(), ElementsAre(StartsWith("stream_expired: ")));
}

// Streams that come, go, expire and are revoked at the same time: each is ended at most once, nothing is left behind.
TEST_F(StreamGuardTest, ConcurrentUseEndsEachStreamAtMostOnce) {
  streams_.StartThread();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this, t] {
      const std::string subject = t % 2 == 0 ? "alice" : "bob";
      const auto token = TokenOf(subject, absl::Seconds(10));
      for (int i = 0; i < 500; ++i) {
        const auto call = std::make_shared<FakeCall>();
        StreamGuard::Stream stream;
        stream.call = Share(call);
        stream.token = token;
        if (i % 3 == 0) stream.max_lifetime = absl::ZeroDuration();
        const StreamGuard::Id id = streams_.Watch(std::move(stream));
        if (i == 250 && t == 0) mint_.RevokeSubject("alice");
        streams_.OnTrustChange();
        streams_.Forget(id);
        EXPECT_LE(call->ends().size(), 1u);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(streams_.live(), 0u);
}

}  // namespace
}  // namespace paseto::interceptor
