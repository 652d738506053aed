// The frame of a token, base64url, and the outer base64 of wrapped tokens. Each has one spelling: what is accepted is
// what the encoder gives.
#include <string>

#include "grpc_paseto/core/paseto/base64url.h"
#include "grpc_paseto/core/paseto/check.h"
#include "grpc_paseto/core/paseto/untrusted_token.h"
#include "grpc_paseto/core/token/token_wrap.h"
#include "grpc_paseto/tests/fuzz/fuzz_input.h"

namespace paseto {
namespace {

void CheckText(absl::string_view text) {
  if (const absl::StatusOr<std::string> bytes = Base64UrlDecode(text); bytes.ok()) {
    PASETO_CHECK(Base64UrlEncode(*bytes) == text);
  }
  if (const absl::optional<std::string> token = UnwrapToken(text); token.has_value()) {
    PASETO_CHECK(WrapToken(*token) == text);
  }
  const absl::StatusOr<UntrustedToken> token = UntrustedToken::Parse(text);
  if (!token.ok()) {
    PASETO_CHECK(token.status().code() == absl::StatusCode::kInvalidArgument);
    return;
  }
  PASETO_CHECK(EncodeToken(token->untrusted_kind(), token->untrusted_body(), token->untrusted_footer()) == text);
}

}  // namespace
}  // namespace paseto

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  paseto::CheckText(paseto::FuzzText(data, size));
  return 0;
}
