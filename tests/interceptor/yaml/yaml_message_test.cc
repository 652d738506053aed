#include "grpc_paseto/interceptor/yaml/yaml_message.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <limits>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "tests/interceptor/yaml/shapes.pb.h"

namespace paseto::interceptor {

void PrintTo(const YamlProblem& problem, std::ostream* os) { *os << problem.line << ": " << problem.message; }

namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::Shapes;

auto Problem(int line, const std::string& text) {
  return AllOf(Field(&YamlProblem::line, line), Field(&YamlProblem::message, HasSubstr(text)));
}

std::vector<YamlProblem> Problems(absl::string_view yaml) {
  Shapes shapes;
  return FillMessageFromYaml(yaml, shapes);
}

Shapes Filled(absl::string_view yaml) {
  Shapes shapes;
  EXPECT_THAT(FillMessageFromYaml(yaml, shapes), IsEmpty()) << yaml;
  return shapes;
}

TEST(FillMessageFromYaml, FillsEveryShapeOfField) {
  const Shapes filled = Filled(R"(
text: "hello: you"
flag: true
small: -2147483648
large: 9223372036854775807
natural: 4294967295
natural_large: 18446744073709551615
ratio: 0.5
exact: -1e300
colour: dark_blue
wait: 1h30m
raw: AAH/
inner: {name: one, deeper: {text: two}}
names: [a, "b", 1, true]
inners:
  - name: first
  - {}
colours: [red, dark_blue]
waits: [250ms, 7d]
by_name:
  web: {name: w}
  "a b": {}
labels: {x: y}
by_number: {-7: true}
left: l
numbers: [0, -1]
)");
  Shapes expected;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(R"pb(
                                                              text: "hello: you"
                                                              flag: true
                                                              small: -2147483648
                                                              large: 9223372036854775807
                                                              natural: 4294967295
                                                              natural_large: 18446744073709551615
                                                              ratio: 0.5
                                                              exact: -1e300
                                                              colour: COLOUR_DARK_BLUE
                                                              wait { seconds: 5400 }
                                                              raw: "\000\001\377"
                                                              inner {
                                                                name: "one"
                                                                deeper { text: "two" }
                                                              }
                                                              names: [ "a", "b", "1", "true" ]
                                                              inners { name: "first" }
                                                              inners {}
                                                              colours: [ COLOUR_RED, COLOUR_DARK_BLUE ]
                                                              waits { nanos: 250000000 }
                                                              waits { seconds: 604800 }
                                                              by_name {
                                                                key: "web"
                                                                value { name: "w" }
                                                              }
                                                              by_name {
                                                                key: "a b"
                                                                value {}
                                                              }
                                                              labels { key: "x" value: "y" }
                                                              by_number { key: -7 value: true }
                                                              left: "l"
                                                              numbers: [ 0, -1 ])pb",
                                                            &expected));
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(filled, expected)) << filled.DebugString();
}

TEST(FillMessageFromYaml, ClearsTheMessageFirst) {
  Shapes shapes;
  shapes.set_text("old");
  EXPECT_THAT(FillMessageFromYaml("flag: true", shapes), IsEmpty());
  EXPECT_EQ(shapes.text(), "");
}

TEST(FillMessageFromYaml, ReportsEveryProblemAtOnceInTheOrderOfLines) {
  EXPECT_THAT(
      Problems("txet: a\n"
               "flag: yes\n"
               "small: many\n"
               "inner:\n"
               "  name: [a]\n"
               "  nmae: b\n"
               "names: alone\n"
               "flag: true\n"),
      ElementsAre(Problem(1, "txet: unknown key; did you mean text?"), Problem(2, "flag: must be true or false"),
                  Problem(3, "small: must be a whole number"), Problem(5, "inner.name: must be a single value"),
                  Problem(6, "inner.nmae: unknown key; did you mean name?"), Problem(7, "names: must be a list"),
                  Problem(8, "flag: stands on line 2 already")));
}

TEST(FillMessageFromYaml, NamesTheKnownKeysWhenNoneIsNear) {
  EXPECT_THAT(Problems("inner: {colour: red}"), ElementsAre(Problem(1, "unknown key; known here: name, deeper")));
}

TEST(FillMessageFromYaml, ChecksTheRangeOfNumbers) {
  EXPECT_THAT(Problems("small: 2147483648"), ElementsAre(Problem(1, "from -2147483648 to 2147483647")));
  EXPECT_THAT(Problems("large: 9223372036854775808"), ElementsAre(Problem(1, "must be from")));
  EXPECT_THAT(Problems("natural: -1"), ElementsAre(Problem(1, "from 0 to 4294967295")));
  EXPECT_THAT(Problems("natural_large: 18446744073709551616"), ElementsAre(Problem(1, "must be from")));
  EXPECT_THAT(Problems("ratio: 1e39"), ElementsAre(Problem(1, "number in range")));
  EXPECT_THAT(Problems("exact: .inf"), ElementsAre(Problem(1, "number in range")));
  EXPECT_THAT(Problems("exact: nan"), ElementsAre(Problem(1, "number in range")));
}

TEST(FillMessageFromYaml, TakesNumbersInPlainDecimalOnly) {
  for (const char* number : {"010", "0x10", "1_000", "1.0", "1e3", "+1", "\"1\"", "'1'", "--1", "0b1"}) {
    EXPECT_THAT(Problems(absl::StrCat("small: ", number)), ElementsAre(Problem(1, "whole number"))) << number;
  }
}

TEST(FillMessageFromYaml, TakesBooleansAsTrueAndFalseOnly) {
  for (const char* value : {"yes", "on", "True", "1", "\"true\"", "y"}) {
    EXPECT_THAT(Problems(absl::StrCat("flag: ", value)), ElementsAre(Problem(1, "must be true or false"))) << value;
  }
}

TEST(FillMessageFromYaml, TakesEnumsByTheirShortNameOnly) {
  for (const char* value : {"COLOUR_RED", "RED", "unspecified", "1", "green"}) {
    EXPECT_THAT(Problems(absl::StrCat("colour: ", value)), ElementsAre(Problem(1, "must be one of red, dark_blue")))
        << value;
  }
}

TEST(FillMessageFromYaml, TakesDurationsWithUnitsOnly) {
  EXPECT_THAT(Problems("wait: 10"), ElementsAre(Problem(1, "wait: must be a duration such as")));
  EXPECT_THAT(Problems("wait: {seconds: 10}"), ElementsAre(Problem(1, "wait: must be a single value")));
}

TEST(FillMessageFromYaml, TakesBytesInStrictBase64Only) {
  for (const char* value : {"AA", "AAF/", "AA E=", "_-8="}) {
    const bool good = absl::string_view(value) == "AAF/";
    EXPECT_EQ(Problems(absl::StrCat("raw: \"", value, "\"")).empty(), good) << value;
  }
}

TEST(FillMessageFromYaml, RefusesTwoMembersOfAOneof) {
  EXPECT_THAT(Problems("left: a\nright: {}\n"),
              ElementsAre(Problem(2, "right: only one of this and left may be given")));
}

TEST(FillMessageFromYaml, RefusesRepeatedKeysOfMaps) {
  EXPECT_THAT(Problems("labels:\n  a: x\n  'a': y\n"), ElementsAre(Problem(3, "labels.a: stands on line 2 already")));
}

TEST(FillMessageFromYaml, RefusesBadKeysOfMaps) {
  EXPECT_THAT(Problems("by_number: {seven: true}"),
              ElementsAre(Problem(1, "by_number[seven]: the key must be a whole")));
  EXPECT_THAT(Problems("labels: {[a]: b}"), ElementsAre(Problem(1, "every key must be a plain name")));
  EXPECT_THAT(Problems("labels: {~: b}"), ElementsAre(Problem(1, "every key must be a plain name")));
}

TEST(FillMessageFromYaml, RefusesEmptyValues) {
  EXPECT_THAT(Problems("text:\nflag: ~\nnames: [a, null]\nby_name:\n  web:\n"),
              ElementsAre(Problem(1, "text: has no value"), Problem(2, "flag: has no value"),
                          Problem(3, "names[1]: has no value"), Problem(5, "by_name[web]: has no value")));
  EXPECT_THAT(Filled("text: \"\"").text(), IsEmpty());
}

TEST(FillMessageFromYaml, RefusesAnchorsAliasesMergesAndTags) {
  EXPECT_THAT(Problems("inner: &a {name: x}\nright: *a\n"),
              ElementsAre(Problem(1, "anchors are not allowed"), Problem(2, "aliases are not allowed")));
  EXPECT_THAT(Problems("inner:\n  <<: {name: x}\n"), ElementsAre(Problem(2, "every key must be a plain name")));
  EXPECT_THAT(Problems("text: !!binary aGk=\n"), ElementsAre(Problem(1, "tags are not allowed")));
  EXPECT_THAT(Problems("inner: !secret {name: x}\n"), ElementsAre(Problem(1, "tags are not allowed")));
  EXPECT_THAT(Problems("names: !!seq [x]\n"), ElementsAre(Problem(1, "tags are not allowed")));
}

TEST(FillMessageFromYaml, RefusesASecondDocument) {
  EXPECT_THAT(Problems("text: a\n---\nflag: true\n"), ElementsAre(Problem(3, "second document")));
  EXPECT_THAT(Filled("---\ntext: a\n...\n").text(), "a");
}

TEST(FillMessageFromYaml, RefusesWhatIsNotAMapping) {
  EXPECT_THAT(Problems(""), ElementsAre(Problem(0, "the document is empty")));
  EXPECT_THAT(Problems("# only a comment\n"), ElementsAre(Problem(0, "the document is empty")));
  EXPECT_THAT(Problems("- a\n"), ElementsAre(Problem(1, "the document: must be a mapping")));
  EXPECT_THAT(Problems("inner: 5"), ElementsAre(Problem(1, "inner: must be a mapping")));
  EXPECT_THAT(Problems("inners: [5]"), ElementsAre(Problem(1, "inners[0]: must be a mapping")));
  EXPECT_THAT(Problems("labels: [a]"), ElementsAre(Problem(1, "labels: must be a mapping")));
}

TEST(FillMessageFromYaml, NamesTheLineOfASyntaxError) {
  EXPECT_THAT(Problems("text: a\nnames: [a, b\nflag: true\n"), ElementsAre(Problem(3, "not valid YAML")));
  EXPECT_THAT(Problems("text: [a]]\n"), ElementsAre(Problem(1, "not valid YAML")));
}

// yaml-cpp alone takes the rest of the document for the value.
TEST(FillMessageFromYaml, RefusesAQuoteThatIsNeverClosed) {
  for (const char* end : {"", "\n", "\n\n", " ", "\\\n"}) {
    EXPECT_THAT(Problems(absl::StrCat("text: \"open\nflag: true", end)),
                ElementsAre(Field(&YamlProblem::message, HasSubstr("not valid YAML"))));
    EXPECT_THAT(Problems(absl::StrCat("text: 'open\nflag: true", end)),
                ElementsAre(Field(&YamlProblem::message, HasSubstr("not valid YAML"))));
  }
}

TEST(FillMessageFromYaml, KeepsTheLastNewlineOfABlock) {
  EXPECT_EQ(Filled("text: |\n  one\n  two\n").text(), "one\ntwo\n");
  EXPECT_EQ(Filled("text: |+\n  one\n\n").text(), "one\n\n");
  EXPECT_EQ(Filled("text: >-\n  one\n  two").text(), "one two");
}

TEST(FillMessageFromYaml, RefusesWhatIsNotText) {
  EXPECT_THAT(Problems(absl::string_view("text: a\nflag: \0true", 19)),
              ElementsAre(Problem(2, "control character 0x00")));
  EXPECT_THAT(Problems("text: a\n\x04small: 7\n"), ElementsAre(Problem(2, "control character 0x04")));
  EXPECT_THAT(Problems("text: \xff\xfe"), ElementsAre(Problem(0, "not UTF-8")));
}

TEST(FillMessageFromYaml, HoldsItsSizeLimit) {
  const std::string head = "text: a\n#";
  EXPECT_THAT(Problems(head + std::string(kMaxYamlBytes - head.size(), 'x')), IsEmpty());
  EXPECT_THAT(Problems(head + std::string(kMaxYamlBytes - head.size() + 1, 'x')), ElementsAre(Problem(0, "more than")));
}

// A document whose innermost mapping lies `depth` levels deep.
std::string Nested(int depth) {
  std::string yaml, end;
  for (int i = 1; i < depth; ++i) {
    yaml += i % 2 == 1 ? "{inner: " : "{deeper: ";
    end += "}";
  }
  return absl::StrCat(yaml, "{}", end);
}

TEST(FillMessageFromYaml, HoldsItsDepthLimit) {
  EXPECT_THAT(Problems(Nested(kMaxYamlDepth)), IsEmpty());
  EXPECT_THAT(Problems(Nested(kMaxYamlDepth + 1)), ElementsAre(Problem(1, "nested deeper than 16")));
  EXPECT_THAT(Problems("names: " + std::string(200'000, '[')), ElementsAre(Problem(1, "nested deeper than 16")));
  EXPECT_THAT(Problems("names: " + std::string(200'000, '{')), ElementsAre(Problem(1, "nested deeper than 16")));
}

TEST(FillMessageFromYaml, NeverPrintsAValue) {
  for (const char* yaml :
       {"flag: HUNTER2", "small: HUNTER2", "wait: HUNTER2", "colour: HUNTER2", "raw: HUNTER2!", "inner: HUNTER2",
        "names: HUNTER2", "exact: HUNTER2", "text: *HUNTER2", "text: !HUNTER2 a", "text: &HUNTER2 a",
        "text: \"\\HUNTER2\"", "text: \"HUNTER2", "text: @HUNTER2", "by_number: {1: HUNTER2}", "HUNTER2"}) {
    const std::vector<YamlProblem> problems = Problems(yaml);
    ASSERT_THAT(problems, Not(IsEmpty())) << yaml;
    for (const YamlProblem& problem : problems) EXPECT_THAT(problem.message, Not(HasSubstr("HUNTER2"))) << yaml;
  }
}

TEST(FillMessageFromYaml, PrintsKeysShortAndEscaped) {
  EXPECT_THAT(Problems("\"a\\nb\": 1"), ElementsAre(Problem(1, "a\\nb: unknown key")));
  const std::vector<YamlProblem> problems = Problems(std::string(1000, 'k') + ": 1");
  ASSERT_EQ(problems.size(), 1);
  EXPECT_THAT(problems[0].message, Not(HasSubstr(std::string(257, 'k'))));
}

TEST(FieldLines, FindsAValueOrWhatStandsAroundIt) {
  Shapes shapes;
  FieldLines lines;
  ASSERT_THAT(FillMessageFromYaml("text: a\n"
                                  "inners:\n"
                                  "  - name: one\n"
                                  "  - {}\n"
                                  "by_name:\n"
                                  "  a.b:\n"
                                  "    name: x\n",
                                  shapes, &lines),
              IsEmpty());
  EXPECT_EQ(lines.Find("text"), 1);
  EXPECT_EQ(lines.Find("inners[0].name"), 3);
  EXPECT_EQ(lines.Find("inners[1].name"), 4);
  EXPECT_EQ(lines.Find("by_name[a.b].name"), 7);
  EXPECT_EQ(lines.Find("by_name[a.b].deeper.text"), 6);
  EXPECT_EQ(lines.Find("by_name[other]"), 5);
  EXPECT_EQ(lines.Find("colour"), 0);
}

}  // namespace
}  // namespace paseto::interceptor
