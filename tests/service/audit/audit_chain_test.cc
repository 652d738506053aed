#include "grpc_paseto/service/audit/audit_chain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "grpc_paseto/service/audit/audit_event.h"

namespace paseto::service {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kBody[] = R"("time":"2024-01-01T00:00:00.000000Z","event":"issue")";

TEST(AuditEventTest, LeavesOutWhatIsEmptyAndEscapesTheRest) {
  AuditEvent event{.event = "refresh", .outcome = "theft", .at = absl::FromUnixMicros(1704067200000001)};
  event.subject = "al\"ice\n";
  event.generation = 7;
  EXPECT_EQ(AuditBody(event), R"("time":"2024-01-01T00:00:00.000001Z","event":"refresh","outcome":"theft",)"
                              R"("subject":"al\"ice\u000a","generation":7)");
  event.subject = "\xff";
  EXPECT_THAT(AuditBody(event), HasSubstr("not UTF-8"));
  EXPECT_THAT(AuditBody(event), Not(HasSubstr("\xff")));
}

// Made with: (head -c 32 /dev/zero; printf '{"id":1,"time":"2024-01-01T00:00:00.000000Z","event":"issue"') | sha256sum
constexpr char kFirstChain[] = "3a789f021f8c7bed8970bd93985bea2c5c8e1751c7767eafb217d91f6cf480cb";

TEST(AuditChainTest, ALineIsWhatItsDocumentationSays) {
  AuditHead head;
  const std::string line = NextAuditLine(1, kBody, head);
  EXPECT_EQ(line, std::string(R"({"id":1,)") + kBody + R"(,"chain":")" + kFirstChain + R"("})");
  EXPECT_EQ(head.id, 1);
  EXPECT_EQ(head.chain.size(), kAuditChainBytes);
}

TEST(AuditChainTest, EveryChangedByteBreaksTheChain) {
  AuditHead head;
  const std::string line = NextAuditLine(1, kBody, head);
  for (size_t i = 0; i < line.size(); ++i) {
    std::string changed = line;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    const absl::optional<AuditLine> parsed = ParseAuditLine(changed);
    AuditHead start;
    EXPECT_FALSE(parsed.has_value() && Follows(changed, *parsed, start)) << i;
    EXPECT_EQ(start, AuditHead{}) << i;
  }
  for (size_t size = 0; size < line.size(); ++size) EXPECT_FALSE(ParseAuditLine(line.substr(0, size)).has_value());
}

TEST(AuditChainTest, ALineFollowsOnlyTheOneBeforeIt) {
  AuditHead head;
  NextAuditLine(1, kBody, head);
  const AuditHead first = head;
  const std::string second = NextAuditLine(2, kBody, head);
  AuditHead from_first = first, from_nothing;
  EXPECT_TRUE(Follows(second, *ParseAuditLine(second), from_first));
  EXPECT_EQ(from_first, head);
  EXPECT_FALSE(Follows(second, *ParseAuditLine(second), from_nothing));
  EXPECT_FALSE(Follows(second, *ParseAuditLine(second), from_first)) << "twice";
}

TEST(AuditChainTest, AMacIsOfOneHeadAndOneKey) {
  AuditHead head;
  NextAuditLine(1, kBody, head);
  const std::string key(kAuditKeyBytes, 'k');
  const std::string mac = AuditMac(head, key);
  EXPECT_TRUE(AuditMacMatches(head, key, mac));
  EXPECT_FALSE(AuditMacMatches(head, std::string(kAuditKeyBytes, 'l'), mac));
  EXPECT_FALSE(AuditMacMatches({2, head.chain}, key, mac));
  EXPECT_FALSE(AuditMacMatches(head, key, ""));
}

}  // namespace
}  // namespace paseto::service
