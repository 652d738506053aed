#include "grpc_paseto/service/keys/kek.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto::service {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

std::string Secret(const Key& key) {
  const InsecureSecretAccess access = InsecureSecretAccess::Get();
  return std::string(key.Paserk(access).ReadText(access));
}

struct KeyCase {
  std::string header;  // of the text at rest
  Key key;
};

std::vector<KeyCase> KeysOfEveryType() {
  const KeyAttributes access{KeyUse::kAccess, KeyState::kAnnounced, {}};
  const KeyAttributes foreign{KeyUse::kForeign, KeyState::kActive, {"scope", "sid"}};
  return {{"k4.local-wrap.pie.", Key(V4LocalKey::Generate(), access)},
          {"k4.secret-wrap.pie.", Key(V4SecretKey::Generate(), access)},
          {"k3.local-wrap.pie.", Key(V3LocalKey::Generate(), foreign)},
          {"k3.secret-wrap.pie.", *Key::Create(V3SecretKey::Generate(), access)},
          {"k4.public.", *Key(V4SecretKey::Generate(), foreign).PublicHalf()},
          {"k3.public.", *Key::Create(V3SecretKey::Generate(), foreign)->PublicHalf()}};
}

TEST(KekTest, KeyComesBackAsItWas) {
  const Kek kek(V4LocalKey::Generate());
  for (const KeyCase& given : KeysOfEveryType()) {
    const KeyRow row = kek.Wrap(given.key, kNow);
    EXPECT_THAT(row.paserk, StartsWith(given.header));
    EXPECT_EQ(row.state_since, kNow);
    const absl::StatusOr<Key> key = kek.Open(row);
    ASSERT_THAT(key, IsOk()) << given.header;
    EXPECT_EQ(Secret(*key), Secret(given.key));
    EXPECT_EQ(key->attributes().use, given.key.attributes().use);
    EXPECT_EQ(key->attributes().state, given.key.attributes().state);
    EXPECT_EQ(key->attributes().foreign_claims, given.key.attributes().foreign_claims);
  }
}

TEST(KekTest, OnlyKeysThatComeBackWholeAreStorable) {
  for (const KeyCase& given : KeysOfEveryType()) EXPECT_THAT(CheckStorable(given.key), IsOk()) << given.header;
  const Key others[] = {Key(V4LocalKey::Generate(), {KeyUse::kForeign, KeyState::kActive, {}, true}),
                        Key(V4LocalKey::Generate(), {KeyUse::kForeign, KeyState::kActive, {}, false, {"key-1"}}),
                        Key(V2LocalKey::FromBytes(SecretBytes::Random(V2LocalKey::kSizeBytes)).value(),
                            {KeyUse::kForeign, KeyState::kActive, {}})};
  for (const Key& key : others) {
    EXPECT_THAT(CheckStorable(key), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(key.id().text())));
  }
}

TEST(KekTest, NothingAtRestHoldsTheSecret) {
  const Kek kek(V4LocalKey::Generate());
  const Key key(V4SecretKey::Generate(), {});
  const KeyRow row = kek.Wrap(key, kNow);
  const std::string secret = Secret(key).substr(std::string("k4.secret.").size(), 20);
  EXPECT_THAT(row.paserk + row.seal + row.id + row.kek, Not(HasSubstr(secret)));
}

TEST(KekTest, AnotherKekIsNamed) {
  const Kek kek(V4LocalKey::Generate()), other(V4LocalKey::Generate());
  for (const KeyCase& given : KeysOfEveryType()) {
    EXPECT_THAT(other.Open(kek.Wrap(given.key, kNow)),
                StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("key-encryption key")));
  }
  EXPECT_THAT(other.Open(kek.Wrap(KeysOfEveryType()[0].key, kNow)),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr(kek.id()), HasSubstr(other.id()), HasSubstr("rewrap"))));
}

// Whoever can write to the database gives no key another use or kind, and no claims.
TEST(KekTest, RowThatWasChangedDoesNotOpen) {
  const Kek kek(V4LocalKey::Generate());
  const std::vector<std::function<void(KeyRow&)>> changes = {
      [](KeyRow& row) { row.use = KeyUse::kClient; },
      [](KeyRow& row) { row.foreign_claims.push_back("client_id"); },
      [](KeyRow& row) {
        row.kind.purpose = Purpose::kLocal;
        row.kind.version = Version::kV4;
      },
      [](KeyRow& row) { row.id.back() = row.id.back() == 'A' ? 'B' : 'A'; },
      [](KeyRow& row) { row.paserk[30] = row.paserk[30] == 'A' ? 'B' : 'A'; },
      [](KeyRow& row) { row.seal[0] ^= 1; },
      [](KeyRow& row) { row.seal.clear(); },
  };
  const KeyRow good = kek.Wrap(Key(V4SecretKey::Generate(), {KeyUse::kAccess, KeyState::kActive, {}}), kNow);
  ASSERT_THAT(kek.Open(good), IsOk());
  for (size_t i = 0; i < changes.size(); ++i) {
    KeyRow row = good;
    changes[i](row);
    EXPECT_THAT(kek.Open(row), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("restore"))) << i;
  }
}

TEST(KekTest, PublicKeyThatNobodySealedDoesNotOpen) {
  const Kek kek(V4LocalKey::Generate());
  KeyRow forged = kek.Wrap(*Key(V4SecretKey::Generate(), {KeyUse::kForeign, KeyState::kActive, {}}).PublicHalf(), kNow);
  const Key mine = *Key(V4SecretKey::Generate(), {KeyUse::kForeign, KeyState::kActive, {}}).PublicHalf();
  forged.id = mine.id().text();
  forged.paserk = mine.PublicPaserk();
  EXPECT_THAT(kek.Open(forged), Not(IsOk()));
}

// A key of another row does not open in this one's place.
TEST(KekTest, RowWithTheTextOfAnotherDoesNotOpen) {
  const Kek kek(V4LocalKey::Generate());
  KeyRow row = kek.Wrap(Key(V4LocalKey::Generate(), {KeyUse::kRefresh, KeyState::kActive, {}}), kNow);
  row.paserk = kek.Wrap(Key(V4LocalKey::Generate(), {KeyUse::kAccess, KeyState::kActive, {}}), kNow).paserk;
  EXPECT_THAT(kek.Open(row), StatusIs(absl::StatusCode::kDataLoss));
}

TEST(KekTest, StateIsNotSealed) {
  const Kek kek(V4LocalKey::Generate());
  KeyRow row = kek.Wrap(Key(V4LocalKey::Generate(), {KeyUse::kRefresh, KeyState::kActive, {}}), kNow);
  row.state = KeyState::kRetired;
  row.state_since = kNow + absl::Hours(1);
  EXPECT_EQ(kek.Open(row)->attributes().state, KeyState::kRetired);
}

}  // namespace
}  // namespace paseto::service
