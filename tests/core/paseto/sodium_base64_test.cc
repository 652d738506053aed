#include "grpc_paseto/core/paseto/sodium_base64.h"

#include <gtest/gtest.h>
#include <sodium.h>

#include <array>
#include <string>

namespace paseto {
namespace {

constexpr int kUrlSafe = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
constexpr int kPadded = sodium_base64_VARIANT_ORIGINAL;

absl::optional<std::string> Decode(absl::string_view text, int variant) {
  std::array<uint8_t, 6> out;
  const absl::optional<size_t> size = DecodeSodiumBase64(text, variant, absl::MakeSpan(out));
  if (!size.has_value()) return absl::nullopt;
  return std::string(out.begin(), out.begin() + *size);
}

std::string Encode(const std::string& bytes, int variant) {
  std::string text(sodium_base64_encoded_len(bytes.size(), variant), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(), variant);
  text.pop_back();  // libsodium ends it with a NUL
  return text;
}

TEST(SodiumBase64Test, GivesTheBytesBack) {
  for (const int variant : {kUrlSafe, kPadded}) {
    for (const std::string bytes : {"", "\xFB", "\xFB\xFF", "\xFB\xFF\xFE", "\xFB\xFF\xFE\x01\x02\x03"}) {
      EXPECT_EQ(Decode(Encode(bytes, variant), variant), bytes);
    }
  }
}

// A regression: libsodium by itself takes bytes beyond ASCII for letters.
TEST(SodiumBase64Test, NoByteAnywhereGivesASecondSpelling) {
  for (const int variant : {kUrlSafe, kPadded}) {
    for (const std::string bytes : {"\xFB", "\xFB\xFF", "\xFB\xFF\xFE"}) {
      const std::string good = Encode(bytes, variant);
      for (size_t at = 0; at < good.size(); ++at) {
        for (int byte = 0; byte < 256; ++byte) {
          std::string text = good;
          text[at] = static_cast<char>(byte);
          const absl::optional<std::string> decoded = Decode(text, variant);
          EXPECT_TRUE(!decoded.has_value() || Encode(*decoded, variant) == text) << "byte " << byte << " at " << at;
        }
      }
    }
  }
}

TEST(SodiumBase64Test, MoreThanThereIsRoomForIsRefused) {
  EXPECT_TRUE(Decode(Encode("123456", kUrlSafe), kUrlSafe).has_value());
  EXPECT_FALSE(Decode(Encode("1234567", kUrlSafe), kUrlSafe).has_value());
}

}  // namespace
}  // namespace paseto
