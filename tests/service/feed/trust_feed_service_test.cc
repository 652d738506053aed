#include "grpc_paseto/service/feed/trust_feed_service.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <iostream>
#include <iterator>

#include "absl/time/clock.h"
#include "grpc_paseto/interceptor/trust/wire.h"
#include "grpc_paseto/tests/service/feed/feed_test_support.h"

namespace paseto::service {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

Key SecretKeyFor(KeyUse use) { return Key(V4SecretKey::Generate(), KeyAttributes{use, KeyState::kActive, {}}); }

class TrustFeedServiceTest : public ::testing::Test {
 protected:
  FeedServer& Serve() { return *(server_ = std::make_unique<FeedServer>(faults_, clock_, keys_, options_)); }
  // Everything up to the end of a snapshot, which must come after the key set.
  std::vector<std::string> ReadSnapshot(FeedClient& client, FeedPosition* position) {
    std::vector<std::string> ids;
    for (;;) {
      const v1::WatchResponse message = client.NextOfAnyKind();
      if (!message.has_snapshot()) {
        ADD_FAILURE() << "no snapshot but " << message.ShortDebugString();
        return ids;
      }
      for (const v1::Revocation& record : message.snapshot().revocations()) ids.push_back(record.id());
      *position = FromWire(message.snapshot().position());
      if (message.snapshot().last()) return ids;
    }
  }

  TemporaryFolder folder_;
  FakeClock clock_;
  std::unique_ptr<SessionStore> store_ = OpenStore(folder_.File("store"));
  StoreWithFaults faults_{store_.get()};
  const Key key_ = SecretKeyFor(KeyUse::kAccess);
  std::shared_ptr<const KeySet> keys_ =
      KeySet::Create({key_, SecretKeyFor(KeyUse::kRefresh), SecretKeyFor(KeyUse::kClient)}).value();
  FeedServer::Options options_;
  std::unique_ptr<FeedServer> server_;
};

TEST_F(TrustFeedServiceTest, NewWatcherGetsKeysThenSnapshotThenConfirmation) {
  const FeedPosition head = RevokeTokens(*store_, "old-", 3, clock_.Now());
  FeedClient client(Serve().address(), {});
  const v1::WatchResponse keys = client.NextOfAnyKind();
  EXPECT_EQ(keys.keys().issuer(), kIssuer);
  ASSERT_EQ(keys.keys().keys_size(), 1);
  EXPECT_EQ(keys.keys().keys(0).kid(), key_.id().text());
  EXPECT_THAT(keys.DebugString(), AllOf(Not(HasSubstr("k4.secret")), Not(HasSubstr("k4.local"))));
  FeedPosition position;
  EXPECT_EQ(ReadSnapshot(client, &position).size(), 3u);
  EXPECT_EQ(position, head);
  const v1::WatchResponse heartbeat = client.NextOfAnyKind();
  EXPECT_EQ(FromWire(heartbeat.heartbeat().position()), head);
  EXPECT_THAT(interceptor::TimeFromWire(heartbeat.heartbeat().as_of()), IsOkAndHolds(clock_.Now()));
}

TEST_F(TrustFeedServiceTest, SnapshotLeavesOutWhatTheForgetClockSays) {
  RevokeTokens(*store_, "old-", 3, clock_.Now());
  FakeClock forget_clock;
  options_.forget_clock = &forget_clock;
  FeedServer& server = Serve();
  clock_.Advance(absl::Hours(3));
  FeedPosition position;
  {
    FeedClient client(server.address(), {});
    EXPECT_TRUE(client.NextOfAnyKind().has_keys());
    EXPECT_EQ(ReadSnapshot(client, &position).size(), 3u);
  }
  server_.reset();
  forget_clock.Advance(absl::Hours(3));
  FeedClient client(Serve().address(), {});
  EXPECT_TRUE(client.NextOfAnyKind().has_keys());
  EXPECT_EQ(ReadSnapshot(client, &position).size(), 0u);
}

TEST_F(TrustFeedServiceTest, SnapshotComesInPartsWithinTheLimit) {
  RevokeTokens(*store_, "old-", 200, clock_.Now());
  options_.max_message_bytes = 1000;
  FeedClient client(Serve().address(), {});
  EXPECT_TRUE(client.NextOfAnyKind().has_keys());
  size_t records = 0;
  int parts = 0;
  bool last = false;
  while (!last) {
    const v1::WatchResponse message = client.NextOfAnyKind();
    ASSERT_TRUE(message.has_snapshot());
    EXPECT_LE(message.ByteSizeLong(), 1100u);
    records += static_cast<size_t>(message.snapshot().revocations_size());
    last = message.snapshot().last();
    ++parts;
  }
  EXPECT_EQ(records, 200u);
  EXPECT_GT(parts, 5);
}

TEST_F(TrustFeedServiceTest, ChangesArePushed) {
  options_.tick = absl::Hours(1);
  FeedClient client(Serve().address(), {});
  EXPECT_TRUE(client.Next().has_keys());
  EXPECT_TRUE(client.Next().snapshot().last());
  const FeedPosition position = RevokeTokens(*store_, "live-", 1, clock_.Now());
  const v1::WatchResponse message = client.Next();
  ASSERT_EQ(message.changes().revocations_size(), 1);
  EXPECT_EQ(message.changes().revocations(0).id(), "live-1");
  EXPECT_EQ(FromWire(message.changes().position()), position);
  EXPECT_TRUE(message.changes().has_as_of());
}

TEST_F(TrustFeedServiceTest, WatcherResumesInsideTheTailWithWhatItMissed) {
  FeedServer& server = Serve();
  const FeedPosition head = RevokeTokens(*store_, "live-", 20, clock_.Now());
  FeedClient current(server.address(), head);
  EXPECT_TRUE(current.NextOfAnyKind().has_keys());
  EXPECT_EQ(FromWire(current.NextOfAnyKind().heartbeat().position()), head);
  for (int known = 0; known < 20; ++known) {
    FeedClient client(server.address(), {head.epoch, known});
    EXPECT_TRUE(client.NextOfAnyKind().has_keys());
    int64_t next = known + 1;
    while (next <= head.revision) {
      const v1::WatchResponse message = client.NextOfAnyKind();
      ASSERT_TRUE(message.has_changes());
      for (const v1::Revocation& record : message.changes().revocations()) EXPECT_EQ(record.revision(), next++);
    }
  }
}

TEST_F(TrustFeedServiceTest, WatcherResumesBeforeTheTailFromTheStore) {
  RevokeTokens(*store_, "old-", 10, clock_.Now());
  options_.tail_records = 1;
  FeedServer& server = Serve();  // the tail begins after ten records
  const int snapshots = faults_.snapshots();
  FeedClient client(server.address(), {server.publisher->head().epoch, 4});
  EXPECT_TRUE(client.NextOfAnyKind().has_keys());
  const v1::WatchResponse message = client.NextOfAnyKind();
  ASSERT_EQ(message.changes().revocations_size(), 6);
  EXPECT_EQ(message.changes().revocations(0).revision(), 5);
  EXPECT_EQ(client.NextHeartbeat().position().revision(), 10);
  EXPECT_EQ(faults_.snapshots(), snapshots);
}

TEST_F(TrustFeedServiceTest, WatcherFromElsewhereGetsASnapshot) {
  const FeedPosition head = RevokeTokens(*store_, "old-", 2, clock_.Now());
  FeedServer& server = Serve();
  for (const FeedPosition from : {FeedPosition{head.epoch + 1, 1}, FeedPosition{head.epoch - 1, head.revision + 1}}) {
    FeedClient client(server.address(), from);
    EXPECT_TRUE(client.NextOfAnyKind().has_keys());
    FeedPosition position;
    EXPECT_EQ(ReadSnapshot(client, &position).size(), 2u);
    EXPECT_EQ(position, head);
  }
}

TEST_F(TrustFeedServiceTest, WatcherAboveTheFeedGetsTheKeysAndTheSnapshotOfANewEpoch) {
  const FeedPosition head = RevokeTokens(*store_, "old-", 2, clock_.Now());
  const FeedPosition seen = {head.epoch, head.revision + 3};
  const Key next = SecretKeyFor(KeyUse::kAccess);
  std::vector<NoticedRollback> rollbacks;
  options_.on_rollback = [&](const NoticedRollback& rollback, absl::AnyInvocable<void() &&> done) {
    rollbacks.push_back(rollback);
    server_->board->SetKeys(KeySet::Create({next}).value());
    std::move(done)();
  };
  FeedClient client(Serve().address(), seen);
  EXPECT_EQ(client.NextOfAnyKind().keys().keys(0).kid(), next.id().text());
  FeedPosition position;
  EXPECT_EQ(ReadSnapshot(client, &position).size(), 3u);
  EXPECT_GT(position.epoch, head.epoch);
  EXPECT_EQ(position.revision, seen.revision + kEpochGap);
  EXPECT_EQ(FromWire(client.NextHeartbeat().position()), position);
  ASSERT_EQ(rollbacks.size(), 1u);
  EXPECT_EQ(rollbacks[0].by, ClientId("shop"));
  EXPECT_EQ(rollbacks[0].seen, seen);
  EXPECT_EQ(rollbacks[0].begun, position);

  FeedClient late(server_->address(), {head.epoch, head.revision + 4});  // another one, of the same past
  EXPECT_TRUE(late.NextOfAnyKind().has_keys());
  FeedPosition same;
  ReadSnapshot(late, &same);
  EXPECT_EQ(same, position);
  EXPECT_EQ(rollbacks.size(), 1u);
}

TEST_F(TrustFeedServiceTest, WatcherTooFarAboveTheFeedIsRefusedAndChangesNothing) {
  const FeedPosition head = RevokeTokens(*store_, "old-", 2, clock_.Now());
  FeedServer& server = Serve();
  for (const int64_t revision : {head.revision + kEpochGap + 1, (int64_t{1} << 53) - 1}) {
    FeedClient client(server.address(), {head.epoch, revision});
    const grpc::Status status = client.Finish();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_THAT(status.error_message(), StartsWith("request_invalid: position"));
  }
  EXPECT_EQ(server.publisher->head(), head);
}

TEST_F(TrustFeedServiceTest, NewEpochReachesLiveWatchersAsASnapshot) {
  RevokeTokens(*store_, "old-", 2, clock_.Now());
  const std::unique_ptr<SessionStore> other = OpenStore(folder_.File("other"));
  const FeedPosition head = RevokeTokens(*other, "new-", 1, clock_.Now());
  FeedClient client(Serve().address(), {});
  EXPECT_TRUE(client.Next().has_keys());
  EXPECT_TRUE(client.Next().snapshot().last());
  faults_.Replace(other.get());
  const v1::WatchResponse message = client.Next();
  EXPECT_EQ(FromWire(message.snapshot().position()), head);
  EXPECT_EQ(message.snapshot().revocations(0).id(), "new-1");
  server_.reset();
  faults_.Replace(store_.get());
  store_->OnHeadMoved(nullptr);
}

TEST_F(TrustFeedServiceTest, OneSnapshotServesAllWhoNeedIt) {
  RevokeTokens(*store_, std::string(200, 'x'), 4000, clock_.Now());
  options_.max_message_bytes = 10'000;
  FeedServer& server = Serve();
  const int before = faults_.snapshots();
  std::vector<std::unique_ptr<FeedClient>> clients;
  // A megabyte does not fit into the windows, so whoever stops reading keeps the snapshot in use.
  for (int i = 0; i < 10; ++i) {
    clients.push_back(std::make_unique<FeedClient>(server.address(), FeedPosition{}));
    EXPECT_TRUE(clients.back()->NextOfAnyKind().has_keys());
    EXPECT_TRUE(clients.back()->NextOfAnyKind().has_snapshot());
  }
  EXPECT_EQ(faults_.snapshots() - before, 1);
  FeedPosition position;
  for (const auto& client : clients) EXPECT_GT(ReadSnapshot(*client, &position).size(), 3900u);
}

TEST_F(TrustFeedServiceTest, KeyChangesArePushedAndRevocationsDoNotRepeatThem) {
  FeedServer& server = Serve();
  FeedClient client(server.address(), {});
  EXPECT_TRUE(client.Next().has_keys());
  EXPECT_TRUE(client.Next().has_snapshot());
  RevokeTokens(*store_, "live-", 1, clock_.Now());
  EXPECT_TRUE(client.Next().has_changes());
  const Key next = SecretKeyFor(KeyUse::kAccess);
  server.board->SetKeys(KeySet::Create({next}).value());
  const v1::WatchResponse message = client.Next();
  ASSERT_EQ(message.keys().keys_size(), 1);
  EXPECT_EQ(message.keys().keys(0).kid(), next.id().text());
}

TEST_F(TrustFeedServiceTest, GetKeysGivesPublicKeysOnly) {
  FeedServer& server = Serve();
  FeedClient client(server.address(), {});
  grpc::ClientContext context;
  v1::GetKeysResponse response;
  ASSERT_TRUE(client.stub().GetKeys(&context, v1::GetKeysRequest(), &response).ok());
  ASSERT_EQ(response.key_set().keys_size(), 1);
  EXPECT_EQ(response.key_set().keys(0).kid(), key_.id().text());
}

TEST_F(TrustFeedServiceTest, HeartbeatsKeepComingAndTellTheLastConfirmation) {
  FeedServer& server = Serve();
  FeedClient client(server.address(), {});
  EXPECT_TRUE(client.Next().has_keys());
  const absl::Time start = clock_.Now();
  clock_.Advance(absl::Seconds(5));
  while (interceptor::TimeFromWire(client.NextHeartbeat().as_of()).value() < start + absl::Seconds(5)) continue;
  faults_.FailReads(true);
  std::promise<absl::Status> failed;
  server.publisher->WhenApplied({server.publisher->head().epoch, 1000},
                                [&](absl::Status status) { failed.set_value(std::move(status)); });
  EXPECT_THAT(failed.get_future().get(), StatusIs(absl::StatusCode::kUnavailable));
  clock_.Advance(absl::Seconds(60));
  for (int i = 0; i < 5; ++i) {
    EXPECT_THAT(interceptor::TimeFromWire(client.NextHeartbeat().as_of()), IsOkAndHolds(start + absl::Seconds(5)));
  }
}

TEST_F(TrustFeedServiceTest, CallerThatMayNotWatchIsRefused) {
  options_.authorize = [](const grpc::CallbackServerContext&) {
    return absl::PermissionDeniedError("client_not_allowed: this client may not watch");
  };
  FeedClient client(Serve().address(), {});
  const grpc::Status status = client.Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_THAT(status.error_message(), StartsWith("client_not_allowed: "));
  EXPECT_EQ(server_->service->watchers(), 0u);
}

// Waits, through the client's heartbeats, until the server has taken what the client sent.
template <typename Condition>
bool Eventually(FeedClient& client, const Condition& holds) {
  for (int heartbeats = 0; heartbeats < 500; ++heartbeats) {
    if (holds()) return true;
    client.NextHeartbeat();
  }
  return false;
}

TEST_F(TrustFeedServiceTest, KnowsWhichKeySetEachVerifierHasApplied) {
  std::atomic<int64_t> version = 7;
  options_.key_set_version = &version;
  FeedServer& server = Serve();
  FeedClient client(server.address());
  client.Acknowledge({}, 0, "verifier-1");
  EXPECT_EQ(client.NextOfAnyKind().keys().version(), 7);
  EXPECT_THAT(server.service->Verifiers(), ::testing::ElementsAre(VerifierAck{ClientId("shop"), "verifier-1", 0}));
  client.Acknowledge({}, 7);
  EXPECT_TRUE(Eventually(client, [&] { return server.service->Verifiers()[0].key_version == 7; }));
  version = 8;
  server.board->SetKeys(KeySet::Create({key_}).value());
  EXPECT_EQ(server.service->Verifiers()[0].key_version, 7);
}

TEST_F(TrustFeedServiceTest, StreamsWithoutANameAreVerifiersOfTheirOwn) {
  FeedServer& server = Serve();
  FeedClient one(server.address(), {}), two(server.address(), {});
  one.NextHeartbeat();
  two.NextHeartbeat();
  const std::vector<VerifierAck> verifiers = server.service->Verifiers();
  ASSERT_EQ(verifiers.size(), 2u);
  EXPECT_NE(verifiers[0].verifier, verifiers[1].verifier);
}

TEST_F(TrustFeedServiceTest, KeySetThatWasNotSentIsNotAcknowledged) {
  std::atomic<int64_t> version = 7;
  options_.key_set_version = &version;
  FeedServer& server = Serve();
  for (const int64_t wrong : {int64_t{-1}, int64_t{8}}) {
    FeedClient client(server.address(), {});
    EXPECT_TRUE(client.NextOfAnyKind().has_keys());
    client.Acknowledge({}, wrong);
    const grpc::Status status = client.Finish();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_THAT(status.error_message(), HasSubstr("key_set_version"));
  }
  for (const std::string& wrong : {std::string(65, 'x'), std::string("a b"), std::string("a\n")}) {
    FeedClient client(server.address());
    client.Acknowledge({}, 0, wrong);
    EXPECT_THAT(client.Finish().error_message(), HasSubstr("verifier_id"));
  }
  FeedClient longest(server.address());
  longest.Acknowledge({}, 0, std::string(64, 'x'));
  EXPECT_TRUE(longest.NextOfAnyKind().has_keys());
}

TEST_F(TrustFeedServiceTest, PollersLearnHowOftenToAsk) {
  FeedClient client(Serve().address(), {});
  grpc::ClientContext context;
  v1::GetKeysResponse response;
  ASSERT_TRUE(client.stub().GetKeys(&context, {}, &response).ok());
  EXPECT_EQ(response.max_age().seconds(), 600);
}

TEST_F(TrustFeedServiceTest, MalformedRequestsAreRefused) {
  FeedServer& server = Serve();
  for (const FeedPosition wrong : {FeedPosition{-1, 0}, FeedPosition{1, -1}, FeedPosition{1, int64_t{1} << 53}}) {
    FeedClient client(server.address(), wrong);
    const grpc::Status status = client.Finish();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_THAT(status.error_message(), StartsWith("request_invalid: position"));
  }
  FeedClient empty(server.address());
  empty.SendNothing();
  EXPECT_EQ(empty.Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(TrustFeedServiceTest, AcknowledgingWhatWasNotSentIsRefused) {
  const FeedPosition head = RevokeTokens(*store_, "old-", 2, clock_.Now());
  FeedClient client(Serve().address(), {});
  EXPECT_TRUE(client.Next().has_keys());
  EXPECT_TRUE(client.Next().has_snapshot());
  client.Send(head);
  EXPECT_EQ(FromWire(client.NextHeartbeat().position()), head);
  client.Send({head.epoch, head.revision + 1});
  const grpc::Status status = client.Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("not sent"));
}

TEST_F(TrustFeedServiceTest, StoreThatCannotBeReadEndsWhoNeedsItWithUnavailable) {
  FeedServer& server = Serve();
  faults_.FailReads(true);
  FeedClient client(server.address(), {});
  const grpc::Status status = client.Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(status.error_message(), StartsWith("store_unavailable: "));
  faults_.FailReads(false);
}

TEST_F(TrustFeedServiceTest, DrainEndsWatchersAndRefusesNewOnes) {
  FeedServer& server = Serve();
  FeedClient first(server.address(), {});
  EXPECT_TRUE(first.Next().has_keys());
  FeedClient silent(server.address());  // has not said where to resume
  server.service->Drain();
  FeedClient late(server.address(), {});
  for (FeedClient* client : {&first, &silent, &late}) {
    const grpc::Status status = client->Finish();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
    EXPECT_THAT(status.error_message(), StartsWith("watch_ended: "));
  }
}

TEST_F(TrustFeedServiceTest, WatcherThatDoesNotReadIsEndedAndCostsNoOneElse) {
  options_.patience_ticks = 100;
  FeedServer& server = Serve();
  FeedClient slow(server.address(), {});
  EXPECT_TRUE(slow.NextOfAnyKind().has_keys());
  FeedClient good(server.address(), {});
  EXPECT_TRUE(good.Next().has_keys());
  int64_t revision = good.Next().snapshot().position().revision();
  // More than the windows and buffers between the two hold.
  constexpr int kRecords = 4 * kFeedPageRecords;
  for (int round = 0; round < 10 && server.service->watchers() == 2; ++round) {
    auto head = std::async(std::launch::async, [&] {
      return RevokeTokens(*store_, absl::StrCat(round, std::string(200, 'x')), kRecords, clock_.Now());
    });
    for (const int64_t last = revision + kRecords; revision < last;) {
      const v1::WatchResponse next = good.Next();
      ASSERT_TRUE(next.has_changes()) << "the watcher that reads was ended too";
      revision = next.changes().position().revision();
    }
    EXPECT_EQ(head.get().revision, revision);
    for (int i = 0; i < 110; ++i) good.NextHeartbeat();
  }
  EXPECT_EQ(server.service->watchers(), 1u);
  const grpc::Status status = slow.Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(status.error_message(), StartsWith("watch_ended: "));
  EXPECT_TRUE(good.NextHeartbeat().has_position());
}

TEST_F(TrustFeedServiceTest, GoneWatchersAreForgotten) {
  FeedServer& server = Serve();
  {
    FeedClient client(server.address(), {});
    EXPECT_TRUE(client.Next().has_keys());
    EXPECT_EQ(server.service->watchers(), 1u);
  }
  FeedClient other(server.address(), {});
  EXPECT_TRUE(other.Next().has_keys());
  for (int i = 0; i < 500 && server.service->watchers() > 1; ++i) other.NextHeartbeat();
  EXPECT_EQ(server.service->watchers(), 1u);
}

size_t Threads() {
  return static_cast<size_t>(std::distance(std::filesystem::directory_iterator("/proc/self/task"), {}));
}

// How many watchers; a run with more than the default takes its time.
int WatchersFromEnvironment() {
  const char* text = std::getenv("GRPC_PASETO_FEED_WATCHERS");
  return text == nullptr ? 200 : std::stoi(text);
}

TEST_F(TrustFeedServiceTest, ManyWatchersNeedNoThreadEach) {
  constexpr size_t kConnections = 200;
  const auto watchers = static_cast<size_t>(WatchersFromEnvironment());
  options_.tick = absl::Milliseconds(20) * std::max(1.0, static_cast<double>(watchers) / kConnections);
  FeedServer& server = Serve();
  std::vector<std::unique_ptr<FeedClient>> clients;
  const auto add = [&] {
    constexpr absl::Duration kLife = absl::Minutes(4);
    clients.push_back(
        clients.size() < kConnections
            ? std::make_unique<FeedClient>(server.address(), FeedPosition{}, kLife)
            : std::make_unique<FeedClient>(*clients[clients.size() % kConnections], FeedPosition{}, kLife));
    EXPECT_TRUE(clients.back()->Next().has_keys());
    EXPECT_TRUE(clients.back()->Next().has_snapshot());
  };
  const absl::Time start = absl::Now();
  for (int i = 0; i < 5; ++i) add();
  const size_t threads = Threads();
  while (clients.size() < watchers) add();
  EXPECT_EQ(server.service->watchers(), watchers);
  const absl::Time opened = absl::Now();
  RevokeTokens(*store_, "live-", 1, clock_.Now());
  for (const auto& client : clients) {
    const v1::WatchResponse message = client->Next();
    ASSERT_EQ(message.changes().revocations_size(), 1);
    EXPECT_EQ(message.changes().revocations(0).id(), "live-1");
  }
  const absl::Time told = absl::Now();
  EXPECT_LE(Threads(), threads + 40);
  std::cout << watchers << " watchers in " << opened - start << ", told in " << told - opened << ", threads " << threads
            << " with 5 watchers, " << Threads() << " with all" << std::endl;
}

}  // namespace
}  // namespace paseto::service
