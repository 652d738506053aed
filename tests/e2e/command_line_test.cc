// What the program says to its flags and its configuration.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <filesystem>

#include "absl/strings/ascii.h"
#include "absl/time/clock.h"
#include "grpc_paseto/service/lifecycle/client_token.h"
#include "grpc_paseto/service/server/load_keys.h"
#include "grpc_paseto/tests/e2e/dev_tokend.h"
#include "grpc_paseto/tests/support/process.h"
#include "grpc_paseto/tests/support/running_tokend.h"
#include "grpc_paseto/tests/support/status_matchers.h"
#include "grpc_paseto/tests/support/temporary_folder.h"
#include "grpc_paseto/tests/support/test_certificates.h"

namespace paseto::service {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

struct Outcome {
  int exit_code;
  std::string out;
  std::string err;
};

class CommandLineTest : public ::testing::Test {
 protected:
  Outcome Run(std::vector<std::string> flags) {
    std::filesystem::remove(folder_.File("out"));
    std::filesystem::remove(folder_.File("err"));
    flags.insert(flags.begin(), TOKEND);
    Process process(folder_.path(), flags);
    const int exit_code = process.Wait();
    return {exit_code, process.out(), process.err()};
  }
  // A good configuration that listens on `listener`.
  std::string WriteConfig(const std::string& listener) {
    WriteTestKeys(folder_.File("keys.json"));
    return folder_.Write("tokend.yaml", "issuer: https://id.shop\nlisten:\n" + listener +
                                            "store:\n  sqlite:\n    folder: store\nkeys:\n  file: keys.json\n"
                                            "clients:\n  web:\n    types: [access]\n    audiences: [shop]\n"
                                            "    subjects: [\"*\"]\n");
  }

  TemporaryFolder folder_;
};

TEST_F(CommandLineTest, FlagsThatContradictEachOtherAreAUsageError) {
  struct {
    std::vector<std::string> flags;
    const char* hint;
  } const cases[] = {
      {{}, "--dev for a first try"},
      {{"--dev", "--config=tokend.yaml"}, "leave out --config"},
      {{"--dev", "--check-config"}, "--check-config needs --config"},
      {{"--dev", "--allow-plaintext"}, "leave out --allow-plaintext"},
      {{"--config=tokend.yaml", "--listen=127.0.0.1:0"}, "--listen needs --dev"},
      {{"--dev", "stray"}, "only flags"},
  };
  for (const auto& [flags, hint] : cases) {
    const Outcome outcome = Run(flags);
    EXPECT_EQ(outcome.exit_code, 2) << hint;
    EXPECT_THAT(outcome.err, HasSubstr(hint));
  }
  EXPECT_FALSE(std::filesystem::exists(folder_.File("tokend-dev")));
}

TEST_F(CommandLineTest, UnknownFlagIsNamed) {
  const Outcome outcome = Run({"--devv"});
  EXPECT_NE(outcome.exit_code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("devv"));
}

TEST_F(CommandLineTest, GoodConfigurationIsCheckedAndNothingIsMade) {
  WriteConfig("  - address: 127.0.0.1:0\n");
  const Outcome outcome = Run({"--config=tokend.yaml", "--check-config"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("tokend.yaml: good"));
  EXPECT_FALSE(std::filesystem::exists(folder_.File("store")));
}

TEST_F(CommandLineTest, EveryProblemIsReportedWithItsLine) {
  folder_.Write("tokend.yaml",
                "issuer: https://id.shop\nlisten:\n  - address: 127.0.0.1\ntokens:\n  refresh_grace: 2h\n");
  for (const std::vector<std::string>& flags : {std::vector<std::string>{"--config=tokend.yaml", "--check-config"},
                                                std::vector<std::string>{"--config=tokend.yaml"}}) {
    const Outcome outcome = Run(flags);
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.err, AllOf(HasSubstr("tokend.yaml:3: listen[0].address"),
                                   HasSubstr("tokend.yaml:5: tokens.refresh_grace"), HasSubstr("store")));
  }
}

TEST_F(CommandLineTest, AbsentConfigurationIsNamed) {
  const Outcome outcome = Run({"--config=none.yaml"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("none.yaml"));
}

TEST_F(CommandLineTest, BrokenKeyFileIsFoundByTheCheck) {
  WriteConfig("  - address: 127.0.0.1:0\n");
  ::chmod(folder_.Write("keys.json", R"({"keys":[)").c_str(), 0600);
  const Outcome outcome = Run({"--config=tokend.yaml", "--check-config"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("keys.json"), HasSubstr("not a json object")));
}

TEST_F(CommandLineTest, PlaintextBeyondLoopbackIsRefusedUnlessAllowed) {
  WriteConfig("  - address: 0.0.0.0:0\n");
  const Outcome refused = Run({"--config=tokend.yaml"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("tokend.yaml:3: listen[0]"), HasSubstr("--allow-plaintext")));
  EXPECT_FALSE(std::filesystem::exists(folder_.File("store")));
  EXPECT_EQ(Run({"--config=tokend.yaml", "--check-config", "--allow-plaintext"}).exit_code, 0);
}

TEST_F(CommandLineTest, UnknownLogLevelIsAnError) {
  WriteConfig("  - address: 127.0.0.1:0\n");
  const Outcome outcome = Run({"--config=tokend.yaml", "--log-level=loud"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("--log-level"));
}

TEST_F(CommandLineTest, PortInUseIsNamed) {
  DevTokend other;
  other.Start();
  const Outcome outcome = Run({"--dev", "--listen=" + other.address()});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr(other.address()), HasSubstr("in use")));
}

TEST_F(CommandLineTest, StoreThatAnotherTokendUsesIsNamed) {
  DevTokend other;
  other.Start();
  const std::string data = other.folder().File("tokend-dev");
  const Outcome outcome = Run({"--dev", "--data=" + data, "--listen=127.0.0.1:0"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("tokend-dev/store"), HasSubstr("in use")));
  EXPECT_THAT(other.IssuePair("ann"), IsOk());  // undisturbed
}

TEST_F(CommandLineTest, PortFileThatCannotBeWrittenIsAnError) {
  const Outcome outcome = Run({"--dev", "--listen=127.0.0.1:0", "--port-file=no/such/port"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("no/such/port"));
}

TEST_F(CommandLineTest, FirstTryTellsHowToCallItAndWhatItIs) {
  DevTokend tokend;
  tokend.Start();
  tokend.Signal(SIGTERM);
  EXPECT_EQ(tokend.Wait(), 0);
  EXPECT_THAT(
      tokend.process().out(),
      AllOf(HasSubstr("first try"), HasSubstr("Never use it for production"),
            HasSubstr("TOKENCTL_SERVER=" + tokend.address()),
            HasSubstr("TOKENCTL_TOKEN_FILE=" +
                      std::filesystem::path(tokend.folder().File("tokend-dev/dev.token")).lexically_normal().string()),
            HasSubstr("tokenctl issue")));
}

TEST_F(CommandLineTest, ConfigurationWithTlsIsServed) {
  const TestCertificate certificate = MakeTestCertificate();
  folder_.Write("cert.pem", certificate.certificate_pem);
  ::chmod(folder_.Write("key.pem", certificate.private_key_pem).c_str(), 0600);
  WriteConfig("  - address: 0.0.0.0:0\n    tls:\n      certificate_file: cert.pem\n      private_key_file: key.pem\n");
  Process tokend(folder_.path(), {TOKEND, "--config=tokend.yaml", "--port-file=port"});
  const std::string port(absl::StripAsciiWhitespace(AwaitFile(folder_.File("port"), tokend)));
  ASSERT_FALSE(port.empty()) << tokend.err();
  SystemRandom random;
  const MadeToken token = MakeClientToken(**LoadKeys(folder_.File("keys.json")), "https://id.shop", ClientId("web"),
                                          absl::Hours(1), absl::Now(), random)
                              .value();
  grpc::SslCredentialsOptions trust;
  trust.pem_root_certs = certificate.certificate_pem;
  const auto stub = v1::TokenService::NewStub(grpc::CreateChannel("127.0.0.1:" + port, grpc::SslCredentials(trust)));
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer " + token.text);
  v1::IssueRequest request;
  request.set_subject("alice");
  v1::IssueResponse response;
  EXPECT_THAT(FromGrpc(stub->Issue(&context, request, &response)), IsOk());
  tokend.Signal(SIGTERM);
  EXPECT_EQ(tokend.Wait(), 0);
}

}  // namespace
}  // namespace paseto::service
