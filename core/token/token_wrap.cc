#include "grpc_paseto/core/token/token_wrap.h"

#include <sodium.h>

#include "absl/strings/escaping.h"
#include "grpc_paseto/core/paseto/sodium_base64.h"

namespace paseto {

std::string WrapToken(absl::string_view token) { return absl::Base64Escape(token); }

absl::optional<std::string> UnwrapToken(absl::string_view wrapped) {
  std::string token(wrapped.size() / 4 * 3, '\0');
  const absl::optional<size_t> size = DecodeSodiumBase64(
      wrapped, sodium_base64_VARIANT_ORIGINAL, absl::MakeSpan(reinterpret_cast<uint8_t*>(token.data()), token.size()));
  if (!size.has_value()) return absl::nullopt;
  token.resize(*size);
  return token;
}

}  // namespace paseto
