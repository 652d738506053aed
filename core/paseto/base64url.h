// Strict base64url (RFC 4648 section 5) without padding, as PASETO Common requires.
#ifndef GRPC_PASETO_CORE_PASETO_BASE64URL_H_
#define GRPC_PASETO_CORE_PASETO_BASE64URL_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace paseto {

std::string Base64UrlEncode(absl::string_view bytes);

// The bytes of `text`, for the one spelling that Base64UrlEncode gives.
// Errors: INVALID_ARGUMENT for padding, any character outside the alphabet, an impossible length, trailing bits set.
absl::StatusOr<std::string> Base64UrlDecode(absl::string_view text);

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_PASETO_BASE64URL_H_
