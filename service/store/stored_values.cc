#include "grpc_paseto/service/store/stored_values.h"

#include <limits>

namespace paseto::service {
namespace {

constexpr size_t kUuidTextSize = 36;
constexpr char kDigits[] = "0123456789abcdef";

bool IsHyphenPlace(size_t place) { return place == 8 || place == 13 || place == 18 || place == 23; }

int DigitValue(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  return -1;
}

}  // namespace

absl::optional<UuidBytes> ParseUuid(absl::string_view text) {
  if (text.size() != kUuidTextSize) return absl::nullopt;
  UuidBytes bytes;
  size_t next = 0;
  for (size_t i = 0; i < text.size();) {
    if (IsHyphenPlace(i)) {
      if (text[i++] != '-') return absl::nullopt;
      continue;
    }
    const int high = DigitValue(text[i++]);
    const int low = DigitValue(text[i++]);
    if (high < 0 || low < 0) return absl::nullopt;
    bytes[next++] = static_cast<char>(high << 4 | low);
  }
  return bytes;
}

std::string FormatUuid(const UuidBytes& bytes) {
  std::string text;
  text.reserve(kUuidTextSize);
  for (const char byte : bytes) {
    if (IsHyphenPlace(text.size())) text.push_back('-');
    text.push_back(kDigits[static_cast<unsigned char>(byte) >> 4]);
    text.push_back(kDigits[static_cast<unsigned char>(byte) & 0xf]);
  }
  return text;
}

int64_t ToStoredTime(absl::Time time) {
  if (time == absl::InfiniteFuture()) return std::numeric_limits<int64_t>::max();
  if (time == absl::InfinitePast()) return std::numeric_limits<int64_t>::min();
  return absl::ToUnixMicros(time);
}

absl::Time FromStoredTime(int64_t stored) {
  if (stored == std::numeric_limits<int64_t>::max()) return absl::InfiniteFuture();
  if (stored == std::numeric_limits<int64_t>::min()) return absl::InfinitePast();
  return absl::FromUnixMicros(stored);
}

}  // namespace paseto::service
