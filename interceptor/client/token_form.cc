#include "grpc_paseto/interceptor/client/token_form.h"

#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/token/token_wrap.h"

namespace paseto::client {

std::string MetadataValue(const TokenForm& form, absl::string_view token) {
  std::string text = form.base64_wrapped ? WrapToken(token) : std::string(token);
  return form.metadata_prefix == "-" ? text : absl::StrCat(form.metadata_prefix, " ", text);
}

}  // namespace paseto::client
