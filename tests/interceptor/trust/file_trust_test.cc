#include "grpc_paseto/interceptor/trust/file_trust.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "grpc_paseto/tests/interceptor/trust/trust_test_support.h"
#include "grpc_paseto/tests/support/change_waiter.h"
#include "grpc_paseto/tests/support/status_matchers.h"
#include "grpc_paseto/tests/support/temporary_folder.h"

namespace paseto::interceptor {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class FileTrustTest : public ::testing::Test {
 protected:
  FileTrustOptions Options(const std::string& path) {
    FileTrustOptions options;
    options.path = path;
    options.poll_interval = absl::Milliseconds(5);
    options.on_problem = [this](const absl::Status& problem) {
      {
        absl::MutexLock lock(&mutex_);
        problem_ = problem;
      }
      waiter_.Notify();
    };
    return options;
  }
  absl::Status problem() {
    absl::MutexLock lock(&mutex_);
    return problem_;
  }

  TemporaryFolder folder_;
  ChangeWaiter waiter_;
  const Key first_ = SecretKeyFor(KeyUse::kAccess);
  const Key second_ = SecretKeyFor(KeyUse::kAccess);

 private:
  absl::Mutex mutex_;
  absl::Status problem_;
};

TEST_F(FileTrustTest, FirstReadingFailsWithThePathAndTheFault) {
  EXPECT_THAT(TrustFromKeyFile(Options("")), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("path")));
  EXPECT_THAT(TrustFromKeyFile(Options(folder_.File("absent.json"))),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("absent.json")));
  EXPECT_THAT(TrustFromKeyFile(Options(folder_.path())), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(TrustFromKeyFile(Options(folder_.Write("keys.json", "{"))),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("keys.json")));
  const Key also_active = SecretKeyFor(KeyUse::kAccess);
  EXPECT_THAT(TrustFromKeyFile(Options(folder_.Write("two.json", KeyFileOf({first_, also_active})))),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("two.json")));
  EXPECT_THAT(TrustFromKeyFile(Options(folder_.Write("large.json", std::string((1 << 20) + 1, ' ')))),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("large.json")));
  FileTrustOptions busy = Options(folder_.Write("keys.json", KeyFileOf({first_})));
  busy.poll_interval = absl::ZeroDuration();
  EXPECT_THAT(TrustFromKeyFile(busy), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("poll_interval")));
}

TEST_F(FileTrustTest, NeverCountsAsStaleAndRevokesNothing) {
  const auto source = TrustFromKeyFile(Options(folder_.Write("keys.json", KeyFileOf({first_}))));
  ASSERT_THAT(source, IsOk());
  EXPECT_NE((*source)->keys().Current()->Find(first_.id()), nullptr);
  EXPECT_EQ((*source)->Age(), absl::ZeroDuration());
  EXPECT_TRUE((*source)->WaitForFirstTrust(absl::ZeroDuration()));
  EXPECT_EQ((*source)->revocations().size(), 0u);
}

TEST_F(FileTrustTest, ChangedFileReplacesTheKeys) {
  const auto source = TrustFromKeyFile(Options(folder_.Write("keys.json", KeyFileOf({first_}))));
  ASSERT_THAT(source, IsOk());
  (*source)->OnChange([this] { waiter_.Notify(); });
  folder_.Write("keys.json", KeyFileOf({second_}));
  EXPECT_TRUE(waiter_.Await([&] { return (*source)->keys().Current()->Find(second_.id()) != nullptr; }));
  EXPECT_EQ((*source)->keys().Current()->Find(first_.id()), nullptr);
}

TEST_F(FileTrustTest, BadFileKeepsTheOldKeysUntilAGoodOneComes) {
  const auto source = TrustFromKeyFile(Options(folder_.Write("keys.json", KeyFileOf({first_}))));
  ASSERT_THAT(source, IsOk());
  (*source)->OnChange([this] { waiter_.Notify(); });
  folder_.Write("keys.json", "{\"keys\": [{\"paserk\": \"k4.secret.not-a-key\"}]}");
  EXPECT_TRUE(waiter_.Await([&] { return !problem().ok(); }));
  EXPECT_THAT(problem(),
              StatusIs(absl::StatusCode::kInvalidArgument, AllOf(HasSubstr("keys.json"), Not(HasSubstr("not-a-key")))));
  EXPECT_NE((*source)->keys().Current()->Find(first_.id()), nullptr);

  std::filesystem::remove(folder_.File("keys.json"));
  EXPECT_TRUE(waiter_.Await([&] { return absl::IsNotFound(problem()); }));
  EXPECT_NE((*source)->keys().Current()->Find(first_.id()), nullptr);

  folder_.Write("keys.json", KeyFileOf({second_}));
  EXPECT_TRUE(waiter_.Await([&] { return (*source)->keys().Current()->Find(second_.id()) != nullptr; }));
}

}  // namespace
}  // namespace paseto::interceptor
