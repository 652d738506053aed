#include "grpc_paseto/service/server/expired_row_cleaner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "grpc_paseto/service/store/sqlite_store.h"
#include "grpc_paseto/tests/service/store/blocking_store.h"
#include "grpc_paseto/tests/support/fake_clock.h"
#include "grpc_paseto/tests/support/faulty_store.h"
#include "grpc_paseto/tests/support/temporary_folder.h"

namespace paseto::service {
namespace {

class ExpiredRowCleanerTest : public ::testing::Test {
 protected:
  void RevokeTokens(int count) {
    for (int i = 0; i < count; ++i) {
      RevocationOrder order;
      order.kind = RevocationKind::kToken;
      order.id = std::to_string(i);
      order.forget_after = clock_.Now() + absl::Minutes(10);
      order.keep_until = order.forget_after;
      ASSERT_TRUE(BlockingStore(*store_).Revoke(order, clock_.Now()).ok());
    }
  }
  size_t Records() { return BlockingStore(*store_).ReadSnapshot(absl::InfinitePast())->revocations.size(); }

  TemporaryFolder folder_;
  FakeClock clock_;
  const SystemBootClock boot_clock_;
  ForgetClock forget_clock_{clock_, boot_clock_};
  std::ostringstream text_;
  const JsonLog log_{text_, LogSeverity::kInfo};
  const std::unique_ptr<SessionStore> store_ = OpenSqliteStore({.folder = folder_.File("store")}).value();
};

TEST_F(ExpiredRowCleanerTest, DeletesEverythingThatHasExpiredInOneGo) {
  RevokeTokens(250);
  clock_.Advance(absl::Hours(1));
  const ExpiredRowCleaner cleaner(*store_, forget_clock_, log_, absl::Milliseconds(1));
  const absl::Time give_up = absl::Now() + absl::Minutes(1);
  while (Records() != 0 && absl::Now() < give_up) continue;
  EXPECT_EQ(Records(), 0u);
}

TEST_F(ExpiredRowCleanerTest, StopsWithoutWaitingForItsInterval) {
  RevokeTokens(1);
  const absl::Time start = absl::Now();
  { const ExpiredRowCleaner cleaner(*store_, forget_clock_, log_, absl::Hours(1)); }
  EXPECT_LT(absl::Now() - start, absl::Minutes(1));
  EXPECT_EQ(Records(), 1u);
}

TEST_F(ExpiredRowCleanerTest, GoesOnAfterAStoreThatCouldNotWork) {
  RevokeTokens(1);
  clock_.Advance(absl::Hours(1));
  FaultyStore faulty(*store_);
  faulty.FailWith(absl::UnavailableError("disk full"));
  {
    const ExpiredRowCleaner cleaner(faulty, forget_clock_, log_, absl::Milliseconds(1));
    while (faulty.failures() < 3) continue;
    faulty.FailWith(absl::OkStatus());
    const absl::Time give_up = absl::Now() + absl::Minutes(1);
    while (Records() != 0 && absl::Now() < give_up) continue;
  }
  EXPECT_EQ(Records(), 0u);
  EXPECT_THAT(text_.str(), ::testing::HasSubstr(R"("cause":"disk full")"));
}

}  // namespace
}  // namespace paseto::service
