#include "grpc_paseto/core/paseto/format.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/paseto/base64url.h"
#include "grpc_paseto/core/paseto/check.h"

namespace paseto {

absl::string_view TokenHeader(TokenKind kind) {
  const bool is_public = kind.purpose == Purpose::kPublic;
  switch (kind.version) {
    case Version::kV1:
      return is_public ? absl::string_view("v1.public.") : absl::string_view("v1.local.");
    case Version::kV2:
      return is_public ? absl::string_view("v2.public.") : absl::string_view("v2.local.");
    case Version::kV3:
      return is_public ? absl::string_view("v3.public.") : absl::string_view("v3.local.");
    case Version::kV4:
      return is_public ? absl::string_view("v4.public.") : absl::string_view("v4.local.");
  }
  PASETO_CHECK(false);
  return "";
}

absl::string_view TokenKindName(TokenKind kind) {
  absl::string_view name = TokenHeader(kind);
  name.remove_suffix(1);
  return name;
}

absl::StatusOr<TokenKind> ParseTokenKind(absl::string_view name) {
  const absl::StatusOr<TokenKind> kind = ParseTokenKindAllowingLegacy(name);
  if (!kind.ok() || !IsLegacy(*kind)) return kind;
  return absl::InvalidArgumentError(absl::StrCat(
      TokenKindName(*kind), " is a deprecated kind of token, which is read only where a list of kinds names it"));
}

absl::StatusOr<TokenKind> ParseTokenKindAllowingLegacy(absl::string_view name) {
  for (TokenKind kind : {kV4Public, kV4Local, kV3Public, kV3Local, kV2Public, kV2Local, kV1Public, kV1Local}) {
    if (name == TokenKindName(kind)) return kind;
  }
  return absl::InvalidArgumentError(
      "unknown token version or purpose, expected v4.public, v4.local, v3.public or v3.local");
}

std::string EncodeToken(TokenKind kind, absl::string_view body, absl::string_view footer) {
  std::string text = absl::StrCat(TokenHeader(kind), Base64UrlEncode(body));
  if (!footer.empty()) absl::StrAppend(&text, ".", Base64UrlEncode(footer));
  return text;
}

}  // namespace paseto
