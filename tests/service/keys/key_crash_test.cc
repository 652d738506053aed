// Kills a program in the middle of changes of its keys, again and again, and checks what it had been promised.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include "grpc_paseto/core/paseto/paserk.h"
#include "grpc_paseto/service/keys/kek.h"
#include "grpc_paseto/service/store/sqlite_store.h"
#include "grpc_paseto/tests/service/store/blocking_store.h"
#include "grpc_paseto/tests/support/process.h"
#include "grpc_paseto/tests/support/status_matchers.h"
#include "grpc_paseto/tests/support/temporary_folder.h"

namespace paseto::service {
namespace {

std::string TextOf(const V4LocalKey& key) {
  const InsecureSecretAccess access = InsecureSecretAccess::Get();
  return std::string(PaserkEncode(key, access).ReadText(access));
}

class KeyCrashTest : public ::testing::Test {
 protected:
  void RunAndDie(int hour, int changes, int spins) {
    Process process(folder_.path(), {KEY_CRASHER, folder_.File("store"), TextOf(key_), std::to_string(hour),
                                     std::to_string(changes), std::to_string(spins)});
    EXPECT_EQ(process.Wait(), -SIGKILL) << process.err();
    std::istringstream lines(process.out());  // of all rounds so far
    std::string revoked;
    while (lines >> acknowledged_ >> revoked) {
      if (revoked != "-") revoked_.insert(revoked);
    }
  }

  void ExpectTheTableIsWhole() {
    const auto store = OpenSqliteStore({.folder = folder_.File("store")});
    ASSERT_THAT(store, IsOk());
    const KeyTable table = *BlockingStore(**store).ReadKeys();
    EXPECT_GE(table.version, acknowledged_);
    std::map<std::string, int> signers;
    for (const KeyRow& row : table.rows) {
      EXPECT_THAT(kek_.Open(row), IsOk());
      if (row.state == KeyState::kActive) ++signers[std::string(KeyUseName(row.use))];
      if (revoked_.count(row.id) != 0) {
        EXPECT_EQ(row.state, KeyState::kRevoked) << row.id;
      }
    }
    EXPECT_EQ(signers, (std::map<std::string, int>{{"access", 1}, {"client", 1}, {"refresh", 1}}));
    for (const std::string& id : revoked_) {
      EXPECT_TRUE(std::binary_search(table.gone.begin(), table.gone.end(), id)) << id;
    }
  }

  TemporaryFolder folder_;
  const V4LocalKey key_ = V4LocalKey::Generate();
  const Kek kek_{*ParsePaserkV4Local(TextOf(key_))};
  int64_t acknowledged_ = 0;
  std::set<std::string> revoked_;
};

TEST_F(KeyCrashTest, EveryChangeHappensAsAWholeOrNotAtAll) {
  for (int round = 0; round < 24; ++round) {
    RunAndDie(round * 10, round % 5, round * 20'000);
    ExpectTheTableIsWhole();
    if (HasFailure()) return;
  }
  EXPECT_GE(revoked_.size(), 10u);
}

}  // namespace
}  // namespace paseto::service
