#include "grpc_paseto/core/token/token_wrap.h"

#include <sodium.h>

#include "absl/strings/escaping.h"

namespace paseto {

std::string WrapToken(absl::string_view token) { return absl::Base64Escape(token); }

absl::optional<std::string> UnwrapToken(absl::string_view wrapped) {
  std::string token(wrapped.size() / 4 * 3, '\0');
  size_t size = 0;
  // With no end pointer, characters outside the alphabet, wrong padding and trailing bits are failures.
  const int result =
      sodium_base642bin(reinterpret_cast<unsigned char*>(token.data()), token.size(), wrapped.data(), wrapped.size(),
                        /*ignore=*/nullptr, &size, /*b64_end=*/nullptr, sodium_base64_VARIANT_ORIGINAL);
  if (result != 0) return absl::nullopt;
  token.resize(size);
  return token;
}

}  // namespace paseto
