#include "grpc_paseto/service/policy/caller_policy.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto::service {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsNull;
using ::testing::NotNull;
using Names = std::vector<std::string>;

const auto kDenied = absl::StatusCode::kPermissionDenied;

config::TokendConfig Config(const std::string& clients) {
  config::TokendConfig config;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(clients, &config));
  for (auto& [id, client] : *config.mutable_clients()) {
    if (!client.has_max_lifetime()) client.mutable_max_lifetime()->set_seconds(3600);
    if (!client.has_max_session_lifetime()) client.mutable_max_session_lifetime()->set_seconds(86400);
  }
  return config;
}

// The policy of client "web" with these members.
CallerPolicy Web(const std::string& members) {
  auto policies = CallerPolicies::Create(Config("clients { key: 'web' value { " + members + " } }"));
  EXPECT_THAT(policies, IsOk());
  return *(*policies)->Find(ClientId("web"));
}

TEST(CallerPolicies, DoesNotKnowClientsThatAreNotConfigured) {
  const auto policies = *CallerPolicies::Create(Config("clients { key: 'web' value {} }"));
  EXPECT_THAT(policies->Find(ClientId("web")), NotNull());
  EXPECT_THAT(policies->Find(ClientId("we")), IsNull());
  EXPECT_THAT(policies->Find(ClientId("")), IsNull());
  EXPECT_EQ(policies->Find(ClientId("web"))->client(), ClientId("web"));
}

TEST(CallerPolicies, KnowsTheLongestSessionOfAnyClient) {
  const auto policies =
      *CallerPolicies::Create(Config("clients { key: 'a' value { max_session_lifetime { seconds: 60 } } }"
                                     "clients { key: 'b' value { max_session_lifetime { seconds: 600 } } }"));
  EXPECT_EQ(policies->longest_session_lifetime(), absl::Minutes(10));
  EXPECT_EQ((*CallerPolicies::Create({}))->longest_session_lifetime(), absl::ZeroDuration());
}

TEST(CallerPolicies, RefusesWhatValidationWouldHaveRefused) {
  for (const char* members : {"types: 'refresh'", "types: 'client'", "types: ''", "audiences: 'a*'", "scopes: 'a*'",
                              "subjects: '*a'", "kinds: 'v9.public'", "max_lifetime { seconds: 0 }"}) {
    EXPECT_THAT(CallerPolicies::Create(Config(std::string("clients { key: 'web' value { ") + members + " } }")),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("clients[web]")))
        << members;
  }
}

TEST(CallerPolicy, DeniesEverythingByDefault) {
  const CallerPolicy policy = Web("");
  EXPECT_THAT(policy.CheckType("access"), StatusIs(kDenied));
  EXPECT_THAT(policy.CheckAudiences(Names{"shop"}), StatusIs(kDenied));
  EXPECT_THAT(policy.CheckScopes(Names{"orders:read"}), StatusIs(kDenied));
  EXPECT_THAT(policy.CheckSubject("ann"), StatusIs(kDenied));
  EXPECT_THAT(policy.CheckKind(kV4Public), StatusIs(kDenied));
  EXPECT_FALSE(policy.may_watch());
  EXPECT_FALSE(policy.may_introspect_any());
  EXPECT_FALSE(policy.may_revoke_subjects());
  EXPECT_EQ(policy.refresh_by(), RefreshBy::kClient);
  EXPECT_EQ(policy.default_audience(), "");
  EXPECT_TRUE(policy.enabled());
}

TEST(CallerPolicy, AllowsWhatItsListsName) {
  const CallerPolicy policy =
      Web("types: 'access' audiences: ['shop', 'pay'] scopes: 'orders:read' subjects: 'user:*' kinds: 'v4.public'");
  EXPECT_THAT(policy.CheckType("access"), IsOk());
  EXPECT_THAT(policy.CheckType("email-verify"), StatusIs(kDenied));
  EXPECT_THAT(policy.CheckAudiences(Names{"pay", "shop"}), IsOk());
  EXPECT_THAT(policy.CheckAudiences(Names{"shop", "bank"}), StatusIs(kDenied));
  EXPECT_THAT(policy.CheckScopes(Names{"orders:read"}), IsOk());
  EXPECT_THAT(policy.CheckScopes(Names{"orders:read", "orders:write"}), StatusIs(kDenied));
  EXPECT_THAT(policy.CheckScopes({}), IsOk());
  EXPECT_THAT(policy.CheckSubject("user:1"), IsOk());
  EXPECT_THAT(policy.CheckSubject("admin"), StatusIs(kDenied));
  EXPECT_THAT(policy.CheckKind(kV4Public), IsOk());
  EXPECT_THAT(policy.CheckKind(kV4Local), StatusIs(kDenied));
}

TEST(CallerPolicy, NeverAllowsTheTypesRefreshAndClient) {
  const CallerPolicy policy = Web("types: '*'");
  EXPECT_THAT(policy.CheckType("anything"), IsOk());
  EXPECT_THAT(policy.CheckType("refresh"), StatusIs(kDenied));
  EXPECT_THAT(policy.CheckType("client"), StatusIs(kDenied));
}

TEST(CallerPolicy, DeniesATokenWithoutAudience) {
  EXPECT_THAT(Web("audiences: '*'").CheckAudiences({}), StatusIs(kDenied, HasSubstr("name at least one")));
}

TEST(CallerPolicy, TakesTheFirstNamedAudienceAsDefault) {
  EXPECT_EQ(Web("audiences: ['shop', '*']").default_audience(), "shop");
  EXPECT_EQ(Web("audiences: ['*', 'shop']").default_audience(), "");
}

TEST(CallerPolicy, SaysWhoMayNotUseWhatAndWhereToAllowIt) {
  EXPECT_THAT(Web("").CheckScopes(Names{"a\nb"}),
              StatusIs(kDenied, AllOf(HasSubstr("client web may not use the scope \"a\\nb\""),
                                      HasSubstr("clients.web.scopes"))));
}

TEST(CallerPolicy, CapsLifetimes) {
  const CallerPolicy policy = Web("max_lifetime { seconds: 100 } max_session_lifetime { seconds: 1000 }");
  EXPECT_EQ(policy.CapLifetime(absl::nullopt, absl::Seconds(60)), absl::Seconds(60));
  EXPECT_EQ(policy.CapLifetime(absl::nullopt, absl::Seconds(101)), absl::Seconds(100));
  EXPECT_EQ(policy.CapLifetime(absl::Seconds(99), absl::Seconds(60)), absl::Seconds(99));
  EXPECT_EQ(policy.CapLifetime(absl::Seconds(101), absl::Seconds(60)), absl::Seconds(100));
  EXPECT_EQ(policy.CapSessionLifetime(absl::nullopt, absl::Seconds(60)), absl::Seconds(60));
  EXPECT_EQ(policy.CapSessionLifetime(absl::Seconds(1001), absl::Seconds(60)), absl::Seconds(1000));
}

TEST(CallerPolicy, TakesOverItsSwitches) {
  const CallerPolicy policy =
      Web("refresh_by: REFRESH_BY_HOLDER introspect: INTROSPECT_ANY revoke_subjects: true watch: true disabled: true");
  EXPECT_FALSE(policy.enabled());
  EXPECT_EQ(policy.refresh_by(), RefreshBy::kHolder);
  EXPECT_TRUE(policy.may_introspect_any());
  EXPECT_TRUE(policy.may_revoke_subjects());
  EXPECT_TRUE(policy.may_watch());
}

}  // namespace
}  // namespace paseto::service
