#include "grpc_paseto/interceptor/policy/compiled_rule.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/token/assertion.h"
#include "grpc_paseto/core/token/token_error.h"
#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto::interceptor {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const RuleDefaults kDefaults = {"https://id.test", "test", absl::Seconds(5)};

v1::AuthRule Parse(const std::string& text) {
  v1::AuthRule rule;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &rule)) << text;
  return rule;
}

absl::StatusOr<CompiledRule> Compile(const std::string& text, MethodKind kind = MethodKind::kStreaming) {
  return CompileRule(Parse(text), kind, kDefaults);
}

TEST(CompiledRuleTest, EmptyRuleNeedsAnAccessTokenOfTheServer) {
  const CompiledRule rule = Compile("", MethodKind::kUnary).value();
  EXPECT_EQ(rule.mode, v1::AuthRule::MODE_REQUIRED);
  EXPECT_EQ(rule.shape.metadata_key, "authorization");
  EXPECT_EQ(rule.shape.scheme, "bearer");
  EXPECT_THAT(rule.shape.accept, ElementsAre(kV4Public));
  EXPECT_THAT(rule.shape.uses, ElementsAre(KeyUse::kAccess, KeyUse::kForeign));
  EXPECT_FALSE(rule.shape.accept_without_kid);
  EXPECT_FALSE(rule.shape.base64_wrapped);
  EXPECT_EQ(rule.shape.assertion.kind, AssertionSource::Kind::kNone);
  EXPECT_FALSE(rule.allow_stale_trust);
  EXPECT_EQ(rule.stream_grace, absl::ZeroDuration());
  EXPECT_EQ(rule.stream_lifetime, absl::InfiniteDuration());
}

TEST(CompiledRuleTest, TokenAgeOfTheServerLimitsCallsAndRenewals) {
  const RuleDefaults defaults = {"https://id.test", "test", absl::Seconds(5), absl::Hours(1)};
  const CompiledRule rule = CompileRule(Parse(""), MethodKind::kUnary, defaults).value();
  Claims claims;
  claims.issuer = "https://id.test";
  claims.audiences = {"test"};
  claims.type = std::string(kAccessType);
  claims.issued_at = absl::UnixEpoch();
  claims.expires_at = absl::InfiniteFuture();
  for (const Validator* validator : {&rule.validator, &rule.renewal_validator}) {
    EXPECT_THAT(validator->Validate(claims, absl::UnixEpoch() + absl::Hours(1)), IsOk());
    EXPECT_EQ(GetTokenError(validator->Validate(claims, absl::UnixEpoch() + absl::Hours(1) + absl::Nanoseconds(1))),
              TokenError::kTooOld);
  }
}

TEST(CompiledRuleTest, ClientTokensAreVerifiedByClientKeysOnly) {
  EXPECT_THAT(Compile("type: 'client'")->shape.uses, ElementsAre(KeyUse::kClient));
  EXPECT_THAT(Compile("type: 'invoice'")->shape.uses, ElementsAre(KeyUse::kAccess, KeyUse::kForeign));
}

TEST(CompiledRuleTest, MetadataOfTheHandlerIsTakenOver) {
  EXPECT_FALSE(Compile("")->changes_metadata());
  EXPECT_TRUE(Compile("strip_credential: true")->changes_metadata());
  const CompiledRule rule = Compile("forward_claims { key: 'x-user' value: 'sub' }").value();
  EXPECT_TRUE(rule.changes_metadata());
  ASSERT_EQ(rule.forwarded_claims.size(), 1u);
  EXPECT_EQ(rule.forwarded_claims[0].metadata_key, "x-user");
  EXPECT_EQ(rule.forwarded_claims[0].claim, "sub");
}

TEST(CompiledRuleTest, ForwardedClaimsNeedAKeyAndAClaimOfTheirOwn) {
  EXPECT_THAT(Compile("forward_claims { key: 'X-User' value: 'sub' } forward_claims { key: 'x-gen' value: 'gen' }"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("forward_claims[X-User]: "), HasSubstr("forward_claims[x-gen]: "))));
  EXPECT_THAT(Compile("forward_claims { key: 'authorization' value: 'sub' }"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("the caller sends something in")));
  EXPECT_THAT(Compile("assertion { metadata_key: 'x-a' } forward_claims { key: 'x-a' value: 'sub' }"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("the caller sends something in")));
  EXPECT_THAT(Compile("mode: MODE_PUBLIC strip_credential: true forward_claims { key: 'x-a' value: 'sub' }"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("strip_credential, forward_claims")));
  std::string many;
  for (int i = 0; i < 16; ++i) absl::StrAppend(&many, "forward_claims { key: 'x-", i, "' value: 'sub' } ");
  EXPECT_THAT(Compile(many), IsOk());
  EXPECT_THAT(Compile(many + "forward_claims { key: 'x-16' value: 'sub' }"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("at most 16")));
}

TEST(CompiledRuleTest, EveryFieldIsTakenOver) {
  const CompiledRule rule =
      Compile(
          "mode: MODE_OPTIONAL accept: 'v4.local' accept: 'v4.public' accept: 'v4.local' metadata_key: 'x-token' "
          "metadata_prefix: 'Token' base64_wrapped: true accept_without_kid: true stale_action: STALE_ACTION_ALLOW "
          "assertion { metadata_key: 'x-tenant' } stream { grace { seconds: 30 } max_lifetime { seconds: 60 } }")
          .value();
  EXPECT_EQ(rule.mode, v1::AuthRule::MODE_OPTIONAL);
  EXPECT_THAT(rule.shape.accept, ElementsAre(kV4Local, kV4Public));
  EXPECT_EQ(rule.shape.metadata_key, "x-token");
  EXPECT_EQ(rule.shape.scheme, "token");
  EXPECT_TRUE(rule.shape.base64_wrapped);
  EXPECT_TRUE(rule.shape.accept_without_kid);
  EXPECT_TRUE(rule.allow_stale_trust);
  EXPECT_EQ(rule.shape.assertion, (AssertionSource{AssertionSource::Kind::kMetadata, "x-tenant", false}));
  EXPECT_EQ(rule.stream_grace, absl::Seconds(30));
  EXPECT_EQ(rule.stream_lifetime, absl::Seconds(60));
}

TEST(CompiledRuleTest, DeprecatedKindsAreAcceptedOnlyByName) {
  EXPECT_THAT(Compile("")->shape.accept, ElementsAre(kV4Public));
  EXPECT_THAT(Compile("accept: 'v2.public' accept: 'v2.local' accept: 'v1.public' accept: 'v1.local'")->shape.accept,
              ElementsAre(kV2Public, kV2Local, kV1Public, kV1Local));
}

TEST(CompiledRuleTest, FixedAssertionIsWrappedUnlessRaw) {
  EXPECT_EQ(Compile("assertion { fixed: 'shop' }")->shape.assertion.value, CallerAssertion("shop"));
  EXPECT_EQ(Compile("assertion { fixed: 'shop' raw: true }")->shape.assertion.value, "shop");
}

TEST(CompiledRuleTest, BoundariesThatAreAllowed) {
  EXPECT_THAT(Compile("stream { grace { seconds: 3600 } }"), IsOk());
  EXPECT_THAT(Compile("stream { grace { } max_lifetime { nanos: 1 } }"), IsOk());
  EXPECT_THAT(Compile("max_auth_age { nanos: 1 }"), IsOk());
  EXPECT_THAT(Compile(absl::StrCat("type: '", std::string(64, 'x'), "'")), IsOk());
  EXPECT_THAT(Compile(absl::StrCat("assertion { fixed: '", std::string(1024, 'x'), "' }")), IsOk());
  EXPECT_THAT(Compile(absl::StrCat("metadata_prefix: '", std::string(32, 'x'), "'")), IsOk());
  EXPECT_THAT(Compile("mode: MODE_PUBLIC stream { max_lifetime { seconds: 1 } }"), IsOk());
  EXPECT_THAT(Compile("stream { max_lifetime { seconds: 1 } }", MethodKind::kUnknown), IsOk());
}

struct Wrong {
  const char* text;
  const char* problem;
  MethodKind kind = MethodKind::kStreaming;
};

TEST(CompiledRuleTest, WrongFieldsAreNamedWithWhatIsAllowed) {
  const std::string long_type = absl::StrCat("type: '", std::string(65, 'x'), "'");
  const std::string long_assertion = absl::StrCat("assertion { fixed: '", std::string(1025, 'x'), "' }");
  const std::string long_scheme = absl::StrCat("metadata_prefix: '", std::string(33, 'x'), "'");
  const Wrong cases[] = {
      {"type: 'refresh'", "type: \"refresh\" is never accepted"},
      {long_type.c_str(), "type: has 65 characters; at most 64"},
      {"accept: 'v4.publik'",
       "accept: \"v4.publik\" is not a kind of token; v4.public, v4.local, v3.public and v3.local are"},
      {"accept: 'v0.public'", "accept: \"v0.public\""},
      {"accept: 'v2.public' assertion { fixed: 'x' }", "accept: tokens of versions 2 and 1 cannot be bound"},
      {"accept: 'v4.public' accept: 'v1.local' assertion { authority: true }", "cannot be bound to an assertion"},
      {"accept: 'v2.public' type: 'client'", "accept: client tokens are tokend's own"},
      {"accept: ''", "accept: \"\""},
      {"max_auth_age { seconds: -1 }", "max_auth_age: must be a positive duration"},
      {"max_auth_age { }", "max_auth_age: must be a positive duration"},
      {"max_auth_age { seconds: 1 nanos: -1 }", "max_auth_age: must be a positive duration"},
      {"max_auth_age { seconds: 315576000001 }", "max_auth_age: must be a positive duration"},
      {"metadata_key: 'Authorization'", "metadata_key: a metadata key consists of lower-case letters"},
      {"metadata_key: 'x token'", "metadata_key: a metadata key consists of"},
      {"metadata_key: ':authority'", "metadata_key: a metadata key consists of"},
      {"metadata_key: 'token-bin'", "metadata_key: a key that ends in \"-bin\""},
      {"metadata_key: 'grpc-token'", "metadata_key: \"grpc-token\" belongs to gRPC itself"},
      {"metadata_key: 'te'", "metadata_key: \"te\" belongs to gRPC itself"},
      {"metadata_prefix: 'Bearer '", "metadata_prefix: a scheme is one word"},
      {long_scheme.c_str(), "metadata_prefix: a scheme is one word of at most 32"},
      {"any_scopes: 'a b'", "any_scopes: a scope is printable ASCII"},
      {"all_scopes: ''", "all_scopes: a scope is printable ASCII"},
      {"audiences: ''", "audiences: holds an empty text"},
      {"issuers: 'a' issuers: ''", "issuers: holds an empty text"},
      {long_assertion.c_str(), "assertion.fixed: has 1025 bytes; at most 1024"},
      {"assertion { metadata_key: 'X' }", "assertion.metadata_key: a metadata key consists of"},
      {"assertion { metadata_key: 'authorization' }", "assertion.metadata_key: is the key of the credential itself"},
      {"assertion { authority: false }", "assertion.authority: false means nothing"},
      {"assertion { raw: true }", "assertion: names no source"},
      {"stream { grace { seconds: 1 } }", "stream: the method is unary", MethodKind::kUnary},
      {"stream { }", "stream: the method is unary", MethodKind::kUnary},
      {"stream { grace { seconds: -1 } }", "stream.grace: must lie between 0 and 1 hour"},
      {"stream { grace { seconds: 3600 nanos: 1 } }", "stream.grace: must lie between 0 and 1 hour"},
      {"stream { max_lifetime { } }", "stream.max_lifetime: must be a positive duration"},
  };
  for (const Wrong& wrong : cases) {
    EXPECT_THAT(Compile(wrong.text, wrong.kind), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(wrong.problem)))
        << wrong.text;
  }
}

TEST(CompiledRuleTest, EnumValuesOfTheFutureAreRefused) {
  v1::AuthRule rule;
  rule.set_mode(static_cast<v1::AuthRule::Mode>(99));
  rule.set_stale_action(static_cast<v1::AuthRule::StaleAction>(99));
  EXPECT_THAT(CompileRule(rule, MethodKind::kUnary, kDefaults),
              StatusIs(absl::StatusCode::kInvalidArgument, AllOf(HasSubstr("mode: "), HasSubstr("stale_action: "))));
}

TEST(CompiledRuleTest, PublicRuleTakesNothingThatCredentialsWouldNeed) {
  const char* const kFields[] = {"accept: 'v4.public'",
                                 "type: 'access'",
                                 "fresh: true",
                                 "max_auth_age { seconds: 1 }",
                                 "any_scopes: 'a'",
                                 "all_scopes: 'a'",
                                 "audiences: 'a'",
                                 "issuers: 'a'",
                                 "metadata_key: 'x-token'",
                                 "metadata_prefix: '-'",
                                 "base64_wrapped: true",
                                 "assertion { authority: true }",
                                 "stale_action: STALE_ACTION_REJECT",
                                 "stream { grace { } }",
                                 "accept_without_kid: true"};
  for (const char* field : kFields) {
    const std::string name = std::string(field).substr(0, std::string(field).find_first_of(": "));
    EXPECT_THAT(Compile(absl::StrCat("mode: MODE_PUBLIC ", field)),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         AllOf(StartsWith("mode: MODE_PUBLIC ignores credentials"), HasSubstr(name))));
  }
}

TEST(CompiledRuleTest, EveryProblemIsNamedAtOnce) {
  EXPECT_THAT(Compile("type: 'refresh' metadata_key: 'A' accept: 'v9.public'"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("type: "), HasSubstr("metadata_key: "), HasSubstr("accept: "))));
}

}  // namespace
}  // namespace paseto::interceptor
