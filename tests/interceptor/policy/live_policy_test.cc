#include "grpc_paseto/interceptor/policy/live_policy.h"

#include <gmock/gmock.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "grpc_paseto/tests/support/status_matchers.h"
#include "tests/support/echo.pb.h"

namespace paseto::interceptor {
namespace {

constexpr char kOpen[] = "/paseto.testing.Levels/Open";

// Rules that a test changes.
class ChangingRules final : public RuleSource {
 public:
  absl::StatusOr<int> Follow(std::function<absl::Status(const PlacedRules&)> take) override {
    take_ = std::move(take);
    const absl::Status first = take_({});
    if (!first.ok()) return first;
    return 1;
  }
  void Unfollow(int) override { take_ = nullptr; }

  absl::Status ChangeMode(v1::AuthRule::Mode mode) {
    v1::AuthRule rule;
    rule.set_mode(mode);
    return take_({{"paseto.testing.Levels/Open", {rule, "p.yaml:1"}}});
  }
  absl::Status ChangeLifetime(absl::Duration lifetime) {
    v1::AuthRule rule;
    rule.mutable_stream()->mutable_max_lifetime()->set_seconds(absl::ToInt64Seconds(lifetime));
    return take_({{"paseto.testing.Levels/Watch", {rule, "p.yaml:2"}}});
  }

 private:
  std::function<absl::Status(const PlacedRules&)> take_;
};

class LivePolicyTest : public ::testing::Test {
 protected:
  LivePolicyTest() {
    testing::EchoRequest::descriptor();  // it registers itself when its code is linked and used
    PolicySources sources;
    sources.services = {"paseto.testing.Levels"};
    sources.defaults = {"https://id.test", "test", absl::ZeroDuration()};
    EXPECT_THAT(policy_.Start(std::move(sources), rules_), IsOk());
  }

  static v1::AuthRule::Mode ModeIn(const PolicyTable& table) { return table.Find(kOpen).rule->mode; }
  v1::AuthRule::Mode Mode() const { return policy_.With(&ModeIn); }

  const std::shared_ptr<ChangingRules> rules_ = std::make_shared<ChangingRules>();
  LivePolicy policy_;
};

// A signature is verified meanwhile, and calls may come without a gap.
TEST_F(LivePolicyTest, ReaderKeepsItsTableAndHoldsUpNoChange) {
  ASSERT_EQ(Mode(), v1::AuthRule::MODE_PUBLIC);
  policy_.With([&](const PolicyTable& table) {
    ASSERT_THAT(rules_->ChangeMode(v1::AuthRule::MODE_OPTIONAL), IsOk());
    EXPECT_EQ(ModeIn(table), v1::AuthRule::MODE_PUBLIC);
    EXPECT_EQ(Mode(), v1::AuthRule::MODE_OPTIONAL);
  });
}

// What one thread has seen, no other thread finds undone.
TEST_F(LivePolicyTest, NoThreadMeetsAnOlderTableThanAnotherDid) {
  // Each change makes the method's lifetime of streams a second longer.
  constexpr int kChanges = 200;
  std::atomic<int> newest_seen{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([&] {
      while (newest_seen.load() < kChanges) {
        const int seen_before = newest_seen.load();
        const int seen = policy_.With([](const PolicyTable& table) {
          const absl::Duration lifetime = table.Find("/paseto.testing.Levels/Watch").rule->stream_lifetime;
          return static_cast<int>(absl::ToInt64Seconds(lifetime)) - 60;
        });
        EXPECT_GE(seen, seen_before);
        for (int newest = newest_seen.load(); newest < seen && !newest_seen.compare_exchange_weak(newest, seen);) {
        }
      }
    });
  }
  for (int i = 1; i <= kChanges; ++i) EXPECT_THAT(rules_->ChangeLifetime(absl::Seconds(60 + i)), IsOk());
  for (std::thread& reader : readers) reader.join();
}

TEST_F(LivePolicyTest, TableThatDoesNotStandChangesNothing) {
  ASSERT_THAT(rules_->ChangeMode(v1::AuthRule::MODE_OPTIONAL), IsOk());
  EXPECT_FALSE(rules_->ChangeMode(static_cast<v1::AuthRule::Mode>(99)).ok());
  EXPECT_EQ(Mode(), v1::AuthRule::MODE_OPTIONAL);
}

TEST_F(LivePolicyTest, StoppedPolicyKeepsItsTable) {
  policy_.Stop();
  EXPECT_EQ(Mode(), v1::AuthRule::MODE_PUBLIC);
}

}  // namespace
}  // namespace paseto::interceptor
