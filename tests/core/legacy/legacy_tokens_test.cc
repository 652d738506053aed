// What holds for tokens of versions 1 and 2, local and public alike.

#include <functional>
#include <string>

#include "gmock/gmock.h"
#include "grpc_paseto/core/legacy/testing/fixed_randomness.h"
#include "grpc_paseto/core/legacy/v1_local.h"
#include "grpc_paseto/core/legacy/v1_public.h"
#include "grpc_paseto/core/legacy/v2_local.h"
#include "grpc_paseto/core/legacy/v2_public.h"
#include "grpc_paseto/core/paseto/v3_local.h"
#include "grpc_paseto/core/paseto/v3_public.h"
#include "grpc_paseto/core/paseto/v4_local.h"
#include "grpc_paseto/core/paseto/v4_public.h"
#include "grpc_paseto/tests/core/paseto/tampered_texts.h"
#include "grpc_paseto/tests/support/status_matchers.h"
#include "gtest/gtest.h"

namespace paseto {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kMessage[] = R"({"sub":"alice"})";
constexpr char kFooter[] = R"({"kid":"k"})";

// One kind of token under one key: a message and a footer in, a text out, and back.
struct LegacyKind {
  TokenKind kind;
  size_t protection_bytes;  // what the body has besides the message
  std::function<std::string(absl::string_view, absl::string_view)> make;
  std::function<absl::StatusOr<std::string>(const UntrustedToken&)> read;
};

absl::StatusOr<std::string> AsText(const absl::StatusOr<absl::string_view>& message) {
  if (!message.ok()) return message.status();
  return std::string(*message);
}

// Keys for the life of the process: an RSA key costs a while.
LegacyKind V1LocalUnder(const V1LocalKey& key) {
  return {kV1Local, 32 + 48,
          [&](auto message, auto footer) { return V1LocalSeal(key, message, footer, LegacyWriting::Allow()); },
          [&](const UntrustedToken& token) { return V1LocalOpen(key, token); }};
}
LegacyKind V2LocalUnder(const V2LocalKey& key) {
  return {kV2Local, 24 + 16,
          [&](auto message, auto footer) { return V2LocalSeal(key, message, footer, LegacyWriting::Allow()); },
          [&](const UntrustedToken& token) { return V2LocalOpen(key, token); }};
}
LegacyKind V1PublicUnder(const V1SecretKey& key) {
  return {kV1Public, 256,
          [&](auto message, auto footer) { return V1PublicSign(key, message, footer, LegacyWriting::Allow()); },
          [half = key.public_key()](const UntrustedToken& token) { return AsText(V1PublicVerify(half, token)); }};
}
LegacyKind V2PublicUnder(const V2SecretKey& key) {
  return {kV2Public, 64,
          [&](auto message, auto footer) { return V2PublicSign(key, message, footer, LegacyWriting::Allow()); },
          [half = key.public_key()](const UntrustedToken& token) { return AsText(V2PublicVerify(half, token)); }};
}

template <typename Key>
const Key& KeyOf(int which) {
  static const Key keys[] = {Key::Generate(LegacyWriting::Allow()), Key::Generate(LegacyWriting::Allow())};
  return keys[which];
}

constexpr const char* kKindNames[] = {"V1Local", "V1Public", "V2Local", "V2Public"};

LegacyKind KindUnder(size_t kind, int which) {
  if (kind == 0) return V1LocalUnder(KeyOf<V1LocalKey>(which));
  if (kind == 1) return V1PublicUnder(KeyOf<V1SecretKey>(which));
  if (kind == 2) return V2LocalUnder(KeyOf<V2LocalKey>(which));
  return V2PublicUnder(KeyOf<V2SecretKey>(which));
}

class LegacyTokensTest : public ::testing::TestWithParam<size_t> {
 protected:
  absl::StatusOr<std::string> Read(absl::string_view text) const {
    const absl::StatusOr<UntrustedToken> token = UntrustedToken::ParseAllowingLegacy(text);
    if (!token.ok()) return token.status();
    return kind_.read(*token);
  }
  std::string Encode(absl::string_view body, absl::string_view footer) const {
    return EncodeToken(kind_.kind, body, footer);
  }

  const LegacyKind kind_ = KindUnder(GetParam(), 0);
  const std::string text_ = kind_.make(kMessage, kFooter);
  const UntrustedToken token_ = UntrustedToken::ParseAllowingLegacy(text_).value();
  const std::string body_ = std::string(token_.untrusted_body());
};

TEST_P(LegacyTokensTest, AGoodTokenGivesItsMessage) {
  EXPECT_THAT(Read(text_), IsOkAndHolds(kMessage));
  EXPECT_EQ(token_.untrusted_footer(), kFooter);
  EXPECT_EQ(body_.size(), kind_.protection_bytes + std::string(kMessage).size());
}

TEST_P(LegacyTokensTest, TheOrdinaryParserRefusesIt) {
  EXPECT_THAT(UntrustedToken::Parse(text_), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("deprecated")));
}

TEST_P(LegacyTokensTest, EveryBitFlipInTheTextFails) {
  for (const std::string& text : EveryBitFlip(text_)) ASSERT_THAT(Read(text), Not(IsOk())) << text;
}

TEST_P(LegacyTokensTest, EveryBitFlipInBodyOrFooterIsUnauthenticated) {
  for (const std::string& flipped : EveryBitFlip(body_)) {
    ASSERT_THAT(Read(Encode(flipped, kFooter)), StatusIs(absl::StatusCode::kUnauthenticated));
  }
  for (const std::string& flipped : EveryBitFlip(kFooter)) {
    ASSERT_THAT(Read(Encode(body_, flipped)), StatusIs(absl::StatusCode::kUnauthenticated));
  }
}

TEST_P(LegacyTokensTest, EveryTruncationFails) {
  for (const std::string& text : EveryTruncation(text_)) ASSERT_THAT(Read(text), Not(IsOk())) << text;
  for (const std::string& cut : EveryTruncation(body_)) ASSERT_THAT(Read(Encode(cut, kFooter)), Not(IsOk()));
  for (const std::string& cut : EveryTruncation(kFooter)) {
    ASSERT_THAT(Read(Encode(body_, cut)), StatusIs(absl::StatusCode::kUnauthenticated));
  }
}

TEST_P(LegacyTokensTest, AShortBodyIsInvalidWithAndWithoutFooter) {
  for (const std::string& footer : {std::string(), std::string(300, 'f')}) {
    for (size_t size = 1; size < kind_.protection_bytes; ++size) {
      ASSERT_THAT(Read(Encode(std::string(size, '\0'), footer)),
                  StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("shorter")));
    }
    EXPECT_THAT(Read(Encode(std::string(kind_.protection_bytes, '\0'), footer)),
                StatusIs(absl::StatusCode::kUnauthenticated));
  }
}

TEST_P(LegacyTokensTest, EmptyPartsAreAuthenticatedToo) {
  const std::string text = kind_.make({}, {});
  EXPECT_THAT(Read(text), IsOkAndHolds(""));
  EXPECT_THAT(Read(text + ".Zg"), StatusIs(absl::StatusCode::kUnauthenticated));
}

TEST_P(LegacyTokensTest, LongPartsComeBack) {
  for (size_t size : {255, 256, 65535, 65536}) {
    const std::string message(size, 'm'), footer(size % 1000, 'f');
    const absl::StatusOr<std::string> read = Read(kind_.make(message, footer));
    ASSERT_THAT(read, IsOk());
    EXPECT_TRUE(*read == message) << size;
  }
}

TEST_P(LegacyTokensTest, AnotherKeyIsUnauthenticated) {
  EXPECT_THAT(Read(KindUnder(GetParam(), 1).make(kMessage, kFooter)), StatusIs(absl::StatusCode::kUnauthenticated));
}

TEST_P(LegacyTokensTest, EveryOtherKindIsInvalidEvenWithThisBody) {
  for (const TokenKind kind : {kV1Local, kV1Public, kV2Local, kV2Public, kV3Local, kV3Public, kV4Local, kV4Public}) {
    if (kind == kind_.kind) continue;
    EXPECT_THAT(Read(EncodeToken(kind, body_, kFooter)),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(std::string(TokenKindName(kind)))));
  }
}

TEST_P(LegacyTokensTest, NoKeyOfVersions3And4ReadsIt) {
  const auto invalid = StatusIs(absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(V4LocalOpen(V4LocalKey::Generate(), token_, ""), invalid);
  EXPECT_THAT(V4PublicVerify(V4SecretKey::Generate().public_key(), token_, ""), invalid);
  EXPECT_THAT(V3LocalOpen(V3LocalKey::Generate(), token_, ""), invalid);
  EXPECT_THAT(V3PublicVerify(V3SecretKey::Generate().public_key().value(), token_, ""), invalid);
}

INSTANTIATE_TEST_SUITE_P(Each, LegacyTokensTest, ::testing::Range(size_t{0}, size_t{4}),
                         [](const auto& info) { return kKindNames[info.param]; });

// The nonce depends on the message, so that two messages under one failing random source do not share it.
TEST(LegacyNoncesTest, DependOnTheMessage) {
  const std::string random1(32, 'r'), random2(24, 'r');
  const auto body = [](const std::string& text) {
    return std::string(UntrustedToken::ParseAllowingLegacy(text)->untrusted_body());
  };
  const V1LocalKey& v1 = KeyOf<V1LocalKey>(0);
  const V2LocalKey& v2 = KeyOf<V2LocalKey>(0);
  EXPECT_NE(body(testing_only::V1LocalSealWithRandom(v1, "a", "", random1)).substr(0, 32),
            body(testing_only::V1LocalSealWithRandom(v1, "b", "", random1)).substr(0, 32));
  EXPECT_NE(body(testing_only::V2LocalSealWithRandom(v2, "a", "", random2)).substr(0, 24),
            body(testing_only::V2LocalSealWithRandom(v2, "b", "", random2)).substr(0, 24));
  // And on the random source, so that one message twice does not show.
  EXPECT_NE(V1LocalSeal(v1, "a", "", LegacyWriting::Allow()), V1LocalSeal(v1, "a", "", LegacyWriting::Allow()));
  EXPECT_NE(V2LocalSeal(v2, "a", "", LegacyWriting::Allow()), V2LocalSeal(v2, "a", "", LegacyWriting::Allow()));
}

}  // namespace
}  // namespace paseto
