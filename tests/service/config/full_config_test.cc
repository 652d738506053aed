// deploy/tokend.full.yaml is documentation that is checked: it loads, it shows every option, and what its comments say
// of defaults, of ranges and of what is required is true.
#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <regex>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "grpc_paseto/interceptor/yaml/duration_text.h"
#include "grpc_paseto/interceptor/yaml/yaml_message.h"
#include "grpc_paseto/service/config/load_config.h"
#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto::service {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::util::MessageDifferencer;

std::vector<std::string> FileLines() {
  std::ifstream file(FULL_CONFIG);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

absl::StatusOr<config::TokendConfig> Parse(const std::vector<std::string>& lines) {
  return ParseConfig(absl::StrJoin(lines, "\n"), "tokend.yaml", {});
}

// The file without line `index` and everything that is indented below it. Without clients, a socket cannot be one's.
std::vector<std::string> Without(size_t index) {
  std::vector<std::string> lines = FileLines();
  const bool names_the_clients = absl::StartsWith(lines[index], "clients:");
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
  if (names_the_clients) {
    std::erase_if(lines, [](const std::string& line) { return absl::StartsWith(line, "    client: "); });
  }
  return lines;
}

// One option of the file: "  key: value   # comment".
struct Option {
  size_t index;
  std::string key;
  std::string value;
  std::string comment;
};

std::vector<Option> Options() {
  static const std::regex kOption(R"(^ *(?:- )?([a-z_]+): *([^#]*?) *# (.*)$)");
  std::vector<Option> options;
  const std::vector<std::string> lines = FileLines();
  for (size_t i = 0; i < lines.size(); ++i) {
    std::smatch match;
    if (std::regex_match(lines[i], match, kOption)) options.push_back({i, match[1], match[2], match[3]});
  }
  return options;
}

// What the file cannot have at the same time as another option is shown in comments.
void ExpectInComments(const FieldDescriptor& field) {
  const std::regex commented(absl::StrCat(R"( *# +)", field.name(), ":.*"));
  const std::vector<std::string> lines = FileLines();
  EXPECT_TRUE(std::any_of(lines.begin(), lines.end(),
                          [&](const std::string& line) { return std::regex_match(line, commented); }))
      << field.full_name() << " is missing";
  if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return;
  for (int i = 0; i < field.message_type()->field_count(); ++i) ExpectInComments(*field.message_type()->field(i));
}

// Every field of `type` has a line of its own in the file, below one of `paths`.
void ExpectComplete(const Descriptor& type, const std::vector<std::string>& paths,
                    const interceptor::FieldLines& lines) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    std::vector<std::string> below;
    bool is_shown = false;
    for (const std::string& path : paths) {
      const std::string here = path.empty() ? field.name() : absl::StrCat(path, ".", field.name());
      const int line = lines.Find(here);
      is_shown = is_shown || (line > 0 && absl::StrContains(FileLines()[line - 1], field.name() + ":"));
      if (field.is_map()) {
        below.push_back(here + "[web]");
      } else if (field.is_repeated()) {
        below.insert(below.end(), {here + "[0]", here + "[1]"});
      } else {
        below.push_back(here);
      }
    }
    if (!is_shown && field.real_containing_oneof() != nullptr) {
      ExpectInComments(field);
      continue;
    }
    EXPECT_TRUE(is_shown) << below[0] << " is missing";
    if (field.is_map()) {
      ExpectComplete(*field.message_type()->map_value()->message_type(), below, lines);
    } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && field.message_type()->file() == type.file()) {
      ExpectComplete(*field.message_type(), below, lines);
    }
  }
}

TEST(FullConfig, Loads) { EXPECT_THAT(Parse(FileLines()), IsOk()); }

TEST(FullConfig, ShowsEveryOption) {
  config::TokendConfig config;
  interceptor::FieldLines lines;
  ASSERT_TRUE(interceptor::FillMessageFromYaml(absl::StrJoin(FileLines(), "\n"), config, &lines).empty());
  ExpectComplete(*config.GetDescriptor(), {""}, lines);
}

TEST(FullConfig, NamesADefaultForEveryOptionThatIsNotRequired) {
  for (const Option& option : Options()) {
    EXPECT_TRUE(absl::StartsWith(option.comment, "default ") || absl::StartsWith(option.comment, "required"))
        << "line " << option.index + 1;
  }
  EXPECT_GE(Options().size(), 30);
}

TEST(FullConfig, TellsTheTruthAboutDefaults) {
  const config::TokendConfig whole = *Parse(FileLines());
  for (const Option& option : Options()) {
    if (!absl::StartsWith(option.comment, "default ")) continue;
    const std::string stated = option.comment.substr(8, option.comment.find(';') - 8);
    const absl::StatusOr<config::TokendConfig> without = Parse(Without(option.index));
    ASSERT_THAT(without, IsOk()) << "line " << option.index + 1;
    // The file shows the default itself, except where that is nothing, or the value of another option.
    if (stated != "none" && !absl::StartsWith(stated, "tokens.")) {
      EXPECT_EQ(stated, option.value) << "line " << option.index + 1;
    }
    EXPECT_EQ(MessageDifferencer::Equals(whole, *without), stated != "none") << "line " << option.index + 1;
  }
}

TEST(FullConfig, TellsTheTruthAboutWhatIsRequired) {
  for (const Option& option : Options()) {
    if (!absl::StartsWith(option.comment, "required")) continue;
    EXPECT_THAT(Parse(Without(option.index)), StatusIs(absl::StatusCode::kInvalidArgument))
        << "line " << option.index + 1;
  }
}

// The file with `value` for `option`.
std::vector<std::string> With(const Option& option, const std::string& value) {
  std::vector<std::string> lines = FileLines();
  std::string& line = lines[option.index];
  line = absl::StrCat(line.substr(0, line.find(':')), ": ", value);
  return lines;
}

// Whether `option` may have `value`. Other options may then be wrong: that is reported where they stand.
bool Takes(const Option& option, const std::string& value) {
  const absl::Status status = Parse(With(option, value)).status();
  return !absl::StrContains(status.message(), absl::StrCat("tokend.yaml:", option.index + 1, ": "));
}

// A bound as it is written: a number, a duration, "that" (the default) or the name of the option that sets it.
std::string BoundText(const Option& option, const std::string& bound) {
  if (bound == "that") return BoundText(option, option.comment.substr(8, option.comment.find(';') - 8));
  const std::string name = bound.substr(bound.find('.') + 1);  // npos + 1 is 0
  for (const Option& other : Options()) {
    if (other.key == name) return other.value;
  }
  return bound;
}

// `bound` and `step` units more: seconds for a duration, ones for a number.
std::string Shifted(const std::string& bound, int step) {
  if (const auto duration = interceptor::ParseDurationText(bound)) {
    return absl::StrCat(absl::ToInt64Seconds(*duration) + step, "s");
  }
  return absl::StrCat(std::stoll(bound) + step);
}

TEST(FullConfig, TellsTheTruthAboutRanges) {
  static const std::regex kRange(R"(.*; (?:thousandths, )?(\S+) to (\S+)$)");
  int ranges = 0;
  for (const Option& option : Options()) {
    std::smatch match;
    if (!std::regex_match(option.comment, match, kRange) || match[1] == "up") continue;
    ++ranges;
    const std::string min = BoundText(option, match[1]), max = BoundText(option, match[2]);
    EXPECT_TRUE(Takes(option, min)) << option.key << ": " << min;
    EXPECT_TRUE(Takes(option, max)) << option.key << ": " << max;
    EXPECT_FALSE(Takes(option, Shifted(min, -1))) << option.key << ": below " << min;
    EXPECT_FALSE(Takes(option, Shifted(max, +1))) << option.key << ": above " << max;
  }
  EXPECT_EQ(ranges, 13);
}

// A list of `count` different entries.
std::string ListOf(int count) {
  std::vector<std::string> entries;
  for (int i = 0; i < count; ++i) entries.push_back(absl::StrCat("e", i));
  return absl::StrCat("[", absl::StrJoin(entries, ", "), "]");
}

TEST(FullConfig, TellsTheTruthAboutTheSizesOfLists) {
  static const std::regex kSizes(R"(.*; up to (\d+), each up to (\d+) bytes$)");
  int lists = 0;
  for (const Option& option : Options()) {
    std::smatch match;
    if (!std::regex_match(option.comment, match, kSizes)) continue;
    ++lists;
    const int most = std::stoi(match[1]), longest = std::stoi(match[2]);
    EXPECT_TRUE(Takes(option, ListOf(most))) << option.key;
    EXPECT_FALSE(Takes(option, ListOf(most + 1))) << option.key;
    EXPECT_TRUE(Takes(option, absl::StrCat("[", std::string(longest, 'e'), "]"))) << option.key;
    EXPECT_FALSE(Takes(option, absl::StrCat("[", std::string(longest + 1, 'e'), "]"))) << option.key;
  }
  EXPECT_EQ(lists, 5);
}

}  // namespace
}  // namespace paseto::service
