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

TEST(FailureBudgetTest, ExhaustedAfterExactlyAsManyFailures) {
  const auto budget = BudgetOf(3);
  EXPECT_FALSE(budget->Exhausted(kConnection, kNow));
  budget->Spend(kConnection, kNow);
  budget->Spend(kConnection, kNow);
  EXPECT_FALSE(budget->Exhausted(kConnection, kNow));
  budget->Spend(kConnection, kNow);
  EXPECT_TRUE(budget->Exhausted(kConnection, kNow));
  EXPECT_TRUE(budget->Exhausted(kConnection, kNow + absl::Milliseconds(999)));
}

TEST(FailureBudgetTest, EachSecondHasItsOwn) {
  const auto budget = BudgetOf(1);
  budget->Spend(kConnection, kNow);
  EXPECT_FALSE(budget->Exhausted(kConnection, kNow + absl::Seconds(1)));
  budget->Spend(kConnection, kNow + absl::Seconds(1));
  EXPECT_TRUE(budget->Exhausted(kConnection, kNow + absl::Seconds(1)));
  EXPECT_FALSE(budget->Exhausted(kConnection, kNow));  // the clock was set back: nobody is locked out
}

TEST(FailureBudgetTest, OneConnectionDoesNotSpendForTheOthers) {
  const auto budget = BudgetOf(1);
  budget->Spend(kConnection, kNow);
  int exhausted = 0;
  for (uint64_t connection = 1000; connection < 2000; ++connection) exhausted += budget->Exhausted(connection, kNow);
  EXPECT_LE(exhausted, 10);  // those that share its slot, one in 4096
}

TEST(FailureBudgetTest, ConcurrentFailuresAreAllCounted) {
  const auto budget = BudgetOf(4000);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&budget] {
      for (int i = 0; i < 1000; ++i) budget->Spend(kConnection, kNow);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(budget->Exhausted(kConnection, kNow));
}

}  // namespace
}  // namespace paseto::interceptor
