// Tokens of versions 2 and 1 where a list of kinds names them, and nowhere else.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/token/key_file.h"
#include "grpc_paseto/core/token/key_list.h"
#include "grpc_paseto/core/token/verified_token_cache.h"
#include "grpc_paseto/tests/core/token/token_test_support.h"

namespace paseto {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kPayload[] = R"({"sub":"alice","scope":"admin","exp":"2024-01-01T00:10:00Z"})";
const KeyAttributes kForeign{KeyUse::kForeign, KeyState::kActive};

// One of the four kinds: the key that a verifier holds, and what the other software does with its own.
struct LegacyCase {
  TokenKind kind;
  Key key;
  std::function<std::string(absl::string_view payload, absl::string_view footer)> make;
};

template <typename Secret>
LegacyCase PublicCase(TokenKind kind,
                      std::string sign(const Secret&, absl::string_view, absl::string_view, LegacyWriting)) {
  static const Secret& secret = *new Secret(Secret::Generate(LegacyWriting::Allow()));
  return {kind, Key(secret.public_key(), kForeign), [sign](absl::string_view payload, absl::string_view footer) {
            return sign(secret, payload, footer, LegacyWriting::Allow());
          }};
}

template <typename Local>
LegacyCase LocalCase(TokenKind kind,
                     std::string seal(const Local&, absl::string_view, absl::string_view, LegacyWriting)) {
  static const Local& key = *new Local(Local::Generate(LegacyWriting::Allow()));
  Local copy = Local::FromBytes(key.secret().Clone()).value();
  return {kind, Key(std::move(copy), kForeign), [seal](absl::string_view payload, absl::string_view footer) {
            return seal(key, payload, footer, LegacyWriting::Allow());
          }};
}

std::vector<LegacyCase> EveryLegacyKind() {
  return {PublicCase<V2SecretKey>(kV2Public, V2PublicSign), LocalCase<V2LocalKey>(kV2Local, V2LocalSeal),
          PublicCase<V1SecretKey>(kV1Public, V1PublicSign), LocalCase<V1LocalKey>(kV1Local, V1LocalSeal)};
}

std::shared_ptr<const KeySet> EveryLegacyKey() {
  std::vector<Key> keys;
  for (const LegacyCase& legacy : EveryLegacyKind()) keys.push_back(legacy.key);
  return KeysOf(std::move(keys));
}

VerifyOptions Accept(absl::Span<const TokenKind> kinds) {
  VerifyOptions options = AcceptAll();
  options.accept = kinds;
  return options;
}

TEST(LegacyVerifyTest, EachKindVerifiesWhereItIsListed) {
  const auto keys = EveryLegacyKey();
  for (const LegacyCase& legacy : EveryLegacyKind()) {
    const TokenKind accept[] = {kV4Public, legacy.kind};
    const auto token = VerifyToken(*keys, legacy.make(kPayload, KidFooter(legacy.key)), Accept(accept));
    ASSERT_THAT(token, IsOk()) << TokenKindName(legacy.kind);
    EXPECT_EQ((*token)->kind(), legacy.kind);
    EXPECT_EQ((*token)->key_id(), legacy.key.id());
    EXPECT_TRUE((*token)->names_key());
    EXPECT_EQ((*token)->claims().subject, "alice");
    EXPECT_FALSE((*token)->claims().HasScope("admin"));  // a foreign key's word for it is not enough
  }
}

TEST(LegacyVerifyTest, NothingIsReadWhereItIsNotListed) {
  const auto keys = EveryLegacyKey();
  for (const LegacyCase& legacy : EveryLegacyKind()) {
    const std::string text = legacy.make(kPayload, KidFooter(legacy.key));
    EXPECT_THAT(VerifyToken(*keys, text, AcceptAll()), IsRefused(TokenError::kMalformed));
    for (const LegacyCase& other : EveryLegacyKind()) {
      if (other.kind == legacy.kind) continue;
      EXPECT_THAT(VerifyToken(*keys, text, Accept({&other.kind, 1})), IsRefused(TokenError::kNotAccepted));
    }
  }
}

TEST(LegacyVerifyTest, ATokenWithoutKidIsTriedWhereThatIsAllowed) {
  const auto keys = EveryLegacyKey();
  for (const LegacyCase& legacy : EveryLegacyKind()) {
    const std::string text = legacy.make(kPayload, "");
    VerifyOptions options = Accept({&legacy.kind, 1});
    EXPECT_THAT(VerifyToken(*keys, text, options), IsRefused(TokenError::kKeyUnknown));
    options.accept_without_kid = true;
    EXPECT_THAT(VerifyToken(*keys, text, options), IsOk());
  }
}

TEST(LegacyVerifyTest, AnAssertionIsNeverTakenForMet) {
  const auto keys = EveryLegacyKey();
  for (const LegacyCase& legacy : EveryLegacyKind()) {
    VerifyOptions options = Accept({&legacy.kind, 1});
    options.implicit_assertion = "tenant-1";
    EXPECT_THAT(VerifyToken(*keys, legacy.make(kPayload, KidFooter(legacy.key)), options),
                IsRefused(TokenError::kNotAccepted));
  }
}

TEST(LegacyVerifyTest, AForgedOrShortTokenIsRefused) {
  const auto keys = EveryLegacyKey();
  for (const LegacyCase& legacy : EveryLegacyKind()) {
    std::string text = legacy.make(kPayload, KidFooter(legacy.key));
    char& last = text[text.rfind('.') - 5];
    last = last == 'A' ? 'B' : 'A';
    EXPECT_THAT(VerifyToken(*keys, text, Accept({&legacy.kind, 1})), IsRefused(TokenError::kSignatureInvalid));
    const std::string cut = EncodeToken(legacy.kind, "short", KidFooter(legacy.key));
    EXPECT_THAT(VerifyToken(*keys, cut, Accept({&legacy.kind, 1})), IsRefused(TokenError::kMalformed));
  }
}

TEST(LegacyVerifyTest, AKeyOfAnotherKindIsUnknown) {
  const auto keys = EveryLegacyKey();
  const std::vector<LegacyCase> kinds = EveryLegacyKind();
  for (size_t i = 0; i < kinds.size(); ++i) {
    const Key& other = kinds[(i + 1) % kinds.size()].key;
    EXPECT_THAT(VerifyToken(*keys, kinds[i].make(kPayload, KidFooter(other)), Accept({&kinds[i].kind, 1})),
                IsRefused(TokenError::kKeyUnknown));
  }
}

TEST(LegacyVerifyTest, ATokenThatSaysThatItExpiredCostsNoSignature) {
  const auto keys = EveryLegacyKey();
  for (const LegacyCase& legacy : EveryLegacyKind()) {
    if (legacy.kind.purpose != Purpose::kPublic) continue;
    VerifyOptions options = Accept({&legacy.kind, 1});
    options.expired_before = TestNow();
    const std::function<absl::Status()> never = [] { return absl::InternalError("asked"); };
    options.admit_signature = &never;
    EXPECT_THAT(VerifyToken(*keys, legacy.make(R"({"exp":"2023-12-31T23:59:59Z"})", KidFooter(legacy.key)), options),
                IsRefused(TokenError::kExpired));
  }
}

TEST(LegacyVerifyTest, TheCacheServesItOnlyWhereItIsListed) {
  KeyRing ring(EveryLegacyKey());
  RevocationSet revocations;
  VerifiedTokenCache cache{{}};
  const Trust trust{&ring, &revocations};
  for (const LegacyCase& legacy : EveryLegacyKind()) {
    const std::string text = legacy.make(kPayload, KidFooter(legacy.key));
    EXPECT_THAT(cache.Verify(trust, text, Accept({&legacy.kind, 1})), IsOk());
    EXPECT_TRUE(cache.Verify(trust, text, Accept({&legacy.kind, 1}))->was_cached);
    EXPECT_THAT(cache.Verify(trust, text, AcceptAll()), IsRefused(TokenError::kMalformed));
  }
}

TEST(LegacyKeyTest, ItReadsAndNeverSigns) {
  const auto keys = EveryLegacyKey();
  for (const LegacyCase& legacy : EveryLegacyKind()) {
    EXPECT_FALSE(legacy.key.CanSign());
    EXPECT_TRUE(legacy.key.CanVerify());
    EXPECT_EQ(keys->ActiveSigner(legacy.kind, KeyUse::kForeign), nullptr);
    EXPECT_EQ(legacy.key.PublicHalf().has_value(), legacy.kind.purpose == Purpose::kPublic);
    EXPECT_EQ(legacy.key.PublicPaserk().empty(), legacy.kind.purpose == Purpose::kLocal);
    EXPECT_THAT(SignToken(*keys, SpecFor(legacy.kind, KeyUse::kAccess)),
                StatusIs(absl::StatusCode::kFailedPrecondition));
  }
  EXPECT_TRUE(PublishedKeys(*keys).empty());
}

TEST(LegacyKeyTest, OnlyAForeignKeyIsOfVersion2Or1) {
  for (const LegacyCase& legacy : EveryLegacyKind()) {
    for (const KeyUse use : {KeyUse::kAccess, KeyUse::kRefresh, KeyUse::kClient}) {
      EXPECT_THAT(KeySet::Create({legacy.key.With({use, KeyState::kActive})}),
                  StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("only for keys of the use foreign")));
    }
  }
}

TEST(LegacyKeyTest, KeyFilesHoldPublicAndLocalOnes) {
  std::vector<Key> keys;
  for (const LegacyCase& legacy : EveryLegacyKind()) keys.push_back(legacy.key);
  const InsecureSecretAccess access = InsecureSecretAccess::Get();
  const SecretBytes text = EncodeKeyFile(keys, access);
  const absl::StatusOr<std::vector<Key>> again = ParseKeyFile(text.ReadText(access));
  ASSERT_THAT(again, IsOk());
  ASSERT_EQ(again->size(), keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    EXPECT_EQ((*again)[i].id(), keys[i].id());
    EXPECT_EQ((*again)[i].kind(), keys[i].kind());
    EXPECT_TRUE((*again)[i].Paserk(access).Equals(keys[i].Paserk(access)));
    const std::string version = keys[i].kind().version == Version::kV2 ? "k2." : "k1.";
    EXPECT_THAT(std::string(keys[i].Paserk(access).ReadText(access)), StartsWith(version));
  }
}

TEST(LegacyKeyTest, KeyFilesRefuseSecretOnesAndOwnUses) {
  const auto file = [](absl::string_view paserk, absl::string_view use) {
    return absl::StrCat(R"({"keys":[{"paserk":")", paserk, R"(","use":")", use, R"(","state":"active"}]})");
  };
  const InsecureSecretAccess access = InsecureSecretAccess::Get();
  const SecretBytes v2 = PaserkEncode(V2SecretKey::Generate(LegacyWriting::Allow()), access);
  EXPECT_THAT(ParseKeyFile(file(v2.ReadText(access), "foreign")),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("paserk is not a local or public text of k2")));
  for (const LegacyCase& legacy : EveryLegacyKind()) {
    EXPECT_THAT(ParseKeyFile(file(legacy.key.Paserk(access).ReadText(access), "access")),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("only for keys of the use foreign")));
  }
}

}  // namespace
}  // namespace paseto
