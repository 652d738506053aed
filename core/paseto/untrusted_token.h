// UntrustedToken: the parts of a token text, taken apart and not yet verified (PASETO Common, "Token format").
//
// Guarantees: three or four segments, a known version and purpose, strict base64url, no empty fourth segment.
// Does not: verify anything. Every accessor whose bytes an attacker chose says untrusted_. Before verification only the
// key id in the footer may be used, and only to choose a key.
#ifndef GRPC_PASETO_CORE_PASETO_UNTRUSTED_TOKEN_H_
#define GRPC_PASETO_CORE_PASETO_UNTRUSTED_TOKEN_H_

#include <cstddef>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "grpc_paseto/core/paseto/format.h"

namespace paseto {

// The longest token text that is parsed at all.
inline constexpr size_t kMaxTokenBytes = size_t{128} * 1024;

class UntrustedToken {
 public:
  // Of versions 4 and 3. Errors: INVALID_ARGUMENT, never with token text in it.
  static absl::StatusOr<UntrustedToken> Parse(absl::string_view text);
  // Of versions 2 and 1, too: only for whoever accepts such a kind by name (core/legacy).
  static absl::StatusOr<UntrustedToken> ParseAllowingLegacy(absl::string_view text);

  TokenKind untrusted_kind() const { return kind_; }
  // v4.public: message || signature. v4.local: nonce || ciphertext || tag.
  absl::string_view untrusted_body() const { return body_; }
  absl::string_view untrusted_footer() const { return footer_; }

 private:
  static absl::StatusOr<UntrustedToken> ParseAs(absl::StatusOr<TokenKind> parse_kind(absl::string_view name),
                                                absl::string_view text);
  UntrustedToken(TokenKind kind, std::string body, std::string footer)
      : kind_(kind), body_(std::move(body)), footer_(std::move(footer)) {}
  TokenKind kind_;
  std::string body_;
  std::string footer_;
};

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_PASETO_UNTRUSTED_TOKEN_H_
