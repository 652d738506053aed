// Our own tokens, over any bytes: each opens to what went in; none opens with another assertion or with one bit of its
// text changed.
#include <string>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/paseto/check.h"
#include "grpc_paseto/tests/fuzz/fuzz_input.h"
#include "grpc_paseto/tests/fuzz/fuzz_keys.h"

namespace paseto {
namespace {

struct Parts {
  absl::string_view message, footer, assertion;
};

std::string Make(TokenKind kind, const Parts& parts) {
  if (kind == kV4Local) return V4LocalSeal(Keys().v4_local, parts.message, parts.footer, parts.assertion);
  if (kind == kV4Public) return V4PublicSign(Keys().v4_secret, parts.message, parts.footer, parts.assertion);
  if (kind == kV3Local) return V3LocalSeal(Keys().v3_local, parts.message, parts.footer, parts.assertion);
  return V3PublicSign(Keys().v3_secret, parts.message, parts.footer, parts.assertion).value();
}

absl::StatusOr<std::string> Open(absl::string_view text, absl::string_view assertion) {
  const absl::StatusOr<UntrustedToken> token = UntrustedToken::Parse(text);
  if (!token.ok()) return token.status();
  if (token->untrusted_kind() == kV4Local) return V4LocalOpen(Keys().v4_local, *token, assertion);
  if (token->untrusted_kind() == kV3Local) return V3LocalOpen(Keys().v3_local, *token, assertion);
  const absl::StatusOr<absl::string_view> message = token->untrusted_kind() == kV4Public
                                                        ? V4PublicVerify(Keys().v4_public, *token, assertion)
                                                        : V3PublicVerify(Keys().v3_public, *token, assertion);
  if (!message.ok()) return message.status();
  return std::string(*message);
}

// What costs ten times as much as the rest (signatures of version 4) or five hundred times (those of version 3) comes
// as much more rarely.
TokenKind Kind(FuzzInput& input) {
  const uint8_t choice = input.Byte();
  if (choice % 64 == 63 && input.IsOneOf(512)) return kV3Public;
  if (choice % 4 == 0 && input.IsOneOf(8)) return kV4Public;
  return choice % 8 == 1 ? kV3Local : kV4Local;
}

void CheckOwnToken(FuzzInput input) {
  const TokenKind kind = Kind(input);
  const size_t bit = input.Number();
  Parts parts;
  parts.footer = input.Text();
  parts.assertion = input.Text();
  parts.message = input.Rest();

  std::string text = Make(kind, parts);
  const absl::StatusOr<std::string> opened = Open(text, parts.assertion);
  PASETO_CHECK(opened.ok() && *opened == parts.message);
  PASETO_CHECK(!Open(text, absl::StrCat(parts.assertion, "x")).ok());
  text[bit / 8 % text.size()] ^= static_cast<char>(1 << bit % 8);
  PASETO_CHECK(!Open(text, parts.assertion).ok());
}

}  // namespace
}  // namespace paseto

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  paseto::CheckOwnToken(paseto::FuzzInput(data, size));
  return 0;
}
