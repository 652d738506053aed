#include "grpc_paseto/service/config/listen_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto::service {
namespace {

TEST(CheckAddress, TakesTheThreeForms) {
  for (const char* address : {"127.0.0.1:7443", "localhost:0", "id.example.com:65535", "[::1]:7443", "[::]:0",
                              "0.0.0.0:80", "unix:/run/tokend.sock", "unix:relative.sock"}) {
    EXPECT_THAT(CheckAddress(address), IsOk()) << address;
  }
}

TEST(CheckAddress, RefusesEverythingElse) {
  for (const char* address : {"",
                              "127.0.0.1",
                              ":7443",
                              "localhost:",
                              "localhost:65536",
                              "localhost:-1",
                              "localhost:+1",
                              "localhost: 1",
                              "localhost:http",
                              "localhost:000001",
                              "::1:7443",
                              "[::1]",
                              "[::1:7443",
                              "[localhost]:1",
                              "[]:1",
                              "a b:1",
                              "dns:///x:1",
                              "unix:",
                              "unix-abstract:x",
                              "*:7443"}) {
    EXPECT_THAT(CheckAddress(address), StatusIs(absl::StatusCode::kInvalidArgument)) << address;
  }
}

TEST(CheckAddress, HoldsTheLimitOfSocketPaths) {
  EXPECT_THAT(CheckAddress(absl::StrCat("unix:", std::string(107, 'p'))), IsOk());
  EXPECT_THAT(CheckAddress(absl::StrCat("unix:", std::string(108, 'p'))), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(IsLocalAddress, KnowsWhatStaysOnTheMachine) {
  for (const char* address : {"127.0.0.1:1", "127.255.255.254:1", "[::1]:1", "[0:0:0:0:0:0:0:1]:1", "localhost:1",
                              "LOCALHOST:1", "unix:/run/tokend.sock"}) {
    EXPECT_TRUE(IsLocalAddress(address)) << address;
  }
}

TEST(IsLocalAddress, TakesNothingElseForLocal) {
  for (const char* address :
       {"0.0.0.0:1", "[::]:1", "128.0.0.1:1", "126.255.255.255:1", "10.0.0.1:1", "127.0.0.1.example.com:1", "127.1:1",
        "localhost.example.com:1", "[::2]:1", "[::ffff:10.0.0.1]:1", "id.example.com:1", "", "unix:", "127.0.0.1"}) {
    EXPECT_FALSE(IsLocalAddress(address)) << address;
  }
}

}  // namespace
}  // namespace paseto::service
