#include "grpc_paseto/core/paseto/paserk.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "grpc_paseto/core/paseto/base64url.h"
#include "grpc_paseto/tests/support/status_matchers.h"
#include "gtest/gtest.h"

namespace paseto {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

std::string Text(const SecretBytes& bytes) { return std::string(bytes.ReadText(InsecureSecretAccess::Get())); }
std::string PaserkOf(const V4LocalKey& key) { return Text(PaserkEncode(key, InsecureSecretAccess::Get())); }
std::string PaserkOf(const V4SecretKey& key) { return Text(PaserkEncode(key, InsecureSecretAccess::Get())); }
std::string PaserkOf(const V4PublicKey& key) { return PaserkEncode(key); }
std::string PaserkOf(const V3LocalKey& key) { return Text(PaserkEncode(key, InsecureSecretAccess::Get())); }
std::string PaserkOf(const V3SecretKey& key) { return Text(PaserkEncode(key, InsecureSecretAccess::Get())); }
std::string PaserkOf(const V3PublicKey& key) { return PaserkEncode(key); }

TEST(PaserkTest, KeysSurviveTheirText) {
  const V4LocalKey local = V4LocalKey::Generate();
  const V4SecretKey secret = V4SecretKey::Generate();
  EXPECT_TRUE(ParsePaserkV4Local(PaserkOf(local)).value().secret().Equals(local.secret()));
  EXPECT_TRUE(ParsePaserkV4Secret(PaserkOf(secret)).value().secret().Equals(secret.secret()));
  EXPECT_EQ(ParsePaserkV4Public(PaserkOf(secret.public_key())).value(), secret.public_key());
}

TEST(PaserkTest, KeysOfVersion3SurviveTheirText) {
  const V3LocalKey local = V3LocalKey::Generate();
  const V3SecretKey secret = V3SecretKey::Generate();
  const V3PublicKey half = secret.public_key().value();
  EXPECT_TRUE(ParsePaserkV3Local(PaserkOf(local)).value().secret().Equals(local.secret()));
  EXPECT_TRUE(ParsePaserkV3Secret(PaserkOf(secret)).value().secret().Equals(secret.secret()));
  EXPECT_EQ(ParsePaserkV3Public(PaserkOf(half)).value(), half);
}

TEST(PaserkTest, IdsHaveTheirTypeAndASize) {
  const V4SecretKey secret = V4SecretKey::Generate();
  EXPECT_THAT(PaserkId(V4LocalKey::Generate()).text(), StartsWith("k4.lid."));
  EXPECT_THAT(PaserkId(secret).text(), StartsWith("k4.sid."));
  EXPECT_THAT(PaserkId(secret.public_key()).text(), StartsWith("k4.pid."));
  EXPECT_THAT(PaserkId(secret).text(), SizeIs(7 + 44));
  const V3SecretKey secret3 = V3SecretKey::Generate();
  EXPECT_THAT(PaserkId(V3LocalKey::Generate()).text(), StartsWith("k3.lid."));
  EXPECT_THAT(PaserkId(secret3).text(), StartsWith("k3.sid."));
  EXPECT_THAT(PaserkId(secret3.public_key().value()).text(), StartsWith("k3.pid."));
  EXPECT_THAT(PaserkId(secret3).text(), SizeIs(7 + 44));
}

TEST(PaserkTest, EqualBytesOfDifferentTypesHaveDifferentIds) {
  const std::string bytes(32, '\x11');
  const std::string lid = PaserkId(V4LocalKey::FromBytes(SecretBytes::CopyFrom(bytes)).value()).text();
  const std::string pid = PaserkId(V4PublicKey::FromBytes(bytes).value()).text();
  EXPECT_NE(lid.substr(7), pid.substr(7));
}

// A type of key text: its prefix, how many bytes it holds, its parser's verdict.
struct KeyText {
  const char* prefix;
  size_t size;
  std::string good;
  absl::Status (*parse)(absl::string_view);
};

std::vector<KeyText> KeyTexts() {
  const V4SecretKey secret = V4SecretKey::Generate();
  const V3SecretKey secret3 = V3SecretKey::Generate();
  return {
      {"k4.local.", 32, PaserkOf(V4LocalKey::Generate()),
       [](absl::string_view text) { return ParsePaserkV4Local(text).status(); }},
      {"k4.secret.", 64, PaserkOf(secret), [](absl::string_view text) { return ParsePaserkV4Secret(text).status(); }},
      {"k4.public.", 32, PaserkOf(secret.public_key()),
       [](absl::string_view text) { return ParsePaserkV4Public(text).status(); }},
      {"k3.local.", 32, PaserkOf(V3LocalKey::Generate()),
       [](absl::string_view text) { return ParsePaserkV3Local(text).status(); }},
      {"k3.secret.", 48, PaserkOf(secret3), [](absl::string_view text) { return ParsePaserkV3Secret(text).status(); }},
      {"k3.public.", 49, PaserkOf(secret3.public_key().value()),
       [](absl::string_view text) { return ParsePaserkV3Public(text).status(); }}};
}

TEST(PaserkTest, OtherSizesAreRefused) {
  for (const KeyText& type : KeyTexts()) {
    EXPECT_THAT(type.parse(type.good), IsOk());
    EXPECT_THAT(type.parse(absl::string_view()), StatusIs(absl::StatusCode::kInvalidArgument));
    for (size_t size : {size_t{0}, size_t{1}, type.size - 1, type.size + 1, type.size * 2, size_t{32}, size_t{64}}) {
      if (size == type.size) continue;
      EXPECT_THAT(type.parse(absl::StrCat(type.prefix, Base64UrlEncode(std::string(size, '\1')))),
                  StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(type.prefix)))
          << type.prefix << size;
    }
  }
}

TEST(PaserkTest, OtherTypesAndVersionsAreRefused) {
  for (const KeyText& type : KeyTexts()) {
    const std::string data = type.good.substr(std::string(type.prefix).size());
    for (const char* version : {"k1", "k2", "k3", "k4", "k5", "K4", "v4", ""}) {
      for (const char* name : {"local", "secret", "public", "lid", "sid", "pid", "Local", "SECRET", "local-wrap.pie",
                               "secret-pw", "seal", ""}) {
        const std::string prefix = absl::StrCat(version, ".", name, ".");
        if (prefix == type.prefix) continue;
        EXPECT_THAT(type.parse(prefix + data), StatusIs(absl::StatusCode::kInvalidArgument)) << prefix;
      }
    }
  }
}

TEST(PaserkTest, LaxSpellingsAreRefused) {
  for (const KeyText& type : KeyTexts()) {
    const std::string data = type.good.substr(std::string(type.prefix).size());
    std::string nul = type.good, plus = type.good, slash = type.good, trailing_bits = type.good;
    nul[nul.size() / 2] = '\0';
    plus[plus.size() / 2] = '+';
    slash[slash.size() / 2] = '/';
    // Where the data fill their last characters there are no trailing bits; a foreign character does as well.
    trailing_bits.back() = type.size % 3 == 0 ? '*' : 'B';
    for (const std::string& text :
         {type.good + "=", type.good + " ", type.good + "\n", type.good + ".", " " + type.good, type.good + type.good,
          type.good.substr(0, type.good.size() - 1) + "=", type.good.substr(0, type.good.size() - 1) + ".",
          type.prefix + std::string(".") + data, data, std::string(), std::string(type.prefix), nul, plus, slash,
          trailing_bits, type.good + std::string(1, '\0')}) {
      EXPECT_THAT(type.parse(text), StatusIs(absl::StatusCode::kInvalidArgument)) << type.prefix;
    }
  }
}

// A regression: libsodium's decoder takes bytes beyond ASCII for letters.
TEST(PaserkTest, BytesBeyondAsciiAreNoLetters) {
  for (const KeyText& type : KeyTexts()) {
    for (int byte = 0x80; byte < 0x100; ++byte) {
      std::string text = type.good;
      text[text.size() / 2] = static_cast<char>(byte);
      EXPECT_THAT(type.parse(text), StatusIs(absl::StatusCode::kInvalidArgument)) << type.prefix << " byte " << byte;
    }
  }
}

TEST(PaserkTest, EveryNonCanonicalLastCharacterIsRefused) {
  constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const std::string zeros(32, '\0');
  std::string local = absl::StrCat("k4.local.", Base64UrlEncode(zeros));
  std::string secret =
      PaserkOf(ParsePaserkV4Secret("k4.secret.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA7aie8zrakLWKjqN"
                                   "Aqbw1zZTIVdx3iQ6Y6wEihi1naKQ")
                   .value());
  for (int value = 0; value < 64; ++value) {
    local.back() = kAlphabet[value];
    EXPECT_EQ(ParsePaserkV4Local(local).ok(), value % 4 == 0) << local;
    const bool was = secret.back() == kAlphabet[value];
    std::string other = secret;
    other.back() = kAlphabet[value];
    EXPECT_EQ(ParsePaserkV4Secret(other).ok(), was) << value;
  }
}

TEST(PaserkTest, ASecretTextWithAWrongPublicHalfIsRefused) {
  EXPECT_THAT(ParsePaserkV4Secret(absl::StrCat("k4.secret.", Base64UrlEncode(std::string(64, '\0')))),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("public half")));
}

TEST(PaserkTest, ErrorsDoNotRepeatTheKey) {
  for (const KeyText& type : KeyTexts()) {
    const std::string data = type.good.substr(std::string(type.prefix).size());
    for (const std::string& text : {type.good + "A", "k2" + type.good.substr(2), data}) {
      EXPECT_THAT(type.parse(text), StatusIs(absl::StatusCode::kInvalidArgument, Not(HasSubstr(data.substr(0, 8)))));
    }
  }
}

TEST(PaserkDeathTest, AMovedFromKeyHasNeitherTextNorId) {
  V4LocalKey key = V4LocalKey::Generate();
  const V4LocalKey taken = std::move(key);
  EXPECT_DEATH(PaserkEncode(key, InsecureSecretAccess::Get()), "check failed");  // NOLINT(bugprone-use-after-move)
  EXPECT_DEATH(PaserkId(key), "check failed");                                   // NOLINT(bugprone-use-after-move)
}

TEST(KeyIdTest, OnlyWellFormedIdsParse) {
  const std::string id = PaserkId(V4SecretKey::Generate().public_key()).text(), data = id.substr(7);
  EXPECT_THAT(KeyId::Parse(id), IsOk());
  std::string plus = id, nul = id;
  plus.back() = '+';
  nul.back() = '\0';
  for (const std::string& text :
       {std::string(), std::string("k4.pid."), data, id + "A", id + "=", id + " ", " " + id,
        id.substr(0, id.size() - 1), "k2.pid." + data, "k1.lid." + data, "k4.xid." + data, "K4.pid." + data,
        "k4.PID." + data, "k4.public." + data, "k4.pid" + data, plus, nul, id + std::string(1, '\0')}) {
    EXPECT_THAT(KeyId::Parse(text), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
}

TEST(KeyIdTest, ComparesAndHashesByText) {
  const KeyId first = PaserkId(V4LocalKey::Generate()), second = PaserkId(V4LocalKey::Generate());
  EXPECT_THAT(KeyId::Parse(first.text()), IsOkAndHolds(first));
  EXPECT_FALSE(first == second);
  EXPECT_FALSE(KeyId() == first);
  EXPECT_EQ((absl::flat_hash_set<KeyId>{KeyId(), first, second, KeyId::Parse(first.text()).value()}).size(), 3u);
}

}  // namespace
}  // namespace paseto
