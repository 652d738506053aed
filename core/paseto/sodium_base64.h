// libsodium's base64 in a time that does not depend on the text, for texts that are secret, without its trap: by itself
// it takes bytes beyond ASCII for letters, so that one key or token would have many spellings.
#ifndef GRPC_PASETO_CORE_PASETO_SODIUM_BASE64_H_
#define GRPC_PASETO_CORE_PASETO_SODIUM_BASE64_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"

namespace paseto {

// Writes the bytes that `text` encodes to the front of `out`, and says how many they are. `variant` is one of
// libsodium's sodium_base64_VARIANT_*. nullopt for anything but the one spelling that sodium_bin2base64 gives, and for
// more bytes than `out` has room for.
absl::optional<size_t> DecodeSodiumBase64(absl::string_view text, int variant, absl::Span<uint8_t> out);

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_PASETO_SODIUM_BASE64_H_
