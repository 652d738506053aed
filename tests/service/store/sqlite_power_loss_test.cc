// The power goes at every kind of moment, on disks that lose what was not flushed and tear what was being written, and
// on disks that lie about flushing. What was acknowledged is there afterwards, or the store says that it has gone back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <random>
#include <string>

#include "absl/synchronization/mutex.h"
#include "grpc_paseto/service/store/sqlite_store.h"
#include "grpc_paseto/tests/service/store/blocking_store.h"
#include "grpc_paseto/tests/service/store/faulty_vfs.h"
#include "grpc_paseto/tests/service/store/lossy_disk.h"
#include "grpc_paseto/tests/service/store/sample_sessions.h"
#include "grpc_paseto/tests/service/store/temp_folder.h"
#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto::service {
namespace {

using Honesty = LossyDisk::Honesty;

// What was acknowledged of each session.
class Promises {
 public:
  void Created(int number) { Raise(number, 1); }
  void Rotated(int number, uint64_t generation) { Raise(number, generation); }
  void Revoked(int number, int64_t revision) {
    absl::MutexLock lock(&mutex_);
    sessions_[number].revoked = true;
    revision_ = std::max(revision_, revision);
  }
  void Clear() {
    absl::MutexLock lock(&mutex_);
    sessions_.clear();
    revision_ = 0;
  }
  void ExpectKept(SessionStore& store) {
    absl::MutexLock lock(&mutex_);
    BlockingStore blocking(store);
    ASSERT_GE(blocking.ReadHead()->revision, revision_);
    for (const auto& [number, promise] : sessions_) {
      const absl::StatusOr<absl::optional<Session>> found = blocking.Find(SampleSessionId(number));
      ASSERT_THAT(found, IsOk());
      ASSERT_TRUE(found->has_value()) << number << " was acknowledged and is lost";
      ASSERT_GE((*found)->generation, promise.generation) << number;
      ASSERT_GE((*found)->revoked, promise.revoked) << number;
    }
  }

 private:
  struct Promise {
    uint64_t generation = 1;
    bool revoked = false;
  };
  void Raise(int number, uint64_t generation) {
    absl::MutexLock lock(&mutex_);
    Promise& promise = sessions_[number];
    promise.generation = std::max(promise.generation, generation);
  }

  absl::Mutex mutex_;
  std::map<int, Promise> sessions_ ABSL_GUARDED_BY(mutex_);
  int64_t revision_ ABSL_GUARDED_BY(mutex_) = 0;
};

class SqlitePowerLossTest : public ::testing::TestWithParam<uint32_t> {
 protected:
  static constexpr int kCrashes = 64;  // of one store, which is read whole after each
  static constexpr int kChains = 8;

  absl::StatusOr<std::unique_ptr<SessionStore>> Open() {
    return OpenSqliteStore({.folder = folder_, .commit_window = absl::ZeroDuration(), .readers = 1});
  }
  // Chains of a sign-in, refreshes and a revocation, until the power goes.
  void Work(SessionStore& store) {
    for (int i = 0; i < kChains; ++i) Begin(store);
    while (disk_.has_power()) BlockingStore(store).ReadHead().IgnoreError();
  }
  void Begin(SessionStore& store) {
    const int number = ++last_session_;
    store.Create(SampleSession(number), [this, &store, number](absl::StatusOr<Session> session) {
      if (!session.ok()) return;
      promises_.Created(number);
      Refresh(store, number, *session);
    });
  }
  void Refresh(SessionStore& store, int number, const Session& session) {
    store.Rotate(SampleAttempt(session, session.generation), kNow,
                 [this, &store, number](absl::StatusOr<RotationResult> result) {
                   if (!result.ok()) return;
                   promises_.Rotated(number, result->session.generation);
                   if (result->session.generation < 4) return Refresh(store, number, result->session);
                   Revoke(store, number);
                 });
  }
  void Revoke(SessionStore& store, int number) {
    store.Revoke(SampleOrder(RevocationKind::kSession, SampleSessionId(number).text()), kNow,
                 [this, &store, number](absl::StatusOr<FeedPosition> position) {
                   if (!position.ok()) return;
                   promises_.Revoked(number, position->revision);
                   Begin(store);
                 });
  }
  // Opens, works until the power goes, and lets the files be what the disk has.
  void WorkUntilPowerLoss(std::mt19937& random, Honesty honesty) {
    disk_.LosePowerAfter(std::uniform_int_distribution<int>(0, 120)(random));
    {
      absl::StatusOr<std::unique_ptr<SessionStore>> store = Open();
      if (store.ok()) Work(**store);
    }
    disk_.Crash(honesty);
  }

  TempFolder temp_;
  std::string folder_ = temp_ / "data";
  FaultyVfs vfs_;
  LossyDisk disk_{GetParam()};
  Promises promises_;
  std::atomic<int> last_session_ = 0;
};

TEST_P(SqlitePowerLossTest, LosesNothingThatWasAcknowledgedAndOpensAgain) {
  std::mt19937 random(GetParam());
  vfs_.Use(&disk_);
  for (int crash = 0; crash < kCrashes; ++crash) {
    SCOPED_TRACE(crash);
    WorkUntilPowerLoss(random, Honesty::kHonest);
    absl::StatusOr<std::unique_ptr<SessionStore>> store = Open();
    ASSERT_THAT(store, IsOk());
    ASSERT_NO_FATAL_FAILURE(promises_.ExpectKept(**store));
  }
  EXPECT_GT(last_session_, kCrashes);
}

TEST_P(SqlitePowerLossTest, ADiskThatLiesIsNoticedWheneverItLostWhatWasAcknowledged) {
  std::mt19937 random(GetParam());
  vfs_.Use(&disk_);
  int refused = 0;
  for (int crash = 0; crash < kCrashes; ++crash) {
    SCOPED_TRACE(crash);
    folder_ = temp_ / std::to_string(crash);
    promises_.Clear();
    WorkUntilPowerLoss(random, Honesty::kLies);
    absl::StatusOr<std::unique_ptr<SessionStore>> store = Open();
    if (store.ok()) {
      ASSERT_NO_FATAL_FAILURE(promises_.ExpectKept(**store));
    } else {
      ++refused;
    }
    store = absl::UnavailableError("closed");
    std::filesystem::remove_all(folder_);
  }
  EXPECT_GT(refused, kCrashes / 20) << "the disk hardly lied";
}

INSTANTIATE_TEST_SUITE_P(Seeds, SqlitePowerLossTest, ::testing::Range(1u, 17u));

}  // namespace
}  // namespace paseto::service
