// A whole tokend whose wall clock jumps ahead, cleans meanwhile, and is set right.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <sstream>
#include <utility>

#include "absl/synchronization/notification.h"
#include "grpc_paseto/interceptor/trust/feed_trust.h"
#include "grpc_paseto/tests/support/forwarding_store.h"
#include "grpc_paseto/tests/support/running_tokend.h"
#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto::service {
namespace {

// Tells when the first cleaning is over.
class WatchedStore final : public ForwardingStore {
 public:
  WatchedStore(std::unique_ptr<SessionStore> store, absl::Notification& cleaned)
      : ForwardingStore(*store), cleaned_(cleaned), owned_(std::move(store)) {}
  void DeleteExpired(absl::Time now, int limit, Done<int> done) override {
    store_.DeleteExpired(now, limit, [this, done = std::move(done)](absl::StatusOr<int> deleted) mutable {
      if (deleted.ok() && !told_.exchange(true)) cleaned_.Notify();
      std::move(done)(std::move(deleted));
    });
  }

 private:
  absl::Notification& cleaned_;
  std::atomic<bool> told_ = false;
  const std::unique_ptr<SessionStore> owned_;
};

TEST(ClockJumpTest, WhatIsCleanedMeanwhileDoesNotBringARevokedTokenBack) {
  RunningTokend tokend;
  const v1::IssueResponse pair = tokend.IssuePair("web");
  ASSERT_THAT(tokend.RevokeToken("web", pair.access_token().token()), IsOk());
  const std::string verifier_token = tokend.ClientToken("verifier");
  tokend.Stop();

  tokend.clock().Advance(absl::Hours(3));
  {
    absl::Notification cleaned;
    std::ostringstream text;
    const JsonLog log(text, LogSeverity::kDebug);
    SystemRandom random;
    ServerOptions options{tokend.clock(), random, log};
    options.clean_interval = absl::Milliseconds(1);
    options.around_store = [&](std::unique_ptr<SessionStore> store) {
      return std::make_unique<WatchedStore>(std::move(store), cleaned);
    };
    const auto server = Server::Start(tokend.config(), options);
    ASSERT_THAT(server, IsOk());
    ASSERT_TRUE(cleaned.WaitForNotificationWithTimeout(absl::Minutes(1)));

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
