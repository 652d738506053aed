#include "grpc_paseto/core/paseto/base64url.h"

#include <array>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"

namespace paseto {
namespace {

// Tables, not libsodium's constant-time codec: token text is no secret, and that codec alone would cost twice the
// decryption of a usual token. Texts of secret keys do go through libsodium, in paserk.cc.
constexpr uint32_t kForeign = uint32_t{1} << 31;  // no group of four characters of the alphabet has this bit

// For each place in a group of four characters and each character: its six bits where they belong among the 24.
constexpr std::array<std::array<uint32_t, 256>, 4> MakePlaces() {
  constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::array<std::array<uint32_t, 256>, 4> places{};
  for (int place = 0; place < 4; ++place) {
    for (uint32_t& bits : places[place]) bits = kForeign;
    for (uint32_t i = 0; i < 64; ++i) places[place][static_cast<uint8_t>(kAlphabet[i])] = i << (18 - 6 * place);
  }
  return places;
}
constexpr std::array<std::array<uint32_t, 256>, 4> kPlaces = MakePlaces();

}  // namespace

std::string Base64UrlEncode(absl::string_view bytes) { return absl::WebSafeBase64Escape(bytes); }

absl::StatusOr<std::string> Base64UrlDecode(absl::string_view text) {
  const size_t rest = text.size() % 4;
  if (rest == 1) return absl::InvalidArgumentError("base64url: no text has this length");

  std::string bytes(text.size() / 4 * 3 + (rest == 0 ? 0 : rest - 1), '\0');
  const auto* in = reinterpret_cast<const uint8_t*>(text.data());
  char* out = bytes.data();
  uint32_t seen = 0;  // all bits ORed, so that one test at the end finds a foreign character
  for (size_t group = text.size() / 4; group > 0; --group, in += 4, out += 3) {
    const uint32_t bits = kPlaces[0][in[0]] | kPlaces[1][in[1]] | kPlaces[2][in[2]] | kPlaces[3][in[3]];
    seen |= bits;
    out[0] = static_cast<char>(bits >> 16);
    out[1] = static_cast<char>(bits >> 8);
    out[2] = static_cast<char>(bits);
  }
  uint32_t trailing_bits = 0;
  if (rest != 0) {
    const uint32_t bits = kPlaces[0][in[0]] | kPlaces[1][in[1]] | (rest == 3 ? kPlaces[2][in[2]] : 0);
    seen |= bits;
    out[0] = static_cast<char>(bits >> 16);
    if (rest == 3) out[1] = static_cast<char>(bits >> 8);
    trailing_bits = bits & (rest == 3 ? 0xFF : 0xFFFF);
  }
  if ((seen & kForeign) != 0) return absl::InvalidArgumentError("base64url: a character outside the alphabet");
  if (trailing_bits != 0) return absl::InvalidArgumentError("base64url: trailing bits of the last character are set");
  return bytes;
}

}  // namespace paseto
