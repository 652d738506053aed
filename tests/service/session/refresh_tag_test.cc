#include "grpc_paseto/service/session/refresh_tag.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>

#include "absl/strings/escaping.h"

namespace paseto::service {
namespace {

Session SomeSession() {
  Session session;
  session.id = SessionId("018cc251-f400-7000-8000-000000000001");
  session.client = ClientId("web");
  for (size_t i = 0; i < kSessionSecretBytes; ++i) session.secret.push_back(static_cast<char>(i));
  return session;
}

const Binding kClient{.kind = Binding::Kind::kClient, .value = "spiffe://shop/web"};
const Binding kHolder{.kind = Binding::Kind::kHolder, .value = ""};

// Computed with Python's hashlib.blake2b. Tags in the field must keep matching, so these never change.
TEST(RefreshTag, HasTheBytesThatTheFormatSays) {
  EXPECT_EQ(absl::BytesToHexString(RefreshTag(SomeSession(), 1, kClient)),
            "f324fc4edd7954895af7cbe227311c13c2df7d993616e104925efd2adba26e77");
  EXPECT_EQ(absl::BytesToHexString(RefreshTag(SomeSession(), std::numeric_limits<uint64_t>::max(), kHolder)),
            "4bcb507f4e9a4610b3f58d75233407fa9c02bce12cef4e5f614652ec2f8aa217");
}

TEST(RefreshTag, DependsOnEverythingThatItCovers) {
  const std::string tag = RefreshTag(SomeSession(), 7, kClient);
  const std::function<void(Session&)> changes[] = {
      [](Session& s) { s.id = SessionId("018cc251-f400-7000-8000-000000000002"); },
      [](Session& s) { s.client = ClientId("webs"); },
      [](Session& s) { s.secret[31] ^= 1; },
  };
  for (const auto& change : changes) {
    Session session = SomeSession();
    change(session);
    EXPECT_FALSE(RefreshTagMatches(session, 7, kClient, tag));
  }
  EXPECT_FALSE(RefreshTagMatches(SomeSession(), 8, kClient, tag));
  EXPECT_FALSE(RefreshTagMatches(SomeSession(), 7, {.kind = Binding::Kind::kHolder, .value = kClient.value}, tag));
  EXPECT_FALSE(RefreshTagMatches(SomeSession(), 7, {.kind = Binding::Kind::kClient, .value = "x"}, tag));
  EXPECT_TRUE(RefreshTagMatches(SomeSession(), 7, kClient, tag));
}

TEST(RefreshTag, MatchesWholeTagsOnly) {
  const std::string tag = RefreshTag(SomeSession(), 7, kClient);
  EXPECT_FALSE(RefreshTagMatches(SomeSession(), 7, kClient, ""));
  EXPECT_FALSE(RefreshTagMatches(SomeSession(), 7, kClient, tag.substr(0, 31)));
  EXPECT_FALSE(RefreshTagMatches(SomeSession(), 7, kClient, tag + '\0'));
  for (size_t bit = 0; bit < tag.size() * 8; ++bit) {
    std::string flipped = tag;
    flipped[bit / 8] ^= static_cast<char>(1 << (bit % 8));
    EXPECT_FALSE(RefreshTagMatches(SomeSession(), 7, kClient, flipped)) << "bit " << bit;
  }
}

}  // namespace
}  // namespace paseto::service
