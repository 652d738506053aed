// Rules that change what handlers see: forwarded claims and stripped credentials, in every server API.
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <grpcpp/generic/async_generic_service.h>

#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "grpc_paseto/interceptor/gate/guard_impl.h"
#include "grpc_paseto/interceptor/trust/in_process_trust.h"
#include "grpc_paseto/tests/support/change_waiter.h"
#include "grpc_paseto/tests/support/guarded_echo.h"

namespace paseto::interceptor {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using testing::Echo;
using testing::EchoReply;
using testing::EchoRequest;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;
using ::testing::StartsWith;

// What handlers saw, last.
struct Seen {
  std::multimap<std::string, std::string> metadata;
  std::string principal;
};

class Watcher {
 public:
  void See(const grpc::ServerContextBase& context) {
    Seen seen;
    for (const auto& [key, value] : context.client_metadata()) {
      seen.metadata.emplace(std::string(key.data(), key.size()), std::string(value.data(), value.size()));
    }
    const absl::StatusOr<Principal> who = PrincipalFrom(context);
    seen.principal = who.ok() ? (who->anonymous() ? "anonymous" : who->subject()) : std::string(who.status().message());
    absl::MutexLock lock(&mutex_);
    seen_ = std::move(seen);
  }
  Seen last() {
    absl::MutexLock lock(&mutex_);
    return seen_;
  }

 private:
  absl::Mutex mutex_;
  Seen seen_ ABSL_GUARDED_BY(mutex_);
};

class SyncService final : public Echo::Service {
 public:
  explicit SyncService(Watcher& watcher) : watcher_(watcher) {}
  grpc::Status Say(grpc::ServerContext* context, const EchoRequest*, EchoReply*) override {
    watcher_.See(*context);
    return grpc::Status::OK;
  }
  grpc::Status Chat(grpc::ServerContext* context, grpc::ServerReaderWriter<EchoReply, EchoRequest>* stream) override {
    EchoRequest request;
    while (stream->Read(&request)) {
      watcher_.See(*context);
      stream->Write(EchoReply());
    }
    return grpc::Status::OK;
  }

 private:
  Watcher& watcher_;
};

class ChatReactor final : public grpc::ServerBidiReactor<EchoRequest, EchoReply> {
 public:
  ChatReactor(Watcher& watcher, grpc::CallbackServerContext* context) : watcher_(watcher), context_(context) {
    StartRead(&request_);
  }
  void OnReadDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::OK);
    watcher_.See(*context_);
    StartWrite(&reply_);
  }
  void OnWriteDone(bool) override { StartRead(&request_); }
  void OnDone() override { delete this; }

 private:
  Watcher& watcher_;
  grpc::CallbackServerContext* const context_;
  EchoRequest request_;
  EchoReply reply_;
};

class CallbackService final : public Echo::CallbackService {
 public:
  explicit CallbackService(Watcher& watcher) : watcher_(watcher) {}
  grpc::ServerUnaryReactor* Say(grpc::CallbackServerContext* context, const EchoRequest*, EchoReply*) override {
    watcher_.See(*context);
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
  grpc::ServerBidiReactor<EchoRequest, EchoReply>* Chat(grpc::CallbackServerContext* context) override {
    return new ChatReactor(watcher_, context);
  }

 private:
  Watcher& watcher_;
};

class GenericService final : public grpc::CallbackGenericService {
 public:
  explicit GenericService(Watcher& watcher) : watcher_(watcher) {}
  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext* context) override {
    watcher_.See(*context);
    class Done final : public grpc::ServerGenericBidiReactor {
     public:
      Done() { Finish(grpc::Status::OK); }
      void OnDone() override { delete this; }
    };
    return new Done();
  }

 private:
  Watcher& watcher_;
};

// Takes one call after the other from its completion queue: of Say, or of any method when it is generic.
class AsyncService {
 public:
  explicit AsyncService(Watcher& watcher) : watcher_(watcher) {}
  void AddTo(GuardedServerBuilder& builder, bool is_generic) {
    is_generic_ = is_generic;
    if (is_generic) {
      builder.RegisterAsyncGenericService(&generic_);
    } else {
      builder.RegisterService(&service_);
    }
    queue_ = builder.AddCompletionQueue();
  }
  void Run() {
    thread_ = std::thread([this] {
      while (is_generic_ ? TakeAny() : TakeSay()) {
      }
    });
  }
  // After the server's shutdown, which ends the thread's request for a call. The queue must outlive that request:
  // gRPC aborts the process if a call is asked for on a queue that was shut down.
  void Stop() {
    thread_.join();
    queue_->Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_->Next(&tag, &ok)) {
    }
  }

 private:
  // Both give false when the server shuts down.
  bool TakeSay() {
    grpc::ServerContext context;
    EchoRequest request;
    grpc::ServerAsyncResponseWriter<EchoReply> writer(&context);
    service_.RequestSay(&context, &request, &writer, queue_.get(), queue_.get(), nullptr);
    if (!Next()) return false;
    watcher_.See(context);
    writer.Finish(EchoReply(), grpc::Status::OK, nullptr);
    return Next();
  }
  bool TakeAny() {
    grpc::GenericServerContext context;
    grpc::GenericServerAsyncReaderWriter stream(&context);
    generic_.RequestCall(&context, &stream, queue_.get(), queue_.get(), nullptr);
    if (!Next()) return false;
    watcher_.See(context);
    stream.Finish(grpc::Status::OK, nullptr);
    return Next();
  }
  bool Next() {
    void* tag = nullptr;
    bool ok = false;
    return queue_->Next(&tag, &ok) && ok;
  }

  Watcher& watcher_;
  Echo::AsyncService service_;
  grpc::AsyncGenericService generic_;
  bool is_generic_ = false;
  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  std::thread thread_;
};

enum class Api { kSync, kCallback, kAsync, kAsyncGeneric, kCallbackGeneric };

bool IsAsync(Api api) { return api == Api::kAsync || api == Api::kAsyncGeneric; }
bool IsGeneric(Api api) { return api == Api::kAsyncGeneric || api == Api::kCallbackGeneric; }

class MetadataChangeTest : public ::testing::TestWithParam<Api> {
 protected:
  void StartWith(const std::string& rule_text, const std::string& other_rule_text = "") {
    GuardOptions options;
    options.trust = TrustFromBoard(mint_.board());
    options.issuer = TokenMint::kIssuer;
    options.audience = TokenMint::kAudience;
    options.clock = &clock_;
    guard_ = Guard::Create(std::move(options)).value();
    GuardedServerBuilder builder(*guard_);
    builder.AddListeningPort("127.0.0.1:0", guard_->Plaintext(), &port_);
    builder.SetRule("paseto.testing.Echo/Say", Rule(rule_text));
    builder.SetRule("paseto.testing.Echo/Chat", Rule(rule_text));
    builder.SetRule("paseto.testing.Echo/Follow", Rule(other_rule_text));
    switch (GetParam()) {
      case Api::kSync:
        builder.RegisterService(&sync_);
        break;
      case Api::kCallback:
        builder.RegisterService(&callback_);
        break;
      case Api::kAsync:
      case Api::kAsyncGeneric:
        async_.AddTo(builder, IsGeneric(GetParam()));
        break;
      case Api::kCallbackGeneric:
        builder.RegisterCallbackGenericService(&generic_);
        break;
    }
    server_ = builder.Start().value();
    if (IsAsync(GetParam())) async_.Run();
    channel_ = grpc::CreateChannel(absl::StrCat("127.0.0.1:", port_), grpc::InsecureChannelCredentials());
  }
  static v1::AuthRule Rule(const std::string& text) {
    v1::AuthRule rule;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &rule)) << text;
    return rule;
  }

  void TearDown() override {
    server_->Shutdown(std::chrono::system_clock::now());
    if (IsAsync(GetParam())) async_.Stop();
  }

  Seen Say(const GuardedEcho::Metadata& metadata) {
    const grpc::Status status = CallUnary(*channel_, "/paseto.testing.Echo/Say", metadata);
    // A generic handler answers without a message.
    EXPECT_TRUE(status.ok() || IsGeneric(GetParam())) << status.error_message();
    return watcher_.last();
  }
  std::string Token() {
    return mint_.Mint("alice", [](TokenSpec& spec) { spec.claims.custom_json = R"({"tenant":"blue"})"; });
  }

  FakeClock clock_;
  TokenMint mint_{clock_};
  Watcher watcher_;
  SyncService sync_{watcher_};
  CallbackService callback_{watcher_};
  GenericService generic_{watcher_};
  AsyncService async_{watcher_};
  std::unique_ptr<Guard> guard_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

constexpr char kForward[] =
    "forward_claims { key: 'x-user' value: 'sub' } forward_claims { key: 'x-tenant' value: 'tenant' } "
    "forward_claims { key: 'x-level' value: 'level' } ";

TEST_P(MetadataChangeTest, ForwardedClaimsTakeThePlaceOfWhatTheClientSent) {
  StartWith(kForward);
  GuardedEcho::Metadata metadata = Bearer(Token());
  metadata.insert(metadata.end(), {{"x-user", "root"}, {"x-user", "admin"}, {"x-level", "9"}, {"x-other", "kept"}});
  const Seen seen = Say(metadata);
  EXPECT_EQ(seen.principal, "alice");
  EXPECT_EQ(seen.metadata.count("x-user"), 1u);
  EXPECT_THAT(seen.metadata, AllOf(Contains(Pair("x-user", "alice")), Contains(Pair("x-tenant", "blue")),
                                   Not(Contains(Key("x-level"))), Contains(Pair("x-other", "kept")),
                                   Contains(Pair("authorization", StartsWith("Bearer ")))));
}

TEST_P(MetadataChangeTest, AnonymousCallForwardsNothingAndKeepsNothing) {
  StartWith(absl::StrCat("mode: MODE_OPTIONAL ", kForward));
  const Seen seen = Say({{"x-user", "root"}});
  EXPECT_EQ(seen.principal, "anonymous");
  EXPECT_THAT(seen.metadata, Not(Contains(Key("x-user"))));
}

TEST_P(MetadataChangeTest, KeysOfClaimsAreClosedToClientsOnEveryMethod) {
  StartWith("mode: MODE_PUBLIC", kForward);
  EXPECT_THAT(Say({{"x-user", "root"}}).metadata, Not(Contains(Key("x-user"))));
}

TEST_P(MetadataChangeTest, KeysOfClaimsAreClosedToCallsThatPassedNoGate) {
  StartWith(kForward);
  const std::shared_ptr<grpc::Channel> side_door = server_->InProcessChannel(grpc::ChannelArguments());
  CallUnary(*side_door, "/paseto.testing.Echo/Say", {{"x-user", "root"}, {"x-other", "kept"}});
  if (IsGeneric(GetParam())) return;  // there it is a stream, and ended
  EXPECT_THAT(watcher_.last().metadata, AllOf(Not(Contains(Key("x-user"))), Contains(Pair("x-other", "kept"))));
}

TEST_P(MetadataChangeTest, StrippedCredentialStillNamesTheCaller) {
  StartWith("strip_credential: true");
  const Seen seen = Say(Bearer(Token()));
  EXPECT_EQ(seen.principal, "alice");
  EXPECT_THAT(seen.metadata, Not(Contains(Key("authorization"))));
}

TEST_P(MetadataChangeTest, StrippedCredentialUnderItsOwnKeyBesideForwardedClaims) {
  StartWith(absl::StrCat("strip_credential: true metadata_key: 'x-token' metadata_prefix: '-' ", kForward));
  GuardedEcho::Metadata metadata = {{"x-token", Token()}, {"x-user", "root"}};
  const Seen seen = Say(metadata);
  EXPECT_EQ(seen.principal, "alice");
  EXPECT_THAT(seen.metadata, AllOf(Not(Contains(Key("x-token"))), Contains(Pair("x-user", "alice"))));
}

std::string ApiName(const ::testing::TestParamInfo<Api>& info) {
  constexpr const char* kNames[] = {"Sync", "Callback", "Async", "AsyncGeneric", "CallbackGeneric"};
  return kNames[static_cast<int>(info.param)];
}

INSTANTIATE_TEST_SUITE_P(EveryApi, MetadataChangeTest,
                         ::testing::Values(Api::kSync, Api::kCallback, Api::kAsync, Api::kAsyncGeneric,
                                           Api::kCallbackGeneric),
                         ApiName);

class MetadataChangeStreamTest : public MetadataChangeTest {};

TEST_P(MetadataChangeStreamTest, StreamWithoutItsCredentialIsGuardedAllTheSame) {
  StartWith(absl::StrCat("strip_credential: true ", kForward));
  const auto stub = Echo::NewStub(channel_);
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer " + Token());
  context.AddMetadata("x-user", "root");
  const auto stream = stub->Chat(&context);
  EchoReply reply;
  ASSERT_TRUE(stream->Write(EchoRequest()) && stream->Read(&reply));
  const Seen seen = watcher_.last();
  EXPECT_EQ(seen.principal, "alice");
  EXPECT_THAT(seen.metadata, AllOf(Not(Contains(Key("authorization"))), Contains(Pair("x-user", "alice"))));
  EXPECT_EQ(seen.metadata.count("x-user"), 1u);
  EXPECT_EQ(guard_->impl().streams().live(), 1u);
  mint_.RevokeSubject("alice");
  EXPECT_FALSE(stream->Read(&reply));
  EXPECT_THAT(stream->Finish().error_message(), StartsWith("stream_revoked: "));
}

INSTANTIATE_TEST_SUITE_P(EveryApi, MetadataChangeStreamTest, ::testing::Values(Api::kSync, Api::kCallback),
                         [](const auto& info) { return info.param == Api::kSync ? "Sync" : "Callback"; });

// A handler asks twice, and the token is revoked between.
TEST(StrippedCredentialTest, RevocationReachesACallerWhoseCredentialIsHidden) {
  GuardedEcho::Options options;
  options.rule.set_strip_credential(true);
  options.change_guard = [](GuardOptions& guard) {
    guard.stream_mode = StreamMode::kCountOnly;
  };  // the stream lives on
  GuardedEcho echo(options);
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer " + echo.mint().Mint("alice"));
  const auto stream = echo.stub().Chat(&context);
  EchoReply reply;
  ASSERT_TRUE(stream->Write(EchoRequest()) && stream->Read(&reply));
  EXPECT_EQ(reply.principal(), "alice");
  echo.mint().RevokeSubject("alice");
  ASSERT_TRUE(stream->Write(EchoRequest()) && stream->Read(&reply));
  EXPECT_THAT(reply.principal(), StartsWith("token_revoked: "));
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
}

}  // namespace
}  // namespace paseto::interceptor
