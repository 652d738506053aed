// A server whose policy file changes while it runs.
#include "grpc_paseto/interceptor/yaml/policy_file.h"

#include <gmock/gmock.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "grpc_paseto/interceptor/trust/in_process_trust.h"
#include "grpc_paseto/tests/support/change_waiter.h"
#include "grpc_paseto/tests/support/guarded_echo.h"
#include "grpc_paseto/tests/support/status_matchers.h"
#include "grpc_paseto/tests/support/temporary_folder.h"

namespace paseto::interceptor {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr char kSay[] = "/paseto.testing.Echo/Say";

// An Echo service without any rule from code.
class PolicyFileServerTest : public ::testing::Test {
 protected:
  void Open(const std::string& yaml) {
    PolicyFileOptions options;
    options.path = folder_.Write("policy.yaml", yaml);
    options.poll_interval = absl::Milliseconds(5);
    options.on_reload = [this](const absl::Status& outcome) {
      {
        absl::MutexLock lock(&mutex_);
        outcomes_.push_back(outcome);
      }
      waiter_.Notify();
    };
    file_ = RulesFromPolicyFile(std::move(options)).value();
    GuardOptions guard_options;
    guard_options.trust = TrustFromBoard(mint_.board());
    guard_options.issuer = TokenMint::kIssuer;
    guard_options.audience = TokenMint::kAudience;
    guard_options.clock = &clock_;
    guard_ = Guard::Create(std::move(guard_options)).value();
    service_ = MakeEchoService(counters_);
  }

  absl::Status Start(const std::function<void(GuardedServerBuilder&)>& change = nullptr) {
    GuardedServerBuilder builder(*guard_);
    builder.AddListeningPort("127.0.0.1:0", guard_->Plaintext(), &port_);
    builder.RegisterService(service_.get());
    builder.SetRuleFile(file_);
    if (change) change(builder);
    absl::StatusOr<std::unique_ptr<grpc::Server>> server = builder.Start();
    if (!server.ok()) return server.status();
    server_ = *std::move(server);
    channel_ = grpc::CreateChannel(absl::StrCat("127.0.0.1:", port_), grpc::InsecureChannelCredentials());
    return absl::OkStatus();
  }

  void TearDown() override {
    if (server_ != nullptr) server_->Shutdown(std::chrono::system_clock::now());
  }

  absl::Status OutcomeOf(const std::string& yaml) {
    folder_.Write("policy.yaml", yaml);
    ++seen_;
    EXPECT_TRUE(waiter_.Await([this] {
      absl::MutexLock lock(&mutex_);
      return outcomes_.size() >= seen_;
    }));
    absl::MutexLock lock(&mutex_);
    return outcomes_.size() >= seen_ ? outcomes_[seen_ - 1] : absl::UnknownError("no outcome");
  }

  grpc::StatusCode Say(const GuardedEcho::Metadata& metadata) {
    return CallUnary(*channel_, kSay, metadata).error_code();
  }

  TemporaryFolder folder_;
  ChangeWaiter waiter_;
  absl::Mutex mutex_;
  std::vector<absl::Status> outcomes_ ABSL_GUARDED_BY(mutex_);
  size_t seen_ = 0;
  FakeClock clock_;
  TokenMint mint_{clock_};
  EchoCounters counters_;
  std::shared_ptr<RuleSource> file_;
  std::unique_ptr<Guard> guard_;
  std::unique_ptr<grpc::Service> service_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

TEST_F(PolicyFileServerTest, ChangedFileJudgesTheNextCall) {
  Open("rules:\n  paseto.testing.Echo/*: {mode: public}\n");
  ASSERT_THAT(Start(), IsOk());
  EXPECT_EQ(Say({}), grpc::StatusCode::OK);
  ASSERT_THAT(OutcomeOf("rules:\n  paseto.testing.Echo/Say: {all_scopes: [admin]}\n"), IsOk());
  EXPECT_EQ(Say({}), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(Say(Bearer(mint_.Mint("alice"))), grpc::StatusCode::PERMISSION_DENIED);
  ASSERT_THAT(OutcomeOf("rules: {}\n"), IsOk());  // a valid access token again
  EXPECT_EQ(Say(Bearer(mint_.Mint("alice"))), grpc::StatusCode::OK);
}

TEST_F(PolicyFileServerTest, FileThatDoesNotFitTheServerKeepsTheOldRules) {
  Open("rules:\n  paseto.testing.Echo/*: {mode: public}\n");
  ASSERT_THAT(Start(), IsOk());
  EXPECT_THAT(OutcomeOf("rules:\n  paseto.testing.Echo/Sya: {}\n  paseto.testing.Echo/Say: {type: refresh}\n"),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr("policy.yaml:2"), HasSubstr("no such method"), HasSubstr("policy.yaml:3"),
                             HasSubstr("\"refresh\" is never accepted"))));
  EXPECT_THAT(OutcomeOf("rules: [\n"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(Say({}), grpc::StatusCode::OK);
  ASSERT_THAT(OutcomeOf("rules: {}\n"), IsOk());
  EXPECT_EQ(Say({}), grpc::StatusCode::UNAUTHENTICATED);
}

TEST_F(PolicyFileServerTest, FileThatDoesNotFitKeepsTheServerFromStarting) {
  Open("rules:\n  paseto.testing.Echo/Sya: {}\n");
  EXPECT_THAT(Start(), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("policy.yaml:2")));
  ASSERT_THAT(OutcomeOf("rules: {}\n"), IsOk());  // nobody follows it who could refuse
  EXPECT_THAT(Start(), IsOk());
}

TEST_F(PolicyFileServerTest, CodeGoesBeforeTheFile) {
  Open("rules:\n  paseto.testing.Echo/*: {mode: public}\n");
  ASSERT_THAT(Start([](GuardedServerBuilder& builder) {
                v1::AuthRule rule;
                rule.add_all_scopes("admin");
                builder.SetRule("paseto.testing.Echo/Say", rule);
              }),
              IsOk());
  EXPECT_EQ(Say(Bearer(mint_.Mint("alice"))), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(CallUnary(*channel_, "/paseto.testing.Echo/Collect", {}).error_code(), grpc::StatusCode::OK);
}

// A value under a key that no rule knew was not judged when the call was let pass.
TEST_F(PolicyFileServerTest, NewPlaceForCredentialsNeedsANewServer) {
  Open("rules: {}\n");
  ASSERT_THAT(Start(), IsOk());
  EXPECT_THAT(OutcomeOf("rules:\n  paseto.testing.Echo/Say: {metadata_key: x-token}\n"),
              StatusIs(absl::StatusCode::kFailedPrecondition, AllOf(HasSubstr("x-token"), HasSubstr("restart"))));
  EXPECT_THAT(OutcomeOf("rules:\n  paseto.testing.Echo/Say: {metadata_prefix: \"-\"}\n"),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("prefix \"-\"")));
  EXPECT_THAT(OutcomeOf("rules:\n  paseto.testing.Echo/Say: {accept: [v4.local]}\n"), IsOk());
}

TEST_F(PolicyFileServerTest, LiveStreamKeepsItsPrincipalWhenItsPlaceIsNoLongerUsed) {
  Open("rules:\n  paseto.testing.Echo/Chat: {metadata_key: x-token, metadata_prefix: \"-\"}\n");
  ASSERT_THAT(Start(), IsOk());
  const auto stub = testing::Echo::NewStub(channel_);
  grpc::ClientContext context;
  context.AddMetadata("x-token", mint_.Mint("alice"));
  const auto stream = stub->Chat(&context);
  testing::EchoReply reply;
  ASSERT_TRUE(stream->Write(testing::EchoRequest()) && stream->Read(&reply));
  EXPECT_EQ(reply.principal(), "alice");
  ASSERT_THAT(OutcomeOf("rules: {}\n"), IsOk());
  ASSERT_TRUE(stream->Write(testing::EchoRequest()) && stream->Read(&reply));
  EXPECT_EQ(reply.principal(), "alice");
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(PolicyFileServerTest, EveryCallIsJudgedByOnePolicyWhileTheFileChanges) {
  const std::string open = "rules:\n  paseto.testing.Echo/*: {mode: public}\n";
  const std::string closed = "rules:\n  paseto.testing.Echo/*: {all_scopes: [nobody]}\n";
  Open(open);
  ASSERT_THAT(Start(), IsOk());
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> callers;
  for (int i = 0; i < 3; ++i) {
    callers.emplace_back([&] {
      const GuardedEcho::Metadata metadata = Bearer(mint_.Mint("alice"));
      while (!stop) {
        const grpc::StatusCode code = Say(metadata);
        if (code != grpc::StatusCode::OK && code != grpc::StatusCode::PERMISSION_DENIED) ++wrong;
      }
    });
  }
  for (int i = 0; i < 20; ++i) {
    ASSERT_THAT(OutcomeOf(closed), IsOk());
    EXPECT_EQ(Say(Bearer(mint_.Mint("alice"))), grpc::StatusCode::PERMISSION_DENIED);
    ASSERT_THAT(OutcomeOf(open), IsOk());
    EXPECT_EQ(Say({}), grpc::StatusCode::OK);
  }
  stop = true;
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace paseto::interceptor
