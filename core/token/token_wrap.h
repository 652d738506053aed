// The outer base64 of a wrapped token (standard alphabet, padded, RFC 4648 section 4), for carriers that need it.
#ifndef GRPC_PASETO_CORE_TOKEN_TOKEN_WRAP_H_
#define GRPC_PASETO_CORE_TOKEN_TOKEN_WRAP_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace paseto {

std::string WrapToken(absl::string_view token);

// The token inside; nullopt for anything but the one spelling that WrapToken gives.
absl::optional<std::string> UnwrapToken(absl::string_view wrapped);

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_TOKEN_TOKEN_WRAP_H_
