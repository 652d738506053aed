#include "grpc_paseto/service/keys/key_keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "grpc_paseto/core/token/verifier.h"
#include "grpc_paseto/service/store/sqlite_store.h"
#include "grpc_paseto/tests/service/store/blocking_store.h"
#include "grpc_paseto/tests/support/fake_clock.h"
#include "grpc_paseto/tests/support/status_matchers.h"
#include "grpc_paseto/tests/support/temporary_folder.h"

namespace paseto::service {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const ClientId kAdmin("admin");

RotationPolicy Policy() {
  RotationPolicy policy;
  policy.every = absl::Hours(24);
  policy.min_announce = absl::Minutes(10);
  policy.patience = absl::Hours(1);
  policy.keep_access = absl::Hours(2);
  policy.keep_refresh = absl::Hours(48);
  policy.keep_client = absl::Hours(96);
  return policy;
}

// Keepers on one store, as replicas of tokend are.
class KeyKeeperTest : public ::testing::Test {
 protected:
  std::shared_ptr<KeyKeeper> Keeper() { return Keeper(kek_); }
  std::shared_ptr<KeyKeeper> Keeper(const Kek& kek) {
    return std::make_shared<KeyKeeper>(
        KeyKeeper::Dependencies{store_->keys(), clock_, log_, kek, Policy(),
                                [this](std::shared_ptr<const KeySet> keys) { ring_.Swap(std::move(keys)); }});
  }
  std::shared_ptr<KeyKeeper> Loaded() {
    std::shared_ptr<KeyKeeper> keeper = Keeper();
    EXPECT_THAT(keeper->Load({}), IsOk());
    return keeper;
  }
  static absl::StatusOr<KeyTable> Turn(KeyKeeper& keeper, const std::vector<VerifierAck>& live = {}) {
    return Await<KeyTable>([&](auto done) { keeper.Turn(live, std::move(done)); });
  }
  static absl::StatusOr<KeyTable> Revoke(KeyKeeper& keeper, const std::string& id) {
    return Await<KeyTable>([&](auto done) { keeper.Revoke(id, kAdmin, std::move(done)); });
  }
  std::string Signer(TokenKind kind = kV4Public, KeyUse use = KeyUse::kAccess) {
    const std::shared_ptr<const KeySet> keys = ring_.Current();
    const Key* key = keys->ActiveSigner(kind, use);
    return key != nullptr ? key->id().text() : "none";
  }
  std::string Successor() {
    const KeyTable table = *BlockingStore(*store_).ReadKeys();
    for (const KeyRow& row : table.rows) {
      if (row.use == KeyUse::kAccess && row.state == KeyState::kAnnounced) return row.id;
    }
    return "none";
  }
  KeyState StateOf(const std::string& id) { return ring_.Current()->Find(*KeyId::Parse(id))->attributes().state; }
  bool Has(const std::string& id) { return ring_.Current()->Find(*KeyId::Parse(id)) != nullptr; }
  int64_t Version() { return BlockingStore(*store_).ReadKeys()->version; }

  TemporaryFolder folder_;
  FakeClock clock_;
  std::ostringstream log_text_;
  const JsonLog log_{log_text_, LogSeverity::kInfo};
  const Kek kek_{V4LocalKey::Generate()};
  KeyRing ring_;
  std::unique_ptr<SessionStore> store_ = OpenSqliteStore({.folder = folder_.File("store")}).value();
};

TEST_F(KeyKeeperTest, EmptyStoreGetsKeysThatSign) {
  const std::shared_ptr<KeyKeeper> keeper = Loaded();
  EXPECT_EQ(keeper->VersionOf(*ring_.Current()), Version());
  EXPECT_EQ(keeper->VersionOf(**KeySet::Create({})), 0);
  EXPECT_NE(Signer(), "none");
  EXPECT_NE(Signer(kV4Local, KeyUse::kRefresh), "none");
  EXPECT_NE(Signer(kV4Public, KeyUse::kClient), "none");
  EXPECT_NE(Successor(), "none");
}

TEST_F(KeyKeeperTest, NextStartFindsTheSameKeys) {
  Loaded();
  const std::string signer = Signer(), successor = Successor();
  const int64_t version = Version();
  ring_.Swap(nullptr);
  Loaded();
  EXPECT_EQ(Signer(), signer);
  EXPECT_EQ(Successor(), successor);
  EXPECT_EQ(Version(), version);
}

TEST_F(KeyKeeperTest, AnotherKekIsRefusedAndChangesNothing) {
  Loaded();
  const int64_t version = Version();
  EXPECT_THAT(Keeper(Kek(V4LocalKey::Generate()))->Load({}),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(kek_.id())));
  EXPECT_EQ(Version(), version);
}

TEST_F(KeyKeeperTest, FileIsTakenOverOnce) {
  const Key signer(V4SecretKey::Generate(), {KeyUse::kAccess, KeyState::kActive, {}});
  const std::shared_ptr<KeyKeeper> keeper = Keeper();
  ASSERT_THAT(keeper->Load({signer}), IsOk());
  EXPECT_EQ(Signer(), signer.id().text());
  ASSERT_THAT(Revoke(*keeper, signer.id().text()), IsOk());
  clock_.Advance(absl::Hours(3));
  ASSERT_THAT(Turn(*keeper), IsOk());
  EXPECT_FALSE(Has(signer.id().text()));  // dropped
  ASSERT_THAT(Keeper()->Load({signer}), IsOk());
  EXPECT_FALSE(Has(signer.id().text()));
}

TEST_F(KeyKeeperTest, KeyLivesFromAnnouncementToItsEnd) {
  const std::shared_ptr<KeyKeeper> keeper = Loaded();
  const std::string first = Signer(), second = Successor();
  clock_.Advance(absl::Hours(24));
  ASSERT_THAT(Turn(*keeper), IsOk());
  EXPECT_EQ(Signer(), second);
  EXPECT_EQ(StateOf(first), KeyState::kRetired);
  const std::string third = Successor();
  EXPECT_THAT(third, AllOf(Not(second), Not("none")));
  EXPECT_EQ(StateOf(third), KeyState::kAnnounced);
  clock_.Advance(absl::Hours(2) + absl::Seconds(1));
  ASSERT_THAT(Turn(*keeper), IsOk());
  EXPECT_FALSE(Has(first));
  EXPECT_THAT(log_text_.str(), AllOf(HasSubstr("\"state\":\"dropped\""), HasSubstr(first)));
}

TEST_F(KeyKeeperTest, RotationWaitsForVerifiersThatWereSeenByAnyProcess) {
  const std::shared_ptr<KeyKeeper> here = Loaded(), there = Loaded();
  const std::string first = Signer(), second = Successor();
  const VerifierAck behind{ClientId("shop"), "1", 0};
  clock_.Advance(absl::Hours(24));
  ASSERT_THAT(Turn(*there, {behind}), IsOk());
  ASSERT_THAT(Turn(*here), IsOk());
  EXPECT_EQ(Signer(), first);
  const VerifierAck applied{ClientId("shop"), "1", Version()};
  ASSERT_THAT(Turn(*there, {applied}), IsOk());
  EXPECT_EQ(Signer(), second);
}

TEST_F(KeyKeeperTest, VerifierThatDiedIsForgottenAfterAnHour) {
  const std::shared_ptr<KeyKeeper> keeper = Loaded();
  const std::string first = Signer();
  clock_.Advance(absl::Hours(23) + absl::Minutes(30));
  ASSERT_THAT(Turn(*keeper, {{ClientId("shop"), "1", 0}}), IsOk());
  clock_.Advance(absl::Minutes(30));  // due, and seen half an hour ago
  ASSERT_THAT(Turn(*keeper), IsOk());
  EXPECT_EQ(Signer(), first);
  clock_.Advance(absl::Minutes(30) + absl::Seconds(1));  // before patience is over
  ASSERT_THAT(Turn(*keeper), IsOk());
  EXPECT_NE(Signer(), first);
}

// One that stays connected and never acknowledges, and one that comes under ever new names.
TEST_F(KeyKeeperTest, HostileVerifierDelaysAndDoesNotBlock) {
  const std::shared_ptr<KeyKeeper> keeper = Loaded();
  const std::string first = Signer();
  clock_.Advance(absl::Hours(24));
  for (int minute = 0; minute < 60; ++minute) {
    ASSERT_THAT(Turn(*keeper, {{ClientId("evil"), "silent", 0}, {ClientId("evil"), std::to_string(minute), 0}}),
                IsOk());
    EXPECT_EQ(Signer(), first);
    clock_.Advance(absl::Minutes(1));
  }
  ASSERT_THAT(Turn(*keeper, {{ClientId("evil"), "silent", 0}}), IsOk());
  EXPECT_NE(Signer(), first);
}

TEST_F(KeyKeeperTest, VerifierThatStaysConnectedIsKnownForLongerThanAnHour) {
  const std::shared_ptr<KeyKeeper> keeper = Loaded();
  const VerifierAck ack{ClientId("shop"), "1", 0};
  for (int i = 0; i < 30; ++i) {
    ASSERT_THAT(Turn(*keeper, {ack}), IsOk());
    clock_.Advance(absl::Minutes(4));
  }
  EXPECT_EQ(BlockingStore(*store_).ReadAcks(clock_.Now() - kVerifierMemory)->size(), 1u);
}

TEST_F(KeyKeeperTest, RevokedSignerIsFollowedAtOnce) {
  const std::shared_ptr<KeyKeeper> keeper = Loaded();
  const std::string first = Signer(), second = Successor();
  const int64_t version = Version();
  ASSERT_THAT(Revoke(*keeper, first), IsOk());
  EXPECT_EQ(Version(), version + 1);  // one change
  EXPECT_EQ(Signer(), second);
  EXPECT_EQ(StateOf(first), KeyState::kRevoked);
  ASSERT_THAT(Turn(*keeper), IsOk());
  EXPECT_THAT(Successor(), AllOf(Not(second), Not("none")));
}

TEST_F(KeyKeeperTest, RevokingKeyAfterKeyNeverLeavesTokendWithoutOne) {
  const std::shared_ptr<KeyKeeper> keeper = Loaded();
  for (int i = 0; i < 5; ++i) {
    const std::string signer = Signer();
    ASSERT_THAT(Revoke(*keeper, signer), IsOk());
    EXPECT_THAT(Signer(), AllOf(Not(signer), Not("none")));
  }
}

TEST_F(KeyKeeperTest, ManyProcessesRotateOnce) {
  std::vector<std::shared_ptr<KeyKeeper>> keepers;
  for (int i = 0; i < 8; ++i) keepers.push_back(Loaded());
  const std::string second = Successor();
  const int64_t version = Version();
  clock_.Advance(absl::Hours(24));
  std::vector<std::future<absl::Status>> turns;
  for (const std::shared_ptr<KeyKeeper>& keeper : keepers) {
    auto turned = std::make_shared<std::promise<absl::Status>>();
    turns.push_back(turned->get_future());
    keeper->Turn({}, [turned](absl::StatusOr<KeyTable> table) { turned->set_value(table.status()); });
  }
  for (std::future<absl::Status>& turn : turns) EXPECT_THAT(turn.get(), IsOk());
  EXPECT_EQ(Signer(), second);
  EXPECT_EQ(Version(), version + 1);
}

TEST_F(KeyKeeperTest, OtherProcessesSeeWhatOneHasChanged) {
  KeyRing other_ring;
  const std::shared_ptr<KeyKeeper> here = Loaded();
  const auto there = std::make_shared<KeyKeeper>(
      KeyKeeper::Dependencies{store_->keys(), clock_, log_, kek_, Policy(),
                              [&](std::shared_ptr<const KeySet> keys) { other_ring.Swap(std::move(keys)); }});
  ASSERT_THAT(there->Load({}), IsOk());
  const std::string first = Signer();
  ASSERT_THAT(Revoke(*here, first), IsOk());
  ASSERT_THAT(Turn(*there), IsOk());
  EXPECT_EQ(other_ring.Current()->Find(*KeyId::Parse(first))->attributes().state, KeyState::kRevoked);
  EXPECT_EQ(there->VersionOf(*other_ring.Current()), Version());
}

TEST_F(KeyKeeperTest, PreparedKeySignsWhenItIsActivated) {
  const std::shared_ptr<KeyKeeper> keeper = Loaded();
  const auto prepared =
      Await<KeyTable>([&](auto done) { keeper->Prepare(kV4Public, KeyUse::kClient, kAdmin, std::move(done)); });
  ASSERT_THAT(prepared, IsOk());
  std::string id;
  for (const KeyRow& row : prepared->rows) {
    if (row.use == KeyUse::kClient && row.state == KeyState::kAnnounced) id = row.id;
  }
  EXPECT_THAT(Await<KeyTable>([&](auto done) { keeper->Activate(id, kAdmin, std::move(done)); }), IsOk());
  EXPECT_EQ(Signer(kV4Public, KeyUse::kClient), id);
}

}  // namespace
}  // namespace paseto::service
