// Which type claim may stand under a key of which use, so that a token of one use never passes for another.
#ifndef GRPC_PASETO_CORE_TOKEN_TYPE_USE_H_
#define GRPC_PASETO_CORE_TOKEN_TYPE_USE_H_

#include "absl/strings/string_view.h"
#include "grpc_paseto/core/token/claims.h"
#include "grpc_paseto/core/token/key.h"

namespace paseto {

// A refresh key signs only refresh tokens, a client key only client tokens, an access key neither. Other software may
// make its own refresh tokens; client tokens it may not make.
inline bool TypeFitsUse(absl::string_view type, KeyUse use) {
  switch (use) {
    case KeyUse::kRefresh:
      return type == kRefreshType;
    case KeyUse::kClient:
      return type == kClientType;
    case KeyUse::kAccess:
      return type != kRefreshType && type != kClientType;
    case KeyUse::kForeign:
      return type != kClientType;
  }
  return false;
}

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_TOKEN_TYPE_USE_H_
