#include "grpc_paseto/interceptor/policy/live_policy.h"

#include <gmock/gmock.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

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
