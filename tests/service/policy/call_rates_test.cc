#include "grpc_paseto/service/policy/call_rates.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "grpc_paseto/tests/support/fake_clock.h"

namespace paseto::service {
namespace {

config::TokendConfig WithLimit(uint32_t limit) {
  config::TokendConfig config;
  (*config.mutable_clients())["limited"].set_max_calls_per_second(limit);
  (*config.mutable_clients())["free"];
  return config;
}

int Taken(CallRates& rates, int calls) {
  const ClientId limited("limited");
  int taken = 0;
  for (int i = 0; i < calls; ++i) taken += rates.Take(limited) ? 1 : 0;
  return taken;
}

TEST(CallRatesTest, ClientMakesItsCallsAtOnceThenWaits) {
  FakeClock clock;
  CallRates rates(WithLimit(10), clock);
  EXPECT_EQ(Taken(rates, 20), 10);
  clock.Advance(absl::Milliseconds(99));
  EXPECT_EQ(Taken(rates, 20), 0);
  clock.Advance(absl::Milliseconds(1));
  EXPECT_EQ(Taken(rates, 20), 1);
  clock.Advance(absl::Milliseconds(500));
  EXPECT_EQ(Taken(rates, 20), 5);
  clock.Advance(absl::Hours(1));
  EXPECT_EQ(Taken(rates, 20), 10) << "what was not used is not saved up";
}

TEST(CallRatesTest, OneCallPerSecond) {
  FakeClock clock;
  CallRates rates(WithLimit(1), clock);
  EXPECT_EQ(Taken(rates, 2), 1);
  clock.Advance(absl::Milliseconds(999));
  EXPECT_EQ(Taken(rates, 2), 0);
  clock.Advance(absl::Milliseconds(1));
  EXPECT_EQ(Taken(rates, 2), 1);
}

TEST(CallRatesTest, ClockThatGoesBackLocksNobodyOut) {
  FakeClock clock;
  CallRates rates(WithLimit(10), clock);
  EXPECT_EQ(Taken(rates, 20), 10);
  clock.SetNow(clock.Now() - absl::Hours(1));
  EXPECT_EQ(Taken(rates, 20), 10);
}

TEST(CallRatesTest, OthersAreNotCounted) {
  const FakeClock clock;
  CallRates rates(WithLimit(1), clock);
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(rates.Take(ClientId("free")));
    EXPECT_TRUE(rates.Take(ClientId("unknown")));
    EXPECT_TRUE(rates.Take(ClientId()));
  }
}

TEST(CallRatesTest, ThreadsShareOneLimit) {
  const FakeClock clock;
  CallRates rates(WithLimit(1000), clock);
  std::atomic<int> taken{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([&] { taken += Taken(rates, 1000); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(taken, 1000);
}

}  // namespace
}  // namespace paseto::service
