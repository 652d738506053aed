#include "grpc_paseto/interceptor/policy/principal.h"

namespace paseto::interceptor {

Principal::Principal() = default;

const Claims& Principal::claims() const {
  static const Claims* const kNoClaims = new Claims();
  return token_ == nullptr ? *kNoClaims : token_->claims();
}

}  // namespace paseto::interceptor
