#include "grpc_paseto/service/lifecycle/new_ids.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "grpc_paseto/tests/support/seeded_random.h"

namespace paseto::service {
namespace {

using ::testing::MatchesRegex;

// Instant and bytes of RFC 9562 appendix A.6.
TEST(NewIds, SessionIdIsVersion7OfItsInstant) {
  ConstantRandom random('\xFF');
  const SessionId id = NewSessionId(random, absl::FromUnixMillis(0x017F22E279B0));
  EXPECT_EQ(id.text(), "017f22e2-79b0-7fff-bfff-ffffffffffff");
}

TEST(NewIds, TokenIdIsVersion4) {
  ConstantRandom ones('\xFF');
  EXPECT_EQ(NewTokenId(ones).text(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
  ConstantRandom zeros('\0');
  EXPECT_EQ(NewTokenId(zeros).text(), "00000000-0000-4000-8000-000000000000");
}

TEST(NewIds, LaterSessionIdsSortBehindEarlierOnes) {
  SeededRandom random;
  const absl::Time start = absl::FromUnixSeconds(1704067200);
  SessionId previous = NewSessionId(random, start);
  for (int i = 1; i <= 100; ++i) {
    const SessionId next = NewSessionId(random, start + absl::Milliseconds(i));
    EXPECT_LT(previous, next);
    previous = next;
  }
}

TEST(NewIds, SystemRandomDoesNotRepeat) {
  SystemRandom random;
  std::set<TokenId> ids;
  for (int i = 0; i < 1000; ++i) ids.insert(NewTokenId(random));
  EXPECT_EQ(ids.size(), 1000u);
}

}  // namespace
}  // namespace paseto::service
