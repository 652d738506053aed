#include "grpc_paseto/service/log/rpc_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>

#include "grpc_paseto/interceptor/policy/refusal.h"
#include "grpc_paseto/service/lifecycle/refusals.h"

namespace paseto::service {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class FakeBootClock final : public BootClock {
 public:
  absl::Duration SinceBoot() const override { return now; }
  absl::Duration now = absl::Hours(1);
};

class RpcLogTest : public ::testing::Test {
 protected:
  std::ostringstream out_;
  const JsonLog log_{out_, LogSeverity::kInfo};
  FakeBootClock clock_;
};

TEST_F(RpcLogTest, LineHasCodeReasonAndTimeAndNoSentence) {
  const absl::Status refusal = interceptor::MakeRefusal(v1::REASON_REFRESH_REUSED, "sign in again");
  RpcLog(log_).Write({"TokenService/Refresh", "web", refusal, "", std::chrono::microseconds(812)});
  EXPECT_THAT(out_.str(), HasSubstr(R"("level":"warning")"));
  EXPECT_THAT(out_.str(), EndsWith(R"("rpc":"TokenService/Refresh","client":"web","code":"UNAUTHENTICATED",)"
                                   R"("reason":"refresh_reused","duration_us":812})"
                                   "\n"));
  EXPECT_THAT(out_.str(), Not(HasSubstr("sign in again")));
}

TEST_F(RpcLogTest, KindsOfSuccessAreToldApart) {
  RpcLog(log_).Write({"TokenService/Refresh", "web", absl::OkStatus(), "", std::chrono::microseconds(8), "concurrent"});
  EXPECT_THAT(out_.str(), EndsWith(R"("code":"OK","outcome":"concurrent","duration_us":8})"
                                   "\n"));
}

TEST_F(RpcLogTest, OperatorSeesTheCauseOfAnInternalFailure) {
  const absl::Status failure = InternalFailure("page 7 is broken");
  RpcLog(log_).Write({"TokenService/Issue", "", failure, CauseOf(failure), std::chrono::microseconds(5)});
  EXPECT_THAT(out_.str(), HasSubstr(R"("level":"error","rpc":"TokenService/Issue","code":"INTERNAL",)"
                                    R"("reason":"internal","cause":"page 7 is broken")"));
}

TEST_F(RpcLogTest, WhatTheGuardRefusesHasALine) {
  GuardLog(log_, clock_).OnRefused("/paseto.v1.TokenService/Issue", v1::REASON_TOKEN_MISSING);
  EXPECT_THAT(out_.str(), EndsWith(R"("rpc":"TokenService/Issue","code":"UNAUTHENTICATED","reason":"token_missing"})"
                                   "\n"));
}

TEST_F(RpcLogTest, UnknownMethodsHaveNoNameOfTheirCallersChoice) {
  GuardLog(log_, clock_).OnRefused("", v1::REASON_TOKEN_MISSING);
  EXPECT_THAT(out_.str(), HasSubstr(R"("rpc":"unknown")"));
}

TEST_F(RpcLogTest, RefusalsAreSampledByRpcAndReasonAndTheOthersCounted) {
  GuardLog guard_log(log_, clock_);
  const auto lines = [this] {
    const std::string text = out_.str();
    return std::count(text.begin(), text.end(), '\n');
  };
  for (int i = 0; i < 5; ++i) guard_log.OnRefused("/paseto.v1.TokenService/Issue", v1::REASON_TOKEN_MISSING);
  EXPECT_EQ(lines(), 1);
  guard_log.OnRefused("/paseto.v1.TokenService/Issue", v1::REASON_TOKEN_EXPIRED);
  guard_log.OnRefused("/paseto.v1.TokenService/Refresh", v1::REASON_TOKEN_MISSING);
  EXPECT_EQ(lines(), 3);
  clock_.now += absl::Seconds(1) - absl::Nanoseconds(1);
  guard_log.OnRefused("/paseto.v1.TokenService/Issue", v1::REASON_TOKEN_MISSING);
  EXPECT_EQ(lines(), 3);
  clock_.now += absl::Nanoseconds(1);
  guard_log.OnRefused("/paseto.v1.TokenService/Issue", v1::REASON_TOKEN_MISSING);
  EXPECT_THAT(out_.str(), EndsWith(R"("rpc":"TokenService/Issue","code":"UNAUTHENTICATED",)"
                                   R"("reason":"token_missing","left_out":5})"
                                   "\n"));
  EXPECT_EQ(lines(), 4);
}

TEST_F(RpcLogTest, OnlyServicesWithoutALogOfTheirOwnAreLoggedWhenLetIn) {
  GuardLog guard_log(log_, clock_);
  guard_log.OnAllowed("/paseto.v1.TokenService/Issue", false, false);
  EXPECT_THAT(out_.str(), IsEmpty());
  guard_log.OnAllowed("/paseto.v1.TrustFeed/Watch", false, false);
  EXPECT_THAT(out_.str(), EndsWith(R"("rpc":"TrustFeed/Watch","code":"OK"})"
                                   "\n"));
}

}  // namespace
}  // namespace paseto::service
