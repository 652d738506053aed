#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "grpc_paseto/service/store/sqlite_store.h"
#include "grpc_paseto/tests/service/cli/run_tokenctl.h"

namespace paseto::service {
namespace {

using ::testing::HasSubstr;

TEST_F(TokenctlTest, BacksUpRestoresAndChecksAStoppedStore) {
  const std::string folder = Path("store");
  auto store = OpenSqliteStore({.folder = folder});
  ASSERT_TRUE(store.ok());
  const Ran busy = Run({"backup", "--folder", folder, "--out", Path("kept")});
  EXPECT_EQ(busy.exit, 2);
  EXPECT_THAT(busy.err, HasSubstr("in use"));
  store->reset();
  EXPECT_EQ(Run({"backup", "--folder", folder, "--out", Path("kept")}).exit, 0);
  EXPECT_EQ(Mode("kept"), 0600u);
  const Ran restored = Run({"restore", "--folder", folder, "--from", Path("kept")});
  EXPECT_EQ(restored.exit, 0);
  EXPECT_THAT(restored.err, HasSubstr("--accept-rollback"));
  const Ran checked = Run({"doctor", "--folder", folder, "--json"});
  EXPECT_EQ(checked.exit, 0);
  EXPECT_THAT(checked.out, HasSubstr("\"sessions\":0"));
}

TEST_F(TokenctlTest, TellsAStoreWithoutItsProgressRecord) {
  const std::string folder = Path("store");
  {
    auto store = OpenSqliteStore({.folder = folder});
    ASSERT_TRUE(store.ok());
    (*store)->RaiseLifetimes({absl::Hours(1), absl::Hours(1)}, [](absl::StatusOr<LifetimeMarks>) {});
  }
  std::filesystem::remove(folder + "/progress");
  const Ran checked = Run({"doctor", "--folder", folder});
  EXPECT_EQ(checked.exit, 2);
  EXPECT_THAT(checked.err, HasSubstr("progress record"));
}

}  // namespace
}  // namespace paseto::service
