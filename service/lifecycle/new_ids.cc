#include "grpc_paseto/service/lifecycle/new_ids.h"

#include <cstdint>
#include <string>

#include "absl/base/macros.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace paseto::service {
namespace {

constexpr size_t kUuidBytes = 16;
constexpr size_t kTimestampBytes = 6;

// RFC 9562 sections 4.1 and 4.2: the variant in the top bits of byte 8, the version in those of byte 6.
std::string UuidText(std::string bytes, unsigned version) {
  ABSL_HARDENING_ASSERT(bytes.size() == kUuidBytes);
  bytes[6] = static_cast<char>((static_cast<unsigned char>(bytes[6]) & 0x0F) | (version << 4));
  bytes[8] = static_cast<char>((static_cast<unsigned char>(bytes[8]) & 0x3F) | 0x80);
  const std::string hex = absl::BytesToHexString(bytes);
  const absl::string_view digits = hex;
  return absl::StrCat(digits.substr(0, 8), "-", digits.substr(8, 4), "-", digits.substr(12, 4), "-",
                      digits.substr(16, 4), "-", digits.substr(20));
}

}  // namespace

TokenId NewTokenId(RandomSource& random) { return TokenId(UuidText(random.Bytes(kUuidBytes), 4)); }

SessionId NewSessionId(RandomSource& random, absl::Time now) {
  std::string bytes = random.Bytes(kUuidBytes);
  const uint64_t milliseconds = static_cast<uint64_t>(absl::ToUnixMillis(now));
  for (size_t i = 0; i < kTimestampBytes; ++i) {
    bytes[i] = static_cast<char>(milliseconds >> (8 * (kTimestampBytes - 1 - i)));
  }
  return SessionId(UuidText(std::move(bytes), 7));
}

}  // namespace paseto::service
