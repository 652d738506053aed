// Footer: the part of a token that travels in clear, authenticated and never secret (PASETO PP, PASERK).
//
// A JSON footer carries the key id (kid) beside the caller's own members. A text or bytes footer is kept verbatim and
// carries no key id.
#ifndef GRPC_PASETO_CORE_TOKEN_FOOTER_H_
#define GRPC_PASETO_CORE_TOKEN_FOOTER_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "grpc_paseto/core/paseto/paserk.h"

namespace paseto {

inline constexpr size_t kMaxFooterBytes = 8192;
inline constexpr size_t kMaxFooterDepth = 2;
inline constexpr size_t kMaxFooterKeys = 512;

// What a caller wants in the footer of a token that is being made.
class Footer {
 public:
  Footer() = default;  // only the key id
  // Errors: INVALID_ARGUMENT when `json` is not an object within the limits above, or has a member kid or wpk, or holds
  // key material: a PASERK text of the type local, public, secret, local-pw or secret-pw anywhere in a name or a
  // string.
  static absl::StatusOr<Footer> Json(std::string json);
  // Errors: INVALID_ARGUMENT when `bytes` is empty, too long, holds key material anywhere (in the strings of a JSON
  // array however they are escaped), or begins like a JSON object: readers would take it for one.
  static absl::StatusOr<Footer> Verbatim(std::string bytes);

  // The footer text of a token under the key `kid`.
  std::string Render(const KeyId& kid) const;

 private:
  enum class Form { kKeyIdOnly, kJson, kVerbatim };
  Footer(Form form, std::string content) : form_(form), content_(std::move(content)) {}
  Form form_ = Form::kKeyIdOnly;
  std::string content_;
};

// What a received footer says as kid, whatever text that is: nullopt when the footer is empty, is not a JSON object, or
// has no kid. Errors: UNAUTHENTICATED with TokenError::kMalformed when it holds key material (as for Footer::Json and
// Verbatim), or starts like a JSON object and breaks a limit or a rule: a duplicate name, a kid that is not a string,
// or a wpk that is not local-wrap, secret-wrap or seal.
absl::StatusOr<absl::optional<std::string>> ReadFooterKid(absl::string_view footer);

// The same where only key ids of our own are expected. Errors: kMalformed, too, for a kid that is not the text of a
// lid, sid or pid of k4 or k3.
absl::StatusOr<absl::optional<KeyId>> ReadFooterKeyId(absl::string_view footer);

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_TOKEN_FOOTER_H_
