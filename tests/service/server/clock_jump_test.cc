// A whole tokend whose wall clock jumps ahead, cleans meanwhile, and is set right.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "absl/synchronization/mutex.h"
#include "grpc_paseto/interceptor/trust/feed_trust.h"
#include "grpc_paseto/tests/support/forwarding_store.h"
#include "grpc_paseto/tests/support/running_tokend.h"
#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto::service {
namespace {

// Counts the cleanings that are over.
class Cleanings {
 public:
  void Count() {
    absl::MutexLock lock(&mutex_);
    ++count_;
  }
  // Until one has begun and ended after now.
  bool AwaitWhole() {
    absl::MutexLock lock(&mutex_);
    wanted_ = count_ + 2;
    return mutex_.AwaitWithTimeout(absl::Condition(
                                       +[](Cleanings* self) { return self->count_ >= self->wanted_; }, this),
                                   absl::Minutes(1));
  }

 private:
  absl::Mutex mutex_;
  int count_ = 0, wanted_ = 0;
};

class CountingStore final : public ForwardingStore {
 public:
  CountingStore(std::unique_ptr<SessionStore> store, Cleanings& cleanings)
      : ForwardingStore(*store), owned_(std::move(store)), cleanings_(cleanings) {}
  void DeleteExpired(absl::Time now, int limit, Done<int> done) override {
    store_.DeleteExpired(now, limit, [this, done = std::move(done)](absl::StatusOr<int> deleted) mutable {
      cleanings_.Count();
      std::move(done)(std::move(deleted));
    });
  }

 private:
  const std::unique_ptr<SessionStore> owned_;
  Cleanings& cleanings_;
};

TEST(ClockJumpTest, WhatIsCleanedMeanwhileDoesNotBringARevokedTokenBack) {
  RunningTokend tokend;
  const v1::IssueResponse pair = tokend.IssuePair("web");
  ASSERT_THAT(tokend.RevokeToken("web", pair.access_token().token()), IsOk());
  const std::string verifier_token = tokend.ClientToken("verifier");
  tokend.Stop();

  tokend.clock().Advance(absl::Hours(3));
  {
    Cleanings cleanings;
    std::ostringstream text;
    const JsonLog log(text, LogSeverity::kDebug);
    SystemRandom random;
    ServerOptions options{tokend.clock(), random, log};
    options.clean_interval = absl::Milliseconds(1);
    options.around_store = [&](std::unique_ptr<SessionStore> store) {
      return std::make_unique<CountingStore>(std::move(store), cleanings);
    };
    const auto server = Server::Start(tokend.config(), options);
    ASSERT_THAT(server, IsOk());
    ASSERT_TRUE(cleanings.AwaitWhole());

    TemporaryFolder folder;
    interceptor::FeedTrustOptions feed;
    feed.addresses = {(*server)->addresses().front()};
    feed.issuer = tokend.config().issuer();
    const FakeClock own_clock(tokend.clock().Now() - absl::Hours(3));
    feed.clock = &own_clock;
    feed.token_file = folder.Write("verifier.token", verifier_token);
    const auto verifier = interceptor::TrustFromFeed(std::move(feed)).value();
    ASSERT_TRUE(verifier->WaitForFirstTrust(absl::Minutes(1)));
    EXPECT_EQ(verifier->revocations().size(), 1u);
  }
  tokend.clock().Advance(-absl::Hours(3));
  tokend.Restart();
  const auto answer = tokend.Introspect("auditor", pair.access_token().token());
  ASSERT_THAT(answer, IsOk());
  EXPECT_FALSE(answer->active());
}

}  // namespace
}  // namespace paseto::service
