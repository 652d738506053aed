#include "grpc_paseto/interceptor/policy/failure_budget.h"

#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <vector>

namespace paseto::interceptor {
namespace {

constexpr uint64_t kConnection = 7;
const absl::Time kNow = absl::FromUnixSeconds(1704067200);

// On the heap: a budget is 32 KiB.
std::unique_ptr<FailureBudget> BudgetOf(int failures) { return std::make_unique<FailureBudget>(failures); }

void SpendAll(FailureBudget& budget, uint64_t connection, int failures) {
  for (int i = 0; i < failures; ++i) budget.Spend(connection, kNow);
}

TEST(FailureBudgetTest, UsedUpAfterExactlyAsManyFailures) {
  const auto budget = BudgetOf(3);
  SpendAll(*budget, kConnection, 2);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(budget->MayVerify(kConnection, kNow));
  budget->Spend(kConnection, kNow);
  EXPECT_TRUE(budget->MayVerify(kConnection, kNow));  // in the slow lane
  EXPECT_FALSE(budget->MayVerify(kConnection, kNow));
}

TEST(FailureBudgetTest, SlowLaneLetsOnePassInEachInterval) {
  const auto budget = BudgetOf(1);
  budget->Spend(kConnection, kNow);
  const absl::Duration step = FailureBudget::kSlowLaneInterval;
  int passed = 0;
  for (int i = 0; i < 100; ++i) passed += budget->MayVerify(kConnection, kNow + i * step / 10);
  EXPECT_EQ(passed, 10);
}

TEST(FailureBudgetTest, SlowLaneIsSharedByAllConnections) {
  const auto budget = BudgetOf(1);
  budget->Spend(1, kNow);
  budget->Spend(2, kNow);
  EXPECT_TRUE(budget->MayVerify(1, kNow));
  EXPECT_FALSE(budget->MayVerify(2, kNow));
}

TEST(FailureBudgetTest, ClockSetBackDoesNotCloseTheSlowLane) {
  const auto budget = BudgetOf(1);
  budget->Spend(kConnection, kNow);
  EXPECT_TRUE(budget->MayVerify(kConnection, kNow));
  const absl::Time before = kNow - absl::Hours(1);
  budget->Spend(kConnection, before);
  EXPECT_TRUE(budget->MayVerify(kConnection, before));
  EXPECT_FALSE(budget->MayVerify(kConnection, before));
}

TEST(FailureBudgetTest, EachSecondHasItsOwn) {
  const auto budget = BudgetOf(1);
  budget->Spend(kConnection, kNow);
  for (const absl::Duration later : {absl::Seconds(1), absl::Seconds(-1)}) {  // also when the clock was set back
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(budget->MayVerify(kConnection, kNow + later));
  }
  EXPECT_TRUE(budget->MayVerify(kConnection, kNow + absl::Milliseconds(990)));
  EXPECT_FALSE(budget->MayVerify(kConnection, kNow + absl::Milliseconds(999)));
}

TEST(FailureBudgetTest, OneConnectionDoesNotSpendForTheOthers) {
  const auto budget = BudgetOf(1);
  budget->Spend(kConnection, kNow);
  ASSERT_TRUE(budget->MayVerify(kConnection, kNow));  // takes the slow lane's place
  int refused = 0;
  for (uint64_t connection = 1000; connection < 2000; ++connection) refused += !budget->MayVerify(connection, kNow);
  EXPECT_LE(refused, 10);  // those that share its slot, one in 4096
}

TEST(FailureBudgetTest, ManyConnectionsTogetherUseUpThatOfTheProcess) {
  const auto budget = BudgetOf(1000);
  const uint64_t ceiling = 1000 * FailureBudget::kProcessFactor;
  for (uint64_t i = 0; i < ceiling - 1; ++i) budget->Spend(i, kNow);
  constexpr uint64_t kInnocent = 1'000'000;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(budget->MayVerify(kInnocent, kNow));
  budget->Spend(7, kNow);
  EXPECT_TRUE(budget->MayVerify(kInnocent, kNow));  // in the slow lane
  EXPECT_FALSE(budget->MayVerify(kInnocent, kNow));
  EXPECT_TRUE(budget->MayVerify(kInnocent, kNow + absl::Seconds(1)));
}

TEST(FailureBudgetTest, ConcurrentFailuresAreAllCounted) {
  const auto budget = BudgetOf(4000);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&budget] { SpendAll(*budget, kConnection, 1000); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(budget->MayVerify(kConnection, kNow));  // in the slow lane
  EXPECT_FALSE(budget->MayVerify(kConnection, kNow));
}

}  // namespace
}  // namespace paseto::interceptor
