#include "grpc_paseto/service/config/load_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto::service {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kGood[] = R"(issuer: https://id.shop
listen:
  - address: 127.0.0.1:0
store: {sqlite: {folder: /tmp}}
keys: {file: keys.json}
)";

TEST(ParseConfig, FillsDefaults) {
  const absl::StatusOr<config::TokendConfig> config = ParseConfig(kGood, "t.yaml", {});
  ASSERT_THAT(config, IsOk());
  EXPECT_EQ(config->issuer(), "https://id.shop");
  EXPECT_EQ(config->tokens().access_lifetime().seconds(), 600);
  EXPECT_EQ(config->log().level(), config::LOG_LEVEL_INFO);
}

TEST(ParseConfig, ReportsProblemsOfReadingAndOfMeaningTogetherByLine) {
  EXPECT_THAT(ParseConfig("isuer: https://id.shop\n"
                          "listen:\n"
                          "  - address: 0.0.0.0:7443\n"
                          "store: {sqlite: {folder: /tmp}}\n"
                          "keys: {file: keys.json}\n"
                          "tokens:\n"
                          "  refresh_grace: 90s\n"
                          "clients:\n"
                          "  web:\n"
                          "    types: [access, refresh]\n"
                          "    subjects: [\"*\"]\n",
                          "t.yaml", {}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "t.yaml: issuer: required: the iss claim of every token, such as https://id.example.com\n"
                       "t.yaml:1: isuer: unknown key; did you mean issuer?\n"
                       "t.yaml:3: listen[0]: needs tls, because it is reachable from other machines; allow_plaintext: "
                       "true (or --allow-plaintext) lets tokens cross the network in the clear\n"
                       "t.yaml:7: tokens.refresh_grace: must be from 0s to 1m, not 1m30s\n"
                       "t.yaml:9: clients[web].audiences: required with types: no token can be issued without an "
                       "audience\n"
                       "t.yaml:10: clients[web].types[1]: refresh cannot be issued; a refresh token comes with an "
                       "access token, a client token from tokenctl client add"));
}

TEST(ParseConfig, DoesNotRepeatWhatFollowsFromAnUnreadableValue) {
  const absl::Status status = ParseConfig(
                                  "issuer: a\nlisten: everywhere\nstore: {sqlite: {folder: /tmp}}\n"
                                  "keys: {file: keys.json}\n",
                                  "t.yaml", {})
                                  .status();
  EXPECT_EQ(status.message(), "t.yaml:2: listen: must be a list; [] is the empty one");
}

TEST(ParseConfig, SaysOnlyThatAFileIsNotYaml) {
  EXPECT_THAT(ParseConfig("issuer: [", "t.yaml", {}).status().message(),
              AllOf(HasSubstr("not valid YAML"), Not(HasSubstr("required"))));
  EXPECT_THAT(ParseConfig("", "t.yaml", {}).status().message(), "t.yaml: the document is empty");
}

TEST(ParseConfig, LetsTheCommandLineAllowPlaintext) {
  std::string yaml(kGood);
  yaml.replace(yaml.find("127.0.0.1"), 9, "0.0.0.0");
  EXPECT_THAT(ParseConfig(yaml, "t.yaml", {}), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(ParseConfig(yaml, "t.yaml", {.allow_plaintext = true}), IsOk());
}

TEST(ParseConfig, ShowsAHundredProblemsAndCountsTheRest) {
  std::string yaml;
  for (int i = 0; i < 150; ++i) yaml += "key" + std::to_string(i) + ": 1\n";
  const absl::Status status = ParseConfig(yaml, "t.yaml", {}).status();
  EXPECT_EQ(std::count(status.message().begin(), status.message().end(), '\n'), 100);
  EXPECT_THAT(std::string(status.message()), HasSubstr("and 53 more problems"));  // 150 keys and 3 that are required
}

class LoadConfigTest : public ::testing::Test {
 protected:
  LoadConfigTest() : folder_(::testing::TempDir() + "load_config_" + std::to_string(::getpid())) {
    std::filesystem::create_directories(folder_);
  }
  ~LoadConfigTest() override { std::filesystem::remove_all(folder_); }
  std::string Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
    ::chmod((folder_ / name).c_str(), 0600);
    return folder_ / name;
  }
  std::filesystem::path folder_;
};

TEST_F(LoadConfigTest, ReadsAFileAndLooksAtWhatItNames) {
  const std::string keys = Write("keys.json", "{}");
  const std::string yaml =
      "issuer: a\nlisten: [{address: \"127.0.0.1:0\"}]\nstore: {sqlite: {folder: " + (folder_ / "store").string() +
      "}}\nkeys: {file: " + keys + "}\n";
  EXPECT_THAT(LoadConfig(Write("tokend.yaml", yaml), {}), IsOk());
  std::filesystem::remove(keys);
  EXPECT_THAT(LoadConfig(folder_ / "tokend.yaml", {}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("tokend.yaml:4: keys.file: ")));
}

TEST_F(LoadConfigTest, SaysThatTheFileIsMissing) {
  EXPECT_THAT(LoadConfig(folder_ / "absent.yaml", {}),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("absent.yaml cannot be read")));
}

TEST_F(LoadConfigTest, SaysThatAFolderIsNoFile) { EXPECT_FALSE(LoadConfig(folder_, {}).ok()); }

}  // namespace
}  // namespace paseto::service
