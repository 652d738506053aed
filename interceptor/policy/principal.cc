#include "grpc_paseto/interceptor/policy/principal.h"

namespace paseto::interceptor {

Principal::Principal() = default;

const Claims& Principal::claims() const {
  static const Claims* const kNoClaims = new Claims();
  return token_ == nullptr ? *kNoClaims : token_->claims();
}

const std::string& Principal::footer() const {
  static const std::string* const kNoFooter = new std::string();
  return token_ == nullptr ? *kNoFooter : token_->footer();
}

const KeyId& Principal::key_id() const {
  static const KeyId* const kNoKey = new KeyId();
  return token_ == nullptr ? *kNoKey : token_->key_id();
}

}  // namespace paseto::interceptor
