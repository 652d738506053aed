#include "grpc_paseto/service/config/client_id.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "grpc_paseto/service/config/limits.h"

namespace paseto::service {

bool IsClientId(absl::string_view id) {
  return !id.empty() && id.size() <= kLongestClientId && absl::ascii_isalnum(static_cast<unsigned char>(id[0])) &&
         std::all_of(id.begin(), id.end(),
                     [](unsigned char c) { return absl::ascii_isalnum(c) || c == '.' || c == '_' || c == '-'; });
}

}  // namespace paseto::service
