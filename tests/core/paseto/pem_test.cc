#include "grpc_paseto/core/paseto/pem.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "grpc_paseto/tests/support/status_matchers.h"
#include "gtest/gtest.h"

namespace paseto {
namespace {

using ::testing::StartsWith;

std::string Text(const SecretBytes& pem) { return std::string(pem.ReadText(InsecureSecretAccess::Get())); }

std::string Block(const std::string& label, const std::string& der_hex) {
  return absl::StrCat("-----BEGIN ", label, "-----\n", absl::Base64Escape(absl::HexStringToBytes(der_hex)),
                      "\n-----END ", label, "-----\n");
}

class PemTest : public ::testing::Test {
 protected:
  const V4SecretKey v4_ = V4SecretKey::Generate();
  const V3SecretKey v3_ = V3SecretKey::Generate();
  const std::string v4_secret_ = Text(PemEncode(v4_, InsecureSecretAccess::Get()));
  const std::string v4_public_ = PemEncode(v4_.public_key());
  const std::string v3_secret_ = Text(PemEncode(v3_, InsecureSecretAccess::Get()).value());
  const std::string v3_public_ = PemEncode(v3_.public_key().value()).value();
};

TEST_F(PemTest, KeysComeBack) {
  EXPECT_TRUE(ParsePemV4Secret(v4_secret_).value().secret().Equals(v4_.secret()));
  EXPECT_EQ(ParsePemV4Public(v4_public_).value(), v4_.public_key());
  EXPECT_TRUE(ParsePemV3Secret(v3_secret_).value().secret().Equals(v3_.secret()));
  EXPECT_EQ(ParsePemV3Public(v3_public_).value(), v3_.public_key().value());
  EXPECT_THAT(v4_secret_, StartsWith("-----BEGIN PRIVATE KEY-----\n"));
  EXPECT_THAT(v3_public_, StartsWith("-----BEGIN PUBLIC KEY-----\n"));
}

TEST_F(PemTest, KeysOfAnotherKindAreInvalid) {
  const auto invalid = StatusIs(absl::StatusCode::kInvalidArgument);
  for (const std::string& pem : {v4_public_, v3_secret_, v3_public_}) EXPECT_THAT(ParsePemV4Secret(pem), invalid);
  for (const std::string& pem : {v4_secret_, v3_secret_, v3_public_}) EXPECT_THAT(ParsePemV4Public(pem), invalid);
  for (const std::string& pem : {v4_secret_, v4_public_, v3_public_}) EXPECT_THAT(ParsePemV3Secret(pem), invalid);
  for (const std::string& pem : {v4_secret_, v4_public_, v3_secret_}) EXPECT_THAT(ParsePemV3Public(pem), invalid);
}

TEST_F(PemTest, TheLabelSaysWhatTheBlockHolds) {
  const auto relabel = [](std::string pem, const std::string& from, const std::string& to) {
    for (size_t at = pem.find(from); at != std::string::npos; at = pem.find(from, at + to.size())) {
      pem.replace(at, from.size(), to);
    }
    return pem;
  };
  const auto invalid = StatusIs(absl::StatusCode::kInvalidArgument);
  for (const char* label : {"X509 CERTIFICATE", "PRIVATE KEY", "EC PRIVATE KEY", "public key", "PUBLIC  KEY", ""}) {
    EXPECT_THAT(ParsePemV4Public(relabel(v4_public_, "PUBLIC KEY", label)), invalid) << label;
  }
  for (const char* label : {"ENCRYPTED PRIVATE KEY", "ANY PRIVATE KEY", "DSA PRIVATE KEY", "PUBLIC KEY", ""}) {
    EXPECT_THAT(ParsePemV4Secret(relabel(v4_secret_, "PRIVATE KEY", label)), invalid) << label;
  }
}

TEST_F(PemTest, OneBlockAndNothingElse) {
  const auto invalid = StatusIs(absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(ParsePemV4Public("\n " + v4_public_ + "\n"), IsOk());
  for (const std::string& pem :
       {std::string(), std::string("-----BEGIN PUBLIC KEY-----"), "x" + v4_public_, v4_public_ + "x",
        v4_public_ + v4_public_, v4_public_.substr(0, v4_public_.size() / 2),
        v4_public_ + std::string(9000, '\n') + "x",
        "-----BEGIN PUBLIC KEY-----\n" + std::string(9000, 'A') + "\n-----END PUBLIC KEY-----\n"}) {
    EXPECT_THAT(ParsePemV4Public(pem), invalid);
  }
}

TEST_F(PemTest, PointsAreValidated) {
  // SubjectPublicKeyInfo of Ed25519 with a point of small order and with none at all.
  for (const char* point : {"0100000000000000000000000000000000000000000000000000000000000000",
                            "0200000000000000000000000000000000000000000000000000000000000000"}) {
    EXPECT_THAT(ParsePemV4Public(Block("PUBLIC KEY", absl::StrCat("302a300506032b6570032100", point))),
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
  // The same of P-384, uncompressed: the generator, and the generator with another y.
  const std::string prefix = "3076301006072a8648ce3d020106052b81040022036200";
  const std::string x =
      "04aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7";
  const std::string y =
      "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5";
  EXPECT_THAT(ParsePemV3Public(Block("PUBLIC KEY", absl::StrCat(prefix, x, y, "f"))), IsOk());
  EXPECT_THAT(ParsePemV3Public(Block("PUBLIC KEY", absl::StrCat(prefix, x, y, "e"))),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(PemTest, KeysThatAreNoneHaveNoPem) {
  EXPECT_THAT(PemEncode(V3SecretKey::FromBytes(SecretBytes::Zeroed(48)).value(), InsecureSecretAccess::Get()),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(PemEncode(V3PublicKey::FromBytes(std::string(49, '\0')).value()),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace paseto
