// Runs tokenctl's commands in the test's own process, from arguments to exit code and output.
#ifndef GRPC_PASETO_TESTS_SERVICE_CLI_RUN_TOKENCTL_H_
#define GRPC_PASETO_TESTS_SERVICE_CLI_RUN_TOKENCTL_H_

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "grpc_paseto/service/cli/command_line.h"
#include "grpc_paseto/tests/support/fake_clock.h"

namespace paseto::service {

struct Ran {
  int exit;
  std::string out;
  std::string err;
};

// A fixture with a folder of its own, and without tokenctl's variables in the environment.
class TokenctlTest : public ::testing::Test {
 protected:
  TokenctlTest() {
    std::string name = ::testing::TempDir() + "tokenctl_XXXXXX";
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    ::unsetenv("TOKENCTL_SERVER");
    ::unsetenv("TOKENCTL_TOKEN_FILE");
    ::unsetenv("TOKENCTL_CERT");
    ::unsetenv("TOKENCTL_CERT_KEY");
  }
  ~TokenctlTest() override { std::filesystem::remove_all(folder_); }

  Ran Run(std::vector<std::string> arguments, const std::string& standard_input = "") {
    std::vector<const char*> argv = {"tokenctl"};
    for (const std::string& argument : arguments) argv.push_back(argument.c_str());
    std::istringstream in(standard_input);
    std::ostringstream out, err;
    const ParsedCommand command = ParseCommandLine(static_cast<int>(argv.size()), argv.data(), clock_, in);
    const ExitCode exit = Print(command.run(), command.as_json, out, err);
    return {static_cast<int>(exit), out.str(), err.str()};
  }

  std::string Path(const std::string& name) const { return folder_ / name; }
  std::string Read(const std::string& name) const {
    std::ifstream file(folder_ / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
    return Path(name);
  }
  mode_t Mode(const std::string& name) const {
    struct stat status {};
    EXPECT_EQ(::stat(Path(name).c_str(), &status), 0);
    return status.st_mode & 0777;
  }
  // A key file with one active key of each use.
  std::string MakeKeys(const std::string& name = "keys.json") {
    for (const char* use : {"access", "refresh", "client"}) {
      EXPECT_EQ(Run({"key", "generate", "--file", Path(name), "--use", use}).exit, 0);
    }
    return Path(name);
  }

  FakeClock clock_;
  std::filesystem::path folder_;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_TESTS_SERVICE_CLI_RUN_TOKENCTL_H_
