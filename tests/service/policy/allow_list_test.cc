#include "grpc_paseto/service/policy/allow_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto::service {
namespace {

using ::testing::HasSubstr;
using Prefixes = AllowList::Prefixes;
using Names = std::vector<std::string>;

AllowList List(Names entries, Prefixes prefixes = Prefixes::kAllowed) {
  return *AllowList::Create(std::move(entries), prefixes);
}

TEST(AllowList, AllowsNothingWhenEmpty) {
  EXPECT_FALSE(AllowList().Allows("a"));
  EXPECT_FALSE(AllowList().Allows(""));
  EXPECT_FALSE(List({}).Allows("a"));
}

TEST(AllowList, AllowsExactNames) {
  const AllowList list = List({"orders:write", "orders:read"});
  EXPECT_TRUE(list.Allows("orders:read"));
  EXPECT_TRUE(list.Allows("orders:write"));
  EXPECT_FALSE(list.Allows("orders:rea"));
  EXPECT_FALSE(list.Allows("orders:read2"));
  EXPECT_FALSE(list.Allows("ORDERS:READ"));
  EXPECT_FALSE(list.Allows(""));
}

TEST(AllowList, AllowsEverythingForAStarAlone) { EXPECT_TRUE(List({"*"}, Prefixes::kRefused).Allows("anything")); }

TEST(AllowList, AllowsPrefixes) {
  const AllowList list = List({"user:*"});
  EXPECT_TRUE(list.Allows("user:1"));
  EXPECT_TRUE(list.Allows("user:"));
  EXPECT_FALSE(list.Allows("user"));
  EXPECT_FALSE(list.Allows("a user:1"));
}

TEST(AllowList, RefusesEntriesWithoutMeaning) {
  EXPECT_THAT(AllowList::Create(Names{"a", ""}, Prefixes::kAllowed),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("[1]: an entry may not be empty")));
  for (const char* entry : {"*a", "a*b", "**", "a**"}) {
    EXPECT_THAT(AllowList::CheckEntry(entry, Prefixes::kAllowed), StatusIs(absl::StatusCode::kInvalidArgument))
        << entry;
  }
}

TEST(AllowList, RefusesPrefixesWhereTheyAreNotAllowed) {
  EXPECT_THAT(AllowList::CheckEntry("orders:*", Prefixes::kRefused), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(AllowList::CheckEntry("orders:*", Prefixes::kAllowed), IsOk());
}

}  // namespace
}  // namespace paseto::service
