#include "grpc_paseto/service/store/completion_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "absl/synchronization/notification.h"

namespace paseto::service {
namespace {

TEST(CompletionPool, RunsTasksInTheOrderOfTheirPosting) {
  std::vector<int> order;
  CompletionPool pool(1);
  std::vector<CompletionPool::Task> tasks;
  pool.Post([&] { order.push_back(0); });
  for (int i = 1; i < 5; ++i) tasks.push_back([&, i] { order.push_back(i); });
  pool.Post(std::move(tasks));
  pool.Stop();
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4}));
}

TEST(CompletionPool, ASlowTaskHoldsUpNoOther) {
  CompletionPool pool(2);
  absl::Notification other_ran;
  pool.Post([&] { other_ran.WaitForNotification(); });
  pool.Post([&] { other_ran.Notify(); });
  pool.Stop();
  EXPECT_TRUE(other_ran.HasBeenNotified());
}

TEST(CompletionPool, StopWaitsForWhatRunningTasksPost) {
  CompletionPool pool(2);
  std::atomic<int> left = 1000;
  std::function<void()> step = [&] {
    if (--left > 0) pool.Post(CompletionPool::Task(step));
  };
  pool.Post(CompletionPool::Task(step));
  pool.Stop();
  EXPECT_EQ(left, 0);
}

TEST(CompletionPool, LetsGoOfATaskAsSoonAsItHasRun) {
  CompletionPool pool(1);
  auto held = std::make_shared<int>(1);
  absl::Notification checked;
  std::weak_ptr<int> watch = held;
  pool.Post([held = std::move(held)] {});
  pool.Post([&] { checked.Notify(); });
  checked.WaitForNotification();
  EXPECT_TRUE(watch.expired());
}

}  // namespace
}  // namespace paseto::service
