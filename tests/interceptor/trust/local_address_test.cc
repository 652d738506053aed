#include "grpc_paseto/interceptor/trust/local_address.h"

#include <gtest/gtest.h>

namespace paseto::interceptor {
namespace {

TEST(LocalAddressTest, LoopbackAndUnixSocketsAreLocal) {
  for (const char* address : {"127.0.0.1:7443", "127.9.8.7:1", "[::1]:7443", "localhost:7443", "unix:/run/tokend.sock",
                              "unix:relative.sock", "unix-abstract:tokend"}) {
    EXPECT_TRUE(IsLocalAddress(address)) << address;
  }
}

TEST(LocalAddressTest, EverythingElseIsNot) {
  for (const char* address :
       {"", "127.0.0.1", "10.0.0.1:7443", "128.0.0.1:7443", "tokend-1:7443", "127.0.0.1.evil.example:7443",
        "localhost.evil.example:7443", "[::]:7443", "[::2]:7443", "0.0.0.0:7443", "ipv4:127.0.0.1:1,10.0.0.1:1",
        "dns:///localhost:7443", "127.0.0.1:65536", "127.0.0.1:x", "127.1:7443", "evil@127.0.0.1:7443"}) {
    EXPECT_FALSE(IsLocalAddress(address)) << address;
  }
}

}  // namespace
}  // namespace paseto::interceptor
