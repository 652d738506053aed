#include "grpc_paseto/interceptor/trust/in_process_trust.h"

#include <gtest/gtest.h>

#include "grpc_paseto/tests/interceptor/trust/trust_test_support.h"

namespace paseto::interceptor {
namespace {

class InProcessTrustTest : public ::testing::Test {
 protected:
  const std::shared_ptr<TrustBoard> board_ = std::make_shared<TrustBoard>();
};

TEST_F(InProcessTrustTest, SourceReadsWhatTheBoardHolds) {
  const std::unique_ptr<TrustSource> source = TrustFromBoard(board_);
  const Key key = SecretKeyFor(KeyUse::kAccess);
  board_->SetKeys(KeysOf({key}));
  board_->AddRevocations({TokenRecord(1)});
  EXPECT_NE(source->keys().Current()->Find(key.id()), nullptr);
  EXPECT_TRUE(source->revocations().IsRevoked(TokenClaims(1)));
  EXPECT_FALSE(source->revocations().IsRevoked(TokenClaims(2)));
  EXPECT_TRUE(source->WaitForFirstTrust(absl::ZeroDuration()));
  EXPECT_EQ(source->Age(), absl::ZeroDuration());
}

TEST_F(InProcessTrustTest, ReplaceForgetsWhatIsNotInIt) {
  board_->AddRevocations({TokenRecord(1)});
  board_->ReplaceRevocations({TokenRecord(2)});
  EXPECT_FALSE(board_->revocations().IsRevoked(TokenClaims(1)));
  EXPECT_TRUE(board_->revocations().IsRevoked(TokenClaims(2)));
}

TEST_F(InProcessTrustTest, ListenersRunAfterEveryChangeUntilTheyEnd) {
  const std::unique_ptr<TrustSource> source = TrustFromBoard(board_);
  int changes = 0;
  source->OnChange([&] { ++changes; });
  board_->SetKeys(KeysOf({}));
  board_->AddRevocations({TokenRecord(1)});
  board_->ReplaceRevocations({});
  EXPECT_EQ(changes, 3);
  int others = 0;
  source->OnChange([&] { ++others; });
  board_->SetKeys(KeysOf({}));
  EXPECT_EQ(changes, 3);
  EXPECT_EQ(others, 1);
  source->OnChange(nullptr);
  board_->SetKeys(KeysOf({}));
  EXPECT_EQ(others, 1);
}

TEST_F(InProcessTrustTest, ListenerSeesTheChangeThatItIsToldOf) {
  bool seen = false;
  const int subscription = board_->Subscribe([&] { seen = board_->revocations().IsRevoked(TokenClaims(1)); });
  board_->AddRevocations({TokenRecord(1)});
  EXPECT_TRUE(seen);
  board_->Unsubscribe(subscription);
}

TEST_F(InProcessTrustTest, DestroyedSourceIsNotTold) {
  int changes = 0;
  {
    const std::unique_ptr<TrustSource> source = TrustFromBoard(board_);
    source->OnChange([&] { ++changes; });
  }
  board_->SetKeys(KeysOf({}));
  EXPECT_EQ(changes, 0);
}

TEST_F(InProcessTrustTest, PruneForgetsWhatNoTokenNeeds) {
  board_->AddRevocations({TokenRecord(1)});
  board_->Prune(TestNow() + absl::Hours(1));
  EXPECT_TRUE(board_->revocations().IsRevoked(TokenClaims(1)));
  board_->Prune(TestNow() + absl::Hours(1) + absl::Seconds(1));
  EXPECT_FALSE(board_->revocations().IsRevoked(TokenClaims(1)));
}

}  // namespace
}  // namespace paseto::interceptor
