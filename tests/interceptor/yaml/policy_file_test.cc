#include "grpc_paseto/interceptor/yaml/policy_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "grpc_paseto/tests/support/change_waiter.h"
#include "grpc_paseto/tests/support/status_matchers.h"
#include "grpc_paseto/tests/support/temporary_folder.h"

namespace paseto::interceptor {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kTwoRules[] = R"(rules:
  shop.v1.Orders/*:
    all_scopes: [orders:read]
  shop.v1.Orders/Delete:
    mode: optional_lenient
    accept: [v4.public, v3.public]
    max_auth_age: 5m
    assertion: { metadata_key: x-device }
    stream: { max_lifetime: 1h }
)";

TEST(ParsePolicyFileTest, RulesKnowTheirLines) {
  const absl::StatusOr<PlacedRules> rules = ParsePolicyFile("policy.yaml", kTwoRules);
  ASSERT_THAT(rules, IsOk());
  ASSERT_EQ(rules->size(), 2u);
  EXPECT_EQ(rules->at("shop.v1.Orders/*").place, "policy.yaml:2");
  EXPECT_EQ(rules->at("shop.v1.Orders/*").rule.all_scopes(0), "orders:read");
  const PlacedRule& placed = rules->at("shop.v1.Orders/Delete");
  EXPECT_EQ(placed.place, "policy.yaml:4");
  EXPECT_EQ(placed.rule.mode(), v1::AuthRule::MODE_OPTIONAL_LENIENT);
  EXPECT_EQ(placed.rule.accept_size(), 2);
  EXPECT_EQ(placed.rule.max_auth_age().seconds(), 300);
  EXPECT_EQ(placed.rule.assertion().metadata_key(), "x-device");
  EXPECT_EQ(placed.rule.stream().max_lifetime().seconds(), 3600);
}

TEST(ParsePolicyFileTest, LongNamesKnowTheirLinesToo) {
  const std::string name = std::string(120, 'a') + ".v1.Service/" + std::string(60, 'M');
  const absl::StatusOr<PlacedRules> rules = ParsePolicyFile("policy.yaml", "rules:\n  a.B/C: {}\n  " + name + ": {}\n");
  ASSERT_THAT(rules, IsOk());
  EXPECT_EQ(rules->at(name).place, "policy.yaml:3");
}

TEST(ParsePolicyFileTest, MostProblemsAreShown) {
  std::string yaml = "rules:\n";
  for (int i = 0; i < 150; ++i) yaml += "  a.B/M" + std::to_string(i) + ": {mod: x}\n";
  EXPECT_THAT(std::string(ParsePolicyFile("p.yaml", yaml).status().message()),
              AllOf(HasSubstr("p.yaml:101: "), Not(HasSubstr("p.yaml:102: ")), EndsWith("and 50 more problems")));
}

TEST(ParsePolicyFileTest, EveryProblemIsNamedWithItsLine) {
  EXPECT_THAT(ParsePolicyFile("p.yaml", "rules:\n  a.B/C:\n    mod: public\n    fresh: perhaps\nrule: {}\n"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("p.yaml:3: "), HasSubstr("did you mean mode?"), HasSubstr("p.yaml:4: "),
                             HasSubstr("p.yaml:5: "), Not(HasSubstr("perhaps")))));
  EXPECT_THAT(ParsePolicyFile("p.yaml", "rules:\n  a.B/C: {}\n  a.B/C: {}\n"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("p.yaml:3: ")));
}

class PolicyFileTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::shared_ptr<RuleSource>> Open() {
    PolicyFileOptions options;
    options.path = folder_.File("policy.yaml");
    options.poll_interval = absl::Milliseconds(5);
    options.on_reload = [this](const absl::Status& outcome) {
      {
        absl::MutexLock lock(&mutex_);
        outcomes_.push_back(outcome);
      }
      waiter_.Notify();
    };
    return RulesFromPolicyFile(std::move(options));
  }
  // What the next change of the file to `yaml` leads to.
  absl::Status OutcomeOf(const std::string& yaml) {
    folder_.Write("policy.yaml", yaml);
    return NextOutcome();
  }
  absl::Status NextOutcome() {
    ++seen_;
    EXPECT_TRUE(waiter_.Await([this] {
      absl::MutexLock lock(&mutex_);
      return outcomes_.size() >= seen_;
    }));
    absl::MutexLock lock(&mutex_);
    return outcomes_.size() >= seen_ ? outcomes_[seen_ - 1] : absl::UnknownError("no outcome");
  }

  TemporaryFolder folder_;
  ChangeWaiter waiter_;
  size_t seen_ = 0;
  absl::Mutex mutex_;
  std::vector<absl::Status> outcomes_ ABSL_GUARDED_BY(mutex_);
};

TEST_F(PolicyFileTest, FirstReadingFailsWithThePathAndTheFault) {
  EXPECT_THAT(RulesFromPolicyFile({}), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("path")));
  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kNotFound, HasSubstr("policy.yaml")));
  folder_.Write("policy.yaml", "rules: [");
  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("policy.yaml:2: ")));
  PolicyFileOptions busy;
  busy.path = folder_.Write("policy.yaml", "rules: {}");
  busy.poll_interval = absl::ZeroDuration();
  EXPECT_THAT(RulesFromPolicyFile(busy), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("poll_interval")));
}

TEST_F(PolicyFileTest, FollowersGetThePresentRulesAndEveryChangeUntilTheyEnd) {
  folder_.Write("policy.yaml", "rules: {}");
  const auto source = Open();
  ASSERT_THAT(source, IsOk());
  std::vector<size_t> sizes;  // written under the source's lock
  const absl::StatusOr<int> number = (*source)->Follow([&sizes](const PlacedRules& rules) {
    sizes.push_back(rules.size());
    return absl::OkStatus();
  });
  ASSERT_THAT(number, IsOk());
  EXPECT_THAT(OutcomeOf(kTwoRules), IsOk());
  (*source)->Unfollow(*number);
  EXPECT_THAT(sizes, ::testing::ElementsAre(0u, 2u));
  EXPECT_THAT(OutcomeOf("rules: {}"), IsOk());
  EXPECT_THAT(sizes, ::testing::SizeIs(2));
}

TEST_F(PolicyFileTest, BadFileOrRefusedRulesKeepTheOldOnesUntilAGoodFileComes) {
  folder_.Write("policy.yaml", kTwoRules);
  const auto source = Open();
  ASSERT_THAT(source, IsOk());
  size_t in_force = 0;
  const auto take = [&in_force](const PlacedRules& rules) {
    if (rules.size() == 1) return absl::FailedPreconditionError("one rule is too few");
    in_force = rules.size();
    return absl::OkStatus();
  };
  const absl::StatusOr<int> number = (*source)->Follow(take);
  ASSERT_THAT(number, IsOk());
  EXPECT_THAT(OutcomeOf("rules:\n  a.B/C: {mode: none}\n"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(OutcomeOf("rules:\n  a.B/C: {}\n"),
              StatusIs(absl::StatusCode::kFailedPrecondition, EndsWith("one rule is too few")));
  std::filesystem::remove(folder_.File("policy.yaml"));
  EXPECT_TRUE(absl::IsNotFound(NextOutcome()));
  (*source)->Unfollow(*number);
  EXPECT_EQ(in_force, 2u);
  EXPECT_THAT((*source)->Follow(take), IsOk());  // still the two
  EXPECT_EQ(in_force, 2u);
  EXPECT_THAT(OutcomeOf("rules: {}"), IsOk());
}

TEST_F(PolicyFileTest, FollowerThatRefusesTheFirstRulesIsNotKept) {
  folder_.Write("policy.yaml", "rules: {}");
  const auto source = Open();
  ASSERT_THAT(source, IsOk());
  int calls = 0;
  EXPECT_THAT((*source)->Follow([&calls](const PlacedRules&) {
    ++calls;
    return absl::FailedPreconditionError("no");
  }),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(OutcomeOf(kTwoRules), IsOk());
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace paseto::interceptor
