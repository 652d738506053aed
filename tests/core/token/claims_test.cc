#include "grpc_paseto/core/token/claims.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/tests/core/token/token_test_support.h"

namespace paseto {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string& Thumbprint() {
  static const std::string* const bytes = new std::string(32, '\x7f');
  return *bytes;
}
constexpr char kThumbprintJson[] = R"({"x5t#S256":"f39_f39_f39_f39_f39_f39_f39_f39_f39_f39_f38"})";

Claims EveryClaim() {
  Claims claims = AccessClaims();
  claims.audiences = {"shop", "stock"};
  claims.not_before = TestNow() - absl::Seconds(1);
  claims.type = "refresh";
  claims.fresh = true;
  claims.session_id = SessionId("session");
  claims.generation = 7;
  claims.tag = std::string("\x00\x01\xff", 3);
  claims.revision = 9;
  claims.client_id = ClientId("web");
  claims.scopes = {"read", "write"};
  claims.auth_time = TestNow() - absl::Minutes(1);
  claims.actor_json = R"({"sub":"tool"})";
  claims.certificate_thumbprint_sha256 = Thumbprint();
  claims.custom_json = R"({"tenant":"t1","big":9007199254740993})";
  return claims;
}

TEST(EncodeClaimsTest, WritesEachClaimInItsForm) {
  EXPECT_THAT(EncodeClaims(EveryClaim()),
              IsOkAndHolds(absl::StrCat(
                  R"({"iss":"https://id.shop","sub":"alice","aud":["shop","stock"],"exp":"2024-01-01T00:10:00Z",)",
                  R"("nbf":"2023-12-31T23:59:59Z","iat":"2024-01-01T00:00:00Z",)",
                  R"("jti":"11111111-1111-4111-8111-111111111111","type":"refresh","fresh":true,"sid":"session",)",
                  R"("gen":7,"tag":"AAH_","rev":9,"client_id":"web","scope":"read write",)",
                  R"("auth_time":"2023-12-31T23:59:00Z","act":{"sub":"tool"},"cnf":)", kThumbprintJson,
                  R"(,"tenant":"t1","big":9007199254740993})")));
}

TEST(EncodeClaimsTest, LeavesOutWhatIsAbsent) { EXPECT_THAT(EncodeClaims(Claims()), IsOkAndHolds("{}")); }

TEST(EncodeClaimsTest, WritesOneAudienceAsAString) {
  Claims claims;
  claims.audiences = {"shop"};
  EXPECT_THAT(EncodeClaims(claims), IsOkAndHolds(R"({"aud":"shop"})"));
}

TEST(EncodeClaimsTest, EscapesWhatJsonEscapes) {
  Claims claims;
  claims.subject = "a\"b\\c\n\x01/\x7fé";
  EXPECT_THAT(EncodeClaims(claims), IsOkAndHolds("{\"sub\":\"a\\\"b\\\\c\\u000a\\u0001/\x7fé\"}"));
  EXPECT_EQ(ParseClaims(*EncodeClaims(claims))->subject, claims.subject);
}

TEST(EncodeClaimsTest, WhatIsEncodedIsParsedAgain) {
  const Claims before = EveryClaim();
  const absl::StatusOr<Claims> after = ParseClaims(*EncodeClaims(before));
  ASSERT_THAT(after, IsOk());
  EXPECT_EQ(after->issuer, before.issuer);
  EXPECT_EQ(after->subject, before.subject);
  EXPECT_EQ(after->audiences, before.audiences);
  EXPECT_EQ(after->expires_at, before.expires_at);
  EXPECT_EQ(after->not_before, before.not_before);
  EXPECT_EQ(after->issued_at, before.issued_at);
  EXPECT_EQ(after->token_id, before.token_id);
  EXPECT_EQ(after->type, before.type);
  EXPECT_EQ(after->fresh, before.fresh);
  EXPECT_EQ(after->session_id, before.session_id);
  EXPECT_EQ(after->generation, before.generation);
  EXPECT_EQ(after->tag, before.tag);
  EXPECT_EQ(after->revision, before.revision);
  EXPECT_EQ(after->client_id, before.client_id);
  EXPECT_EQ(after->scopes, before.scopes);
  EXPECT_EQ(after->auth_time, before.auth_time);
  EXPECT_EQ(after->actor_json, before.actor_json);
  EXPECT_EQ(after->certificate_thumbprint_sha256, before.certificate_thumbprint_sha256);
  EXPECT_EQ(after->custom_json, before.custom_json);
}

TEST(EncodeClaimsTest, RoundsDatesDown) {
  Claims claims;
  claims.expires_at = TestNow() + absl::Milliseconds(999);
  EXPECT_THAT(EncodeClaims(claims), IsOkAndHolds(R"({"exp":"2024-01-01T00:00:00Z"})"));
}

struct Spoiler {
  const char* named;  // in the error
  void (*spoil)(Claims*);
};

class UnencodableTest : public ::testing::TestWithParam<Spoiler> {};

TEST_P(UnencodableTest, IsInvalidAndNamed) {
  Claims claims = AccessClaims();
  GetParam().spoil(&claims);
  EXPECT_THAT(EncodeClaims(claims), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(GetParam().named)));
}

constexpr Spoiler kSpoilers[] = {
    {"iss", [](Claims* c) { c->issuer = "\xff"; }},
    {"sub", [](Claims* c) { c->subject = "\xed\xa0\x80"; }},
    {"aud",
     [](Claims* c) {
       c->audiences = {"a", "\xff"};
     }},
    {"exp", [](Claims* c) { c->expires_at = absl::InfiniteFuture(); }},
    {"nbf", [](Claims* c) { c->not_before = absl::InfinitePast(); }},
    {"iat", [](Claims* c) { c->issued_at = absl::FromUnixSeconds(253402300800); }},
    {"auth_time", [](Claims* c) { c->auth_time = absl::FromUnixSeconds(-62135596801); }},
    {"scope", [](Claims* c) { c->scopes = {"a b"}; }},
    {"scope", [](Claims* c) { c->scopes = {""}; }},
    {"gen", [](Claims* c) { c->generation = uint64_t{1} << 53; }},
    {"rev", [](Claims* c) { c->revision = int64_t{1} << 53; }},
    {"rev", [](Claims* c) { c->revision = -1; }},
    {"x5t#S256", [](Claims* c) { c->certificate_thumbprint_sha256 = "short"; }},
    {"act", [](Claims* c) { c->actor_json = "[]"; }},
    {"act", [](Claims* c) { c->actor_json = R"({"sub":"a","sub":"b"})"; }},
    {"act", [](Claims* c) { c->actor_json = R"({},"sub":"root")"; }},
    {"reserved", [](Claims* c) { c->custom_json = R"({"sub":"root"})"; }},
    {"duplicate", [](Claims* c) { c->custom_json = R"({"a":1,"\u0061":2})"; }},
    {"custom claims", [](Claims* c) { c->custom_json = "[]"; }},
    {"custom claims", [](Claims* c) { c->custom_json = R"({"a":1},"sub":"root")"; }},
};
INSTANTIATE_TEST_SUITE_P(Claims, UnencodableTest, ::testing::ValuesIn(kSpoilers));

TEST(EncodeClaimsTest, HoldsTheLimitsOfAPayloadForTheWhole) {
  const auto with_custom_bytes = [](size_t bytes) {
    Claims claims;
    claims.subject = "a";  // {"sub":"a","c":"..."}
    claims.custom_json = absl::StrCat("{\"c\":\"", std::string(bytes - 18, 'x'), "\"}");
    return claims;
  };
  EXPECT_EQ(EncodeClaims(with_custom_bytes(kMaxPayloadBytes))->size(), kMaxPayloadBytes);
  EXPECT_THAT(EncodeClaims(with_custom_bytes(kMaxPayloadBytes + 1)), StatusIs(absl::StatusCode::kInvalidArgument));

  const auto with_keys = [](size_t keys) {
    Claims claims;
    claims.subject = "a";
    for (size_t i = 1; i < keys; ++i) absl::StrAppend(&claims.custom_json, i == 1 ? "{" : ",", "\"k", i, "\":0");
    claims.custom_json += "}";
    return claims;
  };
  EXPECT_THAT(EncodeClaims(with_keys(kMaxPayloadKeys)), IsOk());
  EXPECT_THAT(EncodeClaims(with_keys(kMaxPayloadKeys + 1)), StatusIs(absl::StatusCode::kInvalidArgument));

  const auto with_actor_depth = [](size_t depth) {
    Claims claims;
    for (size_t i = 0; i < depth; ++i) claims.actor_json += "{\"act\":";
    absl::StrAppend(&claims.actor_json, "1", std::string(depth, '}'));
    return claims;
  };
  EXPECT_THAT(EncodeClaims(with_actor_depth(kMaxPayloadDepth - 1)), IsOk());
  EXPECT_THAT(EncodeClaims(with_actor_depth(kMaxPayloadDepth)), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(CheckCustomClaimsTest, RefusesEveryReservedNameInEverySpelling) {
  for (const char* name : {"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "type", "fresh", "sid", "gen", "tag", "rev",
                           "client_id", "scope", "auth_time", "act", "cnf"}) {
    EXPECT_TRUE(IsReservedClaim(name)) << name;
    EXPECT_THAT(CheckCustomClaims(absl::StrCat("{\"", name, "\":1}")),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(name)));
  }
  EXPECT_THAT(CheckCustomClaims(R"({"s\u0075b":1})"), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("sub")));
  EXPECT_THAT(CheckCustomClaims(R"({"nested":{"sub":1},"SUB":1,"sub ":1})"), IsOk());
}

TEST(ParseClaimsTest, KeepsCustomClaimsByteForByte) {
  const absl::StatusOr<Claims> claims = ParseClaims(
      "{ \"a\" : 9007199254740993 , \"sub\":\"x\",\"\\u0062\":1.50E+1 ,\n\"c\":{ \"d\" : [1 ,2] },"
      "\"t\": true ,\"f\":false, \"n\" :null,\"s\": \"\\u0041\\/\\\"\\\\ \xc3\xa9\\n\" }");
  ASSERT_THAT(claims, IsOk());
  EXPECT_EQ(claims->custom_json,
            "{\"a\":9007199254740993,\"\\u0062\":1.50E+1,\"c\":{ \"d\" : [1 ,2] },"
            "\"t\":true,\"f\":false,\"n\":null,\"s\":\"\\u0041\\/\\\"\\\\ \xc3\xa9\\n\"}");
  Claims again;
  again.custom_json = claims->custom_json;
  EXPECT_THAT(EncodeClaims(again), IsOkAndHolds(claims->custom_json));
}

TEST(ParseClaimsTest, ReadsAnEscapedNameAsTheNameItSpells) {
  EXPECT_EQ(ParseClaims(R"({"s\u0075b":"x"})")->subject, "x");
}

TEST(ParseClaimsTest, ReadsOneAudienceOrSeveral) {
  EXPECT_THAT(ParseClaims(R"({"aud":"a"})")->audiences, ElementsAre("a"));
  EXPECT_THAT(ParseClaims(R"({"aud":["a","b"]})")->audiences, ElementsAre("a", "b"));
  EXPECT_THAT(ParseClaims(R"({"sub":"a"})")->audiences, IsEmpty());
}

TEST(ParseClaimsTest, ReadsIntegersUpToTheExactOnes) {
  EXPECT_EQ(ParseClaims(R"({"gen":9007199254740991,"rev":0})")->generation, (uint64_t{1} << 53) - 1);
}

class WrongTypeTest : public ::testing::TestWithParam<const char*> {};

TEST_P(WrongTypeTest, IsMalformed) {
  EXPECT_THAT(ParseClaims(absl::StrCat("{", GetParam(), "}")), IsRefused(TokenError::kMalformed));
}

INSTANTIATE_TEST_SUITE_P(
    Claims, WrongTypeTest,
    ::testing::Values(R"("iss":1)", R"("iss":null)", R"("iss":["a"])", R"("sub":12)", R"("sub":null)", R"("sub":{})",
                      R"("aud":1)", R"("aud":[])", R"("aud":["a",1])", R"("aud":[["a"]])", R"("aud":null)",
                      R"("aud":{"a":1})", R"("exp":1704067200)", R"("exp":null)", R"("exp":"tomorrow")",
                      R"("exp":"2024-01-01T00:00:00")", R"("nbf":1704067200)", R"("nbf":"2024-01-01t00:00:00Z")",
                      R"("iat":1.5)", R"("iat":"")", R"("jti":7)", R"("type":1)", R"("type":null)", R"("fresh":"true")",
                      R"("fresh":1)", R"("fresh":null)", R"("sid":1)", R"("gen":"1")", R"("gen":1.0)", R"("gen":-1)",
                      R"("gen":9007199254740992)", R"("tag":1)", R"("tag":"+/==")", R"("tag":"AB")", R"("rev":1e3)",
                      R"("rev":-1)", R"("rev":9007199254740992)", R"("client_id":[])", R"("scope":["a"])",
                      R"("scope":"a  b")", R"("scope":" a")", R"("scope":"a ")", R"("auth_time":1704067200)",
                      R"("act":"tool")", R"("act":[])", R"("cnf":"x")", R"("cnf":{})", R"("cnf":{"jkt":"abc"})",
                      R"("cnf":{"x5t#S256":"AAAA"})", R"("cnf":{"x5t#S256":1})",
                      R"("cnf":{"x5t#S256":"f39_f39_f39_f39_f39_f39_f39_f39_f39_f39_f38","jwk":{}})"));

TEST(ParseClaimsTest, RefusesWhatIsNotOneStrictObject) {
  for (const char* payload :
       {"", "[]", "\"sub\"", "1", "{} ", "\xef\xbb\xbf{}", "{}x", R"({"sub":"a","sub":"a"})",
        R"({"sub":"a","s\u0075b":"b"})", R"({"x":{"y":1,"y":2}})", "{\"sub\":\"\xff\"}", R"({"sub":"\ud800"})"}) {
    if (absl::string_view(payload) == "{} ") {
      EXPECT_THAT(ParseClaims(payload), IsOk());  // white space around an object is JSON
    } else {
      EXPECT_THAT(ParseClaims(payload), IsRefused(TokenError::kMalformed)) << payload;
    }
  }
}

TEST(ParseClaimsTest, HoldsTheLimitsExactly) {
  const auto of_size = [](size_t size) { return absl::StrCat("{\"c\":\"", std::string(size - 8, 'x'), "\"}"); };
  EXPECT_THAT(ParseClaims(of_size(kMaxPayloadBytes - 1)), IsOk());
  EXPECT_THAT(ParseClaims(of_size(kMaxPayloadBytes)), IsOk());
  EXPECT_THAT(ParseClaims(of_size(kMaxPayloadBytes + 1)), IsRefused(TokenError::kMalformed));
  const auto of_depth = [](size_t depth) {
    std::string text;
    for (size_t i = 0; i < depth; ++i) text += "{\"a\":";
    return absl::StrCat(text, "1", std::string(depth, '}'));
  };
  EXPECT_THAT(ParseClaims(of_depth(kMaxPayloadDepth - 1)), IsOk());
  EXPECT_THAT(ParseClaims(of_depth(kMaxPayloadDepth)), IsOk());
  EXPECT_THAT(ParseClaims(of_depth(kMaxPayloadDepth + 1)), IsRefused(TokenError::kMalformed));
  const auto of_keys = [](size_t keys) {
    std::string text;
    for (size_t i = 0; i < keys; ++i) absl::StrAppend(&text, i == 0 ? "{" : ",", "\"k", i, "\":0");
    return text + "}";
  };
  EXPECT_THAT(ParseClaims(of_keys(kMaxPayloadKeys - 1)), IsOk());
  EXPECT_THAT(ParseClaims(of_keys(kMaxPayloadKeys)), IsOk());
  EXPECT_THAT(ParseClaims(of_keys(kMaxPayloadKeys + 1)), IsRefused(TokenError::kMalformed));
}

TEST(ParseForeignClaimsTest, LeavesOutOurOwnClaims) {
  const std::string payload = EncodeClaims(EveryClaim()).value();
  const absl::StatusOr<Claims> claims = ParseForeignClaims(payload, {});
  ASSERT_THAT(claims, IsOk());
  EXPECT_EQ(claims->subject, "alice");
  EXPECT_EQ(claims->type, "refresh");
  EXPECT_EQ(claims->fresh, true);
  EXPECT_EQ(claims->session_id, SessionId());
  EXPECT_EQ(claims->generation, absl::nullopt);
  EXPECT_EQ(claims->tag, "");
  EXPECT_EQ(claims->revision, absl::nullopt);
  EXPECT_EQ(claims->client_id, ClientId());
  EXPECT_THAT(claims->scopes, IsEmpty());
  EXPECT_EQ(claims->auth_time, absl::nullopt);
  EXPECT_EQ(claims->actor_json, "");
  EXPECT_EQ(claims->certificate_thumbprint_sha256, "");
  EXPECT_EQ(claims->custom_json, R"({"tenant":"t1","big":9007199254740993})");
}

TEST(ParseForeignClaimsTest, BelievesTheOnesThatAreAllowed) {
  const absl::StatusOr<Claims> claims = ParseForeignClaims(R"({"scope":"a b","sid":"s"})", {"scope"});
  ASSERT_THAT(claims, IsOk());
  EXPECT_THAT(claims->scopes, ElementsAre("a", "b"));
  EXPECT_EQ(claims->session_id, SessionId());
}

TEST(ParseForeignClaimsTest, PassesOverTheFormOfWhatItDoesNotBelieve) {
  EXPECT_THAT(ParseForeignClaims(R"({"sid":17,"scope":["a"],"cnf":1})", {}), IsOk());
  EXPECT_THAT(ParseForeignClaims(R"({"sid":17})", {"sid"}), IsRefused(TokenError::kMalformed));
  EXPECT_THAT(ParseForeignClaims(R"({"sub":17})", {}), IsRefused(TokenError::kMalformed));
  EXPECT_THAT(ParseForeignClaims(R"({"sid":1,"sid":2})", {}), IsRefused(TokenError::kMalformed));
}

TEST(ClaimsTest, HasScopeAndHasAudienceCompareWhole) {
  Claims claims;
  claims.scopes = {"read"};
  claims.audiences = {"shop"};
  EXPECT_TRUE(claims.HasScope("read"));
  EXPECT_FALSE(claims.HasScope("rea"));
  EXPECT_TRUE(claims.HasAudience("shop"));
  EXPECT_FALSE(claims.HasAudience(""));
}

}  // namespace
}  // namespace paseto
