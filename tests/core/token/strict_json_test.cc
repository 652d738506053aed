#include "grpc_paseto/core/token/strict_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

constexpr JsonLimits kLimits{1000, 4, 8};

absl::Status Check(absl::string_view text, const JsonLimits& limits = kLimits) {
  return StrictJson::Parse(text, limits).status();
}

std::string Nested(size_t depth) {
  std::string text;
  for (size_t i = 0; i < depth; ++i) absl::StrAppend(&text, "{\"a\":");
  return absl::StrCat(text, "1", std::string(depth, '}'));
}

std::string WithKeys(size_t count) {
  std::string text = "{";
  for (size_t i = 0; i < count; ++i) absl::StrAppend(&text, i == 0 ? "" : ",", "\"k", i, "\":0");
  return absl::StrCat(text, "}");
}

TEST(StrictJsonTest, GivesMembersWithTheirBytes) {
  const std::string text =
      " { \"n\" : 12345678901234567890 , \"e\\u0041\":1.50e+01,\"o\":{ \"x\" : [1, 2] },\"s\":\"a,}\\\"b\"}\n";
  const absl::StatusOr<StrictJson> json = StrictJson::Parse(text, kLimits);
  ASSERT_THAT(json, IsOk());
  ASSERT_THAT(json->members(), SizeIs(4));
  EXPECT_EQ(json->members()[0].raw_value, "12345678901234567890");
  EXPECT_EQ(json->members()[1].name, "eA");
  EXPECT_EQ(json->members()[1].raw_name, "\"e\\u0041\"");
  EXPECT_EQ(json->members()[1].raw_value, "1.50e+01");
  EXPECT_EQ(json->members()[2].raw_value, "{ \"x\" : [1, 2] }");
  EXPECT_EQ(json->members()[3].raw_value, "\"a,}\\\"b\"");
  EXPECT_EQ(AsString(json->members()[3].value), absl::string_view("a,}\"b"));
}

TEST(StrictJsonTest, FindsByUnescapedName) {
  const absl::StatusOr<StrictJson> json = StrictJson::Parse(R"({"s\u0075b":true})", kLimits);
  ASSERT_THAT(json, IsOk());
  ASSERT_NE(json->Find("sub"), nullptr);
  EXPECT_EQ(AsBool(json->Find("sub")->value), true);
  EXPECT_EQ(json->Find("s\\u0075b"), nullptr);
}

TEST(StrictJsonTest, AcceptsTheEmptyObject) { EXPECT_THAT(Check("{}"), IsOk()); }

class NotAnObjectTest : public ::testing::TestWithParam<std::string> {};

TEST_P(NotAnObjectTest, IsRefused) { EXPECT_THAT(Check(GetParam()), StatusIs(absl::StatusCode::kInvalidArgument)); }

INSTANTIATE_TEST_SUITE_P(Texts, NotAnObjectTest,
                         ::testing::Values("", " ", "[]", "[{}]", "1", "null", "true", "\"\"", "{", "}", "{}}", "{]",
                                           "{}{}", "{} x", "{},", "{}\x01", std::string("{}\0", 3),
                                           std::string("\0{}", 3), "\xef\xbb\xbf{}", "\xff\xfe{", "{\"a\"}", "{\"a\":}",
                                           "{\"a\":1,}", "{,}", "{a:1}", "{'a':1}", "{\"a\":1 \"b\":2}", "{\"a\":01}",
                                           "{\"a\":+1}", "{\"a\":.5}", "{\"a\":NaN}", "{\"a\":Infinity}", "{\"a\":0x1}",
                                           "{\"a\":tru}", "{\"a\":1}//c", "{/**/}", "{\"a\":\"\n\"}", "{\"a\":\"\\x\"}",
                                           "{\"a\":\"\\u12\"}", "{\"a\":\"b}", "{\"a\":\"\\\"}", "{\"a\" 1:}",
                                           "{\"a\":[1,2}", "{\"a\":{]}", "{1:2}", "{\"a\":1:2}"));

class BadTextTest : public ::testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(BadTextTest, IsRefusedInValuesAndNames) {
  const std::string bytes = GetParam().second;
  EXPECT_THAT(Check(absl::StrCat("{\"a\":\"", bytes, "\"}")), Not(IsOk()));
  EXPECT_THAT(Check(absl::StrCat("{\"", bytes, "\":1}")), Not(IsOk()));
  EXPECT_THAT(Check(absl::StrCat("{\"a\":[{\"b\":\"", bytes, "\"}]}")), Not(IsOk()));
}

INSTANTIATE_TEST_SUITE_P(
    Texts, BadTextTest,
    ::testing::Values(std::pair("LoneHighSurrogate", "\\ud800"), std::pair("LoneLowSurrogate", "\\udc00"),
                      std::pair("HighBeforeLetter", "\\ud800A"), std::pair("TwoHigh", "\\ud800\\ud800"),
                      std::pair("Swapped", "\\udc00\\ud800"), std::pair("EncodedSurrogate", "\xed\xa0\x80"),
                      std::pair("InvalidByte", "\xff"), std::pair("CutSequence", "\xe2\x82"),
                      std::pair("Overlong", "\xc0\x80"), std::pair("BeyondUnicode", "\xf4\x90\x80\x80")),
    [](const auto& info) { return info.param.first; });

TEST(StrictJsonTest, AcceptsASurrogatePair) { EXPECT_THAT(Check(R"({"a":"\ud83d\ude00"})"), IsOk()); }

TEST(StrictJsonTest, RefusesNumbersThatNoTypeHolds) {
  EXPECT_THAT(Check("{\"a\":18446744073709551615}"), IsOk());
  EXPECT_THAT(Check("{\"a\":18446744073709551616}"), Not(IsOk()));
  EXPECT_THAT(Check("{\"a\":-9223372036854775808}"), IsOk());
  EXPECT_THAT(Check("{\"a\":-9223372036854775809}"), Not(IsOk()));
  EXPECT_THAT(Check("{\"a\":1e400}"), Not(IsOk()));
  EXPECT_THAT(Check(absl::StrCat("{\"a\":", std::string(400, '9'), "}")), Not(IsOk()));
}

class DuplicateTest : public ::testing::TestWithParam<const char*> {};

TEST_P(DuplicateTest, IsRefused) {
  EXPECT_THAT(Check(GetParam()), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("duplicate name")));
}

INSTANTIATE_TEST_SUITE_P(Names, DuplicateTest,
                         ::testing::Values(R"({"sub":1,"sub":1})", R"({"sub":1,"a":2,"sub":3})",
                                           R"({"sub":1,"s\u0075b":2})", R"({"\u0073ub":1,"s\u0075b":2})",
                                           R"({"":1,"":2})", R"({"a":{"b":1,"b":2}})", R"({"a":[{"b":1,"b":2}]})",
                                           R"({"a":[[{"b":1,"\u0062":2}]]})", R"({"a":{"b":{"c":1,"c":1}}})",
                                           R"({"\ud83d\ude00":1,"😀":2})", R"({"a\/":1,"a/":2})"));

TEST(StrictJsonTest, AllowsOneNameInSeveralObjects) {
  EXPECT_THAT(Check(R"({"a":{"a":1},"b":[{"a":1},{"a":1}]})"), IsOk());
}

TEST(StrictJsonTest, FindsDuplicatesAmongManyNames) {
  const JsonLimits wide{100000, 2, 1000};
  for (const size_t count : {15, 16, 17, 18, 500}) {
    std::string text = WithKeys(count);
    EXPECT_THAT(Check(text, wide), IsOk()) << count;
    text.back() = ',';
    EXPECT_THAT(Check(absl::StrCat(text, "\"k0\":1}"), wide), Not(IsOk())) << count;
    EXPECT_THAT(Check(absl::StrCat(text, "\"k", count - 1, "\":1}"), wide), Not(IsOk())) << count;
  }
}

TEST(StrictJsonTest, HoldsTheDepthLimitExactly) {
  EXPECT_THAT(Check(Nested(3)), IsOk());
  EXPECT_THAT(Check(Nested(4)), IsOk());
  EXPECT_THAT(Check(Nested(5)), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("deeper than 4")));
  EXPECT_THAT(Check("{\"a\":[[[1]]]}"), IsOk());
  EXPECT_THAT(Check("{\"a\":[[[[]]]]}"), Not(IsOk()));
}

TEST(StrictJsonTest, CountsNoDepthInsideStrings) { EXPECT_THAT(Check(R"({"a":"[[[[[[{{{{\"[[["})"), IsOk()); }

TEST(StrictJsonTest, HoldsTheNameLimitExactly) {
  EXPECT_THAT(Check(WithKeys(7)), IsOk());
  EXPECT_THAT(Check(WithKeys(8)), IsOk());
  EXPECT_THAT(Check(WithKeys(9)), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("more than 8 names")));
}

TEST(StrictJsonTest, CountsNamesAtAllDepthsAndWithSpaceBeforeTheColon) {
  EXPECT_THAT(Check(R"({"a" :{"b" :1,"c" :2,"d" :3},"e" :[{"f" :1,"g" :2,"h" :3}]})"), IsOk());
  EXPECT_THAT(Check(R"({"a" :{"b" :1,"c" :2,"d" :3},"e" :[{"f" :1,"g" :2,"h" :3,"i" :4}]})"), Not(IsOk()));
  EXPECT_THAT(Check(R"({"a":"::::::::::::::::"})"), IsOk());
}

TEST(StrictJsonTest, HoldsTheByteLimitExactly) {
  const auto of_size = [](size_t size) { return absl::StrCat("{\"a\":\"", std::string(size - 8, 'x'), "\"}"); };
  EXPECT_THAT(Check(of_size(999)), IsOk());
  EXPECT_THAT(Check(of_size(1000)), IsOk());
  EXPECT_THAT(Check(of_size(1001)), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("longer than 1000")));
}

TEST(StrictJsonTest, ErrorsHoldNoneOfTheText) {
  for (const char* text : {R"({"sesame":1,"sesame":2})", R"({"sesame":sesame})", R"({"sesame":"sesame)"}) {
    EXPECT_THAT(std::string(Check(text).message()), Not(HasSubstr("sesame")));
  }
}

TEST(StrictJsonTest, SeveralLiveAtOnceOnOneThread) {
  const absl::StatusOr<StrictJson> first = StrictJson::Parse(R"({"a":"first"})", kLimits);
  const absl::StatusOr<StrictJson> second = StrictJson::Parse(R"({"a":"second"})", kLimits, JsonContent::kSecret);
  EXPECT_EQ(AsString(first->Find("a")->value), absl::string_view("first"));
  EXPECT_EQ(AsString(second->Find("a")->value), absl::string_view("second"));
}

TEST(StrictJsonTest, AShortTextAfterALongOneIsReadAlone) {
  ASSERT_THAT(Check(absl::StrCat("{\"a\":\"", std::string(900, 'x'), "\"}")), IsOk());
  const absl::StatusOr<StrictJson> json = StrictJson::Parse("{\"b\":1}", kLimits);
  ASSERT_THAT(json, IsOk());
  EXPECT_THAT(json->members(), SizeIs(1));
  EXPECT_THAT(Check("{\"b\":1"), Not(IsOk()));
}

}  // namespace
}  // namespace paseto
