#include "grpc_paseto/tests/core/doc_snippets.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "grpc_paseto/core/token/token_error.h"
#include "grpc_paseto/tests/support/status_matchers.h"
#include "gtest/gtest.h"

namespace paseto {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kSourceDir[] = GRPC_PASETO_SOURCE_DIR;

std::string ReadFile(const std::string& path) {
  std::ifstream file(std::string(kSourceDir) + path);
  EXPECT_TRUE(file.good()) << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The C++ blocks of a Markdown text.
std::vector<std::string> CppBlocks(const std::string& markdown) {
  std::vector<std::string> blocks;
  const std::vector<std::string> parts = absl::StrSplit(markdown, "```");
  for (size_t i = 1; i < parts.size(); i += 2) {
    if (absl::StartsWith(parts[i], "cpp\n")) blocks.push_back(parts[i].substr(4));
  }
  return blocks;
}

TEST(DocSnippetsTest, EveryBlockIsCompiledHere) {
  const std::string compiled = ReadFile("/tests/core/doc_snippets.cc");
  const std::vector<std::string> blocks = CppBlocks(ReadFile("/docs/core.md"));
  EXPECT_EQ(blocks.size(), 3u);
  for (const std::string& block : blocks) EXPECT_THAT(compiled, HasSubstr(block));
}

TEST(DocSnippetsTest, TheReadmeOfCoreLinksEveryOne) {
  const std::string doc = ReadFile("/docs/core.md"), readme = ReadFile("/core/README.md");
  for (const char* heading : {"Sign and verify", "Seal and open", "Keys"}) {
    EXPECT_THAT(doc, HasSubstr(absl::StrCat("\n## ", heading, "\n")));
    const std::string anchor = absl::StrReplaceAll(absl::AsciiStrToLower(heading), {{" ", "-"}});
    EXPECT_THAT(readme, HasSubstr(absl::StrCat("(../docs/core.md#", anchor, ")")));
  }
}

TEST(DocSnippetsTest, EachIsTwentyLinesAtMost) {
  for (const std::string& block : CppBlocks(ReadFile("/docs/core.md"))) {
    for (absl::string_view function : absl::StrSplit(block, "\n\n")) {
      EXPECT_LE(std::count(function.begin(), function.end(), '\n'), 20) << function;
    }
  }
}

TEST(DocSnippetsTest, SignAndVerify) {
  const absl::Time now = absl::FromUnixSeconds(1704067200);
  const auto keys = MakeKeys().value();
  const absl::StatusOr<std::string> text = Sign(*keys, now);
  ASSERT_THAT(text, IsOk());
  EXPECT_THAT(Verify(*keys, *text, now), IsOkAndHolds("alice"));
  EXPECT_EQ(GetTokenError(Verify(*keys, *text, now + absl::Hours(1)).status()), TokenError::kExpired);
  EXPECT_THAT(Verify(*MakeKeys().value(), *text, now), Not(IsOk()));
}

TEST(DocSnippetsTest, SealAndOpen) {
  const V4LocalKey key = V4LocalKey::Generate();
  EXPECT_THAT(Open(key, Seal(key, "secret")), IsOkAndHolds("secret"));
  EXPECT_THAT(Open(V4LocalKey::Generate(), Seal(key, "secret")), Not(IsOk()));
}

TEST(DocSnippetsTest, KeysSurviveTheirPassword) {
  const V4SecretKey key = V4SecretKey::Generate();
  EXPECT_EQ(KeepUnderPassword(key, "correct horse").value().public_key(), key.public_key());
}

}  // namespace
}  // namespace paseto
