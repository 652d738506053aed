#include "grpc_paseto/service/cli/server_call.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/tests/service/cli/run_tokenctl.h"
#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto::service {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

using ServerCallTest = TokenctlTest;

const auto kInvalid = absl::StatusCode::kInvalidArgument;

// A loopback port that refuses every connection while this lives: bound, but nobody listens.
class ClosedPort {
 public:
  ClosedPort() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    address_ = absl::StrCat("127.0.0.1:", ntohs(address.sin_port));
  }
  ~ClosedPort() { ::close(socket_); }
  const std::string& address() const { return address_; }

 private:
  int socket_;
  std::string address_;
};

TEST_F(ServerCallTest, TakesPlaintextOnTheMachineOnly) {
  for (const char* address : {"127.0.0.1:1", "localhost:1", "[::1]:1", "unix:/run/tokend.sock"}) {
    EXPECT_THAT(ServerCall::Create({.address = address, .plaintext = true}), IsOk()) << address;
  }
  for (const char* address : {"10.0.0.1:1", "id.example.com:1", "0.0.0.0:1"}) {
    EXPECT_THAT(ServerCall::Create({.address = address, .plaintext = true}),
                StatusIs(kInvalid, HasSubstr("--plaintext")))
        << address;
    EXPECT_THAT(ServerCall::Create({.address = address}), IsOk()) << address;
  }
}

TEST_F(ServerCallTest, ChecksItsOptions) {
  EXPECT_THAT(ServerCall::Create({.address = "nowhere"}), StatusIs(kInvalid, HasSubstr("--server")));
  for (const char* timeout : {"0s", "10", "2h", ""}) {
    EXPECT_THAT(ServerCall::Create({.timeout = timeout}), StatusIs(kInvalid, HasSubstr("--timeout"))) << timeout;
  }
  EXPECT_THAT(ServerCall::Create({.ca_file = Path("absent")}),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("--ca")));
  EXPECT_THAT(ServerCall::Create({.ca_file = Write("ca", "text")}), StatusIs(kInvalid, HasSubstr("--ca")));
  EXPECT_THAT(ServerCall::Create({.ca_file = Path("ca"), .plaintext = true}), StatusIs(kInvalid, HasSubstr("exclude")));
  EXPECT_THAT(ServerCall::Create({.certificate_file = Path("absent")}), StatusIs(kInvalid, HasSubstr("go together")));
  EXPECT_THAT(ServerCall::Create({.certificate_file = Path("absent"), .key_file = Path("absent")}),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("--cert: ")));
  EXPECT_THAT(ServerCall::Create({.certificate_file = Path("ca"), .key_file = Path("ca")}),
              StatusIs(kInvalid, HasSubstr("--cert: ")));
  const std::string certificate = Write("certificate", "-----BEGIN CERTIFICATE-----\n");
  EXPECT_THAT(ServerCall::Create({.certificate_file = certificate, .key_file = certificate}),
              StatusIs(kInvalid, HasSubstr("--cert-key: ")));
  EXPECT_THAT(ServerCall::Create({.plaintext = true, .certificate_file = certificate, .key_file = certificate}),
              StatusIs(kInvalid, HasSubstr("--cert needs TLS")));
  EXPECT_THAT(ServerCall::Create({.token_file = Path("absent")}),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("--token-file")));
}

TEST_F(ServerCallTest, ExitsWithThreeWhenNobodyListens) {
  const ClosedPort port;
  for (const std::vector<std::string>& command : {std::vector<std::string>{"issue", "--subject", "ann"},
                                                  {"refresh", "v4.local.AAAA"},
                                                  {"revoke", "v4.local.AAAA"},
                                                  {"revoke", "--subject", "ann"},
                                                  {"introspect", "v4.public.AAAA"}}) {
    std::vector<std::string> arguments = command;
    arguments.insert(arguments.end(), {"--server", port.address(), "--plaintext"});
    const Ran ran = Run(arguments);
    EXPECT_EQ(ran.exit, 3) << command[0];
    EXPECT_THAT(ran.err, AllOf(HasSubstr("cannot reach tokend at " + port.address()), HasSubstr("--server"),
                               HasSubstr("--ca"), Not(HasSubstr("AAAA"))));
  }
}

TEST_F(ServerCallTest, TakesTheServerFromTheEnvironment) {
  const ClosedPort port;
  ::setenv("TOKENCTL_SERVER", port.address().c_str(), 1);
  const Ran ran = Run({"issue", "--subject", "ann", "--plaintext"});
  ::unsetenv("TOKENCTL_SERVER");
  EXPECT_THAT(ran.err, HasSubstr(port.address()));
}

TEST_F(ServerCallTest, TakesTheTokenFileFromTheEnvironment) {
  ::setenv("TOKENCTL_TOKEN_FILE", Path("absent.token").c_str(), 1);
  const Ran ran = Run({"issue", "--subject", "ann", "--plaintext"});
  ::unsetenv("TOKENCTL_TOKEN_FILE");
  EXPECT_EQ(ran.exit, 2);
  EXPECT_THAT(ran.err, HasSubstr("absent.token"));
}

TEST(ExplainStatus, TakesReasonAndSentenceApart) {
  const Failure failure = ExplainStatus({grpc::StatusCode::UNAUTHENTICATED, "token_missing: the method needs a token"});
  EXPECT_EQ(failure.exit, ExitCode::kRefused);
  EXPECT_EQ(failure.reason, "token_missing");
  EXPECT_EQ(failure.message, "the method needs a token");
  EXPECT_THAT(failure.next_step, HasSubstr("--token-file"));
}

TEST(ExplainStatus, KnowsARefusalOfTheServerFromAServerThatIsNotThere) {
  EXPECT_EQ(ExplainStatus({grpc::StatusCode::UNAVAILABLE, "store_unavailable: try again later"}).exit,
            ExitCode::kRefused);
  EXPECT_EQ(ExplainStatus({grpc::StatusCode::UNAVAILABLE, "failed to connect"}).exit, ExitCode::kUnreachable);
  EXPECT_EQ(ExplainStatus({grpc::StatusCode::DEADLINE_EXCEEDED, "Deadline Exceeded"}).exit, ExitCode::kUnreachable);
}

TEST(ExplainStatus, KeepsWhatItDoesNotKnow) {
  const Failure failure = ExplainStatus({grpc::StatusCode::UNIMPLEMENTED, "no such method: x"});
  EXPECT_EQ(failure.exit, ExitCode::kRefused);
  EXPECT_THAT(failure.reason, IsEmpty());
  EXPECT_THAT(failure.message, HasSubstr("no such method: x"));
}

}  // namespace
}  // namespace paseto::service
