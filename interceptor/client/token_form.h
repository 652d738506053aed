// TokenForm: how a call carries its token, as the rule of its method (paseto.v1.AuthRule) asks for it.
#ifndef GRPC_PASETO_INTERCEPTOR_CLIENT_TOKEN_FORM_H_
#define GRPC_PASETO_INTERCEPTOR_CLIENT_TOKEN_FORM_H_

#include <string>

#include "absl/strings/string_view.h"

namespace paseto::client {

// The fields and defaults of AuthRule.
struct TokenForm {
  std::string metadata_key = "authorization";  // lower case
  std::string metadata_prefix = "Bearer";      // "-": the value is the token alone
  // Wraps the token. Leave it out for tokens that were issued wrapped.
  bool base64_wrapped = false;
};

// What stands under form.metadata_key.
std::string MetadataValue(const TokenForm& form, absl::string_view token);

}  // namespace paseto::client

#endif  // GRPC_PASETO_INTERCEPTOR_CLIENT_TOKEN_FORM_H_
