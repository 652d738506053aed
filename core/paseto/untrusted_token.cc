#include "grpc_paseto/core/paseto/untrusted_token.h"

#include <array>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/paseto/base64url.h"

namespace paseto {
namespace {

absl::Status TokenTooLongError() {
  return absl::InvalidArgumentError(absl::StrCat("token longer than ", kMaxTokenBytes, " bytes"));
}

absl::Status WrongSegmentsError() {
  return absl::InvalidArgumentError("not a token: expected three or four segments separated by periods");
}

absl::Status EmptySegmentError(absl::string_view which) {
  return absl::InvalidArgumentError(absl::StrCat("token with an empty ", which, " segment"));
}

absl::Status SegmentError(absl::string_view which, const absl::Status& cause) {
  return absl::InvalidArgumentError(absl::StrCat("token ", which, ": ", cause.message()));
}

}  // namespace

absl::StatusOr<UntrustedToken> UntrustedToken::Parse(absl::string_view text) { return ParseAs(ParseTokenKind, text); }

absl::StatusOr<UntrustedToken> UntrustedToken::ParseAllowingLegacy(absl::string_view text) {
  return ParseAs(ParseTokenKindAllowingLegacy, text);
}

absl::StatusOr<UntrustedToken> UntrustedToken::ParseAs(absl::StatusOr<TokenKind> parse_kind(absl::string_view name),
                                                       absl::string_view text) {
  if (text.size() > kMaxTokenBytes) return TokenTooLongError();

  std::array<size_t, 3> periods;
  size_t count = 0;
  for (size_t at = text.find('.'); at != absl::string_view::npos; at = text.find('.', at + 1)) {
    if (count == periods.size()) return WrongSegmentsError();
    periods[count++] = at;
  }
  if (count < 2) return WrongSegmentsError();

  const absl::StatusOr<TokenKind> kind = parse_kind(text.substr(0, periods[1]));
  if (!kind.ok()) return kind.status();

  absl::string_view encoded_body = text.substr(periods[1] + 1);
  absl::string_view encoded_footer;
  if (count == 3) {
    encoded_footer = text.substr(periods[2] + 1);
    encoded_body = text.substr(periods[1] + 1, periods[2] - periods[1] - 1);
    if (encoded_footer.empty()) return EmptySegmentError("footer");
  }
  if (encoded_body.empty()) return EmptySegmentError("body");

  absl::StatusOr<std::string> body = Base64UrlDecode(encoded_body);
  if (!body.ok()) return SegmentError("body", body.status());
  absl::StatusOr<std::string> footer = Base64UrlDecode(encoded_footer);
  if (!footer.ok()) return SegmentError("footer", footer.status());
  return UntrustedToken(*kind, *std::move(body), *std::move(footer));
}

}  // namespace paseto
