// What other languages' libraries made (scripts/make_foreign_vectors.py says which): ours reads their tokens and
// unwraps their keys, in every build and without those libraries.

#include <simdjson.h>

#include <string>
#include <string_view>
#include <type_traits>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "grpc_paseto/core/paseto/paserk.h"
#include "grpc_paseto/core/paseto/paserk_password.h"
#include "grpc_paseto/core/paseto/paserk_seal.h"
#include "grpc_paseto/core/paseto/paserk_wrap.h"
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

absl::StatusOr<std::string> Open(const std::string& kind, const std::string& key, const UntrustedToken& token,
                                 const std::string& assertion) {
  if (kind == "v4.public") return Copied(V4PublicVerify(ParsePaserkV4Public(key).value(), token, assertion));
  if (kind == "v3.public") return Copied(V3PublicVerify(ParsePaserkV3Public(key).value(), token, assertion));
  if (kind == "v4.local") return V4LocalOpen(ParsePaserkV4Local(key).value(), token, assertion);
  return V3LocalOpen(ParsePaserkV3Local(key).value(), token, assertion);
}

template <typename Key>
absl::StatusOr<Key> ParseKey(const std::string& text) {
  if constexpr (std::is_same_v<Key, V4LocalKey>) return ParsePaserkV4Local(text);
  if constexpr (std::is_same_v<Key, V4SecretKey>) return ParsePaserkV4Secret(text);
  if constexpr (std::is_same_v<Key, V3LocalKey>) return ParsePaserkV3Local(text);
  if constexpr (std::is_same_v<Key, V3SecretKey>) return ParsePaserkV3Secret(text);
}

template <typename Key>
absl::StatusOr<Key> Unwrap(const std::string& type, const std::string& with, const std::string& paserk) {
  if (absl::EndsWith(type, "-pw")) return PaserkPasswordUnwrap<Key>(paserk, with);
  if constexpr (std::is_same_v<Key, V4LocalKey>) {
    if (type == "k4.seal") return PaserkUnseal(ParsePaserkV4Secret(with).value(), paserk);
  }
  if constexpr (std::is_same_v<Key, V3LocalKey>) {
    if (type == "k3.seal") return PaserkUnseal(ParsePaserkV3Secret(with).value(), paserk);
  }
  return PaserkUnwrap<Key>(ParseKey<typename PaserkKind<Key>::WrappingKey>(with).value(), paserk);
}

// One changed character in the middle of the data, which any tag notices.
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
  EXPECT_TRUE(key->secret().Equals(ParseKey<Key>(Text(vector["key"])).value().secret()));
  EXPECT_THAT(Unwrap<Key>(type, with, Changed(paserk)), Not(IsOk()));
}

class ForeignVectorsTest : public ::testing::Test {
 protected:
  element Load(const char* file) { return parser_.load(absl::StrCat(GRPC_PASETO_OWN_VECTORS_DIR "/", file))["cases"]; }

 private:
  simdjson::dom::parser parser_;
};

// Long ones stand there as one letter and how often it comes.
std::string Assertion(const element& vector) {
  const std::string text = Text(vector["assertion"]);
  uint64_t times = 0;
  return vector["assertion_repeated"].get(times) == simdjson::SUCCESS ? std::string(times, text[0]) : text;
}

TEST_F(ForeignVectorsTest, TokensOfSixLibrariesAreRead) {
  size_t count = 0;
  for (element vector : Load("foreign_tokens.json")) {
    SCOPED_TRACE(Text(vector["name"]));
    const std::string kind = Text(vector["kind"]), key = Text(vector["key"]), assertion = Assertion(vector);
    const absl::StatusOr<UntrustedToken> token = UntrustedToken::Parse(Text(vector["token"]));
    ASSERT_THAT(token, IsOk());
    EXPECT_EQ(token->untrusted_footer(), Text(vector["footer"]));
    EXPECT_THAT(Open(kind, key, *token, assertion), IsOkAndHolds(Text(vector["message"])));
    EXPECT_THAT(Open(kind, key, *token, assertion + "x"), Not(IsOk()));
    ++count;
  }
  EXPECT_EQ(count, 90u);
}

TEST_F(ForeignVectorsTest, KeysWrappedByThreeLibrariesAreUnwrapped) {
  size_t count = 0;
  for (element vector : Load("wrapped_keys.json")) {
    SCOPED_TRACE(Text(vector["name"]));
    const std::string type = Text(vector["type"]);
    const bool is_secret = absl::StrContains(type, "secret");
    if (absl::StartsWith(type, "k4.")) {
      is_secret ? ExpectUnwraps<V4SecretKey>(vector) : ExpectUnwraps<V4LocalKey>(vector);
    } else {
      is_secret ? ExpectUnwraps<V3SecretKey>(vector) : ExpectUnwraps<V3LocalKey>(vector);
    }
    ++count;
  }
  EXPECT_EQ(count, 28u);
}

}  // namespace
}  // namespace paseto
