// Tokens and wrapped keys of versions 2 and 1 that other languages' libraries made (scripts/make_foreign_vectors.py
// says which).

#include <simdjson.h>

#include <string>
#include <string_view>
#include <type_traits>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "grpc_paseto/core/legacy/legacy_paserk.h"
#include "grpc_paseto/core/legacy/legacy_paserk_wrap.h"
#include "grpc_paseto/core/legacy/legacy_seal.h"
#include "grpc_paseto/tests/support/status_matchers.h"
#include "gtest/gtest.h"

namespace paseto {
namespace {

using simdjson::dom::element;
using ::testing::Not;

std::string Text(const element& value) { return std::string(std::string_view(value)); }

absl::StatusOr<std::string> Copied(const absl::StatusOr<absl::string_view>& message) {
  if (!message.ok()) return message.status();
  return std::string(*message);
}

absl::StatusOr<std::string> Open(const std::string& kind, const std::string& key, const UntrustedToken& token) {
  if (kind == "v2.public") return Copied(V2PublicVerify(ParsePaserkV2Public(key).value(), token));
  if (kind == "v1.public") return Copied(V1PublicVerify(ParsePaserkV1Public(key).value(), token));
  if (kind == "v2.local") return V2LocalOpen(ParsePaserkV2Local(key).value(), token);
  return V1LocalOpen(ParsePaserkV1Local(key).value(), token);
}

template <typename Key>
absl::StatusOr<Key> ParseKey(const std::string& text) {
  if constexpr (std::is_same_v<Key, V2LocalKey>) return ParsePaserkV2Local(text);
  if constexpr (std::is_same_v<Key, V2SecretKey>) return ParsePaserkV2Secret(text);
  if constexpr (std::is_same_v<Key, V1LocalKey>) return ParsePaserkV1Local(text);
  if constexpr (std::is_same_v<Key, V1SecretKey>) return ParsePaserkV1Secret(text);
}

template <typename Key>
absl::StatusOr<Key> Unwrap(const std::string& type, const std::string& with, const std::string& paserk) {
  if (absl::EndsWith(type, "-pw")) return LegacyPaserkPasswordUnwrap<Key>(paserk, with);
  if constexpr (std::is_same_v<Key, V2LocalKey>) {
    if (type == "k2.seal") return LegacyPaserkUnseal(ParsePaserkV2Secret(with).value(), paserk);
  }
  return LegacyPaserkUnwrap<Key>(ParseKey<typename LegacyPaserk<Key>::WrappingKey>(with).value(), paserk);
}

// One changed character in the middle of the last segment, which any tag or signature notices.
std::string Changed(std::string text) {
  char& middle = text[text.rfind('.') + (text.size() - text.rfind('.')) / 2];
  middle = middle == 'A' ? 'B' : 'A';
  return text;
}

template <typename Key>
void ExpectUnwraps(const element& vector) {
  const std::string type = Text(vector["type"]), with = Text(vector["unwrapped_with"]), paserk = Text(vector["paserk"]);
  const absl::StatusOr<Key> key = Unwrap<Key>(type, with, paserk);
  ASSERT_THAT(key, IsOk());
  const SecretBytes text = PaserkEncode(*key, InsecureSecretAccess::Get());
  EXPECT_EQ(text.ReadText(InsecureSecretAccess::Get()), Text(vector["key"]));
  EXPECT_THAT(Unwrap<Key>(type, with, Changed(paserk)), Not(IsOk()));
}

class LegacyForeignVectorsTest : public ::testing::Test {
 protected:
  element Load(const char* file) { return parser_.load(absl::StrCat(GRPC_PASETO_OWN_VECTORS_DIR "/", file))["cases"]; }

 private:
  simdjson::dom::parser parser_;
};

TEST_F(LegacyForeignVectorsTest, TokensAreRead) {
  size_t count = 0;
  for (element vector : Load("legacy_tokens.json")) {
    SCOPED_TRACE(Text(vector["name"]));
    const std::string kind = Text(vector["kind"]), key = Text(vector["key"]), text = Text(vector["token"]);
    const absl::StatusOr<UntrustedToken> token = UntrustedToken::ParseAllowingLegacy(text);
    ASSERT_THAT(token, IsOk());
    EXPECT_EQ(token->untrusted_footer(), Text(vector["footer"]));
    EXPECT_THAT(Open(kind, key, *token), IsOkAndHolds(Text(vector["message"])));
    EXPECT_THAT(Open(kind, key, UntrustedToken::ParseAllowingLegacy(Changed(text)).value()), Not(IsOk()));
    ++count;
  }
  EXPECT_EQ(count, 18u);
}

TEST_F(LegacyForeignVectorsTest, WrappedKeysAreUnwrapped) {
  size_t count = 0;
  for (element vector : Load("legacy_wrapped_keys.json")) {
    SCOPED_TRACE(Text(vector["name"]));
    const std::string type = Text(vector["type"]);
    const bool is_secret = absl::StrContains(type, "secret");
    if (absl::StartsWith(type, "k2.")) {
      is_secret ? ExpectUnwraps<V2SecretKey>(vector) : ExpectUnwraps<V2LocalKey>(vector);
    } else {
      is_secret ? ExpectUnwraps<V1SecretKey>(vector) : ExpectUnwraps<V1LocalKey>(vector);
    }
    ++count;
  }
  EXPECT_EQ(count, 11u);
}

}  // namespace
}  // namespace paseto
