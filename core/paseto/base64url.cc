#include "grpc_paseto/core/paseto/base64url.h"

#include <array>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"

namespace paseto {
namespace {

// Tables, not libsodium's constant-time codec: token text is no secret, and that codec alone would cost twice the
// decryption of a usual token. Texts of secret keys do go through libsodium, in paserk.cc.
constexpr uint8_t kForeign = 0x80;  // no value of the alphabet has this bit

constexpr std::array<uint8_t, 256> MakeValues() {
  constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::array<uint8_t, 256> values{};
  for (uint8_t& value : values) value = kForeign;
  for (uint8_t i = 0; i < 64; ++i) values[static_cast<uint8_t>(kAlphabet[i])] = i;
  return values;
}
constexpr std::array<uint8_t, 256> kValues = MakeValues();

}  // namespace

std::string Base64UrlEncode(absl::string_view bytes) { return absl::WebSafeBase64Escape(bytes); }

absl::StatusOr<std::string> Base64UrlDecode(absl::string_view text) {
  const size_t rest = text.size() % 4;
  if (rest == 1) return absl::InvalidArgumentError("base64url: no text has this length");

  std::string bytes(text.size() / 4 * 3 + (rest == 0 ? 0 : rest - 1), '\0');
  const auto* in = reinterpret_cast<const uint8_t*>(text.data());
  char* out = bytes.data();
  uint32_t seen = 0;  // all values ORed, so that one test at the end finds a foreign character
  for (size_t group = text.size() / 4; group > 0; --group, in += 4, out += 3) {
    const uint32_t a = kValues[in[0]], b = kValues[in[1]], c = kValues[in[2]], d = kValues[in[3]];
    seen |= a | b | c | d;
    const uint32_t bits = a << 18 | b << 12 | c << 6 | d;
    out[0] = static_cast<char>(bits >> 16);
    out[1] = static_cast<char>(bits >> 8);
    out[2] = static_cast<char>(bits);
  }
  uint32_t trailing_bits = 0;
  if (rest != 0) {
    const uint32_t a = kValues[in[0]], b = kValues[in[1]], c = rest == 3 ? kValues[in[2]] : 0;
    seen |= a | b | c;
    const uint32_t bits = a << 18 | b << 12 | c << 6;
    out[0] = static_cast<char>(bits >> 16);
    if (rest == 3) out[1] = static_cast<char>(bits >> 8);
    trailing_bits = bits & (rest == 3 ? 0xFF : 0xFFFF);
  }
  if ((seen & kForeign) != 0) return absl::InvalidArgumentError("base64url: a character outside the alphabet");
  if (trailing_bits != 0) return absl::InvalidArgumentError("base64url: trailing bits of the last character are set");
  return bytes;
}

}  // namespace paseto
