#include "grpc_paseto/service/server/server.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "grpc_paseto/tests/support/raw_call.h"
#include "grpc_paseto/tests/support/refused_for.h"
#include "grpc_paseto/tests/support/running_tokend.h"
#include "grpc_paseto/tests/support/temporary_folder.h"
#include "grpc_paseto/tests/support/test_certificates.h"
#include "paseto/v1/trust_feed.grpc.pb.h"

namespace paseto::service {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

constexpr char kHealthCheck[] = "/grpc.health.v1.Health/Check";
constexpr char kHealthWatch[] = "/grpc.health.v1.Health/Watch";
constexpr char kReflection[] = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";
// HealthCheckResponse with its status, and ServerReflectionRequest with list_services.
constexpr char kServing[] = "\x08\x01";
constexpr char kNotServing[] = "\x08\x02";
constexpr char kListServices[] = "\x3A\x01*";

// What Server::Start says to a configuration in a folder of its own with keys.
class StartTest : public ::testing::Test {
 protected:
  StartTest() : config_(TestConfig(folder_.path())) { WriteTestKeys(config_.keys().file()); }

  absl::StatusOr<std::unique_ptr<Server>> Start() { return Server::Start(config_, {clock_, random_, log_}); }

  TemporaryFolder folder_;
  FakeClock clock_;
  SystemRandom random_;
  std::ostringstream log_text_;
  const JsonLog log_{log_text_, LogSeverity::kInfo};
  config::TokendConfig config_;
};

TEST_F(StartTest, TellsThePortsThatWereBound) {
  config_.add_listen()->set_address("[::1]:0");
  config_.add_listen()->set_address("unix:" + folder_.File("socket"));
  const absl::StatusOr<std::unique_ptr<Server>> server = Start();
  ASSERT_THAT(server, IsOk());
  EXPECT_THAT((*server)->addresses(),
              ::testing::ElementsAre(MatchesRegex("127\\.0\\.0\\.1:[1-9][0-9]*"), MatchesRegex("\\[::1\\]:[1-9][0-9]*"),
                                     "unix:" + folder_.File("socket")));
}

TEST_F(StartTest, PortInUseIsAnErrorThatNamesIt) {
  RunningTokend other;
  config_.mutable_listen(0)->set_address(other.address());
  EXPECT_THAT(Start(), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(other.address())));
  config_.mutable_listen(0)->set_address("127.0.0.1:0");
  EXPECT_THAT(Start(), IsOk());
}

TEST_F(StartTest, DataFolderInUseIsAnErrorThatNamesIt) {
  const absl::StatusOr<std::unique_ptr<Server>> first = Start();
  ASSERT_THAT(first, IsOk());
  EXPECT_THAT(Start(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                AllOf(HasSubstr(folder_.File("store")), HasSubstr("in use"))));
}

TEST_F(StartTest, MissingKeyFileIsAnErrorThatNamesIt) {
  config_.mutable_keys()->set_file(folder_.File("none.json"));
  EXPECT_THAT(Start(), StatusIs(absl::StatusCode::kNotFound, HasSubstr("none.json")));
}

TEST_F(StartTest, BrokenCertificateIsAnError) {
  config::Tls& tls = *config_.mutable_listen(0)->mutable_tls();
  tls.set_certificate_file(folder_.Write("cert.pem", "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n"));
  tls.set_private_key_file(folder_.Write("key.pem", "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n"));
  EXPECT_THAT(Start(), Not(IsOk()));
}

TEST_F(StartTest, TlsPortServesItsCertificate) {
  const TestCertificate certificate = MakeTestCertificate();
  config::Tls& tls = *config_.mutable_listen(0)->mutable_tls();
  tls.set_certificate_file(folder_.Write("cert.pem", certificate.certificate_pem));
  tls.set_private_key_file(folder_.Write("key.pem", certificate.private_key_pem));
  const absl::StatusOr<std::unique_ptr<Server>> server = Start();
  ASSERT_THAT(server, IsOk());
  grpc::SslCredentialsOptions trust;
  trust.pem_root_certs = certificate.certificate_pem;
  const std::string& address = (*server)->addresses().front();
  const std::string port = address.substr(address.rfind(':'));
  RawCall call(grpc::CreateChannel("127.0.0.1" + port, grpc::SslCredentials(trust)), kHealthCheck, "");
  call.Send("");
  EXPECT_EQ(call.Read(), kServing);
}

TEST(ServerTest, HealthIsPublic) {
  RunningTokend tokend;
  RawCall call(tokend.channel(), kHealthCheck, "");
  call.Send("");
  EXPECT_EQ(call.Read(), kServing);
}

TEST(ServerTest, ReflectionNeedsAClientToken) {
  RunningTokend tokend;
  RawCall anonymous(tokend.channel(), kReflection, "");
  anonymous.Send(kListServices);
  EXPECT_EQ(anonymous.Read(), absl::nullopt);
  EXPECT_THAT(anonymous.Finish(), RefusedFor(v1::REASON_TOKEN_MISSING));
  RawCall client(tokend.channel(), kReflection, tokend.ClientToken("web"));
  client.Send(kListServices);
  EXPECT_THAT(client.Read().value_or(""), HasSubstr("paseto.v1.TokenService"));
}

TEST(ServerTest, ReflectionIsOpenForAFirstTry) {
  RunningTokend tokend(nullptr, ReflectionAccess::kEveryone);
  RawCall call(tokend.channel(), kReflection, "");
  call.Send(kListServices);
  EXPECT_THAT(call.Read().value_or(""), HasSubstr("paseto.v1.TrustFeed"));
}

TEST(ServerTest, UnknownMethodNeedsATokenToo) {
  RunningTokend tokend;
  RawCall call(tokend.channel(), "/paseto.v1.TokenService/Mint", "");
  call.Send("");
  EXPECT_EQ(call.Read(), absl::nullopt);
  EXPECT_THAT(call.Finish(), RefusedFor(v1::REASON_TOKEN_MISSING));
}

class WatchTest : public ::testing::Test {
 protected:
  // Watches as `client` until the server ends it; gives how, and how many messages came.
  absl::Status EndOfWatch(const std::string& client, int& messages) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer " + tokend_.ClientToken(client));
    const std::unique_ptr<v1::TrustFeed::Stub> stub = v1::TrustFeed::NewStub(tokend_.channel());
    const auto stream = stub->Watch(&context);
    v1::WatchRequest request;
    request.mutable_position();
    stream->Write(request);
    v1::WatchResponse response;
    for (messages = 0; stream->Read(&response); ++messages) {
      if (messages == 0) started_.Notify();
    }
    return FromGrpc(stream->Finish());
  }

  RunningTokend tokend_;
  absl::Notification started_;
};

TEST_F(WatchTest, NeedsAPolicy) {
  int messages = 0;
  EXPECT_THAT(EndOfWatch("web", messages), RefusedFor(v1::REASON_CLIENT_NOT_ALLOWED));
  EXPECT_EQ(messages, 0);
}

TEST_F(WatchTest, IsEndedByADrainSoThatItGoesElsewhere) {
  absl::Status end;
  int messages = 0;
  std::thread watcher([&] { end = EndOfWatch("verifier", messages); });
  started_.WaitForNotification();
  tokend_.server().Drain(absl::InfiniteDuration());
  watcher.join();
  EXPECT_EQ(end.code(), absl::StatusCode::kUnavailable);
}

// A watch of health has no end of its own, so it must not hold up the drain either.
TEST(DrainTest, HealthTurnsToNotServingAndNewCallsAreRefused) {
  RunningTokend tokend;
  RawCall watch(tokend.channel(), kHealthWatch, "");
  watch.Send("");
  ASSERT_EQ(watch.Read(), kServing);
  std::thread drain([&] { tokend.server().Drain(absl::InfiniteDuration()); });
  EXPECT_EQ(watch.Read(), kNotServing);
  drain.join();
  EXPECT_THAT(tokend.Introspect("web", "x"), StatusIs(absl::StatusCode::kUnavailable));
}

TEST(DrainTest, WhatWasAnsweredIsThereAtTheNextStart) {
  TemporaryFolder folder;
  config::TokendConfig config = TestConfig(folder.path());
  WriteTestKeys(config.keys().file());
  const auto same = [&](config::TokendConfig& other) { other = config; };
  v1::IssueResponse pair;
  {
    RunningTokend first(same);
    pair = first.IssuePair("app");
    first.server().Drain(absl::InfiniteDuration());
  }
  RunningTokend second(same);
  EXPECT_THAT(second.Refresh("", pair.refresh_token()), IsOk());
}

}  // namespace
}  // namespace paseto::service
