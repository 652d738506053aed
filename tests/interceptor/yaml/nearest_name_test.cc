#include "grpc_paseto/interceptor/yaml/nearest_name.h"

#include <gtest/gtest.h>

namespace paseto::interceptor {
namespace {

TEST(NearestName, FindsTheLikelyMeaning) {
  EXPECT_EQ(NearestName("isuer", {"issuer", "listen"}), "issuer");
  EXPECT_EQ(NearestName("idle-timeout", {"refresh_grace", "idle_timeout"}), "idle_timeout");
  EXPECT_EQ(NearestName("kys", {"keys", "log"}), "keys");
}

TEST(NearestName, StaysSilentWhenNothingIsNear) {
  EXPECT_EQ(NearestName("database", {"issuer", "listen"}), "");
  EXPECT_EQ(NearestName("", {"issuer"}), "");
  EXPECT_EQ(NearestName("x", {}), "");
  EXPECT_EQ(NearestName(std::string(100'000, 'a'), {std::string(100'000, 'a')}), "");
}

}  // namespace
}  // namespace paseto::interceptor
