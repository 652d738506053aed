#include "grpc_paseto/core/paseto/sodium_base64.h"

#include <sodium.h>

namespace paseto {

absl::optional<size_t> DecodeSodiumBase64(absl::string_view text, int variant, absl::Span<uint8_t> out) {
  uint8_t seen = 0;  // all bytes ORed, so that no branch depends on one of them
  for (const char byte : text) seen |= static_cast<uint8_t>(byte);
  size_t size = 0;
  // Without an end pointer, anything that is not strict base64 from end to end is an error.
  const int result = sodium_base642bin(out.data(), out.size(), text.data(), text.size(), /*ignore=*/nullptr, &size,
                                       /*b64_end=*/nullptr, variant);
  if (result != 0 || seen > 0x7F) return absl::nullopt;
  return size;
}

}  // namespace paseto
