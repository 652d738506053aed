// What the tests of service/feed share: a store whose faults a test chooses, a feed on a real server, and a client that
// reads it message by message.
#ifndef GRPC_PASETO_TESTS_SERVICE_FEED_FEED_TEST_SUPPORT_H_
#define GRPC_PASETO_TESTS_SERVICE_FEED_FEED_TEST_SUPPORT_H_

#include <gmock/gmock.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/service/feed/feed_publisher.h"
#include "grpc_paseto/service/feed/trust_feed_service.h"
#include "grpc_paseto/service/store/sqlite_store.h"
#include "grpc_paseto/tests/service/store/blocking_store.h"
#include "grpc_paseto/tests/support/fake_clock.h"
#include "grpc_paseto/tests/support/status_matchers.h"
#include "grpc_paseto/tests/support/temporary_folder.h"
#include "paseto/v1/trust_feed.grpc.pb.h"

namespace paseto::service {

inline constexpr char kIssuer[] = "https://id.shop";

inline std::unique_ptr<SessionStore> OpenStore(const std::string& folder) {
  SqliteStoreOptions options;
  options.folder = folder;
  absl::StatusOr<std::unique_ptr<SessionStore>> store = OpenSqliteStore(options);
  EXPECT_THAT(store, IsOk());
  return *std::move(store);
}

// Revokes token-1, token-2, ... up to `count` more; gives the position of the last.
inline FeedPosition RevokeTokens(SessionStore& store, const std::string& prefix, int count, absl::Time now) {
  std::vector<std::promise<absl::StatusOr<FeedPosition>>> promises(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) {
    RevocationOrder order{RevocationKind::kToken, absl::StrCat(prefix, i + 1), now + absl::Hours(1),
                          now + absl::Hours(24)};
    store.Revoke(std::move(order), now,
                 [&promise = promises[static_cast<size_t>(i)]](auto result) { promise.set_value(std::move(result)); });
  }
  FeedPosition last;
  for (auto& promise : promises) {
    const absl::StatusOr<FeedPosition> position = promise.get_future().get();
    EXPECT_THAT(position, IsOk());
    if (position.ok() && position->revision > last.revision) last = *position;
  }
  return last;
}

inline Claims ClaimsOf(const std::string& token_id) {
  Claims claims;
  claims.token_id = TokenId(token_id);
  return claims;
}

// A real store behind a door: reads may be made to fail, and another store may be put in its place, as a restored
// backup would be.
class StoreWithFaults final : public SessionStore {
 public:
  explicit StoreWithFaults(SessionStore* store) : store_(store) {}

  void FailReads(bool fail) { fail_ = fail; }
  // Each read takes a second of `clock`.
  void TakeTime(FakeClock* clock) { clock_ = clock; }
  void Replace(SessionStore* store) { store_ = store; }
  int snapshots() const { return snapshots_; }

  void Issue(IssueAttempt attempt, absl::Time now, Done<IssueResult> done) override {
    store()->Issue(std::move(attempt), now, std::move(done));
  }
  void DisableSubject(DisableOrder order, absl::Time now, Done<FeedPosition> done) override {
    store()->DisableSubject(std::move(order), now, std::move(done));
  }
  void EnableSubject(EnableOrder order, absl::Time now, Done<bool> done) override {
    store()->EnableSubject(std::move(order), now, std::move(done));
  }
  void StepUp(StepUpAttempt attempt, absl::Time now, Done<StepUpResult> done) override {
    store()->StepUp(std::move(attempt), now, std::move(done));
  }
  void Spend(SpendOrder order, Done<SpendOutcome> done) override { store()->Spend(std::move(order), std::move(done)); }
  void List(SessionQuery query, absl::Time now, Done<SessionPage> done) override {
    store()->List(std::move(query), now, std::move(done));
  }
  void Note(AuditEvent event, Done<bool> done) override { store()->Note(std::move(event), std::move(done)); }
  void RaiseLifetimes(LifetimeMarks marks, Done<LifetimeMarks> done) override {
    store()->RaiseLifetimes(marks, std::move(done));
  }
  KeyStore& keys() override { return store()->keys(); }
  void ReadSubject(std::string subject, Done<SubjectStanding> done) override {
    store()->ReadSubject(std::move(subject), std::move(done));
  }
  void Rotate(RotationAttempt attempt, absl::Time now, Done<RotationResult> done) override {
    store()->Rotate(std::move(attempt), now, std::move(done));
  }
  void Find(SessionId id, Done<absl::optional<Session>> done) override {
    store()->Find(std::move(id), std::move(done));
  }
  void Revoke(RevocationOrder order, absl::Time now, Done<FeedPosition> done) override {
    store()->Revoke(std::move(order), now, std::move(done));
  }
  void IsRevoked(TokenStanding token, Done<bool> done) override {
    store()->IsRevoked(std::move(token), std::move(done));
  }
  void StartEpochAbove(FeedPosition seen, ClientId by, absl::Time now,
                       Done<absl::optional<FeedPosition>> done) override {
    store()->StartEpochAbove(seen, std::move(by), now, std::move(done));
  }
  void ReadHead(Done<FeedPosition> done) override { store()->ReadHead(std::move(done)); }
  void ReadSnapshot(SnapshotScope scope, absl::Time now, Done<FeedSnapshot> done) override {
    ++snapshots_;
    Pass();
    if (fail_) return Fail(std::move(done));
    store()->ReadSnapshot(scope, now, std::move(done));
  }
  void ReadChanges(FeedPosition after, int limit, Done<FeedChanges> done) override {
    Pass();
    if (fail_) return Fail(std::move(done));
    store()->ReadChanges(after, limit, std::move(done));
  }
  void AdvanceForgetting(absl::Time now, absl::Duration elapsed, Done<absl::Time> done) override {
    store()->AdvanceForgetting(now, elapsed, std::move(done));
  }
  void DeleteExpired(absl::Time now, int limit, Done<int> done) override {
    store()->DeleteExpired(now, limit, std::move(done));
  }
  void OnHeadMoved(std::function<void()> listener) override { store()->OnHeadMoved(std::move(listener)); }

 private:
  SessionStore* store() const { return store_; }
  void Pass() {
    if (FakeClock* clock = clock_) clock->Advance(absl::Seconds(1));
  }
  // On a thread of the store, as every completion.
  template <typename T>
  void Fail(Done<T> done) {
    store()->ReadHead([done = std::move(done)](absl::StatusOr<FeedPosition>) mutable {
      std::move(done)(absl::UnavailableError("the store is cut off"));
    });
  }

  std::atomic<SessionStore*> store_;
  std::atomic<bool> fail_ = false;
  std::atomic<FakeClock*> clock_ = nullptr;
  std::atomic<int> snapshots_ = 0;
};

// tokend's feed and nothing else, on a real server.
class FeedServer {
 public:
  struct Options {
    std::atomic<int64_t>* key_set_version = nullptr;
    const Clock* forget_clock = nullptr;  // null: the clock
    std::function<void(const NoticedRollback&, absl::AnyInvocable<void() &&>)> on_rollback = nullptr;
    absl::Duration tick = absl::Milliseconds(20);
    size_t tail_records = 65536;
    size_t max_message_bytes = kMaxRecordBytes;
    int patience_ticks = 10000;
    std::string address = "127.0.0.1:0";
    std::function<absl::StatusOr<ClientId>(const grpc::CallbackServerContext&)> authorize = [](const auto&) {
      return ClientId("shop");
    };
  };

  FeedServer(SessionStore& store, const Clock& clock, std::shared_ptr<const KeySet> keys, const Options& options)
      : address_(options.address) {
    board->SetKeys(std::move(keys));
    FeedPublisher::Dependencies dependencies;
    dependencies.store = &store;
    dependencies.board = board;
    dependencies.clock = &clock;
    dependencies.forget_clock = options.forget_clock != nullptr ? options.forget_clock : &clock;
    dependencies.on_rollback = options.on_rollback;
    dependencies.tick = options.tick;
    dependencies.tail_records = options.tail_records;
    dependencies.max_message_bytes = options.max_message_bytes;
    publisher = FeedPublisher::Start(std::move(dependencies)).value();
    service = std::make_unique<TrustFeedService>(TrustFeedService::Dependencies{
        publisher.get(), board, kIssuer, options.authorize,
        [version = options.key_set_version](const KeySet&) { return version != nullptr ? version->load() : 0; },
        absl::Minutes(10), options.patience_ticks});
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort(options.address, grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(service.get());
    server_ = builder.BuildAndStart();
    if (options.address == "127.0.0.1:0") address_ = absl::StrCat("127.0.0.1:", port);
  }
  ~FeedServer() {
    service->Drain();
    server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(5));
    server_.reset();
    service.reset();
    publisher.reset();
  }

  const std::string& address() const { return address_; }

  const std::shared_ptr<interceptor::TrustBoard> board = std::make_shared<interceptor::TrustBoard>();
  std::unique_ptr<FeedPublisher> publisher;
  std::unique_ptr<TrustFeedService> service;

 private:
  std::string address_;
  std::unique_ptr<grpc::Server> server_;
};

// A Watch that a test reads message by message. Ends by itself after `life`.
class FeedClient {
 public:
  static constexpr absl::Duration kLife = absl::Seconds(30);

  // On a connection of its own.
  explicit FeedClient(const std::string& address) : FeedClient(Connect(address), kLife) {}
  FeedClient(const std::string& address, FeedPosition position, absl::Duration life = kLife)
      : FeedClient(Connect(address), life) {
    Send(position);
  }
  // On the connection of another one.
  FeedClient(const FeedClient& other, FeedPosition position, absl::Duration life) : FeedClient(other.stub_, life) {
    Send(position);
  }
  ~FeedClient() {
    context_.TryCancel();
    if (!finished_) stream_->Finish();
  }

  void Send(FeedPosition position) {
    v1::WatchRequest request;
    *request.mutable_position() = ToWire(position);
    stream_->Write(request);
  }
  void Acknowledge(FeedPosition position, int64_t key_set_version, const std::string& verifier_id = "") {
    v1::WatchRequest request;
    *request.mutable_position() = ToWire(position);
    request.set_key_set_version(key_set_version);
    request.set_verifier_id(verifier_id);
    stream_->Write(request);
  }
  void SendNothing() { stream_->Write(v1::WatchRequest()); }
  // The next message that is no heartbeat; empty at the end.
  v1::WatchResponse Next() {
    v1::WatchResponse message;
    while (stream_->Read(&message)) {
      if (!message.has_heartbeat()) return message;
    }
    return {};
  }
  // The next message of any kind; empty at the end.
  v1::WatchResponse NextOfAnyKind() {
    v1::WatchResponse message;
    if (stream_->Read(&message)) return message;
    return {};
  }
  v1::Heartbeat NextHeartbeat() {
    v1::WatchResponse message;
    while (stream_->Read(&message)) {
      if (message.has_heartbeat()) return message.heartbeat();
    }
    return {};
  }
  grpc::Status Finish() {
    v1::WatchResponse message;
    while (stream_->Read(&message)) continue;
    finished_ = true;
    return stream_->Finish();
  }
  v1::TrustFeed::Stub& stub() { return *stub_; }

 private:
  FeedClient(std::shared_ptr<v1::TrustFeed::Stub> stub, absl::Duration life) : stub_(std::move(stub)) {
    context_.set_deadline(std::chrono::system_clock::now() + absl::ToChronoSeconds(life));
    stream_ = stub_->Watch(&context_);
  }
  static std::shared_ptr<v1::TrustFeed::Stub> Connect(const std::string& address) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
    arguments.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 1024);
    return v1::TrustFeed::NewStub(grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments));
  }

  std::shared_ptr<v1::TrustFeed::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::WatchRequest, v1::WatchResponse>> stream_;
  bool finished_ = false;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_TESTS_SERVICE_FEED_FEED_TEST_SUPPORT_H_
