#include "grpc_paseto/core/token/key_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "grpc_paseto/tests/core/token/token_test_support.h"

namespace paseto {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(KeyTest, TheIdIsTheLidOrThePid) {
  EXPECT_THAT(LocalKeyFor(KeyUse::kAccess).id().text(), HasSubstr("k4.lid."));
  const Key secret = PublicKeyFor(KeyUse::kAccess);
  EXPECT_THAT(secret.id().text(), HasSubstr("k4.pid."));
  EXPECT_EQ(secret.PublicHalf()->id(), secret.id());
}

TEST(KeyTest, MaterialIsReachableByItsOwnTypeOnly) {
  const Key local = LocalKeyFor(KeyUse::kAccess);
  EXPECT_NE(local.v4_local(), nullptr);
  EXPECT_EQ(local.v4_secret(), nullptr);
  EXPECT_EQ(local.v4_public(), nullptr);
  EXPECT_EQ(local.PublicHalf(), absl::nullopt);
  const Key secret = PublicKeyFor(KeyUse::kAccess);
  EXPECT_EQ(secret.v4_local(), nullptr);
  EXPECT_NE(secret.v4_secret(), nullptr);
  EXPECT_NE(secret.v4_public(), nullptr);
  const Key half = *secret.PublicHalf();
  EXPECT_EQ(half.v4_secret(), nullptr);
  EXPECT_EQ(*half.v4_public(), *secret.v4_public());
}

TEST(KeyTest, OnlyActiveSecretMaterialSignsAndRevokedVerifiesNothing) {
  for (const KeyState state : {KeyState::kAnnounced, KeyState::kActive, KeyState::kRetired, KeyState::kRevoked}) {
    for (const Key& key : {PublicKeyFor(KeyUse::kAccess, state), LocalKeyFor(KeyUse::kAccess, state)}) {
      EXPECT_EQ(key.CanSign(), state == KeyState::kActive);
      EXPECT_EQ(key.CanVerify(), state != KeyState::kRevoked);
    }
    EXPECT_FALSE(PublicKeyFor(KeyUse::kAccess, state).PublicHalf()->CanSign());
  }
}

TEST(KeyTest, NamesOfUsesAndStatesAreReadAgain) {
  for (const KeyUse use : kAllUses) EXPECT_THAT(ParseKeyUse(KeyUseName(use)), IsOkAndHolds(use));
  for (const KeyState state : {KeyState::kAnnounced, KeyState::kActive, KeyState::kRetired, KeyState::kRevoked}) {
    EXPECT_THAT(ParseKeyState(KeyStateName(state)), IsOkAndHolds(state));
  }
  EXPECT_THAT(ParseKeyUse("Access"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(ParseKeyState(""), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(KeySetTest, FindsByIdWhateverTheState) {
  const Key key = PublicKeyFor(KeyUse::kAccess, KeyState::kRevoked);
  const auto keys = KeysOf({LocalKeyFor(KeyUse::kRefresh), key});
  ASSERT_NE(keys->Find(key.id()), nullptr);
  EXPECT_EQ(keys->Find(key.id())->id(), key.id());
  EXPECT_EQ(keys->Find(PublicKeyFor(KeyUse::kAccess).id()), nullptr);
  EXPECT_EQ(keys->Find(KeyId()), nullptr);
  EXPECT_EQ(keys->FindByFooter(KidFooter(key)), keys->Find(key.id()));
  EXPECT_EQ(keys->FindByFooter(KidFooter(key) + " "), nullptr);
  EXPECT_EQ(keys->FindByFooter(""), nullptr);
}

TEST(KeySetTest, RefusesTwoKeysWithOneId) {
  const Key key = PublicKeyFor(KeyUse::kAccess);
  for (const Key& twin : {key, *key.PublicHalf(), key.With({KeyUse::kRefresh, KeyState::kActive, {}}),
                          key.With({KeyUse::kAccess, KeyState::kRetired, {}})}) {
    EXPECT_THAT(KeySet::Create({key, twin}), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(key.id().text())));
  }
}

TEST(KeySetTest, RefusesTwoActiveSignersOfOneKindAndUse) {
  EXPECT_THAT(KeySet::Create({PublicKeyFor(KeyUse::kAccess), PublicKeyFor(KeyUse::kAccess)}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("access")));
  EXPECT_THAT(
      KeySet::Create({PublicKeyFor(KeyUse::kAccess), LocalKeyFor(KeyUse::kAccess), PublicKeyFor(KeyUse::kRefresh),
                      PublicKeyFor(KeyUse::kAccess, KeyState::kRetired), *PublicKeyFor(KeyUse::kAccess).PublicHalf()}),
      IsOk());
}

TEST(KeySetTest, SerialsDiffer) { EXPECT_NE(KeysOf({})->serial(), KeysOf({})->serial()); }

TEST(KeySetTest, TheDebugStringHoldsNoKeyBytes) {
  const Key secret = PublicKeyFor(KeyUse::kAccess);
  const Key local = LocalKeyFor(KeyUse::kRefresh);
  const std::string text = KeysOf({secret, local})->DebugString();
  EXPECT_THAT(text, HasSubstr(secret.id().text() + " v4.public access active\n"));
  EXPECT_THAT(text, HasSubstr(local.id().text() + " v4.local refresh active\n"));
  const auto holds_part_of = [&](const SecretBytes& paserk) {
    const auto bytes = paserk.Read(InsecureSecretAccess::Get());
    const std::string whole(bytes.begin(), bytes.end());
    for (size_t i = whole.rfind('.') + 1; i + 6 <= whole.size(); ++i) {
      if (text.find(whole.substr(i, 6)) != std::string::npos) return true;
    }
    return false;
  };
  EXPECT_FALSE(holds_part_of(PaserkEncode(*secret.v4_secret(), InsecureSecretAccess::Get())));
  EXPECT_FALSE(holds_part_of(PaserkEncode(*local.v4_local(), InsecureSecretAccess::Get())));
}

TEST(KeyRingTest, StartsEmptyAndNeverGivesNull) {
  KeyRing ring;
  ASSERT_NE(ring.Current(), nullptr);
  EXPECT_TRUE(ring.Current()->keys().empty());
  EXPECT_EQ(ring.serial(), ring.Current()->serial());
  ring.Swap(nullptr);
  ASSERT_NE(ring.Current(), nullptr);
}

TEST(KeyRingTest, SwapChangesTheSetAndTheSerial) {
  KeyRing ring;
  const uint64_t before = ring.serial();
  const auto keys = KeysOf({PublicKeyFor(KeyUse::kAccess)});
  const auto held = ring.Current();
  ring.Swap(keys);
  EXPECT_EQ(ring.Current(), keys);
  EXPECT_EQ(ring.serial(), keys->serial());
  EXPECT_NE(ring.serial(), before);
  EXPECT_TRUE(held->keys().empty());
}

}  // namespace
}  // namespace paseto
