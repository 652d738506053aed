#include "grpc_paseto/service/config/validate_config.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <ostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "grpc_paseto/service/config/fill_defaults.h"

namespace paseto::service {

inline void PrintTo(const ConfigProblem& problem, std::ostream* os) { *os << problem.field << ": " << problem.message; }

namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

auto Problem(const std::string& field, const std::string& message = "") {
  return AllOf(Field(&ConfigProblem::field, field), Field(&ConfigProblem::message, HasSubstr(message)));
}

constexpr char kGood[] = R"pb(
  issuer: "https://id.shop"
  listen { address: "127.0.0.1:0" }
  store { sqlite { folder: "/var/lib/tokend" } }
  keys { file: "/etc/tokend/keys.json" })pb";

// What is wrong with the good configuration after `change` was merged into it.
std::vector<ConfigProblem> Problems(const std::string& change) {
  config::TokendConfig config, changed;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(kGood, &config));
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(change, &changed)) << change;
  config.MergeFrom(changed);
  FillDefaults(config);
  return ValidateConfig(config);
}

std::vector<ConfigProblem> WebProblems(const std::string& members) {
  return Problems("clients { key: 'web' value { " + members + " } }");
}

std::string Times(int count, const std::string& text) {
  std::string all;
  for (int i = 0; i < count; ++i) absl::StrAppend(&all, absl::StrReplaceAll(text, {{"#", absl::StrCat(i)}}), " ");
  return all;
}

TEST(ValidateConfig, AcceptsTheLeastConfiguration) { EXPECT_THAT(Problems(""), IsEmpty()); }

TEST(ValidateConfig, NamesEverythingThatIsRequired) {
  config::TokendConfig config;
  FillDefaults(config);
  EXPECT_THAT(ValidateConfig(config),
              ElementsAre(Problem("issuer", "required"), Problem("listen", "required"), Problem("store", "required")));
}

TEST(ValidateConfig, ChecksTheIssuer) {
  EXPECT_THAT(Problems("issuer: 'a b'"), ElementsAre(Problem("issuer", "without spaces")));
  EXPECT_THAT(Problems("issuer: 'https://id.sh\\303\\266p'"), ElementsAre(Problem("issuer")));
  EXPECT_THAT(Problems("issuer: '" + std::string(255, 'a') + "'"), IsEmpty());
  EXPECT_THAT(Problems("issuer: '" + std::string(256, 'a') + "'"), ElementsAre(Problem("issuer", "255")));
}

TEST(ValidateConfig, RefusesPlaintextBeyondTheMachine) {
  EXPECT_THAT(Problems("listen { address: '0.0.0.0:7443' }"), ElementsAre(Problem("listen[1]", "needs tls")));
  EXPECT_THAT(Problems("listen { address: '0.0.0.0:7443' } allow_plaintext: true"), IsEmpty());
  EXPECT_THAT(Problems("listen { address: '0.0.0.0:7443' tls { certificate_file: 'c' private_key_file: 'k' } }"),
              IsEmpty());
  EXPECT_THAT(Problems("listen { address: 'unix:/run/t.sock' } listen { address: '[::1]:7443' } "
                       "listen { address: 'localhost:7443' }"),
              IsEmpty());
  EXPECT_THAT(Problems("listen { address: '127.0.0.1.example.com:1' }"),
              ElementsAre(Problem("listen[1]", "needs tls")));
}

TEST(ValidateConfig, ChecksListeners) {
  EXPECT_THAT(Problems("listen { address: 'nowhere' } listen { address: '' }"),
              ElementsAre(Problem("listen[1].address", "host:port"), Problem("listen[2].address", "host:port")));
  EXPECT_THAT(Problems("listen { address: 'unix:a' } listen { address: 'unix:a' }"),
              ElementsAre(Problem("listen[2].address", "same as listen[1]")));
  EXPECT_THAT(Problems("listen { address: '127.0.0.1:0' }"), IsEmpty());
  EXPECT_THAT(Problems(Times(15, "listen { address: 'unix:#' }")), IsEmpty());
  EXPECT_THAT(Problems(Times(16, "listen { address: 'unix:#' }")), ElementsAre(Problem("listen", "more than 16")));
}

TEST(ValidateConfig, NeedsBothFilesOfTls) {
  EXPECT_THAT(Problems("listen { address: 'unix:a' tls {} }"),
              ElementsAre(Problem("listen[1].tls.certificate_file"), Problem("listen[1].tls.private_key_file")));
}

TEST(ValidateConfig, NeedsTheAuthoritiesOfCertificatesThatItRequires) {
  const std::string tls = "certificate_file: 'c' private_key_file: 'k' client_certificate: CLIENT_CERTIFICATE_REQUIRED";
  EXPECT_THAT(Problems("listen { address: '[::1]:1' tls { " + tls + " } }"),
              ElementsAre(Problem("listen[1].tls.client_ca_file", "required")));
  EXPECT_THAT(Problems("listen { address: '[::1]:1' tls { " + tls + " client_ca_file: 'a' } }"), IsEmpty());
}

TEST(ValidateConfig, SocketIsOfAConfiguredClient) {
  const std::string admin = "clients { key: 'admin' value {} } ";
  EXPECT_THAT(Problems(admin + "listen { address: 'unix:a' client: 'admin' }"), IsEmpty());
  EXPECT_THAT(Problems("listen { address: 'unix:a' client: 'admin' }"),
              ElementsAre(Problem("listen[1].client", "not under clients")));
  EXPECT_THAT(Problems(admin + "listen { address: '[::1]:1' client: 'admin' }"),
              ElementsAre(Problem("listen[1].client", "unix:PATH")));
  EXPECT_THAT(Problems(admin + "listen { address: 'unix:a' client: 'admin' tls { certificate_file: 'c' "
                               "private_key_file: 'k' } }"),
              ElementsAre(Problem("listen[1].client", "without tls")));
}

TEST(ValidateConfig, ChecksTheCertificatesOfClients) {
  EXPECT_THAT(
      WebProblems("certificates: 'spiffe://shop/orders' certificates: 'dns:orders.shop' certificates: 'cn:a b'"),
      IsEmpty());
  EXPECT_THAT(WebProblems("certificates: 'orders' certificates: 'dns:*.shop' certificates: 'spiffe://shop/a/'"),
              ElementsAre(Problem("clients[web].certificates[0]", "spiffe://"),
                          Problem("clients[web].certificates[1]", "host name"),
                          Problem("clients[web].certificates[2]", "whole SPIFFE id")));
  EXPECT_THAT(WebProblems(Times(64, "certificates: 'cn:#'")), IsEmpty());
  EXPECT_THAT(WebProblems(Times(65, "certificates: 'cn:#'")),
              ElementsAre(Problem("clients[web].certificates", "more than 64")));
}

TEST(ValidateConfig, CertificateIsOfOneClientOnly) {
  EXPECT_THAT(Problems("clients { key: 'a' value { certificates: 'dns:orders.shop' } } "
                       "clients { key: 'b' value { certificates: 'cn:b' certificates: 'dns:Orders.Shop' } }"),
              ElementsAre(Problem("clients[b].certificates[1]", "same as clients[a].certificates[0]")));
}

TEST(ValidateConfig, NeedsTheFolderOfTheStore) {
  EXPECT_THAT(Problems("store { sqlite { folder: '' } }"), IsEmpty());  // merged: an empty text changes nothing
  config::TokendConfig config;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(kGood, &config));
  config.mutable_store()->mutable_sqlite()->clear_folder();
  FillDefaults(config);
  EXPECT_THAT(ValidateConfig(config), ElementsAre(Problem("store.sqlite.folder", "required")));
}

TEST(ValidateConfig, HoldsTheRangesOfTokens) {
  const struct {
    const char* field;
    const char* good[2];
    const char* bad[2];
  } kCases[] = {
      {"access_lifetime", {"{ seconds: 1 }", "{ seconds: 3600 }"}, {"{ nanos: 999999999 }", "{ seconds: 3601 }"}},
      {"max_access_lifetime", {"{ seconds: 1 }", "{ seconds: 2592000 }"}, {"{}", "{ seconds: 2592001 }"}},
      {"session_lifetime", {"{ seconds: 60 }", "{ seconds: 34560000 }"}, {"{ seconds: 59 }", "{ seconds: 34560001 }"}},
      {"idle_timeout", {"{ seconds: 60 }", "{ seconds: 2592000 }"}, {"{ seconds: 59 }", "{ seconds: 2592001 }"}},
      {"refresh_grace", {"{}", "{ seconds: 60 }"}, {"{ seconds: -1 }", "{ seconds: 61 }"}},
      {"refresh_grace_limit", {": 1", ": 1000000"}, {": 0", ": 1000001"}},
      {"access_lifetime_jitter_permille", {": 0", ": 500"}, {": 501", ": 4294967295"}},
  };
  for (const auto& c : kCases) {
    for (const char* good : c.good)
      EXPECT_THAT(Problems(absl::StrCat("tokens { ", c.field, " ", good, " }")), IsEmpty());
    for (const char* bad : c.bad) {
      EXPECT_THAT(Problems(absl::StrCat("tokens { ", c.field, " ", bad, " }")),
                  ElementsAre(Problem(absl::StrCat("tokens.", c.field), "must be from")));
    }
  }
}

TEST(ValidateConfig, ReportsABadLimitOnceAndBadValuesBelowItStill) {
  EXPECT_THAT(Problems("tokens { max_access_lifetime { seconds: 0 } } clients { key: 'web' value {} }"),
              ElementsAre(Problem("tokens.max_access_lifetime", "from 1s to 30d")));
  EXPECT_THAT(Problems("tokens { session_lifetime { seconds: 0 } } clients { key: 'web' value {} }"),
              ElementsAre(Problem("tokens.session_lifetime", "from 1m to 400d")));
  EXPECT_THAT(Problems("tokens { max_access_lifetime { seconds: 0 } access_lifetime { seconds: 2592001 } }"),
              ElementsAre(Problem("tokens.max_access_lifetime"), Problem("tokens.access_lifetime", "from 1s to 30d")));
}

TEST(ValidateConfig, SaysWhatTheRangeIs) {
  EXPECT_THAT(Problems("tokens { refresh_grace { seconds: 90 } }"),
              ElementsAre(Problem("tokens.refresh_grace", "must be from 0s to 1m, not 1m30s")));
}

TEST(ValidateConfig, TakesWholeSecondsOnly) {
  EXPECT_THAT(Problems("tokens { refresh_grace { seconds: 1 nanos: 1 } }"),
              ElementsAre(Problem("tokens.refresh_grace", "whole seconds")));
}

TEST(FillDefaults, KeepsDefaultsBelowTheirLimits) {
  EXPECT_THAT(Problems("tokens { max_access_lifetime { seconds: 60 } session_lifetime { seconds: 3600 } }"), IsEmpty());
  config::TokendConfig config;
  config.mutable_tokens()->mutable_max_access_lifetime()->set_seconds(60);
  config.mutable_tokens()->mutable_session_lifetime()->set_seconds(3600);
  FillDefaults(config);
  EXPECT_EQ(config.tokens().access_lifetime().seconds(), 60);
  EXPECT_EQ(config.tokens().idle_timeout().seconds(), 3600);
}

TEST(FillDefaults, KeepsWhatIsSet) {
  config::TokendConfig config;
  config.mutable_tokens()->set_access_lifetime_jitter_permille(0);
  config.mutable_tokens()->mutable_refresh_grace();
  (*config.mutable_clients())["web"].set_refresh_by(config::REFRESH_BY_HOLDER);
  FillDefaults(config);
  EXPECT_EQ(config.tokens().access_lifetime_jitter_permille(), 0);
  EXPECT_EQ(config.tokens().refresh_grace().seconds(), 0);
  EXPECT_EQ(config.clients().at("web").refresh_by(), config::REFRESH_BY_HOLDER);
  EXPECT_EQ(config.clients().at("web").introspect(), config::INTROSPECT_OWN);
}

TEST(ValidateConfig, ChecksClientIds) {
  for (const std::string& id : {std::string("web"), std::string("0"), std::string("a.b_c-D"), std::string(64, 'a')}) {
    EXPECT_THAT(Problems("clients { key: '" + id + "' value {} }"), IsEmpty()) << id;
  }
  for (const std::string& id : {std::string(""), std::string(".a"), std::string("a b"), std::string("a/b"),
                                std::string("*"), std::string(65, 'a')}) {
    EXPECT_THAT(Problems("clients { key: '" + id + "' value {} }"),
                ElementsAre(Problem("clients[" + id + "]", "a client id has")))
        << id;
  }
}

TEST(ValidateConfig, AcceptsAFullClient) {
  EXPECT_THAT(WebProblems("types: ['access', 'email-verify'] audiences: ['shop', '*'] scopes: ['orders:read', '*'] "
                          "subjects: ['user:*', 'ann'] kinds: ['v4.public', 'v4.local']"),
              IsEmpty());
}

TEST(ValidateConfig, RefusesToIssueRefreshAndClientTokens) {
  EXPECT_THAT(WebProblems("types: ['refresh', 'client'] audiences: 'a' subjects: '*'"),
              ElementsAre(Problem("clients[web].types[0]", "refresh cannot be issued"),
                          Problem("clients[web].types[1]", "client cannot be issued")));
}

TEST(ValidateConfig, NeedsAudiencesAndSubjectsWithTypes) {
  EXPECT_THAT(WebProblems("types: 'access'"),
              ElementsAre(Problem("clients[web].audiences", "required"), Problem("clients[web].subjects", "required")));
}

TEST(ValidateConfig, ChecksTheEntriesOfLists) {
  EXPECT_THAT(WebProblems("audiences: ['', 'a*', 'b', 'b']"),
              ElementsAre(Problem("clients[web].audiences[0]", "empty"), Problem("clients[web].audiences[1]", "alone"),
                          Problem("clients[web].audiences[3]", "same as entry [2]")));
  EXPECT_THAT(
      WebProblems("scopes: ['a b', 'a\"', 'a\\\\', 'a*']"),
      ElementsAre(Problem("clients[web].scopes[0]", "printable"), Problem("clients[web].scopes[1]", "printable"),
                  Problem("clients[web].scopes[2]", "printable"), Problem("clients[web].scopes[3]", "alone")));
  EXPECT_THAT(WebProblems("subjects: ['a*b']"), ElementsAre(Problem("clients[web].subjects[0]", "last character")));
  EXPECT_THAT(WebProblems("kinds: ['v4.public', 'v2.local', 'v3.public']"),
              ElementsAre(Problem("clients[web].kinds[1]", "v4.public or v4.local"),
                          Problem("clients[web].kinds[2]", "v4.public or v4.local")));
}

TEST(ValidateConfig, HoldsTheLengthsOfEntries) {
  const struct {
    const char* list;
    int longest;
  } kCases[] = {{"types", 64}, {"audiences", 255}, {"scopes", 255}, {"subjects", 255}};
  for (const auto& c : kCases) {
    const std::string rest = "audiences: 'other' subjects: 'other'";
    EXPECT_THAT(WebProblems(absl::StrCat(c.list, ": '", std::string(c.longest, 'a'), "' ", rest)), IsEmpty());
    EXPECT_THAT(WebProblems(absl::StrCat(c.list, ": '", std::string(c.longest + 1, 'a'), "' ", rest)),
                ElementsAre(Problem(absl::StrCat("clients[web].", c.list, "[0]"), "longer than")));
  }
}

TEST(ValidateConfig, HoldsTheNumbersOfEntries) {
  const struct {
    const char* list;
    int most;
  } kCases[] = {{"audiences", 64}, {"scopes", 512}, {"subjects", 512}};
  for (const auto& c : kCases) {
    EXPECT_THAT(WebProblems(Times(c.most, absl::StrCat(c.list, ": 'a#'"))), IsEmpty());
    EXPECT_THAT(WebProblems(Times(c.most + 1, absl::StrCat(c.list, ": 'a#'"))),
                ElementsAre(Problem(absl::StrCat("clients[web].", c.list), "more than")));
  }
  EXPECT_THAT(WebProblems("audiences: 'a' subjects: 'a' " + Times(65, "types: 'a#'")),
              ElementsAre(Problem("clients[web].types", "more than 64")));
}

TEST(ValidateConfig, HoldsTheNumberOfClients) {
  EXPECT_THAT(Problems(Times(10'000, "clients { key: 'c#' value {} }")), IsEmpty());
  EXPECT_THAT(Problems(Times(10'001, "clients { key: 'c#' value {} }")),
              ElementsAre(Problem("clients", "more than 10000")));
}

TEST(ValidateConfig, CapsTheLifetimesOfClients) {
  EXPECT_THAT(WebProblems("max_lifetime { seconds: 3600 } max_session_lifetime { seconds: 34560000 }"), IsEmpty());
  EXPECT_THAT(WebProblems("max_lifetime { seconds: 3601 } max_session_lifetime { seconds: 34560001 }"),
              ElementsAre(Problem("clients[web].max_lifetime", "from 1s to 1h"),
                          Problem("clients[web].max_session_lifetime", "from 1m to 400d")));
  EXPECT_THAT(WebProblems("max_lifetime {} max_session_lifetime { seconds: 59 }"),
              ElementsAre(Problem("clients[web].max_lifetime"), Problem("clients[web].max_session_lifetime")));
}

}  // namespace
}  // namespace paseto::service
