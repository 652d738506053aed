#include "grpc_paseto/interceptor/policy/policy_table.h"

#include <gmock/gmock.h>

#include <string>

#include "grpc_paseto/interceptor/policy/refusal.h"
#include "grpc_paseto/tests/support/status_matchers.h"
#include "tests/support/echo.pb.h"
#include "tests/support/file_rule.pb.h"

namespace paseto::interceptor {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class PolicyTableTest : public ::testing::Test {
 protected:
  PolicyTableTest() {
    // Descriptors register themselves when their code is linked and used.
    testing::EchoRequest::descriptor();
    testing::FileRuleRequest::descriptor();
    sources_.defaults = {"https://id.test", "test", absl::ZeroDuration()};
  }

  std::unique_ptr<const PolicyTable> Create() { return PolicyTable::Create(sources_).value(); }
  absl::Status Problems() { return PolicyTable::Create(sources_).status(); }

  // The scopes that a rule needs, found by offering one at a time.
  static bool Accepts(const CompiledRule& rule, const std::string& scope) {
    Claims claims;
    claims.issuer = "https://id.test";
    claims.audiences = {"test"};
    claims.type = "access";
    claims.expires_at = absl::FromUnixSeconds(100);
    claims.scopes = {scope};
    return rule.validator.Validate(claims, absl::FromUnixSeconds(50)).ok();
  }

  static v1::AuthRule NeedsScope(const std::string& scope) {
    v1::AuthRule rule;
    rule.add_all_scopes(scope);
    return rule;
  }

  PolicySources sources_;
};

TEST_F(PolicyTableTest, NearestLevelSuppliesTheWholeRule) {
  sources_.services = {"paseto.testing.Levels", "paseto.testing.FromFile", "paseto.testing.Echo"};
  const auto table = Create();
  const auto rule = [&table](const char* path) -> const CompiledRule& { return *table->Find(path).rule; };
  EXPECT_TRUE(Accepts(rule("/paseto.testing.Levels/FromService"), "service"));
  EXPECT_FALSE(Accepts(rule("/paseto.testing.Levels/FromService"), "other"));
  EXPECT_TRUE(Accepts(rule("/paseto.testing.Levels/FromMethod"), "method"));
  EXPECT_FALSE(Accepts(rule("/paseto.testing.Levels/FromMethod"), "service"));
  EXPECT_EQ(rule("/paseto.testing.Levels/Open").mode, v1::AuthRule::MODE_PUBLIC);
  EXPECT_EQ(rule("/paseto.testing.Levels/Watch").stream_lifetime, absl::Minutes(1));
  EXPECT_TRUE(Accepts(rule("/paseto.testing.Levels/Watch"), "any"));  // its own rule, nothing merged
  EXPECT_TRUE(Accepts(rule("/paseto.testing.FromFile/Say"), "file"));
  EXPECT_FALSE(Accepts(rule("/paseto.testing.FromFile/Say"), "any"));
  EXPECT_TRUE(Accepts(rule("/paseto.testing.Echo/Say"), "any"));
}

TEST_F(PolicyTableTest, CodeGoesBeforeOptionsAndAMethodBeforeItsService) {
  sources_.services = {"paseto.testing.Levels"};
  sources_.code_rules["paseto.testing.Levels/*"] = NeedsScope("code");
  sources_.code_rules["paseto.testing.Levels/Open"] = NeedsScope("code-method");
  const auto table = Create();
  EXPECT_TRUE(Accepts(*table->Find("/paseto.testing.Levels/FromMethod").rule, "code"));
  EXPECT_FALSE(Accepts(*table->Find("/paseto.testing.Levels/FromMethod").rule, "method"));
  EXPECT_TRUE(Accepts(*table->Find("/paseto.testing.Levels/Open").rule, "code-method"));
  EXPECT_FALSE(Accepts(*table->Find("/paseto.testing.Levels/Open").rule, "code"));
}

TEST_F(PolicyTableTest, FileGoesBetweenCodeAndOptions) {
  sources_.services = {"paseto.testing.Levels"};
  sources_.code_rules["paseto.testing.Levels/Open"] = NeedsScope("code");
  sources_.file_rules["paseto.testing.Levels/Open"] = {NeedsScope("file"), "p.yaml:1"};
  sources_.file_rules["paseto.testing.Levels/FromMethod"] = {NeedsScope("file-method"), "p.yaml:2"};
  sources_.file_rules["paseto.testing.Levels/*"] = {NeedsScope("file-service"), "p.yaml:3"};
  const auto table = Create();
  EXPECT_TRUE(Accepts(*table->Find("/paseto.testing.Levels/Open").rule, "code"));
  EXPECT_FALSE(Accepts(*table->Find("/paseto.testing.Levels/Open").rule, "file"));
  EXPECT_TRUE(Accepts(*table->Find("/paseto.testing.Levels/FromMethod").rule, "file-method"));
  EXPECT_FALSE(Accepts(*table->Find("/paseto.testing.Levels/FromMethod").rule, "method"));
  EXPECT_TRUE(Accepts(*table->Find("/paseto.testing.Levels/FromService").rule, "file-service"));
  EXPECT_FALSE(Accepts(*table->Find("/paseto.testing.Levels/FromService").rule, "service"));
  // Code for the whole service leaves nothing to the file, also where methods are not known.
  sources_.serves_every_method = true;
  sources_.code_rules["other.Service/*"] = NeedsScope("code");
  sources_.file_rules["other.Service/Do"] = {NeedsScope("file"), "p.yaml:4"};
  sources_.file_rules["third.Service/Do"] = {NeedsScope("file"), "p.yaml:5"};
  EXPECT_TRUE(Accepts(*Create()->Find("/other.Service/Do").rule, "code"));
  EXPECT_TRUE(Accepts(*Create()->Find("/third.Service/Do").rule, "file"));
}

TEST_F(PolicyTableTest, ProblemsOfTheFileAreNamedByTheirPlace) {
  sources_.services = {"paseto.testing.Levels"};
  sources_.file_rules["paseto.testing.Levels/Delete"] = {NeedsScope("a"), "p.yaml:7"};
  sources_.file_rules["/paseto.testing.Levels/Open"] = {NeedsScope("a"), "p.yaml:8"};
  v1::AuthRule contradiction = NeedsScope("a");
  contradiction.set_mode(v1::AuthRule::MODE_PUBLIC);
  sources_.file_rules["paseto.testing.Levels/Open"] = {contradiction, "p.yaml:9"};
  EXPECT_THAT(std::string(Problems().message()),
              AllOf(HasSubstr("rule of paseto.testing.Levels/Delete (p.yaml:7): the server has no such method"),
                    HasSubstr("rule of /paseto.testing.Levels/Open (p.yaml:8): write \"package.Service/Method\""),
                    HasSubstr("rule of paseto.testing.Levels/Open (p.yaml:9): mode: ")));
}

TEST_F(PolicyTableTest, FileMayGiveReflectionItsRule) {
  sources_.services = {"grpc.reflection.v1alpha.ServerReflection"};
  sources_.file_rules["grpc.reflection.v1alpha.ServerReflection/*"] = {NeedsScope("ops"), "p.yaml:1"};
  EXPECT_THAT(Problems(), IsOk());
}

TEST_F(PolicyTableTest, UnknownMethodsNeedAnAccessTokenAndHaveNoName) {
  sources_.services = {"paseto.testing.Levels"};
  const auto table = Create();
  for (const char* path : {"/paseto.testing.Levels/Nothing", "/paseto.testing.Levels/open",
                           "/paseto.testing.Levels/Open/", "//paseto.testing.Levels/Open", "paseto.testing.Levels/Open",
                           "/unknown.Service/Method", "/", "", "*", "/paseto.testing.Levels/*"}) {
    const PolicyTable::Match match = table->Find(path);
    EXPECT_EQ(match.rule->mode, v1::AuthRule::MODE_REQUIRED) << path;
    EXPECT_EQ(match.method, "") << path;
  }
  EXPECT_EQ(table->Find("/paseto.testing.Levels/Open").method, "/paseto.testing.Levels/Open");
}

TEST_F(PolicyTableTest, HealthIsPublicUnlessARuleSaysOtherwise) {
  EXPECT_EQ(Create()->Find("/grpc.health.v1.Health/Check").rule->mode, v1::AuthRule::MODE_PUBLIC);
  EXPECT_EQ(Create()->Find("/grpc.health.v1.Health/Watch").rule->mode, v1::AuthRule::MODE_PUBLIC);
  EXPECT_EQ(Create()->Find("/grpc.health.v1.Healthy/Check").rule->mode, v1::AuthRule::MODE_REQUIRED);
  sources_.code_rules["grpc.health.v1.Health/*"] = NeedsScope("ops");
  EXPECT_FALSE(Accepts(*Create()->Find("/grpc.health.v1.Health/Check").rule, "any"));
}

TEST_F(PolicyTableTest, ReflectionAndChannelzNeedARuleFromCode) {
  sources_.services = {"grpc.reflection.v1alpha.ServerReflection", "grpc.channelz.v1.Channelz"};
  EXPECT_THAT(Problems(),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr("grpc.reflection.v1alpha.ServerReflection: tells about the server itself"),
                             HasSubstr("SetRule(\"grpc.reflection.v1alpha.ServerReflection/*\""),
                             HasSubstr("grpc.channelz.v1.Channelz: tells about the server itself"),
                             HasSubstr("SetRule(\"grpc.channelz.v1.Channelz/*\""))));
  sources_.code_rules["grpc.reflection.v1alpha.ServerReflection/*"] = NeedsScope("ops");
  sources_.code_rules["grpc.channelz.v1.Channelz/*"] = NeedsScope("ops");
  EXPECT_THAT(Problems(), IsOk());
}

// Its options cannot be read, and the default rule may be weaker than what they say.
TEST_F(PolicyTableTest, ServiceWithoutADescriptorNeedsARuleFromCode) {
  sources_.services = {"not.in.the.Pool"};
  sources_.code_rules["not.in.the.Pool/Do"] = NeedsScope("do");
  EXPECT_THAT(Problems(), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("SetRule(\"not.in.the.Pool/*\"")));
  sources_.code_rules["not.in.the.Pool/*"] = NeedsScope("pool");
  EXPECT_TRUE(Accepts(*Create()->Find("/not.in.the.Pool/Do").rule, "do"));
  EXPECT_FALSE(Accepts(*Create()->Find("/not.in.the.Pool/Do").rule, "pool"));
  EXPECT_TRUE(Accepts(*Create()->Find("/not.in.the.Pool/Other").rule, "pool"));
}

TEST_F(PolicyTableTest, RuleFromCodeThatNamesNothingRegisteredIsAProblem) {
  sources_.services = {"paseto.testing.Levels"};
  sources_.code_rules["paseto.testing.Levels/Delete"] = NeedsScope("a");
  sources_.code_rules["paseto.testing.Echo/Say"] = NeedsScope("a");
  sources_.code_rules["paseto.testing.Echo/*"] = NeedsScope("a");
  sources_.code_rules["paseto.testing.Levels"] = NeedsScope("a");
  sources_.code_rules["a/b/c"] = NeedsScope("a");
  EXPECT_THAT(std::string(Problems().message()),
              AllOf(HasSubstr("rule of paseto.testing.Levels/Delete (from code): the server has no such method"),
                    HasSubstr("rule of paseto.testing.Echo/Say (from code): the server has no such method"),
                    HasSubstr("rule of paseto.testing.Echo/* (from code): the server has no such service"),
                    HasSubstr("rule of paseto.testing.Levels (from code): write \"package.Service/Method\""),
                    HasSubstr("rule of a/b/c (from code): write \"package.Service/Method\"")));
}

// Such a rule would judge the call that renews, in place of the rule of the stream that it names.
TEST_F(PolicyTableTest, StreamAuthorizationTakesNoRuleOfItsOwn) {
  sources_.services = {"paseto.v1.StreamAuthorization"};
  EXPECT_TRUE(Create()->Find("/paseto.v1.StreamAuthorization/Renew").rule->judged_by_handler);
  sources_.code_rules["paseto.v1.StreamAuthorization/*"] = NeedsScope("a");
  sources_.file_rules["paseto.v1.StreamAuthorization/Renew"] = {NeedsScope("a"), "p.yaml:3"};
  EXPECT_THAT(Problems(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                   HasSubstr("rule of paseto.v1.StreamAuthorization/* (from code): its calls are "
                                             "judged by the rule of the stream's method")));
  sources_.code_rules.clear();
  EXPECT_THAT(Problems(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                   HasSubstr("rule of paseto.v1.StreamAuthorization/Renew (p.yaml:3): its calls")));
}

TEST_F(PolicyTableTest, GenericServiceMayHaveAnyMethod) {
  sources_.serves_every_method = true;
  sources_.code_rules["other.Service/Do"] = NeedsScope("do");
  sources_.code_rules["whole.Service/*"] = NeedsScope("whole");
  const auto table = Create();
  EXPECT_TRUE(Accepts(*table->Find("/other.Service/Do").rule, "do"));
  EXPECT_FALSE(Accepts(*table->Find("/whole.Service/Any").rule, "do"));
  EXPECT_EQ(table->Find("/third.Service/Any").rule->mode, v1::AuthRule::MODE_REQUIRED);
}

TEST_F(PolicyTableTest, ContradictionsAreReportedTogetherWithTheirPlace) {
  sources_.services = {"paseto.testing.Broken", "paseto.testing.Levels"};
  v1::AuthRule bad_key;
  bad_key.set_metadata_key("Token");
  sources_.code_rules["paseto.testing.Levels/*"] = bad_key;
  const std::string problems(Problems().message());
  EXPECT_THAT(
      problems,
      AllOf(HasSubstr("rule of paseto.testing.Broken/RefreshTokens (option in tests/support/echo.proto): type: "),
            HasSubstr("rule of paseto.testing.Broken/PublicScopes (option in tests/support/echo.proto): mode: "),
            HasSubstr("rule of paseto.testing.Levels/* (from code): metadata_key: ")));
  // A rule for many methods is reported once.
  EXPECT_EQ(problems.find("metadata_key: "), problems.rfind("metadata_key: "));
}

TEST_F(PolicyTableTest, StreamRuleOfAUnaryMethodIsAProblem) {
  sources_.services = {"paseto.testing.Levels"};
  v1::AuthRule rule;
  rule.mutable_stream()->mutable_grace()->set_seconds(1);
  sources_.code_rules["paseto.testing.Levels/Open"] = rule;
  EXPECT_THAT(Problems(), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("stream: the method is unary")));
  sources_.code_rules.clear();
  sources_.code_rules["paseto.testing.Levels/*"] = rule;  // for those of its methods that stream
  EXPECT_THAT(Problems(), IsOk());
}

TEST_F(PolicyTableTest, ShapesAndKeysAreListedOnce) {
  sources_.services = {"paseto.testing.Levels"};
  EXPECT_THAT(Create()->shapes(), SizeIs(1));
  EXPECT_THAT(Create()->credential_keys(), ElementsAre("authorization"));
  v1::AuthRule rule;
  rule.set_metadata_key("x-token");
  sources_.code_rules["paseto.testing.Levels/Open"] = rule;
  EXPECT_THAT(Create()->shapes(), SizeIs(2));
  EXPECT_THAT(Create()->credential_keys(), UnorderedElementsAre("authorization", "x-token"));
}

TEST_F(PolicyTableTest, OneKeyCannotCarryACredentialAndAnAssertion) {
  sources_.services = {"paseto.testing.Levels"};
  v1::AuthRule rule;
  rule.set_metadata_key("x-token");
  sources_.code_rules["paseto.testing.Levels/Open"] = rule;
  v1::AuthRule other;
  other.mutable_assertion()->set_metadata_key("x-token");
  sources_.code_rules["paseto.testing.Levels/Watch"] = other;
  EXPECT_THAT(Problems(), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("metadata key \"x-token\"")));
}

TEST_F(PolicyTableTest, ForwardedKeysAreListedOnceAndBelongToNobodyElse) {
  sources_.services = {"paseto.testing.Levels"};
  EXPECT_FALSE(Create()->any_changes_metadata());
  v1::AuthRule rule;
  (*rule.mutable_forward_claims())["x-user"] = "sub";
  sources_.code_rules["paseto.testing.Levels/Open"] = rule;
  sources_.code_rules["paseto.testing.Levels/Watch"] = rule;
  EXPECT_TRUE(Create()->any_changes_metadata());
  EXPECT_THAT(Create()->forwarded_keys(), ElementsAre("x-user"));
  v1::AuthRule other;
  other.set_metadata_key("x-user");
  sources_.code_rules["paseto.testing.Levels/FromMethod"] = other;
  EXPECT_THAT(Problems(), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("metadata key \"x-user\"")));
  other.clear_metadata_key();
  other.mutable_assertion()->set_metadata_key("x-user");
  sources_.code_rules["paseto.testing.Levels/FromMethod"] = other;
  EXPECT_THAT(Problems(), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("metadata key \"x-user\"")));
}

}  // namespace
}  // namespace paseto::interceptor
