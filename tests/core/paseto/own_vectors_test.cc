// The vectors of tests/vectors, computed by other implementations (scripts/make_vectors.py says which). They reach
// lengths that the official ones do not, where a wrong LE64 shows.

#include <simdjson.h>
#include <sodium.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "grpc_paseto/core/paseto/base64url.h"
#include "grpc_paseto/core/paseto/pae.h"
#include "grpc_paseto/core/paseto/testing/fixed_randomness.h"
#include "grpc_paseto/core/paseto/v3_local.h"
#include "grpc_paseto/core/paseto/v3_public.h"
#include "grpc_paseto/core/paseto/v4_local.h"
#include "grpc_paseto/core/paseto/v4_public.h"
#include "grpc_paseto/tests/support/status_matchers.h"
#include "gtest/gtest.h"

namespace paseto {
namespace {

using simdjson::dom::element;

std::string Text(const element& value) { return std::string(std::string_view(value)); }
std::string Hex(const element& value) { return absl::HexStringToBytes(Text(value)); }

std::string Sha256Hex(const std::string& bytes) {
  std::array<char, crypto_hash_sha256_BYTES> hash;
  crypto_hash_sha256(reinterpret_cast<uint8_t*>(hash.data()), reinterpret_cast<const uint8_t*>(bytes.data()),
                     bytes.size());
  return absl::BytesToHexString({hash.data(), hash.size()});
}

// The bytes that a vector describes by length and seed.
std::string Pattern(const element& piece) {
  const uint64_t length = piece["length"], seed = piece["seed"];
  std::string bytes(length, '\0');
  for (uint64_t i = 0; i < length; ++i) bytes[i] = static_cast<char>(seed + 31 * i + i / 256);
  return bytes;
}

// Pae takes a list that is known when compiled; this takes one that is not.
std::string PaeOf(const std::vector<std::string>& p) {
  switch (p.size()) {
    case 0:
      return Pae({});
    case 1:
      return Pae({p[0]});
    case 2:
      return Pae({p[0], p[1]});
    case 6:
      return Pae({p[0], p[1], p[2], p[3], p[4], p[5]});
    default:
      ADD_FAILURE() << "no vector had " << p.size() << " pieces when this was written";
      return "";
  }
}

class OwnVectorsTest : public ::testing::Test {
 protected:
  element Load(const char* file) { return parser_.load(absl::StrCat(GRPC_PASETO_OWN_VECTORS_DIR "/", file)); }

 private:
  simdjson::dom::parser parser_;
};

TEST_F(OwnVectorsTest, PaeOfEveryLength) {
  size_t count = 0;
  for (element vector : Load("pae.json")["cases"]) {
    std::vector<std::string> pieces;
    for (element piece : vector["pieces"]) pieces.push_back(Pattern(piece));
    const std::string encoded = PaeOf(pieces);
    EXPECT_EQ(encoded.size(), uint64_t{vector["size"]}) << Text(vector["name"]);
    EXPECT_EQ(Sha256Hex(encoded), Text(vector["sha256"])) << Text(vector["name"]);
    ++count;
  }
  EXPECT_EQ(count, 45u);
}

// What a case of the token files describes, and whether a text is the token that it describes.
struct TokenCase {
  explicit TokenCase(const element& vector)
      : message(Pattern(vector["message"])),
        footer(Pattern(vector["footer"])),
        assertion(Pattern(vector["assertion"])),
        is_local(Text(vector["purpose"]) == "local"),
        size(uint64_t{vector["size"]}),
        sha256(Text(vector["sha256"])) {}
  bool Is(const std::string& text) const { return text.size() == size && Sha256Hex(text) == sha256; }

  std::string message, footer, assertion;
  bool is_local;
  size_t size;
  std::string sha256;
};

TEST_F(OwnVectorsTest, V4TokensOfEveryLength) {
  const element file = Load("v4_tokens.json");
  const V4LocalKey local_key = V4LocalKey::FromBytes(SecretBytes::CopyFrom(Hex(file["local_key"]))).value();
  const V4SecretKey secret_key = V4SecretKey::FromBytes(SecretBytes::CopyFrom(Hex(file["secret_key"]))).value();
  size_t count = 0;
  for (element vector : file["cases"]) {
    SCOPED_TRACE(Text(vector["name"]));
    const TokenCase c(vector);
    const std::string text =
        c.is_local ? testing_only::V4LocalSealWithNonce(local_key, c.message, c.footer, c.assertion, Hex(file["nonce"]))
                   : V4PublicSign(secret_key, c.message, c.footer, c.assertion);
    ASSERT_TRUE(c.Is(text));

    const absl::StatusOr<UntrustedToken> token = UntrustedToken::Parse(text);
    ASSERT_THAT(token, IsOk());
    EXPECT_TRUE(token->untrusted_footer() == c.footer);
    if (c.is_local) {
      EXPECT_TRUE(V4LocalOpen(local_key, *token, c.assertion).value() == c.message);
    } else {
      EXPECT_TRUE(V4PublicVerify(secret_key.public_key(), *token, c.assertion).value() == c.message);
    }
    ++count;
  }
  EXPECT_EQ(count, 140u);
}

std::string V3PublicText(const TokenCase& c, const std::string& signature) {
  const std::string text = absl::StrCat("v3.public.", Base64UrlEncode(c.message + signature));
  return c.footer.empty() ? text : absl::StrCat(text, ".", Base64UrlEncode(c.footer));
}

// ECDSA draws randomness: a public token is put together with the signature of the vector, and ours verifies it.
TEST_F(OwnVectorsTest, V3TokensOfEveryLength) {
  const element file = Load("v3_tokens.json");
  const V3LocalKey local_key = V3LocalKey::FromBytes(SecretBytes::CopyFrom(Hex(file["local_key"]))).value();
  const V3SecretKey secret_key = V3SecretKey::FromBytes(SecretBytes::CopyFrom(Hex(file["secret_key"]))).value();
  const V3PublicKey public_key = secret_key.public_key().value();
  ASSERT_EQ(public_key.bytes(), Hex(file["public_key"]));
  size_t count = 0;
  for (element vector : file["cases"]) {
    SCOPED_TRACE(Text(vector["name"]));
    const TokenCase c(vector);
    const std::string text =
        c.is_local ? testing_only::V3LocalSealWithNonce(local_key, c.message, c.footer, c.assertion, Hex(file["nonce"]))
                   : V3PublicText(c, Hex(vector["signature"]));
    ASSERT_TRUE(c.Is(text));

    const absl::StatusOr<UntrustedToken> token = UntrustedToken::Parse(text);
    ASSERT_THAT(token, IsOk());
    EXPECT_TRUE(token->untrusted_footer() == c.footer);
    if (c.is_local) {
      EXPECT_TRUE(V3LocalOpen(local_key, *token, c.assertion).value() == c.message);
    } else {
      EXPECT_TRUE(V3PublicVerify(public_key, *token, c.assertion).value() == c.message);
    }
    ++count;
  }
  EXPECT_EQ(count, 140u);
}

}  // namespace
}  // namespace paseto
