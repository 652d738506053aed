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

}  // namespace
}  // namespace paseto::service
