// examples/tokend.yaml is documentation that is checked: it loads, it shows every option, and what its comments say of
// defaults and of what is required is true.
#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "grpc_paseto/interceptor/yaml/yaml_message.h"
#include "grpc_paseto/service/config/load_config.h"
#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto::service {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::util::MessageDifferencer;

std::vector<std::string> ExampleLines() {
  std::ifstream file(EXAMPLE_CONFIG);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

absl::StatusOr<config::TokendConfig> Parse(const std::vector<std::string>& lines) {
  return ParseConfig(absl::StrJoin(lines, "\n"), "tokend.yaml", {});
}

// The example without line `index` and everything that is indented below it.
std::vector<std::string> Without(size_t index) {
  std::vector<std::string> lines = ExampleLines();
  const size_t indent = lines[index].find_first_not_of(' ');
  size_t end = index + 1;
  while (end < lines.size() && lines[end].find_first_not_of(' ') != std::string::npos &&
         lines[end].find_first_not_of(' ') > indent) {
    ++end;
  }
  if (lines[index][indent] == '-') {
    lines[index] = std::string(indent, ' ') + "-";  // an entry of a list: only its first option goes
  } else {
    lines.erase(lines.begin() + index, lines.begin() + end);
  }
  return lines;
}

// One option of the example: "  key: value   # comment".
struct Option {
  size_t index;
  std::string value;
  std::string comment;
};

std::vector<Option> Options() {
  static const std::regex kOption(R"(^ *(?:- )?[a-z_]+: *([^#]*?) *# (.*)$)");
  std::vector<Option> options;
  const std::vector<std::string> lines = ExampleLines();
  for (size_t i = 0; i < lines.size(); ++i) {
    std::smatch match;
    if (std::regex_match(lines[i], match, kOption)) options.push_back({i, match[1], match[2]});
  }
  return options;
}

// Every field of `type` has a line of its own in the example.
void ExpectComplete(const Descriptor& type, const std::string& path, const interceptor::FieldLines& lines) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const std::string below = path.empty() ? field.name() : absl::StrCat(path, ".", field.name());
    const int line = lines.Find(below);
    ASSERT_GT(line, 0) << below;
    EXPECT_TRUE(absl::StrContains(ExampleLines()[line - 1], field.name() + ":")) << below << " is missing";
    if (field.is_map()) {
      ExpectComplete(*field.message_type()->map_value()->message_type(), below + "[web]", lines);
    } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && field.message_type()->file() == type.file()) {
      ExpectComplete(*field.message_type(), field.is_repeated() ? below + "[0]" : below, lines);
    }
  }
}

TEST(ExampleConfig, Loads) { EXPECT_THAT(Parse(ExampleLines()), IsOk()); }

TEST(ExampleConfig, ShowsEveryOption) {
  config::TokendConfig config;
  interceptor::FieldLines lines;
  ASSERT_TRUE(interceptor::FillMessageFromYaml(absl::StrJoin(ExampleLines(), "\n"), config, &lines).empty());
  ExpectComplete(*config.GetDescriptor(), "", lines);
}

TEST(ExampleConfig, NamesADefaultForEveryOptionThatIsNotRequired) {
  for (const Option& option : Options()) {
    EXPECT_TRUE(absl::StartsWith(option.comment, "default ") || absl::StartsWith(option.comment, "required"))
        << "line " << option.index + 1;
  }
  EXPECT_GE(Options().size(), 30);
}

TEST(ExampleConfig, TellsTheTruthAboutDefaults) {
  const config::TokendConfig whole = *Parse(ExampleLines());
  for (const Option& option : Options()) {
    if (!absl::StartsWith(option.comment, "default ")) continue;
    const std::string stated = option.comment.substr(8, option.comment.find(';') - 8);
    const absl::StatusOr<config::TokendConfig> without = Parse(Without(option.index));
    ASSERT_THAT(without, IsOk()) << "line " << option.index + 1;
    // The example shows the default itself, except where that is nothing, or the value of another option.
    if (stated != "none" && !absl::StartsWith(stated, "tokens.")) {
      EXPECT_EQ(stated, option.value) << "line " << option.index + 1;
    }
    EXPECT_EQ(MessageDifferencer::Equals(whole, *without), stated != "none") << "line " << option.index + 1;
  }
}

TEST(ExampleConfig, TellsTheTruthAboutWhatIsRequired) {
  for (const Option& option : Options()) {
    if (!absl::StartsWith(option.comment, "required")) continue;
    EXPECT_THAT(Parse(Without(option.index)), StatusIs(absl::StatusCode::kInvalidArgument))
        << "line " << option.index + 1;
  }
}

}  // namespace
}  // namespace paseto::service
