#include "grpc_paseto/core/token/footer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/tests/core/token/token_test_support.h"

namespace paseto {
namespace {

using ::testing::HasSubstr;

const KeyId& Kid() {
  static const KeyId* const id = new KeyId(PublicKeyFor(KeyUse::kAccess).id());
  return *id;
}
std::string Data() { return std::string(44, 'A'); }

// One text of each PASERK type.
constexpr const char* kElevenTypes[] = {
    "k4.lid.",    "k4.sid.",      "k4.pid.",       "k4.local.",          "k4.public.",
    "k4.secret.", "k4.local-pw.", "k4.secret-pw.", "k4.local-wrap.pie.", "k4.secret-wrap.pie.",
    "k4.seal."};
bool IsWrapped(absl::string_view type) {
  return type == "k4.local-wrap.pie." || type == "k4.secret-wrap.pie." || type == "k4.seal.";
}
bool IsId(absl::string_view type) { return type == "k4.lid." || type == "k4.sid." || type == "k4.pid."; }

TEST(FooterTest, DefaultsToTheKeyId) {
  EXPECT_EQ(Footer().Render(Kid()), absl::StrCat("{\"kid\":\"", Kid().text(), "\"}"));
}

TEST(FooterTest, PutsTheKeyIdBesideTheMembersOfAnObject) {
  const absl::StatusOr<Footer> footer = Footer::Json(R"( { "a" : 1.50, "b":"c"} )");
  ASSERT_THAT(footer, IsOk());
  EXPECT_EQ(footer->Render(Kid()), absl::StrCat("{\"kid\":\"", Kid().text(), R"(","a" : 1.50, "b":"c"})"));
  EXPECT_EQ(Footer::Json(" { } ")->Render(Kid()), Footer().Render(Kid()));
}

TEST(FooterTest, KeepsBytesVerbatimAndNamesNoKeyInThem) {
  const std::string bytes("text \x00\xff", 7);
  const absl::StatusOr<Footer> footer = Footer::Verbatim(bytes);
  ASSERT_THAT(footer, IsOk());
  EXPECT_EQ(footer->Render(Kid()), bytes);
  EXPECT_THAT(ReadFooterKeyId(bytes), IsOkAndHolds(absl::nullopt));
}

TEST(FooterTest, VerbatimRefusesWhatReadsAsAnObject) {
  EXPECT_THAT(Footer::Verbatim(R"({"a":1})"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Footer::Verbatim(" \n{"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Footer::Verbatim("[1]"), IsOk());
  EXPECT_THAT(Footer::Verbatim(""), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(FooterTest, VerbatimHoldsTheByteLimitExactly) {
  EXPECT_THAT(Footer::Verbatim(std::string(kMaxFooterBytes, 'x')), IsOk());
  EXPECT_THAT(Footer::Verbatim(std::string(kMaxFooterBytes + 1, 'x')), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(FooterTest, JsonRefusesReservedNamesAndOtherThanObjects) {
  for (const char* json : {R"({"kid":"x"})", R"({"k\u0069d":"x"})", R"({"wpk":"k4.seal.AAAA"})", "[]", "text", "",
                           R"({"a":1,"a":2})", R"({"a":{"b":{}}})"}) {
    EXPECT_THAT(Footer::Json(json), StatusIs(absl::StatusCode::kInvalidArgument)) << json;
  }
}

TEST(FooterTest, JsonRefusesKeyMaterialAnywhere) {
  for (const absl::string_view type : kElevenTypes) {
    const std::string text = absl::StrCat(type, Data());
    const bool allowed = IsId(type) || IsWrapped(type);
    for (const std::string& json :
         {absl::StrCat(R"({"a":")", text, R"("})"), absl::StrCat(R"({"a":["x",")", text, R"("]})"),
          absl::StrCat(R"({"a":{"b":")", text, R"("}})")}) {
      EXPECT_EQ(Footer::Json(json).ok(), allowed) << json;
      EXPECT_EQ(ReadFooterKeyId(json).ok(), allowed) << json;
    }
  }
  EXPECT_FALSE(Footer::Json(R"({"a":"k2.secret.AAAA"})").ok());
  EXPECT_FALSE(Footer::Json(R"({"a":"k4.secr\u0065t.AAAA"})").ok());
}

TEST(FooterTest, NamesOfMembersHoldNoKeyMaterialEither) {
  for (const absl::string_view type : kElevenTypes) {
    const std::string text = absl::StrCat(type, Data());
    const bool allowed = IsId(type) || IsWrapped(type);
    for (const std::string& json : {absl::StrCat("{\"", text, "\":1}"), absl::StrCat("{\"a\":{\"", text, "\":1}}"),
                                    absl::StrCat("{\"a\":\"the key is ", text, "\"}")}) {
      EXPECT_EQ(Footer::Json(json).ok(), allowed) << json;
      EXPECT_EQ(ReadFooterKeyId(json).ok(), allowed) << json;
    }
  }
}

TEST(FooterTest, OtherThanObjectsHoldNoKeyMaterial) {
  for (const absl::string_view type : kElevenTypes) {
    const std::string text = absl::StrCat(type, Data());
    const bool allowed = IsId(type) || IsWrapped(type);
    for (const std::string& footer :
         {text, absl::StrCat("key=", text), absl::StrCat("\xff ", text, " \xff"), absl::StrCat("\"", text, "\""),
          absl::StrCat("[1,\"", text, "\"]"), absl::StrCat(" [[\"", text, "\"],\"\\n\"]"),
          absl::StrCat("[[[[[\"", text, "\"]]]]]")}) {
      EXPECT_EQ(Footer::Verbatim(footer).ok(), allowed) << footer;
      if (allowed) {
        EXPECT_THAT(ReadFooterKeyId(footer), IsOkAndHolds(absl::nullopt)) << footer;
      } else {
        EXPECT_THAT(ReadFooterKeyId(footer), IsRefused(TokenError::kMalformed)) << footer;
      }
    }
  }
}

TEST(FooterTest, StringsOfAnArrayCountAsTheyRead) {
  for (const char* footer : {R"(["k4.secr\u0065t.AAAA"])", R"("\u006b4.local.AAAA")", R"([{"k2\u002epublic.A":0}])"}) {
    EXPECT_FALSE(Footer::Verbatim(footer).ok()) << footer;
    EXPECT_THAT(ReadFooterKeyId(footer), IsRefused(TokenError::kMalformed)) << footer;
  }
  EXPECT_THAT(Footer::Verbatim(R"(C:\new)"), IsOk());  // no JSON
}

TEST(FooterTest, AWordThatEndsLikeAKeyIsText) {
  for (const char* footer :
       {"rack4.local.example", "k4.local", "k5.local.A", "k4.locals.A", "K4.local.A", "k4 .local.A"}) {
    EXPECT_THAT(Footer::Verbatim(footer), IsOk()) << footer;
    EXPECT_THAT(ReadFooterKeyId(footer), IsOkAndHolds(absl::nullopt)) << footer;
  }
}

TEST(FooterTest, WhatIsRenderedAtTheLimitsIsReadAgain) {
  const auto of_size = [](size_t size) { return absl::StrCat("{\"a\":\"", std::string(size - 8, 'x'), "\"}"); };
  const absl::StatusOr<Footer> longest = Footer::Json(of_size(kMaxFooterBytes - 60));
  ASSERT_THAT(longest, IsOk());
  EXPECT_EQ(longest->Render(Kid()).size(), kMaxFooterBytes);
  EXPECT_THAT(ReadFooterKeyId(longest->Render(Kid())), IsOkAndHolds(absl::optional<KeyId>(Kid())));
  EXPECT_THAT(Footer::Json(of_size(kMaxFooterBytes - 59)), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(ReadFooterKeyIdTest, GivesTheKeyId) {
  EXPECT_THAT(ReadFooterKeyId(Footer().Render(Kid())), IsOkAndHolds(absl::optional<KeyId>(Kid())));
  EXPECT_THAT(ReadFooterKeyId(absl::StrCat(R"({"x":1,"\u006bid":")", Kid().text(), "\"}")),
              IsOkAndHolds(absl::optional<KeyId>(Kid())));
}

TEST(ReadFooterKidTest, GivesWhateverTextStandsThere) {
  EXPECT_THAT(ReadFooterKid(Footer().Render(Kid())), IsOkAndHolds(absl::optional<std::string>(Kid().text())));
  EXPECT_THAT(ReadFooterKid(R"({"kid":"my\u002dkey"})"), IsOkAndHolds(absl::optional<std::string>("my-key")));
  EXPECT_THAT(ReadFooterKid("{}"), IsOkAndHolds(absl::nullopt));
  EXPECT_THAT(ReadFooterKid(R"({"kid":1})"), IsRefused(TokenError::kMalformed));
  EXPECT_THAT(ReadFooterKid(R"({"kid":"k4.secret.AAAA"})"), IsRefused(TokenError::kMalformed));
}

TEST(ReadFooterKeyIdTest, GivesNoneWhereThereIsNone) {
  for (const char* footer : {"", "text", "[1]", "1", "{}", R"({"a":1})", "\xef\xbb\xbf{"}) {
    EXPECT_THAT(ReadFooterKeyId(footer), IsOkAndHolds(absl::nullopt)) << footer;
  }
}

TEST(ReadFooterKeyIdTest, RefusesAKidThatIsNotAKeyId) {
  for (const std::string& kid : {std::string("1"), std::string("null"), std::string("[]"), std::string("\"\""),
                                 absl::StrCat("\"k1.pid.", Data(), "\""), absl::StrCat("\"k2.lid.", Data(), "\""),
                                 absl::StrCat("\"K4.pid.", Data(), "\""), absl::StrCat("\"k4.pid.", Data(), "A\""),
                                 absl::StrCat("[\"k4.pid.", Data(), "\"]"), std::string("\"my-key\"")}) {
    EXPECT_THAT(ReadFooterKeyId(absl::StrCat("{\"kid\":", kid, "}")), IsRefused(TokenError::kMalformed)) << kid;
  }
}

TEST(ReadFooterKeyIdTest, KidTakesTheThreeIdTypesOnly) {
  for (const absl::string_view type : kElevenTypes) {
    const std::string footer = absl::StrCat("{\"kid\":\"", type, Data(), "\"}");
    EXPECT_EQ(ReadFooterKeyId(footer).ok(), IsId(type)) << type;
  }
}

TEST(ReadFooterKeyIdTest, WpkTakesTheThreeWrappedTypesOnly) {
  for (const absl::string_view type : kElevenTypes) {
    const std::string footer = absl::StrCat("{\"wpk\":\"", type, Data(), "\"}");
    if (IsWrapped(type)) {
      EXPECT_THAT(ReadFooterKeyId(footer), IsOk()) << type;
    } else {
      EXPECT_THAT(ReadFooterKeyId(footer), IsRefused(TokenError::kMalformed)) << type;
    }
  }
}

TEST(ReadFooterKeyIdTest, RefusesAWpkOfAnotherForm) {
  for (const char* wpk : {"1", "null", "\"\"", "\"x\"", "\"k4.seal.\"", "\"k4.local-wrap.AAAA\"", "\"k9.seal.AAAA\"",
                          "\"k4.local-wrap.pie.A.B\"", "[\"k4.seal.AAAA\"]", "\"seal.AAAA\""}) {
    EXPECT_THAT(ReadFooterKeyId(absl::StrCat("{\"wpk\":", wpk, "}")), IsRefused(TokenError::kMalformed)) << wpk;
  }
}

TEST(ReadFooterKeyIdTest, RefusesDuplicatesAndBrokenObjects) {
  const std::string kid = absl::StrCat("\"", Kid().text(), "\"");
  for (const std::string& footer :
       {absl::StrCat("{\"kid\":", kid, ",\"kid\":", kid, "}"),
        absl::StrCat("{\"kid\":", kid, ",\"k\\u0069d\":", kid, "}"),
        absl::StrCat("{\"kid\":", kid, ",\"a\":{\"b\":1,\"b\":2}}"), absl::StrCat("{\"kid\":", kid),
        absl::StrCat("{\"kid\":", kid, "}x"), std::string("{"), std::string(" {'a':1}")}) {
    EXPECT_THAT(ReadFooterKeyId(footer), IsRefused(TokenError::kMalformed)) << footer;
  }
}

TEST(ReadFooterKeyIdTest, HoldsTheLimitsExactly) {
  const auto of_size = [](size_t size) { return absl::StrCat("{\"a\":\"", std::string(size - 8, 'x'), "\"}"); };
  EXPECT_THAT(ReadFooterKeyId(of_size(kMaxFooterBytes - 1)), IsOk());
  EXPECT_THAT(ReadFooterKeyId(of_size(kMaxFooterBytes)), IsOk());
  EXPECT_THAT(ReadFooterKeyId(of_size(kMaxFooterBytes + 1)), IsRefused(TokenError::kMalformed));
  EXPECT_THAT(ReadFooterKeyId(R"({"a":1})"), IsOk());
  EXPECT_THAT(ReadFooterKeyId(R"({"a":{"b":1}})"), IsOk());
  EXPECT_THAT(ReadFooterKeyId(R"({"a":{"b":[]}})"), IsRefused(TokenError::kMalformed));
  const auto of_keys = [](size_t keys) {
    std::string text;
    for (size_t i = 0; i < keys; ++i) absl::StrAppend(&text, i == 0 ? "{" : ",", "\"k", i, "\" :0");
    return text + "}";
  };
  EXPECT_THAT(ReadFooterKeyId(of_keys(kMaxFooterKeys - 1)), IsOk());
  EXPECT_THAT(ReadFooterKeyId(of_keys(kMaxFooterKeys)), IsOk());
  EXPECT_THAT(ReadFooterKeyId(of_keys(kMaxFooterKeys + 1)), IsRefused(TokenError::kMalformed));
}

}  // namespace
}  // namespace paseto
