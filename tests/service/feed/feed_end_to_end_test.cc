// A verifier's FeedTrust against tokend's feed on a real store.
#include <filesystem>

#include "grpc_paseto/interceptor/trust/feed_trust.h"
#include "grpc_paseto/tests/service/feed/feed_test_support.h"
#include "grpc_paseto/tests/support/change_waiter.h"

namespace paseto::service {
namespace {

using interceptor::FeedTrustOptions;
using interceptor::TrustSource;

constexpr absl::Duration kLong = absl::Minutes(1);

Key AccessKey() { return Key(V4SecretKey::Generate(), KeyAttributes{KeyUse::kAccess, KeyState::kActive, {}}); }

class FeedEndToEndTest : public ::testing::Test {
 protected:
  std::unique_ptr<FeedServer> Serve(SessionStore& store, const std::string& socket) {
    FeedServer::Options options = options_;
    options.address = "unix:" + folder_.File(socket);
    return std::make_unique<FeedServer>(store, clock_, KeySet::Create({key_}).value(), options);
  }
  std::unique_ptr<TrustSource> Follow(const std::vector<std::string>& sockets) {
    FeedTrustOptions options;
    for (const std::string& socket : sockets) options.addresses.push_back("unix:" + folder_.File(socket));
    options.issuer = kIssuer;
    options.token_file = folder_.Write("feed.token", "v4.public.dG9rZW4");
    options.max_backoff = absl::Milliseconds(50);
    options.clock = &clock_;
    auto source = interceptor::TrustFromFeed(std::move(options)).value();
    source->OnChange([this] { waiter_.Notify(); });
    return source;
  }
  bool AwaitRefused(const TrustSource& source, const std::string& token) {
    return waiter_.Await([&] { return source.revocations().IsRevoked(ClaimsOf(token)); });
  }

  TemporaryFolder folder_;
  FakeClock clock_;
  ChangeWaiter waiter_;
  const Key key_ = AccessKey();
  FeedServer::Options options_;
};

TEST_F(FeedEndToEndTest, SnapshotThenLiveChangesReachTheVerifier) {
  const auto store = OpenStore(folder_.File("store"));
  RevokeTokens(*store, "old-", 2, clock_.Now());
  const auto server = Serve(*store, "a.sock");
  const auto source = Follow({"a.sock"});
  ASSERT_TRUE(source->WaitForFirstTrust(kLong));
  EXPECT_TRUE(source->revocations().IsRevoked(ClaimsOf("old-2")));
  EXPECT_NE(source->keys().Current()->Find(key_.id()), nullptr);
  EXPECT_LT(source->Age(), absl::Seconds(60));
  RevokeTokens(*store, "live-", 1, clock_.Now());
  EXPECT_TRUE(AwaitRefused(*source, "live-1"));
}

// Waits until the only verifier has acknowledged `version`, and gives its name; empty when it never does.
std::string NameOfWhoAcknowledged(FeedServer& server, int64_t version) {
  FeedClient ticks(server.address(), {});
  for (int heartbeats = 0; heartbeats < 1000; ++heartbeats) {
    for (const VerifierAck& ack : server.service->Verifiers()) {
      if (ack.key_version == version) return ack.verifier;
    }
    ticks.NextHeartbeat();
  }
  return "";
}

TEST_F(FeedEndToEndTest, VerifierAcknowledgesEachKeySetUnderOneName) {
  const auto store = OpenStore(folder_.File("store"));
  std::atomic<int64_t> version = 3;
  options_.key_set_version = &version;
  auto server = Serve(*store, "a.sock");
  const auto source = Follow({"a.sock"});
  ASSERT_TRUE(source->WaitForFirstTrust(kLong));
  const std::string name = NameOfWhoAcknowledged(*server, 3);
  EXPECT_NE(name, "");
  version = 4;
  server->board->SetKeys(KeySet::Create({key_, AccessKey().PublicHalf().value()}).value());
  EXPECT_EQ(NameOfWhoAcknowledged(*server, 4), name);
  server.reset();
  server = Serve(*store, "a.sock");
  EXPECT_EQ(NameOfWhoAcknowledged(*server, 4), name);
}

TEST_F(FeedEndToEndTest, NothingIsMissedAcrossARestartOfTheServer) {
  auto store = OpenStore(folder_.File("store"));
  auto server = Serve(*store, "a.sock");
  const auto source = Follow({"a.sock"});
  ASSERT_TRUE(source->WaitForFirstTrust(kLong));
  for (int round = 0; round < 3; ++round) {
    RevokeTokens(*store, absl::StrCat("served-", round, "-"), 3, clock_.Now());
    server.reset();
    store.reset();
    store = OpenStore(folder_.File("store"));
    RevokeTokens(*store, absl::StrCat("alone-", round, "-"), 3, clock_.Now());
    server = Serve(*store, "a.sock");
    EXPECT_TRUE(AwaitRefused(*source, absl::StrCat("alone-", round, "-3")));
    EXPECT_EQ(source->revocations().size(), static_cast<size_t>(6 * (round + 1)));
  }
}

TEST_F(FeedEndToEndTest, ManyRevocationsAtOnceArriveInFull) {
  constexpr int kMany = 9000;
  options_.max_message_bytes = 10'000;
  const auto store = OpenStore(folder_.File("store"));
  RevokeTokens(*store, "old-", kMany, clock_.Now());
  const auto server = Serve(*store, "a.sock");
  const auto source = Follow({"a.sock"});
  ASSERT_TRUE(source->WaitForFirstTrust(kLong));
  EXPECT_EQ(source->revocations().size(), static_cast<size_t>(kMany));
  RevokeTokens(*store, "live-", kMany, clock_.Now());
  EXPECT_TRUE(waiter_.Await([&] { return source->revocations().size() == static_cast<size_t>(2 * kMany); }));
}

TEST_F(FeedEndToEndTest, StoreOfAnotherEpochReplacesEverything) {
  auto store = OpenStore(folder_.File("store"));
  RevokeTokens(*store, "old-", 1, clock_.Now());
  auto server = Serve(*store, "a.sock");
  const auto source = Follow({"a.sock"});
  ASSERT_TRUE(source->WaitForFirstTrust(kLong));
  EXPECT_TRUE(source->revocations().IsRevoked(ClaimsOf("old-1")));
  server.reset();
  store = OpenStore(folder_.File("restored"));
  RevokeTokens(*store, "new-", 1, clock_.Now());
  server = Serve(*store, "a.sock");
  EXPECT_TRUE(AwaitRefused(*source, "new-1"));
  EXPECT_FALSE(source->revocations().IsRevoked(ClaimsOf("old-1")));
}

TEST_F(FeedEndToEndTest, AVerifierThatKnowsMoreThanStoreAndRecordIsFreshAgainInANewEpoch) {
  const std::string folder = folder_.File("store"), kept = folder_.File("kept");
  auto store = OpenStore(folder);
  RevokeTokens(*store, "old-", 1, clock_.Now());
  store.reset();
  std::filesystem::copy(folder, kept);
  store = OpenStore(folder);
  const FeedPosition lost = RevokeTokens(*store, "lost-", 2, clock_.Now());
  auto server = Serve(*store, "a.sock");
  const auto source = Follow({"a.sock"});
  ASSERT_TRUE(source->WaitForFirstTrust(kLong));
  server.reset();
  store.reset();

  std::filesystem::remove_all(folder);
  std::filesystem::rename(kept, folder);
  store = OpenStore(folder);
  server = Serve(*store, "a.sock");
  Claims of_what_was_lost = ClaimsOf("another");
  of_what_was_lost.revision = lost.revision;
  EXPECT_TRUE(waiter_.Await([&] { return source->revocations().IsRevoked(of_what_was_lost); }));
  const FeedPosition head = RevokeTokens(*store, "new-", 1, clock_.Now());
  EXPECT_GT(head.epoch, lost.epoch);
  EXPECT_GT(head.revision, lost.revision);
  Claims of_now = ClaimsOf("new-1");
  of_now.revision = head.revision;
  EXPECT_TRUE(waiter_.Await([&] { return source->revocations().IsRevoked(of_now); }));
  of_now.token_id = TokenId("new-2");
  EXPECT_FALSE(source->revocations().IsRevoked(of_now));
  EXPECT_LT(source->Age(), absl::Seconds(60));
}

TEST_F(FeedEndToEndTest, RotatedKeysReachTheVerifier) {
  const auto store = OpenStore(folder_.File("store"));
  const auto server = Serve(*store, "a.sock");
  const auto source = Follow({"a.sock"});
  ASSERT_TRUE(source->WaitForFirstTrust(kLong));
  const Key next = AccessKey();
  const Key retired = key_.With({KeyUse::kAccess, KeyState::kRevoked, {}});
  server->board->SetKeys(KeySet::Create({retired, next}).value());
  EXPECT_TRUE(waiter_.Await([&] { return source->keys().Current()->Find(next.id()) != nullptr; }));
  const std::shared_ptr<const KeySet> keys = source->keys().Current();
  ASSERT_NE(keys->Find(key_.id()), nullptr);
  EXPECT_FALSE(keys->Find(key_.id())->CanVerify());
}

TEST_F(FeedEndToEndTest, VerifierMovesToTheOtherReplicaWhenOneDrains) {
  const auto store = OpenStore(folder_.File("store"));
  StoreWithFaults second_door(store.get());
  auto first = Serve(*store, "a.sock");
  const auto source = Follow({"a.sock", "b.sock"});
  ASSERT_TRUE(source->WaitForFirstTrust(kLong));
  const auto second = Serve(second_door, "b.sock");
  first->service->Drain();
  RevokeTokens(*store, "late-", 1, clock_.Now());
  EXPECT_TRUE(AwaitRefused(*source, "late-1"));
  EXPECT_TRUE(waiter_.Await([&] { return second->service->watchers() == 1; }));
  first.reset();
  RevokeTokens(*store, "later-", 1, clock_.Now());
  EXPECT_TRUE(AwaitRefused(*source, "later-1"));
}

TEST_F(FeedEndToEndTest, AgeGrowsWhileTheServerIsCutOffFromItsStore) {
  const auto store = OpenStore(folder_.File("store"));
  StoreWithFaults door(store.get());
  const auto server = Serve(door, "a.sock");
  const auto source = Follow({"a.sock"});
  ASSERT_TRUE(source->WaitForFirstTrust(kLong));
  door.FailReads(true);
  std::promise<absl::Status> failed;
  server->publisher->WhenApplied({server->publisher->head().epoch, 1000},
                                 [&](absl::Status status) { failed.set_value(std::move(status)); });
  EXPECT_THAT(failed.get_future().get(), StatusIs(absl::StatusCode::kUnavailable));
  clock_.Advance(absl::Seconds(61));
  FeedClient witness(server->address(), server->publisher->head());
  for (int i = 0; i < 3; ++i) witness.NextHeartbeat();  // so the verifier has been sent some
  const Key next = AccessKey();
  server->board->SetKeys(KeySet::Create({next}).value());
  ASSERT_TRUE(waiter_.Await([&] { return source->keys().Current()->Find(next.id()) != nullptr; }));
  EXPECT_GE(source->Age(), absl::Seconds(61));
  door.FailReads(false);
}

}  // namespace
}  // namespace paseto::service
